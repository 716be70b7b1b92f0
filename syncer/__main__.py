"""``python -m syncer`` and the ``syncer`` command: signals, then the command line."""

import os
import sys

from syncer.cli import streams
from syncer.cli.stopping import SWITCH


def main() -> None:
    """Run the command line and leave with its exit code (docs/operating.md lists them)."""
    os.umask(os.umask(0o022) | 0o022)  # nothing that is written is for others to write
    streams.open_what_is_closed()
    streams.forgive()
    SWITCH.install()  # before anything slow: a container's first process ignores unhandled signals
    from syncer.bootstrap import spare_the_collector

    spare_the_collector()  # before the larger imports, which are what it would look through
    from syncer.cli.entry import run

    code = streams.let_go_of_the_data(run(sys.argv[1:]))
    streams.let_go_of_the_log()
    sys.exit(code)


if __name__ == "__main__":
    main()
