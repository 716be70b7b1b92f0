"""A payment goes to costs, interest and principal in the order that was chosen."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.charge import ChargeKind
from syncer.policy.charges.allocation import PRINCIPAL_FIRST, in_order
from syncer.policy.charges.interest import Paid
from syncer.policy.charges.rules import Debt, Earlier
from syncer.policy.law.rows import Part

NAMED_ON, PAID_ON = date(2026, 3, 1), date(2026, 3, 10)
COSTS_FIRST = (Part.COSTS, Part.INTEREST, Part.PRINCIPAL)
COSTS_TOLD = "5.00 EUR to costs, 12.00 EUR to interest, 23.00 EUR to principal"
INTEREST_TOLD = "12.00 EUR to interest, 28.00 EUR to principal, 0.00 EUR to costs"
INTEREST_FIRST = (Part.INTEREST, Part.PRINCIPAL, Part.COSTS)


def earlier(kind: ChargeKind, amount: str, on: date = NAMED_ON) -> Earlier:
    """A charge that a message named."""
    return Earlier(kind=kind, item_id="I1", step="firm", on=on, amount=Decimal(amount))


NAMED = (earlier(ChargeKind.FEE, "5.00"), earlier(ChargeKind.INTEREST, "12.00"))


def debt(paid: str, on: date = PAID_ON) -> Debt:
    """100.00 of which something was paid in the ledger, all against the invoice."""
    amount = Decimal(paid)
    return Debt(
        item_id="I1",
        number="INV-1",
        due_on=date(2026, 2, 1),
        principal=Decimal(100) - amount,
        paid=(Paid(on=on, amount=amount),),
    )


@pytest.mark.parametrize(
    ("order", "left", "told"),
    [
        (COSTS_FIRST, "77.00", [COSTS_TOLD]),
        (INTEREST_FIRST, "72.00", [INTEREST_TOLD]),
        (PRINCIPAL_FIRST, "60.00", []),
    ],
)
def test_complaint_23_one_part_payment_under_each_order(
    order: tuple[Part, ...], left: str, told: list[str]
) -> None:
    """40.00 with 5.00 of costs and 12.00 of interest named before: what still bears interest."""
    found = in_order(debt("40.00"), NAMED, order, "EUR")
    assert found.debt.principal == Decimal(left)
    assert list(found.working) == [f"payment of 40.00 EUR on 2026-03-10: {one}" for one in told]


def test_a_payment_smaller_than_the_costs_pays_no_principal() -> None:
    """3.00 against 5.00 of costs: the whole invoice goes on bearing interest."""
    found = in_order(debt("3.00"), NAMED, COSTS_FIRST, "EUR")
    assert (found.debt.principal, found.debt.paid[0].amount) == (Decimal("100.00"), Decimal(0))


def test_what_was_named_on_the_day_of_the_payment_or_later_gets_nothing() -> None:
    """Nobody pays what nobody told them."""
    found = in_order(debt("40.00", NAMED_ON), NAMED, COSTS_FIRST, "EUR")
    assert found.debt.principal == Decimal("60.00")


@given(
    payments=st.lists(st.integers(1, 3000), max_size=4),
    costs=st.integers(0, 2000),
    interest=st.integers(0, 2000),
    order=st.permutations(list(Part)),
)
def test_what_is_owed_in_all_is_the_same_in_every_order(
    payments: list[int], costs: int, interest: int, order: list[Part]
) -> None:
    """Opening, less what reached the principal, is what is left; never less than the ledger's."""
    paid = tuple(Paid(on=PAID_ON, amount=Decimal(one) / 100) for one in payments)
    opening = Decimal(200)
    principal = opening - sum((one.amount for one in paid), Decimal(0))
    one = Debt(item_id="I1", number="N", due_on=date(2026, 2, 1), principal=principal, paid=paid)
    past = (
        earlier(ChargeKind.FEE, str(Decimal(costs) / 100)),
        earlier(ChargeKind.INTEREST, str(Decimal(interest) / 100)),
    )
    found = in_order(one, past, order, "EUR").debt
    reached = sum((part.amount for part in found.paid), Decimal(0))
    assert found.principal + reached == opening
    assert principal <= found.principal <= principal + Decimal(costs + interest) / 100
