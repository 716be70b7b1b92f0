"""The client's promises about retries, writes, waits and hosts."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from syncer.errors import AuthError, ContractError, RateLimited, Transient
from syncer.http.client import HttpClient
from syncer.http.faults import AmbiguousWriteError, MalformedError, NotSent
from syncer.http.limits import Dialect
from syncer.http.transport import Response, Transport

from .fakes import HOST, URL, FakeTime, Say, Script, client_over

DIALECT = Dialect(
    limit_header="X-Problem",
    remaining={"day": "X-Day", "minute": "X-Min"},
    token_expired=lambda response: b"expired" in response.body,
)


class Broken(ConnectionResetError):
    """A body that breaks off, as the sandbox signals it."""

    status = "200 OK"
    headers = (("Content-Length", "100"),)
    sent = b'{"half":'


@pytest.mark.parametrize(
    "fault",
    [
        Say(status=500),
        Say(status=503, body=b"<html>"),
        Say(raises=ConnectionError("closed")),
        Say(raises=Broken()),
        Say(raises=TimeoutError("hang")),
        Say(status=429, headers={"Retry-After": "2"}),
        Say(status=429),
    ],
)
def test_a_read_survives_one_fault(fault: Say) -> None:
    """A read is tried again after anything that may pass."""
    app = Script(fault, Say(body=b"good"))
    assert client_over(app).get(URL).body == b"good"
    assert len(app.seen) == 2


def test_a_question_put_by_post_is_repeated_with_its_body() -> None:
    """A read of a server that is asked by POST is tried again like any other, word for word."""
    app = Script(Say(status=502), Say(body=b"good"))
    read = client_over(app).read(URL, lambda said: said.body, method="POST", body=b'{"ids": [1]}')
    assert read == b"good"
    assert [(one["REQUEST_METHOD"], one["body"]) for one in app.seen] == [
        ("POST", b'{"ids": [1]}')
    ] * 2


def test_retry_after_is_honoured_in_full() -> None:
    """No call is made before Retry-After has passed."""
    time = FakeTime()
    client_over(Script(Say(status=429, headers={"Retry-After": "7"}), Say()), time).get(URL)
    assert time.slept[0] >= 7


@pytest.mark.parametrize("scope", ["day", "Daily", ""])
def test_a_long_retry_after_ends_the_run_at_once(scope: str) -> None:
    """A wait of hours is neither slept through nor clamped."""
    time = FakeTime()
    headers = {"Retry-After": "40000", "X-Problem": scope}
    client = client_over(Script(Say(status=429, headers=headers)), time).adapted(dialect=DIALECT)
    with pytest.raises(RateLimited) as caught:
        client.get(URL)
    assert caught.value.until == time.clock() + timedelta(seconds=40000)
    assert time.slept == []


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_limit_ends_by_the_vendors_clock_where_ours_is_wrong(hours: int) -> None:
    """A machine a day ahead, or behind, leaves the ledger alone no day too long, nor too short."""
    time = FakeTime()
    theirs = time.clock() - timedelta(hours=hours)
    headers = {"Retry-After": "40000", "Date": format_datetime(theirs, usegmt=True)}
    with pytest.raises(RateLimited) as caught:
        client_over(Script(Say(status=429, headers=headers)), time).get(URL)
    assert abs(caught.value.until - theirs - timedelta(seconds=40000)) < timedelta(seconds=1)


def test_reads_give_up_within_bounds() -> None:
    """A server that only fails is given up after a bounded number of attempts."""
    app = Script(Say(status=500))
    with pytest.raises(Transient):
        client_over(app).get(URL)
    assert len(app.seen) == 5


def test_a_lasting_429_is_reported_as_a_limit() -> None:
    """When waiting does not help, the ledger ends early and green."""
    with pytest.raises(RateLimited):
        client_over(Script(Say(status=429, headers={"Retry-After": "1"}))).get(URL)


def test_patience_bounds_all_retries_together() -> None:
    """The total time of one call with its retries is bounded, not only their number."""
    time = FakeTime()
    app = Script(Say(status=429, headers={"Retry-After": "80"}))
    with pytest.raises(RateLimited):
        client_over(app, time, patience=100).get(URL)
    assert sum(time.slept) <= 100


def test_a_malformed_page_is_read_again() -> None:
    """A body that fails the caller's check is read again and the good one is used."""
    app = Script(Say(body=b"trunc"), Say(body=b"whole"))

    def parse(response: Response) -> bytes:
        if response.body != b"whole":
            raise MalformedError("cut short")
        return response.body

    assert client_over(app).read(URL, parse) == b"whole"


