"""Amounts: exact sums and the currency's own digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.money import AMOUNT_LIMIT, keepable, minor_digits, quantize, total
from syncer.store.types import to_units

AMOUNTS = st.decimals(-(10**9), 10**9, places=3)


@pytest.mark.parametrize(
    ("currency", "digits", "rounded"),
    [("GBP", 2, "2.35"), ("JPY", 0, "2"), ("KWD", 3, "2.345"), ("CLF", 4, "2.3450")],
)
def test_each_currency_has_its_own_digits(currency: str, digits: int, rounded: str) -> None:
    """Rounding is half up to the minor unit of the currency."""
    assert minor_digits(currency) == digits
    assert str(quantize(Decimal("2.345"), currency)) == rounded


@pytest.mark.parametrize(
    "amount", ["0", "0E+999", "-0.0001", "1.00000", "9999999999999.9999", "-9999999999999.9999"]
)
def test_what_is_keepable_is_kept_to_the_last_digit(amount: str) -> None:
    """Every amount that a connector may pass on goes into the store as it is."""
    assert keepable(Decimal(amount))
    assert Decimal(to_units(Decimal(amount))).scaleb(-4) == Decimal(amount)


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "0.00001", "1E-999999", "1E+999999", str(AMOUNT_LIMIT)]
)
def test_what_no_store_could_keep_is_said_beforehand(amount: str) -> None:
    """Nothing but a plain answer comes of any decimal, however damaged."""
    assert not keepable(Decimal(amount))


@given(st.decimals())
def test_the_answer_and_the_store_agree(amount: Decimal) -> None:
    """No decimal that is called keepable is refused by the store."""
    if keepable(amount):
        to_units(amount)


@given(st.lists(AMOUNTS))
def test_sums_are_exact_whatever_the_order(amounts: list[Decimal]) -> None:
    """The sum of the shuffled is the sum; nothing sums to zero."""
    assert total(amounts) == total(sorted(amounts))
    assert total([]) == 0
