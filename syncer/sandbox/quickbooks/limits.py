"""How much a program may call: per second, per minute, in batches, and per month.

Source: "limits and throttles" page, read November 2026: 500 a minute and company, 10 a second
and 40 batches a minute per company and program, 120 batches a minute and company whoever sends
them; reads are metered per calendar month, of which only answered ones count, and blocked beyond
the tier until the next. No ``Retry-After``.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncer.sandbox.quickbooks.wire import PACIFIC

SECOND, MINUTE = timedelta(seconds=1), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is allowed; None = without limit."""

    per_second: int | None = 10
    at_once: int | None = 10
    per_minute: int | None = 500
    batches_per_minute: int | None = 40
    reads_per_month: int | None = 500_000
    mails_per_day: int | None = None  # 40 in the vendor's own sandbox
    batches_per_company: int | None = 120  # a minute


UNLIMITED = Allowance(None, None, None, None, None, batches_per_company=None)


@dataclass(slots=True)
class _Count:
    second: deque[datetime] = field(default_factory=deque)
    batches: deque[datetime] = field(default_factory=deque)
    in_flight: int = 0


class Limiter:
    """Counts calls by the world's clock. Safe to use from several threads."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], _Count] = {}
        self._minutes: dict[str, deque[datetime]] = {}
        self._batches: dict[str, deque[datetime]] = {}
        self._months: dict[tuple[str, str], int] = {}

    def enter(self, client_id: str, realm: str, now: datetime, *, batch: bool, read: bool) -> str:
        """Count a call in, or the name of the limit that turns it away."""
        with self._lock:
            count = self._counts.setdefault((client_id, realm), _Count())
            minute = self._minutes.setdefault(realm, deque())
            batches = self._batches.setdefault(realm, deque())
            _expire(count.second, now, SECOND)
            for calls in (count.batches, minute, batches):
                _expire(calls, now, MINUTE)
            limit = self._breach(count, minute, batches, batch=batch)
            if not limit and read and self.reads_left(client_id, now) == 0:
                limit = "month"
            if not limit:
                count.in_flight += 1
                count.second.append(now)
                minute.append(now)
                if batch:
                    count.batches.append(now)
                    batches.append(now)
            return limit

    def leave(self, client_id: str, realm: str) -> None:
        """The call is done."""
        with self._lock:
            self._counts[(client_id, realm)].in_flight -= 1

    def meter(self, client_id: str, now: datetime, reads: int) -> None:
        """So many reads were answered."""
        key = (client_id, _month(now))
        with self._lock:
            self._months[key] = self._months.get(key, 0) + reads

    def spend_month(self, client_id: str, now: datetime, *, leave: int = 0) -> None:
        """Use up the month but for ``leave`` reads, as other companies might."""
        used = (self.allowance.reads_per_month or 0) - leave
        with self._lock:
            self._months[(client_id, _month(now))] = used

    def reads_left(self, client_id: str, now: datetime) -> int | None:
        """What the month still holds; None = without limit."""
        limit = self.allowance.reads_per_month
        used = self._months.get((client_id, _month(now)), 0)
        return None if limit is None else max(0, limit - used)

    def _breach(
        self,
        count: _Count,
        minute: deque[datetime],
        batches: deque[datetime],
        *,
        batch: bool,
    ) -> str:
        allowance = self.allowance
        own, common = (
            (allowance.batches_per_minute, allowance.batches_per_company) if batch else (None, None)
        )
        used = (
            ("at_once", allowance.at_once, count.in_flight),
            ("second", allowance.per_second, len(count.second)),
            ("minute", allowance.per_minute, len(minute)),
            ("batches", own, len(count.batches)),
            ("batches of the company", common, len(batches)),
        )
        return next((name for name, top, now in used if top is not None and now >= top), "")


def _month(now: datetime) -> str:
    return f"{now.astimezone(PACIFIC):%Y-%m}"


def _expire(calls: deque[datetime], now: datetime, span: timedelta) -> None:
    # A clock that was set back makes old stamps lie in the future: they count no longer.
    while calls and not now - span < calls[0] <= now:
        calls.popleft()
