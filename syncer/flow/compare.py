"""Compares a ledger's policy with another on the facts in the store; nothing is written or sent."""

from collections.abc import Iterator
from datetime import date

from syncer.flow.worker import LedgerSetup, Worker
from syncer.policy.rules import Policy
from syncer.policy.trial.difference import Change, changes


def compare(
    worker: Worker, setup: LedgerSetup, other: Policy, *, today: date, base: Policy | None = None
) -> Iterator[Change]:
    """Each account that ``other`` would treat differently today, in the order of account ids.

    Compared with ``base``, or with the ledger's own policy where that is None.
    """
    context = worker.store.peek_context(setup.name, today)
    if context is None:
        return
    for snapshot in worker.store.peek_all(setup.name):
        if snapshot.items:
            yield from changes(snapshot, base or setup.policy, other, context)
