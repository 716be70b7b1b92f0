"""How many of a customer's promises were kept, by the same states that a broken promise is told by.

A promise is judged only once its day and the grace are over, and only where it says of what: what
was open then, an invoice, or an amount. "We pay next week" without any is not judged, as nobody can
say what would have kept it; nor is one that a person ended early.
"""

from datetime import date

from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold, HoldKind
from syncer.policy.agreements.kept import State, kept_in_time
from syncer.policy.agreements.rules import Agreements
from syncer.policy.calendar import days_after
from syncer.policy.habits import Figure, share


def promises_kept(snapshot: AccountSnapshot, rules: Agreements, today: date) -> Figure | None:
    """The share, 0 to 1, of judged promises that were kept; ``depth`` is how many were judged.

    Kept is in full and in time, as far as the ledger tells the day. A day of expected payment in
    the ledger counts once it was not kept: the ledger forgets those that were.
    """
    judged = [
        kept for hold in snapshot.holds if (kept := _kept(hold, snapshot, rules, today)) is not None
    ]
    for item in snapshot.items:
        on = item.expected_on
        if on is not None and item.due_on is not None and on > item.due_on:
            judged += [False] * (today > days_after(on, rules.promise_grace))
    return share(sum(judged), len(judged))


def _kept(hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date) -> bool | None:
    """Whether the promise was kept; None: it is not judged."""
    remembered = hold.terms is not None and bool(hold.terms.covers)
    told = remembered or hold.item_id or hold.amount is not None
    if hold.kind is not HoldKind.PROMISE or hold.ends_on is None or not told:
        return None
    if today <= days_after(hold.ends_on, rules.promise_grace):
        return None
    state = kept_in_time(hold, snapshot, rules, today)
    return None if state is State.ENDED else state is State.KEPT
