"""What the client keeps to: the time of a run, the pace of a vendor, the limit of a day."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from syncer.errors import RateLimited, Transient
from syncer.http.client import HttpClient
from syncer.http.faults import NotSent
from syncer.http.limits import Dialect
from syncer.http.pace import Pacer
from syncer.http.transport import Response

from .fakes import URL, FakeTime, Say, Script, client_over

NAMED = Dialect(limit_header="X-Problem", remaining={"day": "X-Day", "minute": "X-Min"})


class Exchanges:
    """A transport that answers as told, the last answer for ever, and notes what it was asked."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[dict[str, Any]] = []

    def exchange(self, method: str, url: str, **asked: Any) -> Response:
        self.seen.append({"method": method, "url": url, **asked})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _said(status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status=status, headers=headers or {}, body=b"{}")


def _client(way: Exchanges, time: FakeTime, **options: Any) -> HttpClient:
    given: Any = way
    return HttpClient(
        given, clock=time.clock, monotonic=time.monotonic, sleep=time.sleep, **options
    )


def _pacer(time: FakeTime, **limits: Any) -> Pacer:
    kept = {"per_minute": None, "at_once": 5} | limits
    return Pacer(clock=time.clock, monotonic=time.monotonic, sleep=time.sleep, **kept)


def test_what_is_asked_arrives_as_it_was_asked() -> None:
    """Parameters and headers of a question are those that the caller gave, each in its place."""
    way = Exchanges(_said())
    _client(way, FakeTime()).get(URL, params={"page": "2"}, headers={"Since": "monday"})
    [one] = way.seen
    assert (one["params"], one["headers"]) == ({"page": "2"}, {"Since": "monday"})


def test_no_exchange_may_outlast_the_run() -> None:
    """One call is bounded by its own time and by what is left of the run's, whichever is less."""
    time, way = FakeTime(), Exchanges(_said())
    client = _client(way, time, call_seconds=30, run_seconds=100)
    client.get(URL)
    client.read(URL, lambda said: said, seconds=90)
    time.seconds += 95
    client.get(URL)
    assert [one["seconds"] for one in way.seen] == [30, 90, 5]


def test_a_wait_that_would_outlast_the_run_is_not_begun() -> None:
    """A connector may ask for a pause within the run's time; it is counted, and slept as asked."""
    time = FakeTime()
    client = _client(Exchanges(_said()), time, run_seconds=100)
    client.pause(60)
    with pytest.raises(Transient, match="time is used up"):
        client.pause(41)
    client.pause(40)
    assert (time.slept, client.calls.waited) == ([60, 40], 100)


@pytest.mark.parametrize("key", ["k1", None])
def test_only_a_write_with_a_key_goes_out_again(key: str | None) -> None:
    """Also one that certainly was not executed: without a key nobody could tell the two apart."""
    way = Exchanges(NotSent("refused"), _said())
    client = _client(way, FakeTime())
    if key is None:
        with pytest.raises(NotSent):
            client.write("PUT", URL, body=b"x", key=key)
    else:
        assert client.write("PUT", URL, body=b"x", key=key).status == 200
    assert len(way.seen) == (1 if key is None else 2)


def test_a_read_that_was_not_sent_goes_out_again() -> None:
    """A connection that could not be made is one of the things that may pass."""
    way = Exchanges(NotSent("refused"), _said())
    assert _client(way, FakeTime()).get(URL).status == 200
    assert len(way.seen) == 2


@pytest.mark.parametrize("headers", [{"X-Problem": "Day"}, {"X-Day": "0"}])
def test_a_days_limit_is_never_waited_out(headers: dict[str, str]) -> None:
    """Whether its name or an empty counter says so, and however short a wait comes with it."""
    time = FakeTime()
    app = Script(Say(status=429, headers={"Retry-After": "5", **headers}))
    client = client_over(app, time).adapted(dialect=NAMED)
    with pytest.raises(RateLimited) as caught:
        client.get(URL)
    assert (len(app.seen), time.slept) == (1, [])
    assert caught.value.until == time.clock() + timedelta(seconds=5)
    assert caught.value.scope == "day"


def test_a_limit_that_says_nothing_is_over_in_a_minute() -> None:
    """Where neither a name nor a time comes with a 429, a run of a minute later may try again."""
    time = FakeTime()
    with pytest.raises(RateLimited) as caught:
        client_over(Script(Say(status=429)), time, attempts=1).get(URL)
    assert caught.value.until == time.clock() + timedelta(minutes=1)


def test_calls_keep_the_pace_that_was_given() -> None:
    """The third of two calls a minute waits its turn; a client outside the pacing does not."""
    time = FakeTime()
    client = client_over(Script(Say()), time, pacer=_pacer(time, per_minute=2))
    for _ in range(3):
        client.get(URL)
    assert sum(time.slept) == pytest.approx(60, abs=1)
    before = len(time.slept)
    for _ in range(5):
        client.adapted(paced=False).get(URL)
    assert len(time.slept) == before


def test_questions_that_share_a_call_are_counted_each() -> None:
    """A vendor's limit for questions put together holds for them, not for the calls."""
    time = FakeTime()
    client = client_over(Script(Say()), time, pacer=_pacer(time, batched_per_minute=10))
    for _ in range(2):
        client.read(URL, lambda said: said, batched=6)
    assert sum(time.slept) == pytest.approx(60, abs=1)


def test_a_turn_that_comes_after_the_run_is_not_waited_for() -> None:
    """The run ends; its next one goes on."""
    time = FakeTime()
    client = client_over(Script(Say()), time, pacer=_pacer(time, per_minute=1), run_seconds=30)
    client.get(URL)
    with pytest.raises(Transient):
        client.get(URL)
    assert sum(time.slept) <= 30


def test_the_reserve_of_a_day_is_left_to_others() -> None:
    """What the vendor says is left is remembered from the last answer."""
    time = FakeTime()
    app = Script(Say(headers={"X-Day": "50"}))
    client = client_over(app, time, pacer=_pacer(time, day_reserve=100)).adapted(dialect=NAMED)
    client.get(URL)
    with pytest.raises(RateLimited, match="kept in reserve"):
        client.get(URL)
    assert len(app.seen) == 1


class Token:
    """One token for ever."""

    def token(self) -> str:
        """It."""
        return "t1"

    def renewed(self, rejected: str) -> str:
        """It again."""
        return "t1"


def test_another_dialect_keeps_the_login() -> None:
    """A client that is adapted once more still sends its token."""
    app = Script(Say())
    client_over(app).adapted(auth=Token()).adapted(dialect=NAMED).get(URL)
    assert app.seen[0]["HTTP_AUTHORIZATION"] == "Bearer t1"
