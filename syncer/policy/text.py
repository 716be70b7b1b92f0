"""How amounts and days are written into reasons: short, exact, the same on every machine."""

from datetime import date
from decimal import Decimal


def amount_text(amount: Decimal) -> str:
    """Plain digits without exponent, e.g. ``1250.00``; never grouped, never rounded."""
    text = str(amount)  # already so, and much cheaper, unless it needs an exponent
    return format(amount, "f") if "E" in text else text


def day_text(day: date | None) -> str:
    """ISO date, or "" for none."""
    return day.isoformat() if day is not None else ""
