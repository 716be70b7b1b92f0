"""Tokens: saved before use, refreshed by one, recovered after lost answers, never leaked."""

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests

from syncer.errors import AuthError, ConfigError, Transient
from syncer.http.login import log_in, log_in_by_paste
from syncer.http.oauth import Flow, Provider, TokenKeeper
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.vault import Tokens, TokenVault
from syncer.testing.secrets_in_memory import SecretsInMemory

from .fakes import HOST, FakeTime, client_over

GRACE = timedelta(minutes=30)


def _provider(flow: Flow = Flow.CODE, port: int = 8484) -> Provider:
    return Provider(
        authorize_url=f"https://{HOST}/authorize",
        token_url=f"https://{HOST}/token",
        revoke_url=f"https://{HOST}/revoke",
        client_id="the-client",
        client_secret="" if flow is Flow.PKCE else "the-secret",
        scopes=("offline_access", "read"),
        flow=flow,
        redirect_port=port,
    )


class TokenServer:
    """Rotating refresh tokens with a grace period, as a WSGI app."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.generation = 0
        self.good: dict[str, Any] = {"r0": None}  # refresh token -> when it was replaced
        self.asked: list[dict[str, list[str]]] = []
        self.headers: list[str] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        form = parse_qs(environ["wsgi.input"].read().decode())
        self.asked.append(form)
        self.headers.append(environ.get("HTTP_AUTHORIZATION", ""))
        self.before()
        status, body = self._answer(form)
        self.after()
        start(status, [("Content-Type", "application/json")])
        return [body]

    def _answer(self, form: dict[str, list[str]]) -> tuple[str, bytes]:
        if form["grant_type"][0] == "refresh_token":
            old = form["refresh_token"][0]
            replaced = self.good.get(old, "unknown")
            expired = replaced == "unknown" or (
                replaced is not None and self.time.clock() - replaced > GRACE
            )
            if expired:
                return "400 Bad Request", b'{"error":"invalid_grant"}'
            if replaced is None:
                self.good[old] = self.time.clock()
        self.generation += 1
        said = {
            "access_token": f"a{self.generation}",
            "refresh_token": f"r{self.generation}",
            "expires_in": 1800,
            "token_type": "Bearer",
            "scope": "read",
        }
        self.good[said["refresh_token"]] = None
        if form["grant_type"][0] == "client_credentials":
            del said["refresh_token"]
        return "200 OK", msgspec.json.encode(said)


class Vault(SecretsInMemory):
    """A store in memory that can fail."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.clock = clock
        self.box = SecretBox([new_key()])
        self.saves = 0
        self.room = 1000  # saves until the disk is full

    def save_secret(
        self, name: str, value: bytes, at: datetime, *, replaces: bytes | None = None
    ) -> bool:
        if self.saves == self.room:
            raise OSError("disk full")
        self.saves += 1
        return super().save_secret(name, value, at, replaces=replaces)

    def fill_after(self, saves: int) -> None:
        self.room = self.saves + saves

    def make(self) -> TokenVault:
        return TokenVault(box=self.box, secrets=self, name="t", clock=self.clock)


class Setting:
    """A keeper over the token server."""

    def __init__(self, flow: Flow = Flow.CODE) -> None:
        self.time = FakeTime()
        self.server = TokenServer(self.time)
        self.vault = Vault(self.time.clock)
        self.flow = flow
        if flow is not Flow.CLIENT:
            now = self.time.clock()
            self.vault.make().write(
                Tokens(access="a0", refresh="r0", expires_at=now, obtained_at=now)
            )
        self.keeper = self.another()

    def another(self) -> TokenKeeper:
        return TokenKeeper(
            _provider(self.flow),
            ledger="main",
            http=client_over(self.server, self.time),
            vault=self.vault.make(),
            clock=self.time.clock,
        )

    def stored(self) -> Tokens:
        tokens = self.vault.make().read()
        assert tokens is not None
        return tokens


def test_a_token_is_refreshed_early_and_kept_until_then() -> None:
    """A token is used until two minutes before it expires, then refreshed once."""
    setting = Setting()
    assert setting.keeper.token() == "a1"
    setting.time.seconds += 1800 - 121
    assert setting.keeper.token() == "a1"
    setting.time.seconds += 2
    assert setting.keeper.token() == "a2"
    assert len(setting.server.asked) == 2


