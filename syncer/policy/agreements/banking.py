"""Days on which a bank moves money: what would fall on another day falls on the next such day.

What: the weekend and the public holidays of the policy's own calendar (``restraint.holidays``, and
those of the debtor's country where the policy keeps them). The weekdays on which the policy writes
do not matter here: money moves on days on which nobody is reminded.
Why ours: an instalment due on a Sunday counts as missed while its payment is under way.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from msgspec.structs import replace

from syncer.model.agreement import Instalment
from syncer.policy.calendar import LOOK_AHEAD_DAYS, holidays_of
from syncer.policy.rules import Restraint

_SATURDAY, _SUNDAY = 5, 6
_DAY = timedelta(days=1)


def moves_money(restraint: Restraint, day: date) -> bool:
    """Whether ``day`` is a banking day by the policy's calendar."""
    if day.weekday() in _weekend(restraint.holidays):
        return False
    regions = (restraint.holidays, restraint.also_holidays)
    return not any(region and day in holidays_of(region, day.year) for region in regions)


@lru_cache(maxsize=64)
def _weekend(region: str) -> frozenset[int]:
    """Weekdays without banking, Monday = 0; Saturday and Sunday where the policy has no region."""
    if not region:
        return frozenset((_SATURDAY, _SUNDAY))
    import holidays  # late: most policies name no region

    country, _, subdivision = region.partition("-")
    known = holidays.country_holidays(country, subdiv=subdivision or None)
    return frozenset(known.weekend)


def on_banking_days(
    parts: Sequence[Instalment], restraint: Restraint, *, first: date, last: date | None
) -> tuple[Instalment, ...]:
    """``parts``, each on the next banking day and after the part before it; amounts stay.

    A part that would leave the days from ``first`` to ``last`` (None = no limit) by that is moved
    to the banking day before; one that finds none there stays on its day.
    """
    moved: list[Instalment] = []
    for part in parts:
        after = max(first, moved[-1].due_on + _DAY) if moved else first
        moved.append(replace(part, due_on=_banking_day(part.due_on, restraint, after, last)))
    return tuple(moved)


def _banking_day(day: date, restraint: Restraint, first: date, last: date | None) -> date:
    ahead = _seek(max(day, first), restraint, _DAY, first, last or date.max)
    if ahead is None:
        ahead = _seek(day, restraint, -_DAY, first, last or date.max)
    return max(day, first) if ahead is None else ahead


def _seek(day: date, restraint: Restraint, pace: timedelta, first: date, last: date) -> date | None:
    for _ in range(LOOK_AHEAD_DAYS):
        if not first <= day <= last:
            return None
        if moves_money(restraint, day):
            return day
        if day in (date.min, date.max):
            return None
        day += pace
    return None
