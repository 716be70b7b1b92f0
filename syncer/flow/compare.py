"""Compares a ledger's policy with another on the facts in the store; nothing is written or sent."""

from collections.abc import Iterator
from datetime import date
from functools import partial

from syncer.flow.thanking import with_closed
from syncer.flow.worker import LedgerSetup, Worker
from syncer.model.decision import AccountSnapshot, Decision, LedgerContext
from syncer.policy.charges.on_step import charging, on_step
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
    look = partial(worker.store.closed_items, setup.name)
    for known in worker.store.peek_all(setup.name):
        snapshot = with_closed(look, known, base or setup.policy, today)
        if not snapshot.closed:
            snapshot = with_closed(look, known, other, today)
        if snapshot.items or snapshot.closed:
            charged = partial(_charged, worker, setup, context, snapshot)
            yield from changes(snapshot, base or setup.policy, other, context, charged)


def _charged(
    worker: Worker,
    setup: LedgerSetup,
    context: LedgerContext,
    snapshot: AccountSnapshot,
    decision: Decision,
    policy: Policy,
) -> str:
    """What the message would charge, in the decision's currency; "" = nothing."""
    if not charging(decision, policy):
        return ""
    accounts = {snapshot.account.account_id, *(item.account_id for item in snapshot.items)}
    past = worker.store.announced(setup.name, sorted(accounts))
    found = on_step(decision, snapshot, context, policy.charges, setup.law, past)
    return str(found.total) if found.lines else ""
