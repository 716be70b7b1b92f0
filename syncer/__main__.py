"""``python -m syncer`` and the ``syncer`` command: signals, then the command line."""

import os
import sys

from syncer.cli.stopping import SWITCH
from syncer.cli.streams import let_go_of_the_data, let_go_of_the_log, open_what_is_closed


def main() -> None:
    """Run the command line and leave with its exit code (docs/operating.md lists them)."""
    os.umask(os.umask(0o022) | 0o022)  # nothing that is written is for others to write
    open_what_is_closed()
    SWITCH.install()  # before anything slow: a container's first process ignores unhandled signals
    from syncer.bootstrap import spare_the_collector

    spare_the_collector()  # before the larger imports, which are what it would look through
    from syncer.cli.entry import run

    code = let_go_of_the_data(run(sys.argv[1:]))
    let_go_of_the_log()
    sys.exit(code)


if __name__ == "__main__":
    main()
