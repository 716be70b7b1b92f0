"""What differs between vendors: limits in other words, refusals as 500, keys in the address."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from syncer.errors import AuthError, RateLimited
from syncer.http.client import HttpClient
from syncer.http.discovery import discovered
from syncer.http.faults import AmbiguousWriteError
from syncer.http.limits import Dialect
from syncer.http.login import log_in_by_paste
from syncer.http.oauth import Flow, Provider, TokenKeeper
from syncer.http.pace import Pacer
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.transport import Response
from syncer.http.vault import TokenVault
from syncer.testing.secrets_in_memory import SecretsInMemory

from .fakes import HOST, URL, FakeTime, Say, Script, client_over

JSON = {"Content-Type": "application/json"}


def _client(script: Script, time: FakeTime, **more: Any) -> HttpClient:
    return client_over(script, time).adapted(dialect=Dialect(**more))


def test_a_limit_in_another_status_is_waited_out() -> None:
    """A vendor may say "too much" with 403."""
    time, script = FakeTime(), Script(Say(403, b"slow down"), Say())
    client = _client(script, time, throttled=lambda r: b"slow" in r.body, silent_wait=60.0)
    assert client.get(URL).status == 200
    assert 60 <= time.slept[0] <= 75


def test_a_silent_limit_is_waited_out_at_the_vendors_pace_and_ends() -> None:
    """Three or four waits of a minute, then the ledger ends early."""
    time, script = FakeTime(), Script(Say(429))
    with pytest.raises(RateLimited):
        _client(script, time, silent_wait=60.0).get(URL)
    assert 2 <= len(time.slept) <= 4
    assert all(wait >= 60 for wait in time.slept)


class _Tokens:
    """Hands out one token, and another when it is asked for a newer one."""

    def token(self) -> str:
        return "old"

    def renewed(self, rejected: str) -> str:
        return f"newer than {rejected}"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_dead_token_in_another_status_is_renewed_once(status: int) -> None:
    """A vendor may say "expired" with any status; what stays expired needs a login."""
    time = FakeTime()
    said: dict[str, Any] = dict.fromkeys(
        ("unauthenticated", "token_expired"), lambda r: b"expired" in r.body
    )
    script = Script(Say(status, b"expired"), Say())
    client = _client(script, time, **said).adapted(auth=_Tokens())
    assert client.get(URL).body != b"expired"
    assert [asked["HTTP_AUTHORIZATION"] for asked in script.seen] == [
        "Bearer old",
        "Bearer newer than old",
    ]
    with pytest.raises(AuthError):
        _client(Script(Say(status, b"expired")), time, **said).adapted(auth=_Tokens()).get(URL)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_as_a_500_is_an_answer(method: str) -> None:
    """It is given back at once, neither retried nor ambiguous."""
    time, script = FakeTime(), Script(Say(500, b"refused: 4002"))
    client = _client(script, time, refused=lambda r: b"refused" in r.body)
    answer = client.get(URL) if method == "GET" else client.write("POST", URL, body=b"", key="k")
    assert answer.status == 500
    assert len(script.seen) == 1


def test_other_500s_stay_faults() -> None:
    """The control: what is no refusal is retried when read, ambiguous when written."""
    time, script = FakeTime(), Script(Say(500, b"oops"), Say())
    client = _client(script, time, refused=lambda r: b"refused" in r.body)
    assert client.get(URL).status == 200
    with pytest.raises(AmbiguousWriteError):
        _client(Script(Say(500, b"oops")), time).write("POST", URL, body=b"", key="k")


def test_a_key_may_belong_into_the_address() -> None:
    """Beside the parameters that are there already, and in no header."""
    script = Script(Say())
    client = _client(script, FakeTime(), key_param="requestid")
    client.write("POST", f"{URL}?minorversion=75", body=b"", key="a/b c")
    assert parse_qs(script.seen[0]["QUERY_STRING"]) == {
        "minorversion": ["75"],
        "requestid": ["a/b c"],
    }
    assert "HTTP_IDEMPOTENCY_KEY" not in script.seen[0]


def test_no_second_ever_holds_more_calls_than_allowed() -> None:
    """A limit per second is kept together with the one per minute."""
    time = FakeTime()
    pacer = Pacer(
        per_minute=20,
        per_second=3,
        at_once=5,
        clock=time.clock,
        monotonic=time.monotonic,
        sleep=time.sleep,
    )
    made: list[float] = []
    for _ in range(45):
        with pacer.call(until=1e9):
            made.append(time.seconds)
    assert all(sum(start <= at < start + 1 for at in made) <= 3 for start in made)
    assert all(sum(start <= at < start + 60 for at in made) <= 20 for start in made)


def _provider(**more: Any) -> Provider:
    return Provider(
        authorize_url=f"https://{HOST}/old/authorize",
        token_url=f"https://{HOST}/old/token",
        revoke_url=f"https://{HOST}/old/revoke",
        discovery_url=f"https://{HOST}/.well-known/openid_configuration",
        client_id="the-client",
        client_secret="the-secret",
        scopes=("read",),
        flow=Flow.CODE,
        **more,
    )


DOCUMENT = (
    b'{"authorization_endpoint":"https://api.example.test/a","token_endpoint":'
    b'"https://api.example.test/t","revocation_endpoint":"https://api.example.test/r","more":1}'
)
TOKENS = (
    b'{"access_token":"secret-a","refresh_token":"secret-r","expires_in":3600,"idle":100,"end":200}'
)


def test_endpoints_come_from_the_discovery_document() -> None:
    """Where the document is there, it wins."""
    found = discovered(_provider(), client_over(Script(Say(200, DOCUMENT, JSON))))
    assert (found.authorize_url, found.token_url, found.revoke_url) == (
        f"https://{HOST}/a",
        f"https://{HOST}/t",
        f"https://{HOST}/r",
    )


@pytest.mark.parametrize(
    "answer",
    [
        Say(404),
        Say(503),
        Say(429),
        Say(200, b"<html>"),
        Say(200, b"{}"),
        Say(200, DOCUMENT.replace(b"https", b"http")),
        Say(raises=ConnectionResetError()),
    ],
)
def test_a_document_that_is_no_use_is_left_aside(answer: Say) -> None:
    """Down, broken or naming an address anybody can read on the way: the known ones serve."""
    provider = _provider()
    assert discovered(provider, client_over(Script(answer))) == provider


def _keeper(script: Script, time: FakeTime, provider: Provider) -> TokenKeeper:
    return TokenKeeper(
        provider,
        ledger="main",
        http=client_over(script, time),
        vault=TokenVault(
            box=SecretBox([new_key()]),
            secrets=SecretsInMemory(),
            name="tokens/main",
            clock=time.clock,
        ),
        clock=time.clock,
    )


def test_a_vendors_headers_and_ends_of_a_login() -> None:
    """Extra headers are sent to the token endpoint; when access ends is kept with the tokens."""
    time = FakeTime()
    script = Script(Say(200, DOCUMENT, JSON), Say(200, TOKENS, JSON))
    provider = _provider(token_headers={"X-Ask": "true"}, idle_key="idle", end_key="end")
    keeper = _keeper(script, time, provider)
    keeper.exchange(code="c", redirect_uri="http://localhost:1/callback", verifier="")
    assert script.seen[1]["PATH_INFO"] == "/t"
    assert script.seen[1]["HTTP_X_ASK"] == "true"
    kept = keeper.kept()
    assert kept is not None
    assert kept.idle_until == time.clock() + timedelta(seconds=100)
    assert kept.ends_at == time.clock() + timedelta(seconds=200)
    assert "secret" not in repr(kept)


def test_revocation_in_json() -> None:
    """Where a vendor wants it, to the discovered address, with the client's credentials."""
    script = Script(Say(200, DOCUMENT, JSON), Say(200, TOKENS, JSON), Say())
    keeper = _keeper(script, FakeTime(), _provider(revoke_json=True))
    keeper.exchange(code="c", redirect_uri="http://localhost:1/callback", verifier="")
    keeper.revoke()
    last = script.seen[-1]
    assert (last["PATH_INFO"], last["body"]) == ("/r", b'{"token":"secret-r"}')
    assert last["CONTENT_TYPE"] == "application/json"
    assert last["HTTP_AUTHORIZATION"].startswith("Basic ")


