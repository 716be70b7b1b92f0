"""How many days and which part of a year lie between two days, convention by convention."""

from fractions import Fraction

import pytest

from syncer.policy.charges.daycount import DayCount, days_between, years
from tests.unit.charges.sums import day


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-01-01", "2026-01-01", 1),
        ("2026-01-01", "2026-01-31", 31),
        ("2026-01-02", "2026-01-01", 0),
        ("2026-01-31", "2026-01-01", 0),
    ],
)
def test_both_days_count_and_none_backwards(first: str, last: str, expected: int) -> None:
    """A day to itself is one day; a last day before the first is none, however far before."""
    assert days_between(day(first), day(last)) == expected


@pytest.mark.parametrize("count", list(DayCount))
def test_no_days_are_no_part_of_a_year(count: DayCount) -> None:
    """Whatever the convention, an empty period is nothing."""
    assert years(day("2026-03-02"), day("2026-03-01"), count) == 0


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2023-01-01", "2023-12-31", 360),  # a year
        ("2024-01-01", "2024-12-31", 360),  # a leap year too
        ("2023-01-01", "2023-01-31", 30),
        ("2023-02-01", "2023-02-28", 30),
        ("2023-01-01", "2023-01-15", 15),
        ("2023-01-01", "2023-01-29", 29),
        ("2023-01-30", "2023-01-30", 0),  # the 31st is the 30th: a day that does not exist
        ("2023-01-31", "2023-01-31", 1),
        ("2022-11-16", "2023-02-15", 90),
    ],
)
def test_every_month_has_thirty_days(first: str, last: str, expected: int) -> None:
    """By 30/360 a month is a twelfth of the year, and its 31st is its 30th."""
    assert years(day(first), day(last), DayCount.THIRTY_360) == Fraction(expected, 360)
