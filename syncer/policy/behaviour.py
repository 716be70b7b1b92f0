"""How this customer has paid so far: plain statistics with fixed formulas, nothing learned.

Every figure is monotone in its inputs and can be recomputed by hand from the settled list.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.ledger import Record, Settled
from syncer.model.money import ZERO
from syncer.policy.calendar import days_after

YEAR = timedelta(days=365)


class Behaviour(Record, frozen=True, kw_only=True):
    """What the settled list says about one account in one currency."""

    first_time: bool  # no settled invoice in any currency
    settled: int = 0  # invoices with a due date, in any currency
    usual_late: int | None = None  # whole days, never below 0; None = too few invoices
    turnover: Decimal = ZERO  # settled in this currency in the last 365 days
    fades_on: date | None = None  # next day a payment leaves the 365 days


def behaviour(
    settled: Sequence[Settled], *, currency: str, today: date, habit_min: int
) -> Behaviour:
    """Describe the account; ``habit_min`` invoices are needed before a habit counts."""
    if not settled:
        return Behaviour(first_time=True)
    late = sorted(_days_late(settled))
    recent = [s for s in settled if s.currency == currency and today - YEAR < s.paid_on]
    return Behaviour(
        first_time=False,
        settled=len(late),
        usual_late=_median(late) if len(late) >= max(1, habit_min) else None,
        turnover=sum((s.amount for s in recent), ZERO),
        fades_on=min((days_after(s.paid_on, YEAR.days) for s in recent), default=None),
    )


def _days_late(settled: Iterable[Settled]) -> Iterable[int]:
    """Days from due to the last payment of each invoice; paid early counts as 0 days late."""
    last: dict[str, tuple[date, date]] = {}
    for entry in settled:
        if entry.due_on is None:
            continue
        known = last.get(entry.item_id)
        if known is None or known[1] < entry.paid_on:
            last[entry.item_id] = (entry.due_on, entry.paid_on)
    return [max(0, (paid - due).days) for due, paid in last.values()]


def _median(ordered: Sequence[int]) -> int:
    """Middle value; between two middle values the mean, rounded down."""
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) // 2
