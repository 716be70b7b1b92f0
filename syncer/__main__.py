"""``python -m syncer`` and the ``syncer`` command: signals, then the command line."""

import sys

from syncer.cli.stopping import SWITCH


def main() -> None:
    """Run the command line and leave with its exit code (docs/operating.md lists them)."""
    SWITCH.install()  # first of all: a container's first process ignores unhandled signals
    from syncer.bootstrap import spare_the_collector

    spare_the_collector()  # before the larger imports, which are what it would look through
    from syncer.cli.entry import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