@pytest.mark.parametrize(("realm", "refused"), [("1", False), ("2", True), ("", False)])
def test_access_to_another_organisation_is_refused(realm: str, *, refused: bool) -> None:
    """The redirect's own parameter is compared with the configuration, where it is given."""
    script = Script(Say(200, DOCUMENT, JSON), Say(200, TOKENS, JSON))
    keeper = _keeper(script, FakeTime(), _provider(redirect_expects={"realmId": "1"}))
    shown: list[str] = []

    def ask() -> str:
        state = parse_qs(shown[0].split("?")[1])["state"][0]
        given = f"&realmId={realm}" if realm else ""
        return f"http://localhost:8484/callback?code=c&state={state}{given}"

    if refused:
        with pytest.raises(AuthError, match="another organisation"):
            log_in_by_paste(_provider(), keeper, show=shown.append, ask=ask)
        return
    log_in_by_paste(_provider(), keeper, show=shown.append, ask=ask)
    assert keeper.kept() is not None


def test_the_default_dialect_knows_429_alone() -> None:
    """Nothing changes for vendors that say nothing special."""
    plain = Dialect()
    assert [plain.throttled(Response(s, {}, b"")) for s in (200, 403, 429, 500)] == [
        False,
        False,
        True,
        False,
    ]
    assert not plain.refused(Response(500, {}, b""))
