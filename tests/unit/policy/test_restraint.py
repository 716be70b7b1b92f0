"""When an account must be left in peace, and when a message may leave the house."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from syncer.errors import ConfigError
from syncer.model.decision import Code
from syncer.policy.calendar import next_open, send_window_open
from syncer.policy.freshness import books_too_old
from syncer.policy.rules import Cap, Freshness, Restraint

from .make import (
    OPEN_ALWAYS,
    ORGANISATION,
    TODAY,
    contact,
    context,
    days,
    invoice,
    one,
    policy,
    said,
)

EVERY_DAY = tuple(range(7))
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(("ago", "action"), [(0, "hold"), (4, "hold"), (5, "contact")])
def test_minimum_gap(ago: int, action: str) -> None:
    """Contact resumes exactly min_gap days after the last one, of any currency."""
    rules = policy(restraint=Restraint(min_gap=5, caps=(), weekdays=EVERY_DAY))
    made = contact("other", ago, "I9", currency="EUR")
    decision = one(invoice(), rules=rules, contacts=(made,))
    assert decision.action == action
    if action == "hold":
        assert said(decision)[1] == "min_gap"
        assert decision.next_look_on == TODAY + days(5 - ago)


def test_one_contact_a_day_even_without_a_gap() -> None:
    """A gap of no days still allows one step a day only."""
    rules = policy(restraint=Restraint(min_gap=0, caps=(), weekdays=EVERY_DAY))
    assert said(one(invoice(), rules=rules, contacts=(contact("x", 0, "I9"),)))[1] == "min_gap"


@pytest.mark.parametrize(("oldest", "action"), [(29, "hold"), (30, "contact")])
def test_rolling_cap(oldest: int, action: str) -> None:
    """Two contacts in 30 days: the third waits until the first is 30 days old."""
    caps = (Cap(contacts=2, days=30), Cap(contacts=99, days=1))
    rules = policy(restraint=Restraint(min_gap=1, caps=caps, weekdays=EVERY_DAY))
    made = (contact("x", oldest, "I9"), contact("x", 10, "I8", settled=False))
    decision = one(invoice(), rules=rules, contacts=made)
    assert decision.action == action
    if action == "hold":
        assert (said(decision)[1], decision.next_look_on) == ("cap", TODAY + days(1))


def test_a_cap_of_nothing_never_opens() -> None:
    """A cap of no contacts holds for good, with no day to look again."""
    rules = policy(restraint=Restraint(caps=(Cap(contacts=0, days=30),)))
    decision = one(invoice(), rules=rules)
    assert (said(decision), decision.next_look_on) == (("hold", "cap"), None)


def test_weekend_moves_to_monday() -> None:
    """A step due on Saturday waits for Monday."""
    saturday = date(2026, 6, 13)
    rules = policy(restraint=Restraint())
    decision = one(invoice(), rules=rules, at=context(saturday))
    assert said(decision) == ("hold", "weekend")
    assert decision.next_look_on == saturday + days(2)


@pytest.mark.parametrize(
    ("region", "code"), [("GB-SCT", "holiday"), ("GB-ENG", "step_due"), ("", "step_due")]
)
def test_regional_holiday(region: str, code: str) -> None:
    """Saint Andrew's Day is a holiday in Scotland alone."""
    day = date(2026, 11, 30)
    rules = policy(restraint=Restraint(holidays=region))
    assert said(one(invoice(), rules=rules, at=context(day)))[1] == code


def test_an_unknown_region_is_a_configuration_error() -> None:
    """A region nobody knows is named, with what to write instead."""
    with pytest.raises(ConfigError, match="GB-SCT"):
        one(invoice(), rules=policy(restraint=Restraint(holidays="XX")))


def test_the_longest_wait_decides_when_to_look_again() -> None:
    """Gap, cap and weekend together: the first day free of all three."""
    rules = policy(restraint=Restraint(min_gap=3, caps=(Cap(contacts=1, days=8),)))
    decision = one(invoice(), rules=rules, contacts=(contact("x", 0, "I9"),))
    assert [reason.code for reason in decision.reasons] == [Code.MIN_GAP, Code.CAP, Code.STEP_DUE]
    assert decision.next_look_on == TODAY + days(8)
    three = one(invoice(), rules=rules, contacts=(contact("x", 5, "I9"),))
    assert three.next_look_on == date(2026, 6, 15)  # free on Saturday 13, so Monday


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [(time(7, 59), False), (time(8), True), (time(17, 59), True), (time(18), False)],
)
def test_send_window(clock: time, is_open: bool) -> None:
    """The window holds from send_from up to, and without, send_until."""
    rules = policy(restraint=Restraint())
    assert send_window_open(rules, datetime.combine(TODAY, clock, LONDON)) is is_open


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-06-10T05:00", "2026-06-10T08:00"),
        ("2026-06-10T09:30", "2026-06-10T09:30"),
        ("2026-06-10T18:00", "2026-06-11T08:00"),
        ("2026-06-12T20:00", "2026-06-15T08:00"),
        ("2026-12-24T20:00", "2026-12-29T08:00"),
        ("2026-10-24T12:00", "2026-10-26T08:00"),
    ],
)
def test_next_open(now: str, opens: str) -> None:
    """After hours, weekends, holidays and clock changes the window opens at send_from."""
    rules = policy(restraint=Restraint(holidays="GB-ENG"))
    local = datetime.fromisoformat(now).replace(tzinfo=LONDON)
    assert next_open(rules, local) == datetime.fromisoformat(opens).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    "restraint", [Restraint(weekdays=()), Restraint(send_from=time(9), send_until=time(9))]
)
def test_a_window_that_never_opens_is_an_error(restraint: Restraint) -> None:
    """A policy that allows no moment at all is refused, not searched for ever."""
    now = datetime.combine(TODAY, time(9), LONDON)
    with pytest.raises(ConfigError, match="never opens"):
        next_open(policy(restraint=restraint), now)


@pytest.mark.parametrize(("age", "stale"), [(0, False), (7, False), (8, True), (None, True)])
def test_stale_books_hold_everybody(age: int | None, stale: bool) -> None:
    """Books older than allowed, or of unknown age, stop contact; the limit day is fresh."""
    from msgspec.structs import replace

    fresh_on = None if age is None else TODAY - days(age)
    at = context(organisation=replace(ORGANISATION, books_fresh_on=fresh_on))
    rules = policy(freshness=Freshness(books_max_age=7))
    assert (books_too_old(rules, at) is not None) is stale
    assert said(one(invoice(), rules=rules, at=at))[1] == ("stale_books" if stale else "step_due")
    assert books_too_old(policy(restraint=OPEN_ALWAYS), at) is None
