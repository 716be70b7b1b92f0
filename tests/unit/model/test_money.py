"""Amounts: exact sums, the currency's own digits, and never two currencies in one sum."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import InvariantError
from syncer.model.money import Money, minor_digits, quantize, total

AMOUNTS = st.decimals(-(10**9), 10**9, places=3)


@pytest.mark.parametrize(
    ("currency", "digits", "rounded"),
    [("GBP", 2, "2.35"), ("JPY", 0, "2"), ("KWD", 3, "2.345"), ("CLF", 4, "2.3450")],
)
def test_each_currency_has_its_own_digits(currency: str, digits: int, rounded: str) -> None:
    """Rounding is half up to the minor unit of the currency."""
    assert minor_digits(currency) == digits
    assert str(quantize(Decimal("2.345"), currency)) == rounded


@given(st.lists(AMOUNTS))
def test_sums_are_exact_whatever_the_order(amounts: list[Decimal]) -> None:
    """The sum of the shuffled is the sum; nothing sums to zero."""
    assert total(amounts) == total(sorted(amounts))
    assert total([]) == 0


@given(AMOUNTS, AMOUNTS)
def test_money_of_one_currency_adds_and_compares(left: Decimal, right: Decimal) -> None:
    """Money adds, subtracts and compares like its amounts."""
    one, other = Money(left, "EUR"), Money(right, "EUR")
    assert one + other == Money(left + right, "EUR")
    assert one - other == Money(left - right, "EUR")
    assert (one < other, one <= other) == (left < right, left <= right)


@pytest.mark.parametrize("sign", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_never_meet(sign: str) -> None:
    """Mixing currencies is a bug of ours and crashes loudly."""
    act: Any = getattr(Money(Decimal(1), "EUR"), sign)
    with pytest.raises(InvariantError, match="EUR with GBP"):
        act(Money(Decimal(1), "GBP"))
