"""The real worker's run, put together by its composition root, without the vendor's pacing.

Everything is as in ``syncer run``, except that the server on this machine has no limit to keep
and that no message is sent: the plan is written into the outbox and stays there.
Run: ``our_cycle CONFIG``.
"""

import os
import sys
from pathlib import Path

from syncer.bootstrap import Surroundings, build, discover, real_clock
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions
from syncer.settings import load_settings


def main(config: str) -> None:
    """One run."""
    settings = load_settings([Path(config)], environ=os.environ, specs=discover())
    worker = build(settings, Surroundings(paced=False))
    result = run_cycle(worker, now=real_clock(), options=RunOptions(sends_max=0))
    worker.close()
    ledger = result.ledgers[0]
    if result.exit_code != 0:
        raise SystemExit(f"exit code {result.exit_code}: {ledger.error}")
    print(ledger.items_read, ledger.planned)


if __name__ == "__main__":
    main(sys.argv[1])