def test_a_page_that_stays_malformed_is_loud() -> None:
    """After three readings a malformed page is the vendor's word, and an error."""

    def parse(response: Response) -> bytes:
        raise MalformedError("no list")

    app = Script(Say())
    with pytest.raises(ContractError, match="no list"):
        client_over(app).read(URL, parse)
    assert len(app.seen) == 3


@pytest.mark.parametrize("key", [None, "k1"])
@pytest.mark.parametrize(
    "fault", [Say(status=500), Say(raises=TimeoutError()), Say(raises=Broken())]
)
def test_a_write_that_may_have_arrived_is_never_repeated(key: str | None, fault: Say) -> None:
    """A lost answer to a write is ambiguous, with or without a key, and is sent once."""
    app = Script(fault, Say())
    with pytest.raises(AmbiguousWriteError):
        client_over(app).write("PUT", URL, body=b"x", key=key)
    assert len(app.seen) == 1


def test_a_limited_write_with_a_key_is_repeated_byte_for_byte() -> None:
    """A 429 means not executed: the same bytes and key go out again."""
    app = Script(Say(status=429, headers={"Retry-After": "1"}), Say(body=b"done"))
    assert client_over(app).write("PUT", URL, body=b"x", key="k1").body == b"done"
    first, second = app.seen
    assert first["body"] == second["body"] == b"x"
    assert first["HTTP_IDEMPOTENCY_KEY"] == second["HTTP_IDEMPOTENCY_KEY"] == "k1"


def test_a_limited_write_without_a_key_is_not_repeated() -> None:
    """Without a key a write goes out once, even when it was only limited."""
    app = Script(Say(status=429, headers={"Retry-After": "1"}), Say())
    with pytest.raises(RateLimited):
        client_over(app).write("PUT", URL, body=b"x")
    assert len(app.seen) == 1


def test_an_unreachable_server_means_not_sent() -> None:
    """A refused connection is known not to have executed anything."""
    time = FakeTime()
    client = HttpClient(
        Transport(hosts=["127.0.0.1"]), clock=time.clock, sleep=time.sleep, attempts=2
    )
    with pytest.raises(NotSent):
        client.write("PUT", "http://127.0.0.1:9/x", body=b"", key="k")


@pytest.mark.parametrize(
    "url", ["https://evil.test/x", f"http://{HOST}/x", "https://api.example.test.evil.test/"]
)
def test_only_the_given_hosts_are_spoken_to(url: str) -> None:
    """Another host, or plain http beyond loopback, is refused before any call."""
    app = Script(Say())
    with pytest.raises(ContractError):
        client_over(app).get(url)
    assert app.seen == []


def test_redirects_are_refused() -> None:
    """A redirect is an error: credentials never follow one."""
    app = Script(Say(status=302, headers={"Location": "https://evil.test/"}))
    with pytest.raises(ContractError, match="redirect"):
        client_over(app).get(URL)
    assert len(app.seen) == 1


