"""The limits of fees at their edges: the most, the count, the gap, and the cost of a year."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from syncer.policy.charges.exact import shown
from syncer.policy.charges.fees import Charged, at_handover, capped, within_yearly_cost
from syncer.policy.law.rows import Evidence, FeeCap, YearlyCostCap
from tests.unit.charges.sums import day

ON = day("2026-06-10")
CAP = FeeCap(
    id="x.cap",
    source="an act",
    evidence=Evidence.OFFICIAL,
    currency="DKK",
    most=Decimal(100),
    count=3,
    gap_days=10,
)
YEARLY = YearlyCostCap(
    id="x.yearly", source="an act", evidence=Evidence.OFFICIAL, percent=Decimal(36)
)


@pytest.mark.parametrize(
    ("fee", "amount", "told"), [("99", 99, False), ("100", 100, False), ("100.01", 100, True)]
)
def test_a_fee_of_the_most_is_not_cut(fee: str, amount: int, *, told: bool) -> None:
    """Only what passes the limit is cut to it, and only that is said."""
    found = capped(Decimal(fee), CAP, on=ON, notices=(), charged=())
    assert (found.amount, found.why != "") == (amount, told)


@pytest.mark.parametrize(("before", "amount"), [(2, 50), (3, 0), (4, 0)])
def test_the_count_is_of_fees_before(before: int, amount: int) -> None:
    """Three reminders may cost something; the fourth costs nothing."""
    charged = [Charged(on=ON, amount=Decimal(50))] * before
    assert capped(Decimal(50), CAP, on=ON, notices=(), charged=charged).amount == amount


@pytest.mark.parametrize(("ago", "amount"), [((9,), 0), ((10,), 50), ((30, 9), 0), ((9, 30), 0)])
def test_the_gap_is_from_the_last_notice(ago: tuple[int, ...], amount: int) -> None:
    """Ten days after it a fee is allowed, in whatever order the notices are told."""
    notices = [ON - timedelta(days=one) for one in ago]
    assert capped(Decimal(50), CAP, on=ON, notices=notices, charged=()).amount == amount


@pytest.mark.parametrize(("notices", "wanted", "amount"), [(0, None, 7), (0, 1, 0), (1, 1, 7)])
def test_a_hand_over_costs_after_its_notices(notices: int, wanted: int | None, amount: int) -> None:
    """Where no notice is asked for, none is needed."""
    facts = {name: getattr(CAP, name) for name in CAP.__struct_fields__}
    extra = {"handover_extra": Decimal(7), "notices_before_handover": wanted}
    assert at_handover(FeeCap(**(facts | extra)), notices=[ON] * notices).amount == amount


@pytest.mark.parametrize(
    ("principal", "costs", "days_late", "fee", "amount"),
    [
        ("1000", "0", 365, "360", "360"),  # exactly the rate
        ("1000", "0", 365, "360.01", "0"),
        ("1000", "300", 365, "60", "60"),
        ("1000", "300", 365, "60.01", "0"),
        ("36500", "0", 1, "36", "36"),  # a day late is late
        ("36500", "0", 1, "36.01", "0"),
        ("1000", "0", 0, "0", "0"),
        ("1000", "0", -3, "0", "0"),
        ("0", "0", 365, "0", "0"),
    ],
)
def test_the_cost_of_a_year_is_whole_or_nothing(
    principal: str, costs: str, days_late: int, fee: str, amount: str
) -> None:
    """All that was charged and this fee, as a rate a year, to the cent."""
    found = within_yearly_cost(
        Decimal(fee),
        YEARLY,
        principal=Decimal(principal),
        costs=Decimal(costs),
        days_late=days_late,
    )
    assert found.amount == Decimal(amount)
    assert (found.why == "") is (Decimal(fee) == Decimal(amount) and Decimal(fee) > 0)


def test_a_figure_that_goes_on_is_marked() -> None:
    """Four decimals; three dots only where more would follow."""
    assert [shown(Fraction(1, 4)), shown(Fraction(1, 3))] == ["0.2500", "0.3333…"]
    assert shown(Fraction(12345, 10**4)) == "1.2345"
    assert shown(Fraction(1, 20000)) == "0.0000…"


def test_the_day_counts_in_whole_days() -> None:
    """Nine days between two calendar days are nine, over the end of a month too."""
    notices = [date(2026, 5, 27)]
    found = capped(Decimal(50), CAP, on=date(2026, 6, 5), notices=notices, charged=())
    assert found.why == "x.cap: only 9 days after the notice before, 10 are needed"
