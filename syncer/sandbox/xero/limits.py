"""Call limits per program and organisation, with the headers and the 429s that go with them.

Source: "limits" page, read November 2026: 60 calls in any 60 seconds, 5 at once, a daily
allowance in a fixed window whose start differs per organisation, 10,000 a minute per program.
``Retry-After`` comes with minute and day breaches only; a day's can be many hours.
"""

import math
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncer.sandbox.xero.exchange import TEXT, Answer

MINUTE = timedelta(seconds=60)
DAY = timedelta(days=1)
WORDS = {"minute": "Minute", "day": "Day", "concurrent": "Concurrent", "appminute": "AppMinute"}


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much is allowed; None = without limit (benchmarks)."""

    per_minute: int | None = 60
    at_once: int | None = 5
    per_day: int | None = 5000
    app_per_minute: int | None = 10_000
    rows_max: int | None = 100_000  # rows a list may match before it is refused


UNLIMITED = Allowance(None, None, None, None, None)


@dataclass(slots=True)
class _Count:
    minute: deque[datetime] = field(default_factory=deque)
    day_start: datetime | None = None
    day_used: int = 0
    in_flight: int = 0


class Limiter:
    """Counts calls by the world's clock. Safe to use from several threads."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], _Count] = {}
        self._apps: dict[str, deque[datetime]] = {}

    def enter(self, client_id: str, org_id: str, now: datetime) -> Answer | None:
        """Count a call in, or the 429 that turns it away. A call let in must ``leave``."""
        with self._lock:
            count = self._count(client_id, org_id, now)
            answer = self._breach(count, self._app(client_id, now), org_id, now)
            if answer is None:
                count.minute.append(now)
                count.day_used += 1
                count.in_flight += 1
                self._app(client_id, now).append(now)
            return answer

    def leave(self, client_id: str, org_id: str) -> None:
        """The call is done."""
        with self._lock:
            self._counts[(client_id, org_id)].in_flight -= 1

    def headers(self, client_id: str, org_id: str, now: datetime) -> list[tuple[str, str]]:
        """What every answer says about the rest."""
        with self._lock:
            count, allowance = self._count(client_id, org_id, now), self.allowance
            left = {
                "X-DayLimit-Remaining": _left(allowance.per_day, count.day_used),
                "X-MinLimit-Remaining": _left(allowance.per_minute, len(count.minute)),
                "X-AppMinLimit-Remaining": _left(
                    allowance.app_per_minute, len(self._app(client_id, now))
                ),
            }
            return [(name, str(value)) for name, value in left.items() if value is not None]

    def spend_day(self, client_id: str, org_id: str, now: datetime, *, leave: int = 0) -> None:
        """Use up the day's allowance but for ``leave`` calls, as a neighbour program might."""
        with self._lock:
            count = self._count(client_id, org_id, now)
            count.day_used = max(count.day_used, (self.allowance.per_day or 0) - leave)

    def _count(self, client_id: str, org_id: str, now: datetime) -> _Count:
        count = self._counts.setdefault((client_id, org_id), _Count())
        start = day_window(org_id, now)
        if count.day_start != start:
            count.day_start, count.day_used = start, 0
        _expire(count.minute, now)
        return count

    def _app(self, client_id: str, now: datetime) -> deque[datetime]:
        calls = self._apps.setdefault(client_id, deque())
        _expire(calls, now)
        return calls

    def _breach(
        self, count: _Count, app: deque[datetime], org_id: str, now: datetime
    ) -> Answer | None:
        allowance = self.allowance
        if allowance.at_once is not None and count.in_flight >= allowance.at_once:
            return too_many("concurrent", None)
        if allowance.per_day is not None and count.day_used >= allowance.per_day:
            return too_many("day", _seconds(day_window(org_id, now) + DAY - now))
        if allowance.per_minute is not None and len(count.minute) >= allowance.per_minute:
            return too_many("minute", _seconds(count.minute[0] + MINUTE - now))
        if allowance.app_per_minute is not None and len(app) >= allowance.app_per_minute:
            return too_many("appminute", _seconds(app[0] + MINUTE - now))
        return None


def day_window(org_id: str, now: datetime) -> datetime:
    """Start of the organisation's current day window: a fixed hour that differs by organisation."""
    offset = timedelta(minutes=sum(org_id.encode()) % 1440)
    shifted = now - offset
    return shifted.replace(hour=0, minute=0, second=0, microsecond=0) + offset


def too_many(limit: str, retry_after: int | None) -> Answer:
    """A 429 naming its limit; the body is not documented, so it is text."""
    headers = [("X-Rate-Limit-Problem", WORDS[limit])]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    return Answer(429, b"API rate limit exceeded", TEXT, headers)


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)


def _expire(calls: deque[datetime], now: datetime) -> None:
    # A clock that was set back makes old stamps lie in the future: they count no longer.
    while calls and not now - MINUTE < calls[0] <= now:
        calls.popleft()
