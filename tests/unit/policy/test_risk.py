"""Who is slipping: figures move with what was seen, say how thin they are, and know no future."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot
from syncer.model.hold import HoldKind
from syncer.model.ledger import Settled
from syncer.policy.credit import CreditLimit, Limit, limit_of
from syncer.policy.outlook import Grade, shifted
from syncer.policy.risk import Risk, Sign, ledger_counts, order, recent_odds, risk

from .make import CUSTOMER, TODAY, credit, days, hold, invoice, settled, snapshot

PAID = st.lists(st.tuples(st.integers(1, 400), st.integers(-20, 60)), max_size=10)
OPEN = st.lists(st.tuples(st.integers(-30, 60), st.integers(1, 900)), min_size=1, max_size=5)


def history(*paid: tuple[int, int]) -> tuple[Settled, ...]:
    """(Days ago, days late) of paid invoices."""
    return tuple(settled(f"P{number}", late, ago) for number, (ago, late) in enumerate(paid))


ORDINARY = snapshot(
    settled=history(*[(ago, late) for ago in (10, 100, 200) for late in range(-5, 12)])
)
PROMPT = [(30 * n + 1, 0) for n in range(12)]
LEDGER = ledger_counts([ORDINARY], TODAY)


def look(*items: Any, paid: Any = (), today: date = TODAY, **facts: Any) -> Risk:
    """The line of one account with these items and payments in an ordinary ledger."""
    limits = facts.pop("limits", ())
    account = snapshot(*items, settled=history(*paid), **facts)
    found = risk(account, LEDGER, today, base="GBP", limits=limits)
    assert found is not None
    return found


def test_who_pays_late_is_named_before_the_due_date() -> None:
    """Twelve invoices paid 25 days late: the next is expected late ten days before its day."""
    late = look(invoice(late=-10), paid=[(30 * n + 1, 25) for n in range(12)])
    assert Sign.EXPECTED_LATE in late.signs
    assert Sign.CREDIT_CHECK in late.signs
    assert late.grade in (Grade.D, Grade.E)
    assert late.expected.expected_on is not None
    assert (late.expected.expected_on - late.expected.due_on).days > 7
    prompt = look(invoice(late=-10), paid=PROMPT)
    assert (prompt.signs, prompt.grade, prompt.depth) == ((), Grade.A, 12)


def test_no_history_says_so() -> None:
    """A new customer has the ledger's chances, no grade, no drift, and no sign of its own."""
    found = look(invoice(late=-10))
    assert (found.grade, found.depth, found.drift) == (Grade.NO_HISTORY, 0, None)
    assert (found.trend, found.share_late, found.promises_kept) == (None, None, None)
    assert found.signs == ()


def test_nothing_with_a_due_date_is_no_line() -> None:
    """Credits alone, and invoices without a due date, give nothing to expect."""
    account = snapshot(credit("C1", "50.00"), invoice(late=None))
    assert risk(account, LEDGER, TODAY, base="GBP") is None


def test_drift_and_trend_sign() -> None:
    """Twelve days over a prompt habit is beyond it; the last payments got later than before."""
    drifting = look(invoice(late=12), paid=PROMPT)
    assert Sign.BEYOND_HABIT in drifting.signs
    assert drifting.drift is not None
    assert drifting.drift > 10
    getting_later = look(
        invoice(late=-5), paid=[(n + 1, 9) for n in range(4)] + [(200 + n, 0) for n in range(4)]
    )
    assert Sign.GETTING_LATER in getting_later.signs
    assert getting_later.trend is not None
    assert (getting_later.trend.value, getting_later.trend.lately) == (9, 4)


def test_broken_promises_sign() -> None:
    """Two promises that nothing came of: a sign; one alone says nothing yet."""
    broken = [
        hold(HoldKind.PROMISE, hold_id=f"H{n}", item_id="I1", starts_on=TODAY - days(30 + n))
        for n in range(2)
    ]
    ended = tuple(replace(one, ends_on=TODAY - days(10)) for one in broken)
    assert Sign.PROMISES_BROKEN in look(invoice(), holds=ended).signs
    assert Sign.PROMISES_BROKEN not in look(invoice(), holds=ended[:1]).signs


