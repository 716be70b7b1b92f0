"""Settings and conditions at the figure that they name: allowed, refused, fitting or just not."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncer.model.decision import Code
from syncer.model.ledger import BooksBy, Settled
from syncer.policy.behaviour import behaviour
from syncer.policy.calendar import closed, days_after, first_open_day, next_open
from syncer.policy.check import problems
from syncer.policy.freshness import books_allowed, books_line, books_seen, standstill
from syncer.policy.relationship import Relationship, asks_for_it, fits, relationship
from syncer.policy.rules import (
    Cap,
    Condition,
    Freshness,
    Personal,
    Policy,
    Restraint,
    Segment,
    StaleBooks,
    Step,
    StepChannel,
    Tone,
)
from syncer.policy.strategy import Eligibility, HandOver

from .make import (
    FRIENDLY,
    HEADS_UP,
    ORGANISATION,
    TODAY,
    contact,
    context,
    credit,
    days,
    hold,
    invoice,
    one,
    policy,
    said,
    settled,
)

GIVEN = {"after_due": 30, "hand_over": HandOver.AGENCY}


def found(*steps: Step, **rules: Any) -> list[str]:
    """What is wrong with a policy of these steps."""
    return list(problems(policy(*steps, **rules)))


def last(**facts: Any) -> Step:
    """A step that ends a ladder."""
    return Step(**({"name": "last", "tone": Tone.FINAL} | facts))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((FRIENDLY, last(after_due=30, repeat=7)), ""),
        ((FRIENDLY, last(after_due=30, repeat=1)), ""),
        ((FRIENDLY, last(after_due=30, repeat=0)), "repeat must be at least 1 day"),
        ((last(after_due=5, repeat=7), last(name="x", after_due=9)), "nothing can follow"),
        ((HEADS_UP, last(after_due=30, repeat=7)), ""),
        ((last(name="a", before_due=7), HEADS_UP, FRIENDLY), ""),
        ((HEADS_UP, last(name="a", before_due=7), FRIENDLY), "before_due must get smaller"),
        ((last(before_due=3, repeat=7),), "a heads-up is given once"),
        ((FRIENDLY, last(**GIVEN, channel=StepChannel.TASK)), ""),
        ((FRIENDLY, last(**GIVEN)), "a person hands over, once"),
        ((FRIENDLY, last(**GIVEN, channel=StepChannel.TASK, repeat=7)), "a person hands over"),
    ],
)
def test_what_ends_a_ladder_stands_at_its_end(steps: tuple[Step, ...], said: str) -> None:
    """A step that repeats or hands over is the last, and is taken as such a step can be."""
    wrong = found(*steps)
    assert len(wrong) == (1 if said else 0)
    assert all(said in one_ for one_ in wrong)


def conditioned(**when: Any) -> dict[str, Any]:
    """A policy with one segment."""
    return {"segments": (Segment(name="a", when=Condition(**when), ladder="usual"),)}


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        (conditioned(late_share_at_least=Decimal(1)), False),
        (conditioned(late_share_at_least=Decimal("1.01")), True),
        (conditioned(late_share_at_least=Decimal("0.01")), False),
        (conditioned(late_share_at_least=Decimal(0)), True),
        (conditioned(first_time=True), False),
        (conditioned(first_time=False, usual_days_late_at_least=5), False),
        (conditioned(first_time=True, usual_days_late_at_least=5), True),
        ({"restraint": Restraint(caps=(Cap(contacts=1, days=1),))}, False),
        ({"restraint": Restraint(caps=(Cap(contacts=0, days=1),))}, True),
        ({"restraint": Restraint(caps=(Cap(contacts=1, days=0),))}, True),
        ({"hand_over": Eligibility(late_at_least=30, late_below=31)}, False),
        ({"hand_over": Eligibility(late_at_least=30, late_below=30)}, True),
        ({"personal": Personal(small_share=Decimal("0.99"))}, False),
        ({"personal": Personal(small_share=Decimal(1))}, True),
        ({"personal": Personal(first_time_large=Decimal("0.01"))}, False),
        ({"personal": Personal(first_time_large=Decimal(0))}, True),
        ({"freshness": Freshness(books_max_age=0)}, False),
        ({"freshness": Freshness(books_max_age=-1)}, True),
    ],
)
def test_a_setting_is_refused_beyond_its_last_good_figure(
    rules: dict[str, Any], *, wrong: bool
) -> None:
    """The last figure that makes sense is allowed, the next one is named."""
    assert bool(found(**rules)) is wrong


@pytest.mark.parametrize(
    ("usual", "below", "fitting"),
    [(4, 5, True), (5, 5, False), (6, 5, False), (None, 5, False), (None, None, True)],
)
def test_a_segment_below_a_usual_lateness(
    usual: int | None, below: int | None, *, fitting: bool
) -> None:
    """Strictly below it, and only where a habit is known."""
    quick = Step(name="quick", tone=Tone.FRIENDLY, after_due=1)
    segment = Segment(name="s", when=Condition(usual_days_late_below=below), ladder="usual")
    rules = policy(quick, segments=(segment,), personal=Personal(habit_min_settled=1))
    paid = () if usual is None else (settled("S1", usual),)
    assert (one(invoice(), rules=rules, settled=paid).segment == "s") is fitting


@pytest.mark.parametrize(("least", "fitting"), [(50, True), (51, False)])
def test_a_segment_by_size_looks_at_the_net_position(least: int, *, fitting: bool) -> None:
    """Of 100 open, 30 disputed and 20 of credit leave 50."""
    segment = Segment(name="s", when=Condition(net_at_least=Decimal(least)), ladder="usual")
    part = hold(amount=Decimal(30), currency="GBP", item_id="I1")
    items = (invoice("I1", 9), credit("C1", "20"))
    found = one(*items, holds=(part,), rules=policy(segments=(segment,)))
    assert (found.segment == "s") is fitting


def test_who_pays_on_the_day_is_not_late() -> None:
    """A habit of paying on the due date, or before it, is a habit of 0 days."""
    paid = [settled("S1", 0), settled("S2", -9), settled("S3", 0)]
    assert behaviour(paid, currency="GBP", today=TODAY, habit_min=3).usual_late == 0


def test_a_relationship_begins_with_the_first_invoice() -> None:
    """Days are counted from it, never below zero; each invoice counts once; credits are none."""
    items = (invoice("I1", 5, issued_on=TODAY - days(9)), invoice("I2", 5, issued_on=None))
    known = relationship(items, (settled("I1", 3, 2),), habit_min=6)
    assert (known.since, known.invoices) == (TODAY - days(9), 2)
    ages = [known.known_for(TODAY + days(n)) for n in (-10, -9, -8, 0)]
    assert ages == [0, 0, 1, 9]
    assert relationship((), (), habit_min=6).known_for(TODAY) == 0


@pytest.mark.parametrize(
    ("paid", "habit_min", "share", "later_by"),
    [
        ((0, 10), 2, "0.5", 10),
        ((0, 10), 0, "0.5", 10),
        ((7,), 0, None, None),
        ((0, 10), 3, None, None),
        ((0, 1, 10), 3, str(Decimal(2) / 3), 10),
        ((10, 0), 2, "0.5", -10),
    ],
)
def test_a_change_needs_two_halves(
    paid: tuple[int, ...], habit_min: int, share: str | None, later_by: int | None
) -> None:
    """Two paid invoices are the least, in the order of their payments."""
    entries: list[Settled] = [settled(f"S{n}", late, 90 - 10 * n) for n, late in enumerate(paid)]
    known = relationship((), entries[::-1], habit_min=habit_min)
    assert known.late_share == (None if share is None else Decimal(share))
    assert known.later_by == later_by


@pytest.mark.parametrize(
    ("when", "fitting"),
    [
        ({"known_for_at_least": 30}, True),
        ({"known_for_at_least": 31}, False),
        ({"known_for_below": 31}, True),
        ({"known_for_below": 30}, False),
        ({"first_invoice": True}, False),
        ({"first_invoice": False}, True),
        ({"late_share_at_least": Decimal("0.5")}, True),
        ({"late_share_at_least": Decimal("0.51")}, False),
        ({"late_share_below": Decimal("0.51")}, True),
        ({"late_share_below": Decimal("0.5")}, False),
        ({"later_by_at_least": 4}, True),
        ({"later_by_at_least": 5}, False),
    ],
)
def test_a_relationship_fits_at_its_figure(when: dict[str, Any], *, fitting: bool) -> None:
    """At least is reached at the figure, below is passed at it."""
    known = Relationship(since=TODAY - days(30), invoices=2, late_share=Decimal("0.5"), later_by=4)
    assert fits(Condition(**when), known, TODAY) is fitting
    assert asks_for_it(Condition(**when))
    assert not asks_for_it(Condition(first_time=True))


def test_a_customer_who_paid_once_is_not_new() -> None:
    """A habit needs one invoice at the very least, whatever the setting says."""
    paid = [settled("S1", 8)]
    known = behaviour(paid, currency="GBP", today=TODAY, habit_min=0)
    assert (known.first_time, known.usual_late, known.settled) == (False, 8, 1)
    no_date = [settled("S1", 8, due_on=None)]
    assert behaviour(no_date, currency="GBP", today=TODAY, habit_min=0).usual_late is None


def stale(mode: StaleBooks) -> Policy:
    """Books may be a week old."""
    return policy(freshness=Freshness(books_max_age=7, when_stale=mode))


def books(age: int | None, **facts: Any) -> Any:
    """A ledger whose books are so old."""
    fresh_on = None if age is None else TODAY - days(age)
    owner = type(ORGANISATION)(
        name="Acme", time_zone="Europe/London", currency="GBP", books_fresh_on=fresh_on, **facts
    )
    return context(organisation=owner)


def test_what_the_ledger_says_of_its_age() -> None:
    """The day, what it is the day of, and of which account; unknown where nothing is said."""
    owners = [
        books(9).organisation,
        books(9, bank_account="Main").organisation,
        books(9, books_by=BooksBy.EXPORT).organisation,
        books(None).organisation,
    ]
    day = TODAY - days(9)
    assert [books_seen(owner) for owner in owners] == [
        f"last reconciled {day}",
        f"last reconciled {day} (Main)",
        f"export of {day}",
        "last reconciled unknown",
    ]


def test_what_is_allowed_is_told_with_what_follows() -> None:
    """To hold is usual and goes without saying."""
    assert [books_allowed(stale(mode)) for mode in StaleBooks] == [
        "at most 7 days ago",
        "at most 7 days ago, else soften",
        "at most 7 days ago, else warn",
    ]
    assert books_allowed(policy()) == "no limit"


@pytest.mark.parametrize("mode", StaleBooks)
def test_only_to_hold_stops_everybody(mode: StaleBooks) -> None:
    """Books a day too old stop all contacts under hold; under the others somebody may be."""
    assert standstill(stale(mode), books(7)) is None
    reason = standstill(stale(mode), books(8))
    assert (reason is not None) is (mode is StaleBooks.HOLD)


def test_the_line_about_old_books_reads_as_a_sentence() -> None:
    """It begins with a capital, once."""
    line = books_line(stale(StaleBooks.HOLD), books(8), held=2, contacts=0)
    assert line is not None
    assert line[0].endswith(" Nobody is contacted, 2 customers are held for that alone")


def test_the_calendar_ends() -> None:
    """The last day is reached and never passed; a day that never comes has no open day."""
    assert days_after(date.max - days(3), 3) == date.max
    assert days_after(date.max - days(3), 4) == date.max
    assert days_after(date.max - days(4), 3) == date.max - days(1)
    never = Restraint(weekdays=())
    assert first_open_day(never, TODAY) is None
    assert closed(never, TODAY) is not None


@pytest.mark.parametrize(
    ("now", "opens"),
    [("08:59", "2026-06-10T09:00"), ("09:00", "2026-06-10T09:00"), ("17:00", "2026-06-11T09:00")],
)
def test_the_window_opens_at_its_first_minute(now: str, opens: str) -> None:
    """Before it the same day; from its end on the next one; inside it at once."""
    restraint = Restraint(
        weekdays=tuple(range(7)), send_from=time(9), send_until=time(17), min_gap=1
    )
    london = ZoneInfo("Europe/London")
    local = datetime.combine(TODAY, time.fromisoformat(now), tzinfo=london)
    expected = datetime.fromisoformat(opens).replace(tzinfo=london)
    assert next_open(policy(restraint=restraint), local) == expected


@pytest.mark.parametrize(
    ("ahead", "code"), [(4, "not_due"), (3, "heads_up"), (1, "heads_up"), (0, "heads_up")]
)
def test_a_heads_up_reaches_to_its_last_day(ahead: int, code: str) -> None:
    """From three days before on, due today included; nothing further away is named in it."""
    rules = policy(HEADS_UP, FRIENDLY)
    decision = one(invoice("I1", -ahead), invoice("I2", -4), rules=rules)
    assert said(decision)[1] == code
    assert [line.item_id for line in decision.lines] == (["I1"] if code == "heads_up" else [])
    again = one(invoice("I1", -ahead), rules=rules, contacts=(contact("soon", 1, "I1"),))
    assert again.reasons[0].code is Code.NOT_DUE


@pytest.mark.parametrize(
    ("asked", "share", "late", "code"),
    [
        ("9.99", "0.1", 7, "rides_statement"),
        ("10.00", "0.1", 7, "step_due"),
        ("0.09", "0.1", 29, "rides_statement"),
        ("0.09", "0.1", 30, "step_due"),
    ],
)
def test_a_small_debt_rides_below_its_share(asked: str, share: str, late: int, code: str) -> None:
    """Strictly below the share of what was paid in a year, and for the days that are given."""
    rules = policy(personal=Personal(small_share=Decimal(share), small_until=30))
    paid = (settled("S1", 0, amount="100"),)
    assert said(one(invoice(late=late, amount=asked), rules=rules, settled=paid))[1] == code
    tiny = (settled("S1", 0, amount="0.50"),)
    small = one(invoice(late=7, amount="0.04"), rules=rules, settled=tiny)
    assert said(small)[1] == "rides_statement"
