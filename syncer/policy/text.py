"""How amounts and days are written into reasons: short, exact, the same on every machine."""

from datetime import date
from decimal import Decimal

from syncer.model.ledger import OpenItem


def amount_text(amount: Decimal) -> str:
    """Plain digits without exponent, e.g. ``1250.00``; never grouped, never rounded."""
    text = str(amount)  # already so, and much cheaper, unless it needs an exponent
    return format(amount, "f") if "E" in text else text


def day_text(day: date | None) -> str:
    """ISO date, or "" for none."""
    return day.isoformat() if day is not None else ""


def item_text(item: OpenItem) -> str:
    """What people know an item by: its number, else its kind and day, else the ledger's id."""
    if item.number:
        return item.number
    day = item.issued_on or item.due_on
    return f"{item.kind.replace('_', ' ')} of {day.isoformat()}" if day else item.item_id