def test_an_oversized_body_is_refused() -> None:
    """A body past the cap is an error, not memory."""
    time = FakeTime()
    from syncer.http.wsgi import WsgiAdapter

    transport = Transport(
        hosts=[HOST],
        mounts={f"https://{HOST}": WsgiAdapter(Script(Say(body=b"x" * 2000)))},
        body_max=1000,
    )
    with pytest.raises(ContractError, match="larger"):
        HttpClient(transport, clock=time.clock, sleep=time.sleep).get(URL)


class Tokens:
    """Hands out numbered tokens."""

    def __init__(self) -> None:
        self.number = 1

    def token(self) -> str:
        return f"t{self.number}"

    def renewed(self, rejected: str) -> str:
        self.number += 1
        return self.token()


def _needs(token: str) -> Any:
    def answer(seen: dict[str, Any]) -> Say:
        good = seen["HTTP_AUTHORIZATION"] == f"Bearer {token}"
        return Say(body=b"in") if good else Say(status=401, body=b"expired")

    return answer


def test_an_expired_token_is_renewed_once() -> None:
    """A 401 for an expired token costs one refresh and one repeat."""
    client = client_over(Script(_needs("t2"))).adapted(auth=Tokens(), dialect=DIALECT)
    assert client.get(URL).body == b"in"


def test_a_second_401_is_an_auth_error() -> None:
    """A fresh token that is refused as well ends the ledger; no loop of refreshes."""
    app = Script(_needs("never"))
    client = client_over(app).adapted(auth=Tokens(), dialect=DIALECT)
    with pytest.raises(AuthError):
        client.get(URL)
    assert len(app.seen) == 2


def test_a_401_that_is_not_expiry_is_returned() -> None:
    """A missing scope is not answered by refreshing: the connector reads that 401."""
    app = Script(Say(status=401, body=b"insufficient_scope"))
    client = client_over(app).adapted(auth=Tokens(), dialect=DIALECT)
    assert client.get(URL).status == 401
    assert len(app.seen) == 1


def test_the_run_deadline_stops_calls() -> None:
    """Once the run's time is used up no call is started."""
    time = FakeTime()
    app = Script(Say())
    client = client_over(app, time, run_seconds=10)
    time.seconds += 11
    with pytest.raises(Transient, match="time is used up"):
        client.get(URL)
    assert app.seen == []


@pytest.mark.parametrize(
    ("said", "skew"),
    [
        ("Mon, 02 Nov 2026 09:05:00 GMT", 300.0),
        ("Mon, 02 Nov 2026 08:59:00 -0000", -60.0),
        ("", None),
        ("yesterday", None),
        ("Mon, 99 Nov 2026 08:59:00 GMT", None),
    ],
)
def test_the_servers_clock_is_compared_with_ours(said: str, skew: float | None) -> None:
    """Each answer's Date says how far apart the clocks are; no Date says nothing."""
    client = client_over(Script(Say(headers={"Date": said} if said else {})))
    client.get(URL)
    assert client.calls.skew == skew


def test_calls_and_quota_are_counted() -> None:
    """The client knows how many calls it made and what the vendor says is left."""
    client = client_over(Script(Say(headers={"X-Day": "4999"}))).adapted(dialect=DIALECT)
    client.get(URL)
    assert (client.calls.made, client.calls.remaining) == (1, {"day": 4999})


class Session:
    """Tokens of a server that calls them otherwise than ``Bearer``."""

    def token(self) -> str:
        """The one that has gone stale."""
        return "stale"

    def renewed(self, rejected: str) -> str:
        """The one after it."""
        return f"after {rejected}"


def test_a_token_is_sent_under_the_vendors_own_scheme() -> None:
    """A server with sessions of its own names them in the header; a renewed one alike."""
    app = Script(Say(401), Say())
    dialect = Dialect(scheme="Session", token_expired=lambda _: True)
    client_over(app).adapted(auth=Session(), dialect=dialect).get(URL)
    sent = [one["HTTP_AUTHORIZATION"] for one in app.seen]
    assert sent == ["Session stale", "Session after stale"]
