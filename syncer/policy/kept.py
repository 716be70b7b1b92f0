"""How many of a customer's promises were kept: each ended promise beside the payments that came.

A promise is judged only once its day is over, and only where it says of what: an invoice, or an
amount. "We pay next week" without either is not judged, as nobody can say what would have kept it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Settled
from syncer.model.money import ZERO
from syncer.policy.habits import Figure, share


def promises_kept(
    holds: Iterable[Hold],
    settled: Sequence[Settled],
    today: date,
    *,
    still_open: Collection[str] = (),
) -> Figure | None:
    """The share, 0 to 1, of judged promises that were kept; ``depth`` is how many were judged.

    ``still_open``: item ids of invoices with something left on them.
    """
    judged = [
        kept
        for hold in holds
        if hold.kind is HoldKind.PROMISE
        and hold.ends_on is not None
        and hold.ends_on < today
        and (kept := promise_kept(hold, settled, still_open=still_open)) is not None
    ]
    return share(sum(judged), len(judged))


def promise_kept(
    hold: Hold, settled: Iterable[Settled], *, still_open: Collection[str] = ()
) -> bool | None:
    """Whether what was promised came from the promise's first day to its last; None: not judged.

    Without an amount the whole invoice was promised: it is paid off, the last payment in time.
    """
    end = hold.ends_on
    if end is None or (not hold.item_id and hold.amount is None):
        return None
    paid = [entry for entry in settled if not hold.item_id or entry.item_id == hold.item_id]
    if hold.amount is None:
        last = max((entry.paid_on for entry in paid), default=None)
        return hold.item_id not in still_open and last is not None and last <= end
    came = sum(
        (
            entry.amount
            for entry in paid
            if hold.starts_on <= entry.paid_on <= end and hold.currency in ("", entry.currency)
        ),
        ZERO,
    )
    return came >= hold.amount
