"""Amounts: exact sums and the currency's own digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.money import minor_digits, quantize, total

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
