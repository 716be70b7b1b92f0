"""Values as the vendor writes and reads them: Pacific times, bare decimals, ids as text.

Source: "REST API features" page and the schema set of July 2026, read November 2026.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from syncer.sandbox.quickbooks.faulting import Wrong

Row = dict[str, Any]
ROW = msgspec.json.Encoder(decimal_format="number")
PACIFIC = ZoneInfo("America/Los_Angeles")
DIGITS_MAX = 15


def stamp(at: datetime) -> str:
    """An instant of a record: whole seconds with the Pacific offset of that day."""
    return at.astimezone(PACIFIC).isoformat(timespec="seconds")


def envelope_time(at: datetime) -> str:
    """The ``time`` of an answer: as many fractional digits as it has, at most three."""
    local = at.astimezone(PACIFIC)
    fraction = f".{local.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    offset = local.isoformat(timespec="seconds")[-6:]
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{offset}"


def read_instant(text: str) -> datetime:
    """An instant in a request. Without an offset it is Pacific time. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def read_day(value: object, element: str) -> date:
    """``YYYY-MM-DD``. Raises Wrong(2080)."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Wrong("2080", f"{element}: {value} is not a date", element) from None


def read_amount(value: object, element: str) -> Decimal:
    """A number, bare or as text. Raises Wrong(2080)."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Wrong("2080", f"{element}: {value} is not a number", element) from None
    if isinstance(value, bool) or not amount.is_finite():
        raise Wrong("2080", f"{element}: {value} is not a number", element)
    if len(amount.as_tuple().digits) > DIGITS_MAX:
        raise Wrong("2080", f"{element}: more than {DIGITS_MAX} digits", element)
    return amount


def read_flag(value: object, *, default: bool = False) -> bool:
    """``true`` as JSON or text."""
    return default if value in (None, "") else str(value).lower() == "true"


def ref(value: object, name: str = "") -> Row:
    """A reference as the vendor writes it."""
    return {"value": str(value), "name": name} if name else {"value": str(value)}


def read_ref(value: object) -> str:
    """The id in a reference; empty for none."""
    return str(value.get("value") or "") if isinstance(value, dict) else ""


def checked_text(value: object, element: str, limit: int) -> str:
    """A text of at most ``limit`` characters. Raises Wrong(2050)."""
    text = "" if value is None else str(value)
    if len(text) > limit:
        detail = f"String length specified is not supported: {element} has {len(text)} characters"
        raise Wrong("2050", f"{detail}, at most {limit}", element)
    return text


def checked_address(value: object, element: str, limit: int) -> str:
    """The ``Address`` in an e-mail element; several may be joined by commas. Raises Wrong(2210)."""
    text = str(value.get("Address") or "") if isinstance(value, dict) else ""
    checked_text(text, f"{element}.Address", limit)
    if text and not all(is_address(part) for part in text.split(",")):
        raise Wrong("2210", f"{element}: the e-mail address is not valid", element)
    return text.strip()


def is_address(text: str) -> bool:
    """Whether something looks like one e-mail address."""
    name, _, domain = text.strip().partition("@")
    return bool(name) and "." in domain.strip(".") and not set(text.strip()) & set(" @,;<>") - {"@"}


def without_empty(row: Row) -> Row:
    """The row as it leaves: the vendor sends no property without a value."""
    return {name: value for name, value in row.items() if value not in (None, "")}