@pytest.mark.parametrize(
    ("amount", "sign"),
    [
        ("899.99", None),
        ("900.00", Sign.NEAR_LIMIT),
        ("1000.00", Sign.NEAR_LIMIT),
        ("1000.01", Sign.OVER_LIMIT),
    ],
)
def test_the_credit_limit_warns(amount: str, sign: Sign | None) -> None:
    """From nine tenths on it is near; the limit itself is still within; credits count down."""
    limits = (CreditLimit(amount=Decimal(1000), account="A1"),)
    found = look(
        invoice(late=-5, amount=str(Decimal(amount) + 50)), credit("C", "50.00"), limits=limits
    )
    said = [one for one in found.signs if one in (Sign.NEAR_LIMIT, Sign.OVER_LIMIT)]
    assert said == ([sign] if sign else [])
    assert (Sign.CREDIT_CHECK in found.signs) is (sign is Sign.OVER_LIMIT)


def test_which_limit_holds() -> None:
    """What the user wrote for the account, else the smallest of its groups, else the ledger's."""
    account = replace(CUSTOMER, groups=("Trade", "North"), credit_limit=Decimal(7))
    given = [
        CreditLimit(amount=Decimal(30), group="trade"),
        CreditLimit(amount=Decimal(20), group="NORTH", currency="EUR"),
        CreditLimit(amount=Decimal(90), account="Customer"),
        CreditLimit(amount=Decimal(1), account="somebody else"),
    ]
    assert limit_of(account, given, base="GBP") == Limit(amount=Decimal(90), currency="GBP")
    assert limit_of(account, given[:2], base="GBP") == Limit(amount=Decimal(20), currency="EUR")
    assert limit_of(account, (), base="GBP") == Limit(amount=Decimal(7), currency="GBP")
    assert limit_of(CUSTOMER, (), base="GBP") is None


@pytest.mark.parametrize(("rate", "used"), [("2", "0.4"), ("0.5", "0.1"), (None, None)])
def test_complaint_56_a_limit_is_compared_by_rate(rate: str | None, used: str | None) -> None:
    """100 EUR at 2.0 are 200 GBP of 500; without a rate nothing is compared, nothing guessed."""
    euro = invoice(currency="EUR", rate_to_base=None if rate is None else Decimal(rate))
    limits = (CreditLimit(amount=Decimal(500), account="A1"),)
    found = look(euro, limits=limits)
    assert found.limit_used == (None if used is None else Decimal(used))
    assert (found.exposure is None) is (rate is None)
    assert found.open == {"EUR": Decimal("100.00")}


@given(PAID, OPEN, st.integers(1, 300), st.integers(-20, 59))
def test_one_payment_made_later_never_lowers_the_risk(
    paid: list[tuple[int, int]], owed: list[tuple[int, int]], ago: int, late: int
) -> None:
    """The same payment a day later on the due axis: money at risk and usual days only rise.

    Of invoices due in 60 days or later; ``test_outlook`` says why not of all.
    """
    items = [invoice(f"I{n}", -60 - abs(due), str(m)) for n, (due, m) in enumerate(owed)]
    before = look(*items, paid=[*paid, (ago, late)])
    after = look(*items, paid=[*paid, (ago, late + 1)])
    assert before.at_risk is not None
    assert after.at_risk is not None
    assert after.at_risk >= before.at_risk
    assert after.usual_late >= before.usual_late


@given(PAID, OPEN, st.integers(0, 4), st.integers(1, 500))
def test_a_larger_invoice_never_lowers_the_money_at_risk(
    paid: list[tuple[int, int]], owed: list[tuple[int, int]], place: int, more: int
) -> None:
    """Monotone in the amount, and in the share of the limit that is used."""
    limits = (CreditLimit(amount=Decimal(1000), account="A1"),)
    items = [invoice(f"I{n}", due, str(amount)) for n, (due, amount) in enumerate(owed)]
    at = place % len(items)
    larger = replace(items[at], open=items[at].open + more, total=items[at].total + more)
    before = look(*items, paid=paid, limits=limits)
    after = look(*items[:at], larger, *items[at + 1 :], paid=paid, limits=limits)
    assert before.at_risk is not None
    assert after.at_risk is not None
    assert before.limit_used is not None
    assert after.limit_used is not None
    assert after.at_risk >= before.at_risk
    assert after.limit_used > before.limit_used


