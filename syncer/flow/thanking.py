"""Finds whom a policy may thank: customers that paid lately, most of whom have nothing open.

What: hands the policy the invoices that were closed, where it asks for them, and adds the accounts
that no plan would look at otherwise. A policy that thanks nobody costs no look at all.
Not here: who is thanked, and when (``policy.thanks``).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot
from syncer.model.ledger import OpenItem
from syncer.policy.rules import Policy
from syncer.policy.thanks import closed_wanted
from syncer.ports import LedgerSession, Selection, Surveyed

TOLD_DAYS = 30
"""Days behind the window in which ``explain`` still says why nobody was thanked."""

Look = Callable[[Collection[str]], Sequence[OpenItem]]
"""Items by id, as they were last seen open."""


def with_closed(
    look: Look, snapshot: AccountSnapshot, policy: Policy, today: date, *, told: int = 0
) -> AccountSnapshot:
    """The snapshot with what was closed on it, where that may matter to the policy."""
    wanted = closed_wanted(snapshot, policy, today, told=told)
    return replace(snapshot, closed=tuple(look(wanted))) if wanted else snapshot


def paid_up(
    session: LedgerSession, policy: Policy, selection: Selection, today: date
) -> Iterator[Surveyed]:
    """Accounts with nothing open that may be thanked, to be decided anew by every run."""
    within = policy.thank_you.within
    if within is None or (selection.items and not selection.accounts):
        return
    for snapshot in session.paid_up(today - timedelta(days=within)):
        account = snapshot.account
        named = not {account.account_id, account.name}.isdisjoint(selection.accounts)
        if named or not selection.accounts:
            yield Surveyed(facts=b"", snapshot=snapshot, standing=None)
