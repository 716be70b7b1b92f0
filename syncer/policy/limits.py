"""Proves that a restraint keeps a limit: by trying the worst that it allows, day after day.

The worst is to write on every day that the restraint leaves open. Begun on the first day of a
window with nothing written before, nobody can fit more contacts into it; so trying every first day
of a horizon tries every window.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from syncer.model.ledger import Record
from syncer.policy.calendar import LOOK_AHEAD_DAYS, closed
from syncer.policy.restraint import gap_days
from syncer.policy.rules import Cap, Restraint


class Breach(Record, kw_only=True, frozen=True):
    """More contacts than the limit allows: these days, all within its window."""

    limit: Cap
    days: tuple[date, ...]


def breach_of(
    restraint: Restraint, limit: Cap, first: date, days: int = LOOK_AHEAD_DAYS
) -> Breach | None:
    """The first window of ``days`` days from ``first`` on in which ``limit`` can be passed."""
    for offset in range(days):
        start = first + timedelta(days=offset)
        if closed(restraint, start) is not None:
            continue
        end = start + timedelta(days=limit.days - 1)
        written = tuple(worst(restraint, start, end))
        if len(written) > limit.contacts:
            return Breach(limit=limit, days=written[: limit.contacts + 1])
    return None


def worst(restraint: Restraint, first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last`` that the restraint still allows, taken at once."""
    written: list[date] = []
    gap = timedelta(days=gap_days(restraint))
    day = first
    while day <= last:
        if closed(restraint, day) is None and _fits(restraint, written, day):
            written.append(day)
            yield day
            day += gap
        else:
            day += timedelta(days=1)


def _fits(restraint: Restraint, written: list[date], day: date) -> bool:
    return all(
        sum((day - one).days < cap.days for one in written) < cap.contacts
        for cap in restraint.caps
        # A step by another channel would pass it, and so would a debtor of another region.
        if not cap.channel and not cap.region
    )
