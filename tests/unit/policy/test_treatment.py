"""Treatment by history and size: each input moves the answer one way, and says why."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.policy.behaviour import behaviour
from syncer.policy.rules import Condition, Personal, Segment, Step, Tone

from .make import (
    CUSTOMER,
    FRIENDLY,
    TODAY,
    context,
    days,
    invoice,
    ladder,
    one,
    policy,
    said,
    settled,
)

LARGE = Personal(first_time_large=Decimal(1000), first_time_sooner=3)
SMALL = Personal(small_share=Decimal("0.01"), small_until=30)
HABIT = Personal(habit_grace_max=14, habit_min_settled=3)
EARLY = Step(name="early", tone=Tone.FRIENDLY, after_due=2)


@pytest.mark.parametrize(
    ("amount", "late", "expected"),
    [
        ("1000", 3, "between_steps"),
        ("1000", 4, "first_time_large"),
        ("999.99", 4, "between_steps"),
        ("1000", 7, "step_due"),
    ],
)
def test_a_large_first_debt_comes_sooner(amount: str, late: int, expected: str) -> None:
    """From the limit on a first-time customer reaches each step some days sooner."""
    decision = one(invoice(late=late, amount=amount), rules=policy(personal=LARGE))
    assert decision.reasons[0].code == expected


def test_sooner_is_never_before_the_day_after_due() -> None:
    """However many days sooner, an invoice must be overdue first."""
    rules = policy(EARLY, personal=LARGE)
    assert said(one(invoice(late=0, amount="5000"), rules=rules))[1] == "not_due"
    assert said(one(invoice(late=1, amount="5000"), rules=rules))[1] == "first_time_large"


def test_large_first_debts_are_sent_first() -> None:
    """Priority: large first-time debts, then size, then days late."""
    rules = policy(personal=LARGE)
    first = one(invoice(amount="1000"), rules=rules).priority
    known = one(invoice(amount="99999", late=99), rules=rules, settled=(settled("S", 0),)).priority
    smaller = one(invoice(amount="9999", late=99), rules=rules, settled=(settled("S", 0),)).priority
    later = one(invoice(amount="9999", late=98), rules=rules, settled=(settled("S", 0),)).priority
    assert first > known > smaller > later > 0


def test_a_foreign_large_debt_needs_a_rate() -> None:
    """The limit is in the base currency: no rate, no comparison."""
    rules = policy(personal=LARGE)
    euro = invoice(late=4, amount="1200", currency="EUR", rate_to_base=Decimal("0.9"))
    assert said(one(euro, rules=rules))[1] == "first_time_large"
    assert said(one(replace(euro, rate_to_base=None), rules=rules))[1] == "between_steps"


@pytest.mark.parametrize(
    ("amount", "late", "expected"),
    [
        ("99.99", 29, "rides_statement"),
        ("99.99", 30, "step_due"),
        ("100.00", 29, "step_due"),
    ],
)
def test_a_small_debt_of_a_good_customer_waits(amount: str, late: int, expected: str) -> None:
    """Below 1 % of the year's settled 10,000 it waits until it is 30 days late."""
    paid = (settled("S1", 0, amount="10000"),)
    decision = one(invoice(late=late, amount=amount), rules=policy(personal=SMALL), settled=paid)
    assert decision.reasons[0].code == expected


def test_who_is_no_healthy_account() -> None:
    """No settled invoice in the year and currency, or a habit of paying very late: no waiting."""
    rules = policy(personal=SMALL)
    tiny = invoice(late=10, amount="1")
    assert said(one(tiny, rules=rules))[1] == "step_due"
    old = (settled("S1", 0, ago=365, amount="10000"),)
    assert said(one(tiny, rules=rules, settled=old))[1] == "step_due"
    euro = (settled("S1", 0, amount="10000", currency="EUR"),)
    assert said(one(tiny, rules=rules, settled=euro))[1] == "step_due"
    slow = tuple(settled(f"S{n}", 30, amount="10000") for n in range(6))
    assert said(one(tiny, rules=rules, settled=slow))[1] == "step_due"
    waits = one(tiny, rules=rules, settled=(settled("S1", 0, ago=364, amount="10000"),))
    assert said(waits)[1] == "rides_statement"
    assert waits.next_look_on == TODAY + days(1)  # the payment then leaves the 365 days


