"""Pacing on a clock that only sleeping moves."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import RateLimited, Transient
from syncer.http.pace import Pacer

from .fakes import FakeTime

FAR = 1e9


def _pacer(
    time: FakeTime,
    *,
    per_minute: int | None = 5,
    batched: int | None = None,
    at_once: int = 5,
    day_reserve: int = 0,
) -> Pacer:
    return Pacer(
        per_minute=per_minute,
        batched_per_minute=batched,
        at_once=at_once,
        day_reserve=day_reserve,
        clock=time.clock,
        monotonic=time.monotonic,
        sleep=time.sleep,
    )


@given(
    limit=st.integers(1, 8),
    gaps=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=40),
)
def test_no_minute_ever_holds_more_calls_than_allowed(limit: int, gaps: list[float]) -> None:
    """However calls come, any sixty seconds hold at most the limit."""
    time = FakeTime()
    pacer = _pacer(time, per_minute=limit)
    made: list[float] = []
    for gap in gaps:
        time.seconds += gap
        with pacer.call(until=FAR):
            made.append(time.seconds)
    for start in made:
        assert sum(start <= at < start + 60 for at in made) <= limit


@given(
    calls=st.lists(
        st.tuples(st.floats(0, 30, allow_nan=False), st.integers(0, 40)), min_size=1, max_size=30
    )
)
def test_no_minute_holds_more_questions_that_share_calls_than_allowed(
    calls: list[tuple[float, int]],
) -> None:
    """They are counted one by one; a call that asks more than a minute allows takes all of it."""
    time, limit = FakeTime(), 36
    pacer = _pacer(time, per_minute=None, batched=limit)
    asked: list[tuple[float, int]] = []
    for gap, questions in calls:
        time.seconds += gap
        with pacer.call(until=FAR, batched=questions):
            asked.append((time.seconds, min(questions, limit)))
    for start, _ in asked:
        assert sum(count for at, count in asked if start <= at < start + 60) <= limit


def test_a_burst_within_the_limit_does_not_wait() -> None:
    """Calls the minute allows are made at once."""
    time = FakeTime()
    pacer = _pacer(time)
    for _ in range(5):
        with pacer.call(until=FAR):
            pass
    assert time.slept == []


def test_waiting_ends_at_the_runs_deadline() -> None:
    """A turn that would come after the run's end is not waited for."""
    time = FakeTime()
    pacer = _pacer(time, per_minute=1)
    with pacer.call(until=time.seconds + 30):
        pass
    with pytest.raises(Transient), pacer.call(until=time.seconds + 30):
        pass


@pytest.mark.parametrize(("left", "stops"), [(51, False), (50, True), (0, True)])
def test_the_days_reserve_is_left_alone(left: int, stops: bool) -> None:
    """What the vendor says is left of the day is kept for others from the reserve down."""
    time = FakeTime()
    pacer = _pacer(time, day_reserve=50)
    pacer.observe({"day": left})
    if not stops:
        with pacer.call(until=FAR):
            return
    with pytest.raises(RateLimited), pacer.call(until=FAR):
        pass


def test_no_more_calls_run_at_once_than_allowed() -> None:
    """The sixth caller waits until one of five is done."""
    time = FakeTime()
    pacer = _pacer(time, per_minute=None, at_once=2)
    inside, most = 0, 0
    lock, gate = threading.Lock(), threading.Event()

    def work() -> None:
        nonlocal inside, most
        with pacer.call(until=time.seconds + 60):
            with lock:
                inside += 1
                most = max(most, inside)
            gate.wait(0.05)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
