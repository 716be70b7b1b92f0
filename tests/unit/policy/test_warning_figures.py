"""A warning begins at its figure, and a forecast counts the days that it says it counts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.decision import Code
from syncer.policy.credit import CreditLimit
from syncer.policy.habits import Figure, Trend, paid_invoices, share_late, trend
from syncer.policy.outlook import (
    LATEST,
    Counts,
    Grade,
    Observed,
    counts,
    grade_of,
    lately,
    outlook,
    shares,
    usual_late,
)
from syncer.policy.risk import Risk, Sign, ledger_counts, observations, risk, signs
from syncer.policy.rules import CatchUp, Ladder, Step, Tone
from syncer.policy.trial.timeline import timeline
from syncer.policy.volume import AlarmCode, AlarmLimits, Volume, alarms

from .make import FRIENDLY, HEADS_UP, TODAY, context, days, invoice, one, policy, settled, snapshot

NOBODY = counts((), TODAY)


def paid_on(day: int, times: int = 40, ago: int = 5) -> list[Observed]:
    """Invoices that were all paid on this day from due, so many days ago."""
    paid = TODAY - days(ago)
    return [Observed(due_on=paid - timedelta(days=day), paid_on=paid)] * times


def calm(**facts: Any) -> Risk:
    """The line of an account that warns of nothing, with these figures instead."""
    paid = tuple(settled(f"P{n}", 0, 30 * n + 1) for n in range(12))
    account = snapshot(invoice(late=-10), settled=paid)
    found = risk(account, ledger_counts([account], TODAY), TODAY, base="GBP")
    assert found is not None
    assert found.signs == ()
    return replace(found, **facts)


def expected(late: int | None) -> dict[str, Any]:
    """The latest invoice expected so many days after its day; None: not within 180."""
    plain = calm().expected
    on = None if late is None else plain.due_on + days(late)
    return {"expected": replace(plain, expected_on=on)}


@pytest.mark.parametrize(
    ("facts", "sign"),
    [
        (expected(4), Sign.EXPECTED_LATE),
        (expected(None), Sign.EXPECTED_LATE),
        ({"drift": Decimal(4)}, Sign.BEYOND_HABIT),
        ({"trend": Trend(value=Decimal(5), lately=3, before=3)}, Sign.GETTING_LATER),
        ({"limit_used": Decimal("0.9")}, Sign.NEAR_LIMIT),
        ({"limit_used": Decimal(1)}, Sign.NEAR_LIMIT),
        ({"limit_used": Decimal("1.01")}, Sign.OVER_LIMIT),
        ({"promises_kept": Figure(value=Decimal("0.49"), depth=2)}, Sign.PROMISES_BROKEN),
    ],
)
def test_a_sign_stands_from_its_figure_on(facts: dict[str, Any], sign: Sign) -> None:
    """One figure at or past the limit, and all others calm: that sign alone is first."""
    assert signs(calm(**facts))[0] is sign


@pytest.mark.parametrize(
    "facts",
    [
        expected(3),
        expected(4) | {"depth": 0},
        {"drift": Decimal(3)},
        {"trend": Trend(value=Decimal("4.99"), lately=3, before=3)},
        {"limit_used": Decimal("0.89")},
        {"promises_kept": Figure(value=Decimal("0.5"), depth=2)},
        {"promises_kept": Figure(value=Decimal(0), depth=1)},
    ],
)
def test_just_before_its_figure_nothing_warns(facts: dict[str, Any]) -> None:
    """A day less, a promise more or a hundredth below: no sign."""
    assert signs(calm(**facts)) == ()


@pytest.mark.parametrize(("amount", "used"), [("0.01", Decimal(2)), ("50", Decimal(2))])
def test_a_limit_of_nothing_is_passed_by_anything(amount: str, used: Decimal) -> None:
    """Nothing may be open on such an account; a penny is more than nothing."""
    account = snapshot(invoice(late=-10, amount=amount))
    none = (CreditLimit(amount=Decimal(0), account="A1"),)
    found = risk(account, NOBODY, TODAY, base="GBP", limits=none)
    assert found is not None
    assert (found.limit_used, Sign.OVER_LIMIT in found.signs) == (used, True)


def test_the_history_has_what_is_open_too() -> None:
    """Open invoices with a day count beside the paid ones; those without one cannot."""
    account = snapshot(invoice("I1", 5), invoice("I2", None), settled=(settled("S1", 2),))
    assert {one_.due_on for one_ in observations(account, TODAY)} == {
        TODAY - days(5),
        TODAY - days(32),
    }


@pytest.mark.parametrize(("day", "serious"), [(15, 0), (16, 1), (-60, 0), (180, 1)])
def test_serious_is_more_than_fifteen_days(day: int, serious: int) -> None:
    """Where everybody pays on the same day, an invoice is paid on that day too."""
    ledger = counts(paid_on(day), TODAY)
    due_on = TODAY + days(70)
    found = outlook(shares(NOBODY, ledger), due_on=due_on, today=TODAY, depth=1)
    assert found.serious == serious
    assert found.expected_on == max(TODAY, due_on + timedelta(days=day))


def test_what_is_paid_today_is_not_known_this_morning() -> None:
    """It counts as open in every figure, and from tomorrow on as paid."""
    today = [Observed(due_on=TODAY - days(3), paid_on=TODAY)]
    assert (counts(today, TODAY).depth, counts(today, TODAY + days(1)).depth) == (0, 1)
    assert usual_late(today, TODAY, ledger_mean=Decimal(7)) == 7
    assert usual_late(today, TODAY + days(1), ledger_mean=Decimal(7)) < 7
    assert share_late(today, TODAY) is None
    assert paid_invoices([settled("S1", 3, ago=0)], TODAY) == ()
    assert len(paid_invoices([settled("S1", 3, ago=1)], TODAY)) == 1
    many = paid_on(9, 3, ago=0) + paid_on(2, 3, ago=100)
    assert trend(many, TODAY) is None
    assert trend(many, TODAY + days(1)) == Trend(value=Decimal(7), lately=3, before=3)


@pytest.mark.parametrize(("ago", "value"), [(90, 7), (91, None)])
def test_a_trend_looks_ninety_days_back(ago: int, value: int | None) -> None:
    """The ninetieth day is lately, the one before it is not."""
    found = trend(paid_on(9, 3, ago=ago) + paid_on(2, 3, ago=200), TODAY)
    assert (found.value if found else None) == value


def test_late_is_after_a_weekend() -> None:
    """Three days late are not late; four are."""
    found = share_late(paid_on(3, 1) + paid_on(4, 3), TODAY)
    assert found == Figure(value=Decimal("0.75"), depth=4)


@pytest.mark.parametrize(
    ("chance", "grade"),
    [("0.049", "A"), ("0.05", "B"), ("0.15", "C"), ("0.30", "D"), ("0.499", "D"), ("0.50", "E")],
)
def test_a_grade_ends_below_its_figure(chance: str, grade: str) -> None:
    """At five, fifteen, thirty and fifty per cent the next grade begins."""
    assert grade_of(Decimal(chance)) is Grade(grade)


def test_a_change_needs_thirty_payments_and_both_chances() -> None:
    """With fewer, or where all or none are late, nothing is corrected."""
    some = counts(paid_on(0, 20) + paid_on(20, 20), TODAY)
    worse = counts(paid_on(0, 10) + paid_on(20, 20), TODAY)
    assert worse.depth == 30
    assert lately(some, worse) > 1
    thin = Counts(open=worse.open, paid=worse.paid, depth=29)
    assert lately(some, thin) == 1
    everybody = counts(paid_on(0, 40), TODAY)
    assert lately(everybody, worse) == 1
    assert LATEST == 180


def test_steps_that_all_passed_unseen_leave_none_to_wait_for() -> None:
    """With catch-up skip the names of all are told, and neither a step nor a day to come."""
    steps = (FRIENDLY, Step(name="firm", tone=Tone.FIRM, after_due=14))
    rules = policy(*steps, catch_up=CatchUp.SKIP)
    gap = context(last_run_on=TODAY - days(30))
    decision = one(invoice(late=25), rules=rules, at=gap)
    assert (decision.reasons[0].code, decision.reasons[0].args) == (
        Code.MISSED_SKIPPED,
        ("friendly, firm", "", ""),
    )


def test_a_drawn_ladder_names_each_rule() -> None:
    """The first day of every step, with the rule that sets it."""
    steps = (
        HEADS_UP,
        FRIENDLY,
        Step(name="firm", tone=Tone.FIRM, after_due=14, after_previous=5),
        Step(name="final", tone=Tone.FINAL, after_previous=10, repeat=30),
    )
    drawn = [(stop.day, stop.rule) for stop in timeline(Ladder(name="x", steps=steps), min_gap=1)]
    assert [day for day, _ in drawn] == [-3, 7, 14, 24]
    rules = [rule for _, rule in drawn]
    assert rules[:2] == ["3 days before due", "7 days after due"]
    assert rules[2] == "14 days after due, 5 after the step before"
    assert rules[3].startswith("10 days after the step before, then every 30")


def volume(**facts: Any) -> Volume:
    """A quiet run with a hundred invoices in pounds."""
    values: dict[str, Any] = {
        "items": 100,
        "credits": 30,
        "contacts": 0,
        "waiting": 5,
        "totals": {"GBP": Decimal(1000)},
        "counts": {"GBP": 100},
        "on": TODAY,
    }
    return Volume(**(values | facts))


@pytest.mark.parametrize(
    ("total", "count", "then", "expected"),
    [
        (3000, 20, 20, []),
        (3001, 20, 20, [AlarmCode.AMOUNT_ROSE]),
        (3001, 19, 20, []),
        (3001, 20, 19, []),
    ],
)
def test_amounts_are_compared_from_twenty_items_on(
    total: int, count: int, then: int, expected: list[AlarmCode]
) -> None:
    """More than three times the most so far, of currencies with enough items, then and now."""
    past = [volume(counts={"GBP": then}, contacts=1)] * 30
    now = volume(totals={"GBP": Decimal(total)}, counts={"GBP": count}, contacts=1)
    assert [alarm.code for alarm in alarms(now, past, AlarmLimits())] == expected


def test_silence_is_told_and_holds_nobody() -> None:
    """Twenty days of runs without a contact, after there were some."""
    past = [volume(on=TODAY - days(n)) for n in range(1, 40)]
    spoke = [*past, volume(on=TODAY - days(40), contacts=9)]
    (alarm,) = alarms(volume(), spoke, AlarmLimits())
    assert (alarm.code, alarm.holds) == (AlarmCode.NOTHING_DUE, False)