@pytest.mark.parametrize(
    ("usual", "late", "expected"),
    [
        (10, 10, "usual_lateness"),
        (10, 11, "step_due"),  # beyond the habit patience ends
        (30, 15, "usual_lateness"),
        (30, 16, "step_due"),  # never more than 14 days of patience
        (0, 2, "step_due"),
        (1, 2, "step_due"),
    ],
)
def test_patience_with_a_known_habit(usual: int, late: int, expected: str) -> None:
    """The first step waits for the usual lateness, at most habit_grace_max days."""
    paid = tuple(settled(f"S{n}", usual) for n in range(3))
    rules = policy(EARLY, personal=HABIT)
    assert said(one(invoice(late=late), rules=rules, settled=paid))[1] == expected


def test_a_habit_needs_enough_invoices() -> None:
    """Two settled invoices are no habit when three are needed."""
    paid = tuple(settled(f"S{n}", 10) for n in range(2))
    rules = policy(EARLY, personal=HABIT)
    assert said(one(invoice(late=2), rules=rules, settled=paid))[1] == "step_due"


def test_usual_lateness_is_the_median_of_last_payments() -> None:
    """Part payments count once, by the last; early counts as on time; no due date is left out."""
    paid = [
        settled("S1", 5, ago=40),
        replace(settled("S1", 9, ago=36), due_on=TODAY - days(45)),
        settled("S2", -20),
        settled("S3", 4),
        replace(settled("S4", 50), due_on=None),
    ]
    figures = behaviour(paid, currency="GBP", today=TODAY, habit_min=3)
    assert (figures.settled, figures.usual_late) == (3, 4)
    assert behaviour(paid[::-1], currency="GBP", today=TODAY, habit_min=3).usual_late == 4
    four = behaviour([*paid, settled("S5", 7)], currency="GBP", today=TODAY, habit_min=3)
    assert four.usual_late == 5  # between 4 and 7, rounded down


def segment(name: str, **when: object) -> Segment:
    """A segment that leads to the quick ladder."""
    return Segment(name=name, when=Condition(**when), ladder="quick")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({}, True),
        ({"accounts": ("A1",)}, True),
        ({"accounts": ("Customer",)}, True),
        ({"accounts": ("customer",)}, False),
        ({"groups": ("vip", "KEY")}, True),
        ({"groups": ("vip",)}, False),
        ({"countries": ("DE",)}, True),
        ({"countries": ("GB",)}, False),
        ({"currencies": ("GBP",)}, True),
        ({"currencies": ("EUR",)}, False),
        ({"overdue_at_least": Decimal(100)}, True),
        ({"overdue_at_least": Decimal("100.01")}, False),
        ({"overdue_below": Decimal("100.01")}, True),
        ({"overdue_below": Decimal(100)}, False),
        ({"first_time": False}, True),
        ({"first_time": True}, False),
        ({"usual_days_late_at_least": 5}, True),
        ({"usual_days_late_at_least": 6}, False),
        ({"turnover_share_at_least": Decimal("0.06")}, True),
        ({"turnover_share_at_least": Decimal("0.061")}, False),
    ],
)
def test_segment_conditions(when: dict[str, object], fits: bool) -> None:
    """Every condition is proven on both sides of its boundary."""
    quick = ladder(Step(name="quick", tone=Tone.FIRM, after_due=1), name="quick")
    rules = policy(ladders=(ladder(), quick), segments=(segment("s", **when),))
    account = replace(CUSTOMER, groups=("key",), country="DE")
    paid = tuple(settled(f"S{n}", 5) for n in range(6))
    at = context(turnover=(("GBP", Decimal(10000)),))
    decision = one(invoice(late=2), rules=rules, account=account, settled=paid, at=at)
    assert (decision.segment, decision.ladder) == (("s", "quick") if fits else ("", "usual"))


def test_share_of_an_unknown_turnover_fits_nobody() -> None:
    """Without the ledger's turnover a share cannot be compared."""
    rules = policy(segments=(segment("s", turnover_share_at_least=Decimal("0.01")),))
    assert one(invoice(), rules=rules, settled=(settled("S", 0),)).segment == ""
    slow = policy(segments=(segment("s", usual_days_late_at_least=1),))
    assert one(invoice(), rules=slow).segment == ""


def test_the_first_segment_that_fits_wins_and_may_exclude() -> None:
    """Order decides; an excluded account is held with the segment's reason."""
    out = Segment(name="out", when=Condition(accounts=("A1",)), ladder="", exclude=True, reason="x")
    rules = policy(FRIENDLY, segments=(out, segment("s")))
    decision = one(invoice(), rules=rules)
    assert (said(decision), decision.segment) == (("hold", "excluded"), "out")
    assert one(invoice(late=-1), rules=rules).action == "none"
