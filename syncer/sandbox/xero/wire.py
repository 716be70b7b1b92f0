"""Values and envelopes as the vendor writes them: dates, money, JSON rows joined into a list.

Sources: "requests and responses" page and OpenAPI 16.1.0, read November 2026.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any

import msgspec

from syncer.sandbox.books import stable_id
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.xero.exchange import Answer, Context

ROW = msgspec.json.Encoder(decimal_format="number")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
MSDATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
STATUS_WORDS = {
    Status.DRAFT: "DRAFT",
    Status.SUBMITTED: "SUBMITTED",
    Status.OPEN: "AUTHORISED",
    Status.PAID: "PAID",
    Status.VOID: "VOIDED",
    Status.DELETED: "DELETED",
}
STATUSES = {word: status for status, word in STATUS_WORDS.items()}
KIND_WORDS = {
    Kind.INVOICE: "ACCREC",
    Kind.BILL: "ACCPAY",
    Kind.CREDIT_NOTE: "ACCRECCREDIT",
    Kind.OVERPAYMENT: "RECEIVE-OVERPAYMENT",
    Kind.PREPAYMENT: "RECEIVE-PREPAYMENT",
}
PRICE_WORDS = {"exclusive": "Exclusive", "inclusive": "Inclusive", "untaxed": "NoTax"}
PRICES = {word.lower(): prices for prices, word in PRICE_WORDS.items()}
TAX_WORDS = {"standard": "OUTPUT2", "zero": "ZERORATEDOUTPUT", "none": "NONE"}
TAXES = {word: code for code, word in TAX_WORDS.items()}
ZONE_WORDS = {
    "Pacific/Auckland": "NEWZEALANDSTANDARDTIME",
    "Australia/Sydney": "AUSEASTERNSTANDARDTIME",
    "Europe/London": "GMTSTANDARDTIME",
    "Europe/Berlin": "WEUROPESTANDARDTIME",
    "America/New_York": "EASTERNSTANDARDTIME",
    "Asia/Tokyo": "TOKYOSTANDARDTIME",
    "UTC": "UTC",
}


def ms_day(day: date) -> str:
    """A calendar date: midnight UTC in milliseconds."""
    return f"/Date({(day.toordinal() - EPOCH_DAY) * 86_400_000}+0000)/"


def day_text(day: date) -> str:
    """The zone-less twin of ``ms_day``."""
    return f"{day.isoformat()}T00:00:00"


def ms_instant(at: datetime) -> str:
    """An instant in milliseconds."""
    return f"/Date({(at - EPOCH) // timedelta(milliseconds=1)}+0000)/"


def instant_text(at: datetime) -> str:
    """ISO 8601 with Z, as in ``UpdatedDateUTCString``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_day(value: object) -> date | None:
    """A date in a request: ``YYYY-MM-DD``, with a time, or ``/Date(ms)/``. ValueError if not."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise ValueError("a date is text")  # noqa: TRY004 - one kind of error for callers
    match = MSDATE.match(value)
    if match:
        return (EPOCH + timedelta(milliseconds=int(match[1]))).date()
    return date.fromisoformat(value[:10])


def read_amount(value: object) -> Decimal:
    """A number in a request. ValueError if not one."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if isinstance(value, bool) or not amount.is_finite():
        raise ValueError("not a number")
    return amount


def read_flag(value: object, *, default: bool = False) -> bool:
    """``true`` or ``True``, as text or JSON."""
    if value is None or value == "":
        return default
    return str(value).lower() == "true"


def envelope(
    ctx: Context,
    key: str,
    rows: Sequence[bytes],
    *,
    page: tuple[int, int, int] | None = None,
) -> Answer:
    """The list answer. ``page`` = (number, size, rows in all) adds the pagination block."""
    now = ctx.world.clock()
    head: dict[str, Any] = {
        "Id": stable_id("answer", now, len(ctx.world.calls)),
        "Status": "OK",
        "ProviderName": "Receivables sandbox",
        "DateTimeUTC": f"/Date({(now - EPOCH) // timedelta(milliseconds=1)})/",
    }
    if page:
        number, size, count = page
        head["pagination"] = {
            "page": number,
            "pageSize": size,
            "pageCount": ceil(count / size),
            "itemCount": count,
        }
    start = ROW.encode(head)[:-1] + b',"' + key.encode() + b'":['
    return Answer(body=start + b",".join(rows) + b"]}")