def test_the_new_refresh_token_is_stored_before_its_access_token_is_used() -> None:
    """When saving fails nobody gets the access token, so nothing depends on what was lost."""
    setting = Setting()
    setting.vault.fill_after(1)  # the announcement is saved, the new tokens are not
    with pytest.raises(OSError, match="disk full"):
        setting.keeper.token()
    assert setting.stored().refresh == "r0"


def test_a_crash_between_refresh_and_save_costs_nothing() -> None:
    """The next process refreshes with the old token inside the vendor's grace period."""
    setting = Setting()
    setting.vault.fill_after(1)
    with pytest.raises(OSError, match="disk full"):
        setting.keeper.token()
    setting.vault.fill_after(1000)
    setting.time.seconds += 20 * 60
    assert setting.another().token() == "a2"
    assert setting.stored().previous == "r0"


def test_a_lost_refresh_answer_is_asked_for_again() -> None:
    """The server rotated and the answer was lost: the old token is presented again."""
    setting = Setting()
    drops = [ConnectionError("lost")]

    def drop() -> None:
        if drops:
            raise drops.pop()

    setting.server.after = drop
    assert setting.keeper.token() == "a2"
    assert [form["refresh_token"] for form in setting.server.asked] == [["r0"], ["r0"]]
    assert setting.stored().refresh == "r2"


def test_a_login_server_that_stays_away_is_transient() -> None:
    """No answer at all leaves the stored tokens as they were and says so."""
    setting = Setting()

    def drop() -> None:
        raise ConnectionError("lost")

    setting.server.before = drop
    with pytest.raises(Transient):
        setting.keeper.token()
    assert setting.stored().refresh == "r0"
    assert len(setting.server.asked) == 3


def test_two_threads_refresh_once() -> None:
    """Single flight: many threads at expiry cost one refresh and get the same token."""
    setting = Setting()
    barrier = threading.Barrier(4)
    got: list[str] = []

    def work() -> None:
        barrier.wait()
        got.append(setting.keeper.token())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["a1"] * 4
    assert len(setting.server.asked) == 1


def test_two_threads_with_the_same_rejected_token_refresh_once() -> None:
    """After a 401 the second thread takes the first one's new token."""
    setting = Setting()
    old = setting.keeper.token()
    assert setting.keeper.renewed(old) == "a2"
    assert setting.keeper.renewed(old) == "a2"
    assert len(setting.server.asked) == 2


def test_another_process_that_refreshed_wins() -> None:
    """Stored tokens newer than ours are used instead of refreshing again."""
    setting = Setting()
    other = setting.another()
    other.token()
    assert setting.keeper.token() == "a1"
    assert len(setting.server.asked) == 1


def test_a_restored_older_store_recovers_within_the_grace() -> None:
    """A refused token is followed by the one before it while the vendor still takes that."""
    setting = Setting()
    setting.keeper.token()
    setting.server.good.pop("r1")
    setting.time.seconds += 1700
    assert setting.another().token() == "a2"
    assert [form["refresh_token"][0] for form in setting.server.asked] == ["r0", "r1", "r0"]


def test_a_dead_refresh_token_needs_a_person() -> None:
    """invalid_grant is never retried in a loop; the message says what to run."""
    setting = Setting()
    setting.server.good.clear()
    with pytest.raises(AuthError, match="syncer auth login main"):
        setting.keeper.token()
    assert len(setting.server.asked) == 1


def test_nobody_logged_in_yet_is_said() -> None:
    """Without stored tokens the message names the command."""
    setting = Setting()
    setting.vault.values.clear()
    with pytest.raises(AuthError, match="not logged in"):
        setting.keeper.token()


def test_client_credentials_need_no_stored_token() -> None:
    """A custom connection asks with its id and secret, scopes included, and stores nothing."""
    setting = Setting(Flow.CLIENT)
    assert setting.keeper.token() == "a1"
    assert setting.server.asked[0]["scope"] == ["offline_access read"]
    pair = base64.b64encode(b"the-client:the-secret").decode()
    assert setting.server.headers == [f"Basic {pair}"]
    assert setting.vault.saves == 0


def test_tokens_are_sealed_and_keys_rotate() -> None:
    """What is stored shows no token; an old key still opens, a foreign one does not."""
    setting, canary = Setting(), "canary-refresh-token"
    now = setting.time.clock()
    tokens = Tokens(access="a", refresh=canary, expires_at=now, obtained_at=now)
    setting.vault.make().write(tokens)
    assert canary.encode() not in setting.vault.values["t"]
    assert setting.stored().refresh == canary
    old, new = new_key(), new_key()
    sealed = SecretBox([old]).seal(b"x")
    assert SecretBox([new, old]).open(sealed) == b"x"
    with pytest.raises(AuthError):
        SecretBox([new]).open(sealed)
    with pytest.raises(ConfigError):
        SecretBox([b"short"])


