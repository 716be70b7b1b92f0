"""Fractions to money: charges are summed exactly and rounded once, half up, at the end."""

from decimal import Decimal
from fractions import Fraction

from syncer.model.money import minor_digits

_SHOWN_DIGITS = 4


def to_money(exact: Fraction, currency: str) -> Decimal:
    """``exact`` (not negative) rounded half up to the minor unit of ``currency`` (ISO 4217)."""
    return _rounded(exact, minor_digits(currency))


def shown(exact: Fraction) -> str:
    """Four decimals, cut and marked where more follow: "25.2054…"."""
    scaled = exact * 10**_SHOWN_DIGITS
    text = f"{Decimal(int(scaled)).scaleb(-_SHOWN_DIGITS)}"
    return text if scaled.denominator == 1 else f"{text}…"


def _rounded(exact: Fraction, digits: int) -> Decimal:
    scaled = exact * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-digits)
