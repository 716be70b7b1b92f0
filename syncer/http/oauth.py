"""OAuth 2: where a vendor's endpoints are, and the keeper of one ledger's tokens.

oauthlib builds and reads the messages; our own client sends them. Refresh tokens rotate:
the new one is stored, encrypted and durable, *before* its access token is used, so a crash
costs nothing, and the one before is kept for vendors that accept it for a grace period.
Vendors differ in small things (a discovery document, extra headers, when access ends for
good): those are fields of ``Provider``.
"""

import base64
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient

from syncer.errors import AuthError, InvariantError, Transient
from syncer.http.client import HttpClient
from syncer.http.discovery import discovered
from syncer.http.faults import AmbiguousWriteError, NotSent
from syncer.http.transport import Response
from syncer.http.vault import Tokens, TokenVault

_REFRESH_ATTEMPTS = 3  # a lost answer is asked for again with the same refresh token
_REFRESH_WAIT = 2.0  # seconds, doubled each time
_ERROR_WORD = re.compile(r"[a-z_]{1,40}\Z")  # RFC 6749 section 5.2; nothing else is repeated
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Flow(StrEnum):
    """How access is obtained."""

    CODE = "code"  # a person logs in once; client id and secret
    PKCE = "pkce"  # a person logs in once; no client secret
    CLIENT = "client"  # client credentials: no person, no refresh token


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor's OAuth endpoints together with one application's identity."""

    authorize_url: str
    token_url: str
    revoke_url: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    flow: Flow
    redirect_port: int = 8484
    redirect_address: str = ""  # a page of one's own instead; then the address is pasted
    early: timedelta = timedelta(seconds=120)  # refresh this long before expiry
    grace: timedelta = timedelta(minutes=30)  # the former refresh token still works
    discovery_url: str = ""  # names the endpoints; those above serve where it is silent
    token_headers: Mapping[str, str] = field(default_factory=dict)  # for the token endpoint
    idle_key: str = ""  # of the answer: seconds until an unused refresh token lapses
    end_key: str = ""  # of the answer: seconds until no refresh helps any more
    revoke_json: bool = False  # revocation takes JSON instead of a form
    redirect_expects: Mapping[str, str] = field(default_factory=dict)  # parameters, when given

    def __repr__(self) -> str:
        return f"Provider({self.flow}, {urlsplit(self.token_url).hostname})"


class _GrantRefusedError(Exception):
    """The token endpoint refused what was presented; ``code`` is OAuth's error word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TokenKeeper:
    """Supplies access tokens for one ledger; one thread refreshes, the others wait.

    ``http`` must not be paced under the ledger's own limits (``http.adapted(paced=False)``).
    """

    def __init__(
        self,
        provider: Provider,
        *,
        ledger: str,
        http: HttpClient,
        vault: TokenVault,
        clock: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._ledger = ledger
        self._http = http
        self._vault = vault
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None
        self._found: Provider | None = None

    def provider(self) -> Provider:
        """The vendor's endpoints, as its discovery document names them where it has one."""
        if self._found is None:
            self._found = discovered(self._provider, self._http)
        return self._found

    def kept(self) -> Tokens | None:
        """The tokens as they are stored, for who asks when access ends."""
        return self._vault.read()

    def token(self) -> str:
        """An access token that lives at least ``provider.early`` longer."""
        tokens = self._tokens
        if tokens is not None and self._fresh(tokens):
            return tokens.access
        with self._lock:
            return self._current().access

    def renewed(self, rejected: str) -> str:
        """A token other than ``rejected``: another thread's new one, or a fresh one."""
        with self._lock:
            tokens = self._tokens
            if tokens is not None and tokens.access != rejected and self._fresh(tokens):
                return tokens.access
            return self._renew(rejected).access

    def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> None:
        """Turn a login's code into stored tokens. A code works once: nothing is retried."""
        client = WebApplicationClient(self._provider.client_id)
        pkce: dict[str, Any] = {"code_verifier": verifier} if verifier else {}
        body = client.prepare_request_body(
            code=code,
            redirect_uri=redirect_uri,
            include_client_id=not self._provider.client_secret,
            **pkce,
        )
        try:
            tokens = self._ask(body, previous="")
        except _GrantRefusedError as error:
            raise AuthError(f"the login was refused ({error.code}): log in again") from None
        except AmbiguousWriteError as error:
            raise Transient(f"the login's answer was lost ({error}): log in again") from None
        self._store(tokens)

    def revoke(self) -> None:
        """Tell the vendor to forget this access, then forget the tokens here."""
        tokens = self._vault.read()
        if tokens is not None and tokens.refresh:
            body, headers = _revocation(self._provider, tokens.refresh)
            headers |= self._basic()
            self._http.write("POST", self.provider().revoke_url, body=body, headers=headers)
        gone = self._clock()
        self._vault.write(Tokens(access="", expires_at=gone, obtained_at=gone))
        self._tokens = None

    def _current(self) -> Tokens:
        """Under the lock: what we hold, what is stored, or a refreshed generation."""
        if self._tokens is not None and self._fresh(self._tokens):
            return self._tokens
        return self._renew("")

    def _renew(self, rejected: str) -> Tokens:
        """Under the lock. Another process may have refreshed: its stored tokens win."""
        if self._provider.flow is Flow.CLIENT:
            return self._client_credentials()
        stored = self._vault.read()
        if stored is None or not stored.refresh:
            raise AuthError(f"not logged in: run `syncer auth login {self._ledger}`")
        if stored.access != rejected and self._fresh(stored):
            self._tokens = stored
            return stored
        return self._refresh(stored)

    def _refresh(self, stored: Tokens) -> Tokens:
        try:
            tokens = self._ask_patiently(
                _refresh_body(self._provider, stored.refresh), stored.refresh
            )
        except _GrantRefusedError as error:
            tokens = self._second_chance(stored, error)
        if tokens.ends_at is None:  # the end of a login does not move when it is left unsaid
            tokens = msgspec.structs.replace(tokens, ends_at=stored.ends_at)
        self._store(tokens)
        return tokens

    def _second_chance(self, refused: Tokens, error: _GrantRefusedError) -> Tokens:
        """After a refusal: tokens stored meanwhile, then the former token within its grace."""
        stored = self._vault.read()
        if stored is not None and stored.refresh != refused.refresh and self._fresh(stored):
            return stored
        within = self._clock() - refused.obtained_at < self._provider.grace
        if error.code == "invalid_grant" and refused.previous and within:
            try:
                body = _refresh_body(self._provider, refused.previous)
                return self._ask_patiently(body, refused.previous)
            except _GrantRefusedError as again:
                error = again
        raise AuthError(
            f"the ledger refused our refresh token ({error.code}): it needs to be connected "
            f"again, run `syncer auth login {self._ledger}`"
        )

    def _client_credentials(self) -> Tokens:
        client = BackendApplicationClient(self._provider.client_id)
        body = client.prepare_request_body(
            scope=list(self._provider.scopes), include_client_id=False
        )
        try:
            tokens = self._ask_patiently(body, "")
        except _GrantRefusedError as error:
            raise AuthError(
                f"the ledger refused the client id and secret ({error.code}): check them and "
                "that the connection is still authorised"
            ) from None
        self._tokens = tokens  # cheap to get again, so it is never stored
        return tokens

    def _ask_patiently(self, body: str, previous: str) -> Tokens:
        """A lost answer is safe to ask for again: the old refresh token keeps its grace."""
        for attempt in range(_REFRESH_ATTEMPTS):
            try:
                return self._ask(body, previous=previous)
            except (AmbiguousWriteError, NotSent) as error:
                if attempt + 1 == _REFRESH_ATTEMPTS:
                    raise Transient(f"no answer from the login server: {error}") from None
                self._http.pause(_REFRESH_WAIT * 2**attempt)
        raise InvariantError("a bounded loop ended without an answer")

    def _ask(self, body: str, *, previous: str) -> Tokens:
        headers = {**_FORM, **self._provider.token_headers, **self._basic()}
        response = self._http.write(
            "POST", self.provider().token_url, body=body.encode(), headers=headers
        )
        return self._read(response, previous)

    def _read(self, response: Response, previous: str) -> Tokens:
        try:
            return self._parsed(response, previous)
        except OAuth2Error as error:
            if response.status < 400 and error.error != "invalid_grant":
                raise AmbiguousWriteError("the login server's answer holds no token") from None
            word = str(error.error or "")
            code = word if _ERROR_WORD.match(word) else f"status {response.status}"
            raise _GrantRefusedError(code) from None
        except (TypeError, ValueError, ArithmeticError, RecursionError):
            # oauthlib expects an object with sound values; anything else is no answer at all.
            raise AmbiguousWriteError("the login server's answer makes no sense") from None

    def _parsed(self, response: Response, previous: str) -> Tokens:
        client = WebApplicationClient(self._provider.client_id)
        said: Mapping[str, Any] = client.parse_request_body_response(
            response.body.decode("utf-8", "replace")
        )
        access = said["access_token"]
        if not isinstance(access, str) or not access:
            raise ValueError("an access token that is no text")
        now = self._clock()
        scope = said.get("scope") or ()
        return Tokens(
            access=access,
            refresh=str(said.get("refresh_token") or previous),
            expires_at=now + timedelta(seconds=int(said.get("expires_in", 1800))),
            obtained_at=now,
            previous=previous,
            scope=scope if isinstance(scope, str) else " ".join(scope),
            idle_until=_later(now, said.get(self._provider.idle_key)),
            ends_at=_later(now, said.get(self._provider.end_key)),
        )

    def _store(self, tokens: Tokens) -> None:
        """Durable first, used second."""
        self._vault.write(tokens)
        self._tokens = tokens

    def _fresh(self, tokens: Tokens) -> bool:
        return bool(tokens.access) and self._clock() + self._provider.early < tokens.expires_at

    def _basic(self) -> dict[str, str]:
        if not self._provider.client_secret:
            return {}
        pair = f"{self._provider.client_id}:{self._provider.client_secret}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _later(now: datetime, seconds: Any) -> datetime | None:
    """So many seconds on; None when they make no sense: new tokens are never lost by it."""
    try:
        return None if seconds is None else now + timedelta(seconds=int(seconds))
    except (TypeError, ValueError, ArithmeticError):
        return None


def _revocation(provider: Provider, token: str) -> tuple[bytes, dict[str, str]]:
    """RFC 7009 wants a form; some vendors want JSON."""
    if provider.revoke_json:
        return msgspec.json.encode({"token": token}), {"Content-Type": "application/json"}
    return f"token={quote(token, safe='')}".encode(), dict(_FORM)


def _refresh_body(provider: Provider, refresh: str) -> str:
    """PKCE applications have no secret and name themselves in the body instead."""
    client = WebApplicationClient(provider.client_id)
    extra = {} if provider.client_secret else {"client_id": provider.client_id}
    return str(client.prepare_refresh_body(refresh_token=refresh, **extra))
