"""The real worker's run, put together by its composition root, without the vendor's pacing.

Everything is as in ``syncer run``, except that the server on this machine has no limit to keep,
that no message is sent (the plan is written into the outbox and stays there), and that the day
is always the same working day: on a Sunday nothing would be planned at all.
Run: ``our_cycle CONFIG``.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from syncer.bootstrap import Surroundings, build, discover, spare_the_collector
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions
from syncer.settings import load_settings

START = datetime(2026, 11, 24, 10, tzinfo=UTC)  # a Tuesday, after the book's last change


def main(config: str) -> None:
    """One run."""
    spare_the_collector()
    began = monotonic()

    def clock() -> datetime:
        return START + timedelta(seconds=monotonic() - began)

    settings = load_settings([Path(config)], environ=os.environ, specs=discover())
    worker = build(settings, Surroundings(clock=clock, paced=False))
    result = run_cycle(worker, now=clock(), options=RunOptions(sends_max=0))
    worker.close()
    ledger = result.ledgers[0]
    if result.exit_code != 0:
        raise SystemExit(f"exit code {result.exit_code}: {ledger.error}")
    if not ledger.planned:
        raise SystemExit("nothing was planned: the run cannot be compared")
    print(ledger.items_read, ledger.planned)


if __name__ == "__main__":
    main(sys.argv[1])
