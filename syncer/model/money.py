"""Amounts are ``Decimal``; records carry the currency beside them and sum within one alone.

What may enter the product is said here once: ``keepable``. A connector asks it of every amount
of a record and quarantines the record when the answer is no.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)

# Minor-unit exponents other than 2, ISO 4217 (List One, published 2024-06-25).
_NO_MINOR_UNIT = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_EXPONENTS = {
    **dict.fromkeys(_NO_MINOR_UNIT, 0),
    **dict.fromkeys(_THOUSANDTHS, 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


AMOUNT_LIMIT = Decimal(10) ** 13
"""Amounts below it are kept: a number past it is damage in every currency, and the sum of
ninety such amounts still fits the 64 bits that the store has for it."""

CENT = Decimal("0.01")

_FINEST = Decimal("0.0001")  # no ISO 4217 currency has more than four decimals


def keepable(amount: Decimal) -> bool:
    """Whether ``amount`` can be stored to the last digit: finite, four decimals at most, and
    below ``AMOUNT_LIMIT`` either way. Zeros at the end are no decimals.
    """
    if amount.same_quantum(CENT):  # as almost every amount
        return -AMOUNT_LIMIT < amount < AMOUNT_LIMIT
    return (
        amount.is_finite()
        and -AMOUNT_LIMIT < amount < AMOUNT_LIMIT
        and amount.quantize(_FINEST) == amount
    )


def minor_digits(currency: str) -> int:
    """Digits after the decimal point that ``currency`` (ISO 4217) is paid in: JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)


def money_text(amount: Decimal, currency: str) -> str:
    """For people of ours: "1,234.50 EUR", the currency's own number of decimals."""
    return f"{quantize(amount, currency):,f} {currency}".strip()


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Exact sum; zero for nothing."""
    return sum(amounts, ZERO)