def test_tokens_and_providers_hide_their_secrets() -> None:
    """Printing what holds secrets shows none."""
    setting = Setting()
    setting.keeper.token()
    shown = repr(setting.stored()) + repr(_provider())
    assert "a1" not in shown
    assert "r1" not in shown
    assert "the-secret" not in shown


def _visit(address: str, **changes: str) -> None:
    """What a browser does after the person allowed access."""
    asked = parse_qs(urlsplit(address).query)
    params = {"code": "c-1", "state": asked["state"][0], **changes}
    with requests.Session() as session:
        session.trust_env = False
        session.get(asked["redirect_uri"][0].replace("localhost", "127.0.0.1"), params=params)


@pytest.mark.parametrize("flow", [Flow.CODE, Flow.PKCE])
def test_a_person_logs_in_through_the_loopback(flow: Flow) -> None:
    """The code of the redirect becomes stored tokens; PKCE sends its verifier."""
    setting = Setting(flow)
    shown: list[str] = []

    def show(address: str) -> None:
        shown.append(address)
        threading.Thread(target=_visit, args=(address,)).start()

    log_in(_provider(flow, port=0), setting.keeper, show=show, seconds=10)
    asked = parse_qs(urlsplit(shown[0]).query)
    assert setting.keeper.token() == "a1"
    assert setting.server.asked[0]["code"] == ["c-1"]
    assert ("code_challenge" in asked) == (flow is Flow.PKCE)
    assert ("code_verifier" in setting.server.asked[0]) == (flow is Flow.PKCE)
    assert ("client_id" in setting.server.asked[0]) == (flow is Flow.PKCE)


def test_a_foreign_redirect_is_refused() -> None:
    """A redirect with another state is never exchanged."""
    setting = Setting()

    def show(address: str) -> None:
        threading.Thread(target=_visit, args=(address,), kwargs={"state": "forged"}).start()

    with pytest.raises(AuthError, match="state differs"):
        log_in(_provider(port=0), setting.keeper, show=show, seconds=1)
    assert setting.server.asked == []


def test_nobody_coming_times_out() -> None:
    """A login that nobody finishes ends."""
    with pytest.raises(AuthError, match="nobody finished"):
        log_in(_provider(port=0), Setting().keeper, show=lambda _: None, seconds=0.2)


def test_the_address_can_be_pasted() -> None:
    """In a container the address the browser ended on is enough."""
    setting = Setting()
    shown: list[str] = []

    def ask() -> str:
        state = parse_qs(urlsplit(shown[0]).query)["state"][0]
        return f"http://localhost:8484/callback?code=c-9&state={state}\n"

    log_in_by_paste(_provider(), setting.keeper, show=shown.append, ask=ask)
    assert setting.server.asked[0]["code"] == ["c-9"]


def test_a_refused_login_says_so() -> None:
    """When the person says no, the message says it."""
    setting = Setting()
    shown: list[str] = []

    def ask() -> str:
        state = parse_qs(urlsplit(shown[0]).query)["state"][0]
        return f"http://localhost:8484/callback?error=access_denied&state={state}"

    with pytest.raises(AuthError, match="access_denied"):
        log_in_by_paste(_provider(), setting.keeper, show=shown.append, ask=ask)


def test_a_code_is_never_exchanged_twice() -> None:
    """A code works once: a lost answer means a new login, not a repeat."""
    setting = Setting()

    def drop() -> None:
        raise ConnectionError("lost")

    setting.server.after = drop
    with pytest.raises(Transient, match="log in again"):
        setting.keeper.exchange(code="c", redirect_uri="http://localhost/callback", verifier="")
    assert len(setting.server.asked) == 1


def test_logging_out_revokes_and_forgets() -> None:
    """The vendor is told, and what is stored is no longer of use."""
    setting = Setting()
    setting.keeper.token()
    setting.server._answer = lambda form: ("200 OK", b"")  # type: ignore[method-assign]
    setting.keeper.revoke()
    assert setting.server.asked[-1] == {"token": ["r1"]}
    with pytest.raises(AuthError, match="not logged in"):
        setting.another().token()
