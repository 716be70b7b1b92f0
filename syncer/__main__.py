"""``python -m syncer`` and the ``syncer`` command: signals, then the command line."""

import os
import sys

from syncer.cli.stopping import SWITCH


def main() -> None:
    """Run the command line and leave with its exit code (docs/operating.md lists them)."""
    os.umask(os.umask(0o022) | 0o022)  # nothing that is written is for others to write
    SWITCH.install()  # before anything slow: a container's first process ignores unhandled signals
    from syncer.bootstrap import spare_the_collector

    spare_the_collector()  # before the larger imports, which are what it would look through
    from syncer.cli.entry import run

    code = run(sys.argv[1:])
    _let_go_of_the_log()
    sys.exit(code)


def _let_go_of_the_log() -> None:
    """What cannot be written there (full disk, reader gone) must not become the exit code."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    main()