@given(PAID, OPEN, st.randoms(use_true_random=False))
def test_order_is_irrelevant(
    paid: list[tuple[int, int]], owed: list[tuple[int, int]], chance: Random
) -> None:
    """Items and payments in any order give the same line, to the last digit."""
    items = [invoice(f"I{n}", due, str(amount)) for n, (due, amount) in enumerate(owed)]
    told = snapshot(*items, settled=history(*paid))
    shuffled_items, shuffled_paid = list(told.items), list(told.settled)
    chance.shuffle(shuffled_items)
    chance.shuffle(shuffled_paid)
    again = replace(told, items=tuple(shuffled_items), settled=tuple(shuffled_paid))
    assert risk(told, LEDGER, TODAY, base="GBP") == risk(again, LEDGER, TODAY, base="GBP")


@given(PAID, OPEN, st.lists(st.tuples(st.integers(-60, 0), st.integers(-20, 60)), max_size=5))
def test_no_look_ahead(
    paid: list[tuple[int, int]], owed: list[tuple[int, int]], future: list[tuple[int, int]]
) -> None:
    """Payments dated today or later change nothing: neither the line nor the ledger's counts."""
    items = [invoice(f"I{n}", due, str(amount)) for n, (due, amount) in enumerate(owed)]
    known = snapshot(*items, settled=history(*paid))
    later = tuple(settled(f"F{n}", late, ago) for n, (ago, late) in enumerate(future))
    told = replace(known, settled=(*known.settled, *later))
    assert _line(told) == _line(known)


def _line(account: AccountSnapshot) -> object:
    return risk(account, ledger_counts([ORDINARY, account], TODAY), TODAY, base="GBP")


def test_those_that_warn_come_first_then_the_most_money() -> None:
    """A small sign stands above a large debt without one; among equals money decides."""
    late = [(30 * n + 1, 25) for n in range(12)]
    calm = look(invoice(late=-10, amount="99999.00"), paid=PROMPT)
    small = look(invoice(late=-10, amount="10.00"), paid=late)
    large = look(invoice(late=-10, amount="500.00"), paid=late)
    assert sorted([calm, small, large], key=order) == [large, small, calm]


def test_recent_change_of_the_whole_ledger_corrects_the_chance() -> None:
    """Everybody pays on time since 90 days: late ends are less likely than old payments say."""
    old = [(120 + n, 30) for n in range(60)]
    for late, moves in ((0, True), (30, False)):
        recent = [settled(f"N{n}", late, 1 + n % 50) for n in range(60)]
        account = snapshot(settled=(*history(*old), *recent))
        seen = ledger_counts([account], TODAY)
        odds = recent_odds([account], seen, TODAY)
        assert (odds < 1) if moves else (odds >= 1)
        open_one = snapshot(invoice(late=-70), settled=history(*PROMPT))
        plain = risk(open_one, seen, TODAY, base="GBP")
        moved = risk(open_one, seen, TODAY, base="GBP", odds=odds)
        assert plain is not None
        assert moved is not None
        assert (moved.serious < plain.serious) if moves else (moved.serious >= plain.serious)
    few = snapshot(settled=history(*old, *[(1 + n, 0) for n in range(5)]))
    assert recent_odds([few], ledger_counts([few], TODAY), TODAY) == 1


@given(st.decimals(0, 1, places=6), st.decimals(0, 1, places=6), st.decimals("0.1", 9, places=3))
def test_the_correction_keeps_the_order(one: Decimal, other: Decimal, odds: Decimal) -> None:
    """A larger chance stays the larger one, chances stay chances, and certainty stays certain."""
    low, high = sorted((one, other))
    assert 0 <= shifted(low, odds) <= shifted(high, odds) <= 1
    assert (shifted(Decimal(1), odds), shifted(Decimal(0), odds)) == (1, 0)


def test_credits_lower_what_is_at_risk() -> None:
    """Of a bad payer no more is at risk than is open, net of credits."""
    bad = [(30 * n + 1, 60) for n in range(12)]
    found = look(invoice(late=40), credit("C1", "95.00"), paid=bad)
    assert (found.exposure, found.at_risk) == (Decimal("5.00"), Decimal("5.00"))


def test_who_is_used_to_paying_early_is_not_late_before_the_due_date() -> None:
    """Drift compares with the day of today, not with the due date that is still to come."""
    early = [(30 * n + 1, -8) for n in range(12)]
    assert Sign.BEYOND_HABIT not in look(invoice(late=-6), paid=early).signs
    assert Sign.BEYOND_HABIT in look(invoice(late=5), paid=early).signs
