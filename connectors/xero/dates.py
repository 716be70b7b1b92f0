"""Xero's two date forms, read fast.

``/Date(1573755038314+0000)/`` counts milliseconds since 1970 in UTC; the offset is for show.
Calendar dates are midnight UTC in that form, or ``2026-11-01T00:00:00`` in the ``*String``
fields; they are never taken through a local zone (requests-and-responses page, 2026).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIX = "/Date("
_AFTER_DIGITS = frozenset("+-)")
_ALIKE, _ALIKE_LENGTH = "/Date(1", len("/Date(1573755038314+0000)/")
_END = datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=8192)
def read_day(text: str) -> date | None:
    """A calendar date; None for ``/Date(0+0000)/``, which means none. ValueError when neither."""
    if not text.startswith(_PREFIX):
        return date.fromisoformat(text[:10])
    instant = read_instant(text)
    return None if instant == _EPOCH else instant.date()


def read_instant(text: str) -> datetime:
    """An instant in aware UTC, to the millisecond. ValueError or OverflowError."""
    usual = text[6:19]  # 13 digits: every date since 2001
    if text[:6] == _PREFIX and usual.isdigit() and text[19:20] in _AFTER_DIGITS:
        return _EPOCH + timedelta(milliseconds=int(usual))
    if not text.startswith(_PREFIX):
        read = datetime.fromisoformat(text)  # without an offset it is UTC, never the machine's zone
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    digits = text[6:-2]
    at = max(digits.find("+"), digits.find("-", 1))
    return _EPOCH + timedelta(milliseconds=int(digits if at < 0 else digits[:at]))


def latest(texts: Iterable[str]) -> datetime | None:
    """The latest of some instants; the end of time when one cannot be read: it may be any.

    Where all are written alike (2001 to 2033), the text order is the time order.
    """
    found = set(texts)
    if not found:
        return None
    last = max(found)
    alike = min(found).startswith(_ALIKE) and last.startswith(_ALIKE)  # so does all between
    try:
        if alike and set(map(len, found)) == {_ALIKE_LENGTH}:
            return read_instant(last)
        return max(map(read_instant, found))
    except (ValueError, OverflowError):
        return _END


def since_header(moment: datetime) -> str:
    """``moment`` as If-Modified-Since wants it: ISO in UTC, whole seconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
