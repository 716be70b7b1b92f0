"""How many years lie between two days, by the convention that a contract or a statute names.

Every convention adds up: a period cut in two gives the same sum as the whole.
"""

from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

_DAY = timedelta(days=1)


class DayCount(StrEnum):
    """The conventions on offer; ``act`` counts calendar days."""

    ACT_365 = "act/365"  # a leap year has 366 days of 1/365 each
    ACT_ACT = "act/act"  # each day by the length of its own calendar year
    ACT_360 = "act/360"
    THIRTY_360 = "30/360"  # every month has 30 days, the 31st counts as the 30th (30E/360)


def days_between(first: date, last: date) -> int:
    """Calendar days from ``first`` to ``last``, both counted; 0 when ``last`` is before."""
    return max(0, (last - first).days + 1)


def years(first: date, last: date, count: DayCount) -> Fraction:
    """The part of a year from ``first`` to ``last``, both days counted."""
    if last < first:
        return Fraction(0)
    if count is DayCount.THIRTY_360:
        return Fraction(_thirty(last + _DAY) - _thirty(first), 360)
    if count is DayCount.ACT_ACT:
        return _by_calendar_year(first, last)
    length = 360 if count is DayCount.ACT_360 else 365
    return Fraction(days_between(first, last), length)


def _thirty(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)


def _by_calendar_year(first: date, last: date) -> Fraction:
    sums = Fraction(0)
    for year in range(first.year, last.year + 1):
        start, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        length = days_between(date(year, 1, 1), date(year, 12, 31))
        sums += Fraction(days_between(start, end), length)
    return sums
