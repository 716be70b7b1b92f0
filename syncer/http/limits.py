"""How vendors say "too much": Retry-After, the limit's name, and what is left.

``Dialect`` holds what differs between vendors; the reading of it is the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from syncer.http.transport import Response

_SPENT = timedelta(hours=1)  # when a day's quota is spent and the vendor does not say until when


WAIT_MAX = 31 * 86400.0  # seconds: a vendor that says more is not believed to the letter
_DIGITS_MAX = 12


def _never(_: Response) -> bool:
    return False


def _says_429(response: Response) -> bool:
    return response.status == 429


def _says_401(response: Response) -> bool:
    return response.status == 401


@dataclass(frozen=True, slots=True)
class Dialect:
    """A vendor's way of speaking about limits, keys, expired tokens and refusals."""

    limit_header: str = ""  # names the limit behind a 429
    throttled: Callable[[Response], bool] = _says_429
    silent_wait: float | None = None  # seconds to wait where a 429 names no time; None = backoff
    remaining: Mapping[str, str] = field(default_factory=dict)  # our word -> header
    key_header: str = "Idempotency-Key"
    key_param: str = ""  # the key goes into the address under this name instead of a header
    scheme: str = "Bearer"  # stands before the token in the Authorization header
    unauthenticated: Callable[[Response], bool] = _says_401
    token_expired: Callable[[Response], bool] = _never  # asked about those: a refresh may mend it
    refused: Callable[[Response], bool] = _never  # asked about 5xx: a refusal, not a fault


@dataclass(frozen=True, slots=True)
class Throttle:
    """A 429, read."""

    scope: str  # the limit's name in lower case, "" when not said
    wait: float | None  # seconds, None when not said


def read_throttle(response: Response, dialect: Dialect, now: datetime) -> Throttle:
    """What a 429 says. ``now`` is aware UTC, for a Retry-After given as a date."""
    scope = response.headers.get(dialect.limit_header, "") if dialect.limit_header else ""
    wait = _retry_after(response.headers.get("Retry-After", ""), now)
    scope = scope.strip().lower() or _emptied(read_remaining(response, dialect))
    return Throttle(scope, wait)


def read_remaining(response: Response, dialect: Dialect) -> dict[str, int]:
    """The vendor's remaining counters, by our words; unreadable ones are left out."""
    found = ((word, response.headers.get(name, "")) for word, name in dialect.remaining.items())
    return {word: int(text) for word, text in found if _is_count(text)}


def read_date(response: Response) -> datetime | None:
    """The server's clock (RFC 9110, section 6.6.1), to the second; None when it is not said."""
    try:
        at = parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, OverflowError):  # no such day, or no number any more
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def limited_until(throttle: Throttle, now: datetime) -> datetime:
    """When to come back: as the vendor said, else an hour on."""
    return now + (_SPENT if throttle.wait is None else timedelta(seconds=throttle.wait))


def is_day(scope: str) -> bool:
    """Whether a limit's name means the day's quota (vendors write Daily, day, DAY)."""
    return scope.startswith("da")


def _emptied(remaining: Mapping[str, int]) -> str:
    return next((word for word in ("day", "minute") if remaining.get(word) == 0), "")


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds, from either form of RFC 9110 section 10.2.3; None when absent or unreadable."""
    text = text.strip()
    if text.isdecimal():
        return min(float(text), WAIT_MAX) if _is_count(text) else WAIT_MAX
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no such day, or no number any more
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), WAIT_MAX)


def _is_count(text: str) -> bool:
    """Digits, and not so many that they are no number any more."""
    return text.isdecimal() and len(text) <= _DIGITS_MAX
