"""Keeps calls inside a vendor's limits: per minute and second, at once, a reserve of the day.

Questions put together in one call have a limit of their own at some vendors. Whether a vendor
counts the calls or the questions in them is not always said: the questions are counted here.

pyrate-limiter's bucket does the counting. Its ``Limiter`` sleeps by ``time.sleep`` and
starts a thread, so the bucket is used directly with our clock and sleep. Several
processes on one ledger are kept apart by the store's lease, not here.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncer.errors import InvariantError, RateLimited, Transient

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

_WAITS_MAX = 200  # one call never waits for more slots than this
_RETRY_SPENT_DAY = timedelta(hours=3)  # vendors do not say when a day's window resets


class Pacer:
    """Paces the calls to one ledger.

    ``per_minute``, ``per_second`` and ``at_once`` are the vendor's limits (None = not limited),
    ``batched_per_minute`` that of questions which share calls; ``day_reserve`` calls are left
    for other users of the same quota, as far as the vendor's headers tell. ``monotonic`` and
    ``sleep`` are in seconds.
    """

    def __init__(
        self,
        *,
        per_minute: int | None,
        per_second: int | None = None,
        batched_per_minute: int | None = None,
        at_once: int,
        day_reserve: int = 0,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        limited = per_minute or per_second
        self._bucket = _bucket(per_minute, per_second) if limited else None
        self._batched_max = batched_per_minute or 0
        self._batched = _bucket(batched_per_minute, None) if batched_per_minute else None
        self._slots = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._day_reserve = day_reserve
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self.remaining: dict[str, int] = {}  # as the vendor last said: "day", "minute", ...

    @contextmanager
    def call(self, *, until: float, batched: int = 0) -> Iterator[None]:
        """Hold a slot for one call. Transient past ``until``, RateLimited at the reserve.

        ``batched``: how many questions share it; 0 for a call that is one by itself.
        """
        self._keep_reserve()
        if not self._slots.acquire(timeout=max(0.0, until - self._monotonic())):
            raise Transient("no free slot for a call before this run's time was used up")
        try:
            if batched:
                self._wait_for_turn(self._batched, until, min(batched, self._batched_max))
            self._wait_for_turn(self._bucket, until)
            yield
        finally:
            self._slots.release()

    def observe(self, remaining: Mapping[str, int]) -> None:
        """Note what the vendor says is left."""
        self.remaining.update(remaining)

    def _keep_reserve(self) -> None:
        left = self.remaining.get("day")
        if left is None or left > self._day_reserve or self._day_reserve <= 0:
            return
        raise RateLimited(
            f"{left} calls are left of the day's quota and {self._day_reserve} are kept in "
            "reserve for other users of this ledger",
            until=self._clock() + _RETRY_SPENT_DAY,
            scope="day",
        )

    def _wait_for_turn(
        self, bucket: "InMemoryBucket | None", until: float, weight: int = 1
    ) -> None:
        if bucket is None:
            return
        for _ in range(_WAITS_MAX):
            wait = self._take(bucket, weight)
            if wait <= 0:
                return
            if self._monotonic() + wait > until:
                break
            self._sleep(wait)
        raise Transient("the vendor's limit per minute leaves no turn before the run's deadline")

    def _take(self, bucket: "InMemoryBucket", weight: int) -> float:
        """Zero when a turn was taken, else the seconds to wait for one."""
        from pyrate_limiter import RateItem

        with self._lock:
            now = int(self._monotonic() * 1000)
            bucket.leak(now)
            item = RateItem("call", now, weight)
            if bucket.put(item):
                return 0.0
            wait = bucket.waiting(item)
            if not isinstance(wait, int):
                raise InvariantError("the in-memory bucket answered asynchronously")
            return (wait + 1) / 1000


def _bucket(per_minute: int | None, per_second: int | None) -> "InMemoryBucket":
    from pyrate_limiter import Duration, InMemoryBucket, Rate  # late: only paced ledgers need it

    limits = ((per_second, Duration.SECOND), (per_minute, Duration.MINUTE))
    return InMemoryBucket([Rate(calls, window) for calls, window in limits if calls])
