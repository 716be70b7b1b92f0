"""Money is a ``Decimal`` with a currency; two currencies never meet in one sum."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from syncer.errors import InvariantError

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


def minor_digits(currency: str) -> int:
    """Digits after the decimal point that ``currency`` (ISO 4217) is paid in: JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount of one currency. Adding or comparing two currencies raises InvariantError."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise InvariantError(f"cannot combine {self.currency} with {other.currency}")
        return other.amount


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Exact sum; zero for nothing."""
    return sum(amounts, ZERO)
