"""CPU seconds of our own decisions, in one process that has read the ledger before.

``decide`` is the policy step over facts in memory; ``plan`` is a whole run after the ledger was
read: what changed is asked for, every account decided, decisions and messages written down
(none is sent); ``next_day`` is the same a day later. ``read`` is the first reading of the ledger.
Run: ``our_dunning CONFIG DAY``. Prints JSON.
"""

import json
import os
import resource
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from benchmarks.dunning_ours import AT, LEDGER
from syncer.bootstrap import Surroundings, build, discover
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions, Worker
from syncer.model.decision import Action
from syncer.policy.decide import decide
from syncer.settings import load_settings

READS, RUNS = RunOptions(command="plan", dry_run=True), RunOptions(sends_max=0)


def main(config: str, day: date) -> None:
    """Read, decide, plan, and plan again on the day after."""
    clock = [datetime.combine(day, AT)]
    settings = load_settings([Path(config)], environ=os.environ, specs=discover())
    worker = build(settings, Surroundings(clock=lambda: clock[0], paced=False))
    read, lines = _run(worker, clock[0], READS)
    decided, contacts = _decide(worker, day)
    planned, _ = _run(worker, clock[0], RUNS)
    clock[0] += timedelta(days=1)
    next_day, _ = _run(worker, clock[0], RUNS)
    worker.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"read": read, "decide": decided, "plan": planned, "next_day": next_day}
    print(json.dumps({**found, "lines": lines, "contacts": contacts, "peak": peak}))


def _run(worker: Worker, now: datetime, options: RunOptions) -> tuple[float, int]:
    began = time.process_time()
    result = run_cycle(worker, now=now, options=options)
    spent = time.process_time() - began
    (ledger,) = result.ledgers
    if ledger.error or not ledger.planned:
        raise SystemExit(f"exit code {result.exit_code}, {ledger.planned} planned: {ledger.error}")
    return spent, ledger.items_read


def _decide(worker: Worker, day: date) -> tuple[float, int]:
    """The policy step alone, over all accounts, on facts that are in memory."""
    accounts = sorted({account for account, _ in worker.store.spellings(LEDGER)})
    context = worker.store.peek_context(LEDGER, day)
    snapshots = [worker.store.peek(LEDGER, account) for account in accounts]
    if context is None:
        raise SystemExit("the ledger was not read")
    policy, contacts = worker.ledgers[0].policy, 0
    began = time.process_time()
    for snapshot in snapshots:
        if snapshot is not None:
            made = decide(snapshot, policy, context)
            contacts += sum(one.action is Action.CONTACT for one in made)
    return time.process_time() - began, contacts


if __name__ == "__main__":
    main(sys.argv[1], date.fromisoformat(sys.argv[2]))
