"""The search for a breach looks forward from its first day and takes every day it may."""

from datetime import date, timedelta

import pytest

from syncer.policy.limits import breach_of, worst
from syncer.policy.rules import Cap, Restraint

SATURDAY = date(2026, 6, 6)
MONDAY = date(2026, 6, 1)
EVERY_DAY = tuple(range(7))


def offsets(restraint: Restraint, length: int) -> list[int]:
    """The days on which it may be written, counted from a Monday."""
    found = worst(restraint, MONDAY, MONDAY + timedelta(days=length))
    return [(day - MONDAY).days for day in found]


def test_a_window_begins_on_the_first_day_or_later() -> None:
    """From a Saturday on with closed weekends, the breach is found in the week to come."""
    found = breach_of(Restraint(min_gap=1, caps=()), Cap(contacts=1, days=7), SATURDAY)
    assert found is not None
    assert found.days == (SATURDAY + timedelta(days=2), SATURDAY + timedelta(days=3))


def test_a_breach_shows_one_contact_more_than_the_limit() -> None:
    """Not every contact of the window: as many as prove it."""
    limit = Cap(contacts=2, days=14)
    found = breach_of(Restraint(min_gap=1, caps=(), weekdays=EVERY_DAY), limit, MONDAY)
    assert found is not None
    assert [(day - MONDAY).days for day in found.days] == [0, 1, 2]


def test_the_day_after_a_closed_one_is_taken() -> None:
    """With Tuesdays closed and no gap, Monday is followed by Wednesday."""
    restraint = Restraint(min_gap=1, caps=(), weekdays=(0, 2, 3, 4))
    assert offsets(restraint, 4) == [0, 2, 3, 4]


@pytest.mark.parametrize(("length", "expected"), [(7, [0, 7, 14, 21]), (5, [0, 5, 10, 15, 20])])
def test_a_contact_leaves_a_window_after_its_days(length: int, expected: list[int]) -> None:
    """One contact in so many days: the next is possible that many days later, and goes on so."""
    cap = Cap(contacts=1, days=length)
    assert offsets(Restraint(min_gap=1, caps=(cap,), weekdays=EVERY_DAY), 21) == expected
