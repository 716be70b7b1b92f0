"""The login of a person: opens a consent page, receives the code, stores the tokens.

Two ways: a loopback listener on ``http://localhost:PORT/callback``, or pasting the address
the browser ended on, for containers without a browser. Both check ``state`` and use PKCE
(RFC 7636, S256) whenever the flow has it. Printing is the caller's: hooks are given.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from oauthlib.oauth2 import WebApplicationClient

from syncer.errors import AuthError
from syncer.http.oauth import Flow, Provider, TokenKeeper
from syncer.http.transport import LOOPBACK

_PAGE = (
    "<!doctype html><meta charset=utf-8><title>syncer</title>"
    "<p>{}</p><p>You may close this window.</p>"
)
_VERIFIER_LENGTH = 64
_LINE_SECONDS = 5.0  # a visitor that says nothing is dropped after this


class _StrangeAnswerError(AuthError):
    """A redirect that does not carry this login's state."""


class _Attempt:
    """One login: its state, its PKCE pair and the address to open."""

    def __init__(self, provider: Provider, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._expects = provider.redirect_expects
        self._state = secrets.token_urlsafe(24)
        client = WebApplicationClient(provider.client_id)
        self.verifier = ""
        challenge = ""
        if provider.flow is Flow.PKCE or not provider.client_secret:
            self.verifier = client.create_code_verifier(_VERIFIER_LENGTH)
            challenge = client.create_code_challenge(self.verifier, "S256")
        self.address = authorize_address(
            provider, redirect_uri=redirect_uri, state=self._state, challenge=challenge
        )

    def code_from(self, address: str) -> str:
        """The code in the address the browser was sent to. AuthError when it is not ours."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if not hmac.compare_digest(said.get("state", "").encode(), self._state.encode()):
            raise _StrangeAnswerError(
                "the address belongs to another login, perhaps an earlier try (its state differs): "
                "start again, and use the page that is shown then"
            )
        if "error" in said:
            raise AuthError(f"access was not given ({said['error'][:60]}): log in again")
        if not said.get("code"):
            raise AuthError("the answer holds no code: start the login again")
        for name, value in self._expects.items():
            if said.get(name, value) != value:
                raise AuthError(
                    f"access was given to another organisation: {name} is {said[name][:60]!r}, "
                    f"the configuration says {value!r}. Log in again and choose that one, or "
                    "correct the configuration"
                )
        return said["code"]


def authorize_address(provider: Provider, *, redirect_uri: str, state: str, challenge: str) -> str:
    """The page a person opens to allow access. ``challenge`` is PKCE's S256, "" without."""
    client = WebApplicationClient(provider.client_id)
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"} if challenge else {}
    parts = urlsplit(provider.authorize_url)
    secure = parts._replace(scheme="https").geturl()  # oauthlib refuses http even on loopback
    address = str(
        client.prepare_request_uri(
            secure, redirect_uri=redirect_uri, scope=list(provider.scopes), state=state, **pkce
        )
    )
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return "http" + address.removeprefix("https")
    return address


def log_in(
    provider: Provider,
    keeper: TokenKeeper,
    *,
    show: Callable[[str], None],
    open_browser: Callable[[str], object] | None = None,
    seconds: float = 300.0,
) -> None:
    """Log in through a loopback redirect. ``show`` is given the address to open.

    The vendor must know ``http://localhost:PORT/callback`` with ``provider.redirect_port``.
    Raises AuthError after ``seconds`` or when access is refused.
    """
    _refuse_client_flow(provider)
    provider = keeper.provider()
    if provider.redirect_address:
        raise AuthError(
            "this login ends on a page of yours, where nobody listens: run it with --paste and "
            "paste the address the browser ended on"
        )
    with _listener(provider.redirect_port) as server:
        attempt = _Attempt(provider, f"http://localhost:{server.server_port}/callback")
        show(attempt.address)
        if open_browser is not None:
            open_browser(attempt.address)
        code = server.wait_for_code(attempt, seconds)
    keeper.exchange(code=code, redirect_uri=attempt.redirect_uri, verifier=attempt.verifier)


def log_in_by_paste(
    provider: Provider,
    keeper: TokenKeeper,
    *,
    show: Callable[[str], None],
    ask: Callable[[], str],
) -> None:
    """Log in without a listener: ``ask`` returns the address the browser ended on."""
    _refuse_client_flow(provider)
    provider = keeper.provider()
    local = f"http://localhost:{provider.redirect_port}/callback"
    attempt = _Attempt(provider, provider.redirect_address or local)
    show(attempt.address)
    code = attempt.code_from(ask().strip())
    keeper.exchange(code=code, redirect_uri=attempt.redirect_uri, verifier=attempt.verifier)


def _refuse_client_flow(provider: Provider) -> None:
    if provider.flow is Flow.CLIENT:
        raise AuthError("this ledger uses client credentials: there is nothing to log in to")


class _Listener(HTTPServer):
    """Listens on loopback only, until the redirect of this very login arrives."""

    visited = ""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a visit that breaks off, or makes no sense, is not this login's."""

    def wait_for_code(self, attempt: _Attempt, seconds: float) -> str:
        """Visits without our ``state`` (a stray tab, a probe) are answered and ignored."""
        end = time.monotonic() + seconds
        refused: AuthError | None = None
        while (left := end - time.monotonic()) > 0:
            self.timeout = left
            self.visited = ""
            self.handle_request()
            if not self.visited:
                continue
            try:
                return attempt.code_from(self.visited)
            except _StrangeAnswerError as error:
                refused = error
        raise refused or AuthError(f"nobody finished the login within {seconds:.0f} seconds")


class _Handler(BaseHTTPRequestHandler):
    timeout = _LINE_SECONDS

    def do_GET(self) -> None:
        """Take the redirect; anything else is not found."""
        found = urlsplit(self.path).path == "/callback"
        if found and isinstance(self.server, _Listener):
            self.server.visited = self.path
        page = _PAGE.format("The answer arrived; see the terminal." if found else "Not here.")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the path holds the code."""


@contextmanager
def _listener(port: int) -> Iterator[_Listener]:
    try:
        server = _Listener(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise AuthError(
            f"cannot listen on port {port} ({error.strerror}): close what uses it, set another "
            "redirect_port, or log in by pasting the address"
        ) from None
    try:
        yield server
    finally:
        server.server_close()
