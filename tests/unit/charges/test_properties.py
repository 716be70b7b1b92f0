"""What holds for every sum of interest, whatever the figures."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from syncer.policy.charges.allocation import PRINCIPAL_FIRST, allocate
from syncer.policy.charges.daycount import DayCount, years
from syncer.policy.charges.exact import to_money
from syncer.policy.charges.fees import within_yearly_cost
from syncer.policy.charges.interest import (
    Paid,
    Terms,
    YearlyRate,
    fixed,
    interest,
    working,
)
from syncer.policy.law.lawbook import locked
from syncer.policy.law.rows import Evidence, Part, YearlyCostCap

DAYS = st.dates(date(2018, 1, 1), date(2030, 12, 31))
AMOUNTS = st.decimals("0.01", "99999.99", places=2)
SPANS = st.integers(0, 900)
COUNTS = st.sampled_from(DayCount)
PERCENTS = st.decimals("0", "40", places=2)
SECOND_HALF = 7


def by_half(day: date) -> YearlyRate:
    """A floating rate: 10 % in first halves, 12 % in second ones."""
    second = day.month >= SECOND_HALF
    end = date(day.year, 12, 31) if second else date(day.year, 6, 30)
    return YearlyRate(percent=Decimal(12 if second else 10), source="half", valid_to=end)


@given(DAYS, SPANS, SPANS, COUNTS)
def test_a_period_cut_in_two_is_as_long_as_the_whole(
    first: date, one: int, two: int, count: DayCount
) -> None:
    """Every day count adds up, so a segment more or less changes no sum."""
    middle, last = first + timedelta(days=one), first + timedelta(days=one + 1 + two)
    halves = years(first, middle, count) + years(middle + timedelta(days=1), last, count)
    assert halves == years(first, last, count)


@given(AMOUNTS, DAYS, SPANS, PERCENTS, COUNTS)
def test_a_day_more_never_costs_less(
    principal: Decimal, due: date, span: int, percent: Decimal, count: DayCount
) -> None:
    """Interest never falls when a day is added."""

    def until(days: int) -> Decimal:
        return interest(
            principal,
            "EUR",
            due_on=due,
            until=due + timedelta(days=days),
            payments=(),
            rate_on=fixed(percent, "contract"),
            terms=Terms(day_count=count),
        ).amount

    assert until(0) == 0
    assert until(span) <= until(span + 1)


@given(AMOUNTS, DAYS, st.integers(1, 400), st.integers(1, 400), AMOUNTS)
def test_paying_earlier_never_costs_more(
    principal: Decimal, due: date, early: int, later: int, paid: Decimal
) -> None:
    """Interest never rises when a payment is moved earlier."""

    def with_payment_after(days: int) -> Decimal:
        return interest(
            principal,
            "EUR",
            due_on=due,
            until=due + timedelta(days=900),
            payments=[Paid(on=due + timedelta(days=days), amount=paid)],
            rate_on=by_half,
        ).amount

    assert with_payment_after(early) <= with_payment_after(early + later)


@given(AMOUNTS, DAYS, SPANS, st.lists(st.tuples(SPANS, AMOUNTS), max_size=5))
def test_the_segments_are_the_whole_time(
    principal: Decimal, due: date, span: int, paid: list[tuple[int, Decimal]]
) -> None:
    """Segments follow one another without a gap from the day after due; each has days."""
    found = interest(
        principal,
        "EUR",
        due_on=due,
        until=due + timedelta(days=span),
        payments=[Paid(on=due + timedelta(days=days), amount=amount) for days, amount in paid],
        rate_on=by_half,
    )
    expected = due + timedelta(days=1)
    for part in found.segments:
        assert part.first == expected
        assert part.days == (part.last - part.first).days + 1 > 0
        assert part.balance > 0
        expected = part.last + timedelta(days=1)
    assert len(working(found)) == len(found.segments) + 1


@given(DAYS, SPANS)
def test_a_locked_rate_is_the_first_days(first: date, later: int) -> None:
    """What is published after interest began changes nothing for a running debt."""
    rate = locked(by_half)
    assert rate(first).percent == by_half(first).percent
    after = rate(first + timedelta(days=later))
    assert (after.percent, after.valid_to) == (by_half(first).percent, None)


@given(st.fractions(0, 10_000), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_rounding_is_half_up_to_the_minor_unit(exact: Fraction, currency: str) -> None:
    """The rounded sum lies within half a unit, and exactly half goes up."""
    digits = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    unit = Fraction(1, 10**digits)
    found = Fraction(to_money(exact, currency))
    assert -unit / 2 < found - exact <= unit / 2
    assert to_money(Fraction(1, 2) * unit, currency) == Decimal(1).scaleb(-digits)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.permutations(list(Part)))
def test_a_payment_is_spread_in_order_and_whole(
    payment: Decimal, costs: Decimal, charged: Decimal, principal: Decimal, order: list[Part]
) -> None:
    """No part gets anything while an earlier one is unpaid, and nothing is lost."""
    owed = {Part.COSTS: costs, Part.INTEREST: charged, Part.PRINCIPAL: principal}
    used = allocate(payment, owed, order)
    assert sum(used.values()) == min(payment, sum(owed.values()))
    for before, after in pairwise(order):
        assert used[after] == 0 or used[before] == owed[before]


def test_principal_first_leaves_the_costs() -> None:
    """Who pays only the invoice still owes what its lateness cost, where principal goes first."""
    owed = {Part.COSTS: Decimal(5), Part.INTEREST: Decimal(3), Part.PRINCIPAL: Decimal(100)}
    german = (Part.COSTS, Part.INTEREST, Part.PRINCIPAL)
    assert allocate(Decimal(100), owed, PRINCIPAL_FIRST)[Part.PRINCIPAL] == Decimal(100)
    assert allocate(Decimal(100), owed, german)[Part.PRINCIPAL] == Decimal(92)


@given(AMOUNTS, AMOUNTS, st.integers(1, 3000))
def test_no_fee_passes_the_yearly_cost(principal: Decimal, fee: Decimal, days: int) -> None:
    """With whatever is left of it, a fee stays under the cap as a rate a year."""
    cap = YearlyCostCap(id="cap", source="test", evidence=Evidence.CHOICE, percent=Decimal(35))
    left = within_yearly_cost(fee, cap, principal=principal, costs=Decimal(0), days_late=days)
    assert left.amount in (0, fee)
    assert Fraction(left.amount) / Fraction(principal) * 365 / days <= Fraction(35, 100)
    assert (left.amount == 0) is bool(left.why)
