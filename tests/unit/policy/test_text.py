"""How amounts and items are written into reasons."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.model.ledger import ItemKind
from syncer.policy.text import amount_text, item_text

from .make import TODAY, invoice


@given(st.decimals(allow_nan=False, allow_infinity=False))
@example(Decimal("1E+3"))
@example(Decimal("0E-9"))
def test_an_amount_never_has_an_exponent_and_keeps_its_value(amount: Decimal) -> None:
    """Whatever its exponent, an amount is written in plain digits and reads back unchanged."""
    text = amount_text(amount)
    assert set(text) <= set("-.0123456789")
    assert Decimal(text) == amount


@pytest.mark.parametrize(("amount", "text"), [("1250.00", "1250.00"), ("1E+3", "1000")])
def test_an_amount_keeps_its_digits(amount: str, text: str) -> None:
    """Trailing zeros stay, and nothing is grouped."""
    assert amount_text(Decimal(amount)) == text


def test_an_item_without_a_number_is_known_by_its_kind_and_day() -> None:
    """Nobody reads a ledger's id: an overpayment is named with its day."""
    item = invoice("I1", 7, kind=ItemKind.OVERPAYMENT, number="", issued_on=TODAY)
    assert item_text(item) == f"overpayment of {TODAY.isoformat()}"
    assert item_text(invoice("I1", None, number="")) == "I1"
    assert item_text(invoice("I1")) == "INV-I1"
