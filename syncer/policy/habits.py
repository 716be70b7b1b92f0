"""What a customer's payments say beside the usual days late: drift, trend, share late, word kept.

What: plain counts and means over paid invoices, each with the number of invoices it rests on, so
that whoever reads it can work it out again from the list of payments and knows how thin it is.
Days are calendar days. An invoice counts once, with its last payment, and only when that came
before the day of looking: what happens today or later is not known yet.
Not here: what to expect of an open invoice (``outlook``); any decision.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.ledger import Record, Settled
from syncer.model.money import ZERO
from syncer.policy.outlook import Observed

TREND_DAYS = 90
TREND_LEAST = 3
"""Paid invoices that either side of a trend needs: with fewer, one odd payment would make one."""
GRACE_DAYS = 3
"""A weekend: who pays on the Monday after has not paid late."""


class Figure(Record, kw_only=True, frozen=True):
    """One figure and the number of observations it rests on."""

    value: Decimal
    depth: int


class Trend(Record, kw_only=True, frozen=True):
    """Mean days late lately less the mean before; above 0 means getting later."""

    value: Decimal  # days
    lately: int  # paid invoices of the last 90 days
    before: int  # paid invoices before them


def paid_invoices(
    settled: Iterable[Settled], today: date, *, still_open: Collection[str] = ()
) -> tuple[Observed, ...]:
    """One observation per invoice with a due date whose last payment came before ``today``.

    An invoice on which something was paid today or later is left out whole: as of this morning it
    was not paid; so are those ``still_open`` (item ids), which were paid in part at most. The order
    of ``settled`` never matters.
    """
    last: dict[str, tuple[date, date]] = {}
    for entry in settled:
        if entry.due_on is None or entry.item_id in still_open:
            continue
        known = last.get(entry.item_id)
        told = (entry.paid_on, entry.due_on)
        if known is None or known < told:
            last[entry.item_id] = told
    ended = sorted((due, paid) for paid, due in last.values() if paid < today)
    return tuple([Observed(due_on=due, paid_on=paid) for due, paid in ended])


def drift(late_now: int | None, usual_late: int | None) -> int | None:
    """Days late now beyond the customer's own habit, never below 0; None without a habit.

    ``late_now``: days late of the oldest overdue invoice, None when nothing is overdue.
    """
    if usual_late is None:
        return None
    return max(0, (late_now or 0) - usual_late)


def trend(paid: Iterable[Observed], today: date) -> Trend | None:
    """How the mean days late of the last 90 days differs from that before; None when too few.

    Paid early counts as 0 days late, as in the usual days late.
    """
    since = today - timedelta(days=TREND_DAYS)
    lately: list[int] = []
    before: list[int] = []
    for one in paid:
        if one.paid_on is not None and one.paid_on < today:
            (lately if one.paid_on >= since else before).append(days_late(one.due_on, one.paid_on))
    if min(len(lately), len(before)) < TREND_LEAST:
        return None
    return Trend(value=_mean(lately) - _mean(before), lately=len(lately), before=len(before))


def share_late(paid: Iterable[Observed], today: date, *, over: int = GRACE_DAYS) -> Figure | None:
    """The share, 0 to 1, of paid invoices that were paid more than ``over`` days late."""
    late = [
        days_late(one.due_on, one.paid_on)
        for one in paid
        if one.paid_on is not None and one.paid_on < today
    ]
    return share(sum(1 for days in late if days > over), len(late))


def share(part: int, whole: int) -> Figure | None:
    """``part`` of ``whole`` as a figure; None of nothing. Also for promises: kept of ended."""
    return Figure(value=Decimal(part) / whole, depth=whole) if whole else None


def days_late(due_on: date, paid_on: date) -> int:
    """Days from due to paid; paid early counts as 0."""
    return max(0, (paid_on - due_on).days)


def _mean(numbers: Sequence[int]) -> Decimal:
    return (ZERO + sum(numbers)) / len(numbers)
