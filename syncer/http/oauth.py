"""OAuth 2: a vendor's login as we know it, and the keeper of one ledger's tokens.

Refresh tokens rotate: the new one is stored, encrypted and durable, *before* its access token
is used, so a crash costs nothing, and the one before is kept for vendors that accept it for a
grace period. Two processes never store over each other: every save names what it replaces.
Vendors differ in small things (a discovery document, extra headers, when access ends for
good): those are fields of ``Provider``.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec.structs import replace

from syncer.errors import AuthError, SyncerError, Transient
from syncer.http.client import HttpClient
from syncer.http.faults import AmbiguousWriteError
from syncer.http.login_server import GrantRefusedError, LoginServer
from syncer.http.vault import Kept, Tokens, TokenVault

_ANNOUNCED_FOR = timedelta(seconds=90)  # a refresh that takes longer is no longer waited for
_LOOK_AGAIN = 1.0  # seconds between two looks at a refresh announced by another process
_LOOKS_MAX = 120  # whatever its clock says, nobody is waited for longer than this many looks
_SAVES_MAX = 5  # tries to save while others change what is stored


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


class TokenKeeper:
    """Supplies access tokens for one ledger; one thread of one process refreshes, others wait.

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
        self._server = LoginServer(provider, http=http, clock=clock)
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def provider(self) -> Provider:
        """The vendor's endpoints, as its discovery document names them where it has one."""
        return self._server.provider()

    def kept(self) -> Tokens | None:
        """The tokens as they are stored, for who asks when access ends."""
        return self._vault.read()

    def token(self) -> str:
        """An access token that lives at least ``provider.early`` longer."""
        tokens = self._tokens
        if tokens is not None and self._fresh(tokens):
            return tokens.access
        with self._lock:
            if self._tokens is not None and self._fresh(self._tokens):
                return self._tokens.access
            return self._renew("").access

    def renewed(self, rejected: str) -> str:
        """A token other than ``rejected``: another thread's new one, or a fresh one."""
        with self._lock:
            if self._tokens is not None and self._serves(self._tokens, rejected):
                return self._tokens.access
            return self._renew(rejected).access

    def reseal(self) -> bool | None:
        """Move the stored tokens to the first key; see ``TokenVault.reseal``."""
        return self._vault.reseal()

    def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> None:
        """Turn a login's code into stored tokens. A code works once: nothing is retried.

        A person's login replaces whatever is stored.
        """
        try:
            tokens = self._server.redeem(code=code, redirect_uri=redirect_uri, verifier=verifier)
        except GrantRefusedError as error:
            raise AuthError(f"the login was refused ({error.code}): log in again") from None
        except AmbiguousWriteError as error:
            raise Transient(f"the login's answer was lost ({error}): log in again") from None
        self._vault.write(tokens)
        self._tokens = tokens

    def revoke(self) -> None:
        """Tell the vendor to forget this access, then forget the tokens here.

        What another process stored while the vendor was told is taken back as well.
        """
        gone = self._clock()
        nothing = Tokens(access="", expires_at=gone, obtained_at=gone)
        self._tokens = None
        for _ in range(_SAVES_MAX):
            seen = self._vault.look()
            if seen is not None and seen.tokens.refresh:
                self._server.revoke(seen.tokens.refresh)
            if seen is None or self._vault.swap(seen, nothing):
                return
        raise Transient("another process keeps storing new tokens: log out again once it ended")

    def _renew(self, rejected: str) -> Tokens:
        """Under the lock: what another process stored, or a new generation.

        A refresh is announced in the vault first, and who finds it announced waits for its
        result: a refresh token is spent once. An announcement lapses, so a process that died
        holds nobody up for long; nothing is locked while the vendor is asked.
        """
        if self._provider.flow is Flow.CLIENT:
            return self._client_credentials()
        for look in range(_LOOKS_MAX + _SAVES_MAX):
            seen = self._seen()
            if self._serves(seen.tokens, rejected):
                self._tokens = seen.tokens
                return seen.tokens
            if look < _LOOKS_MAX and self._announced(seen.tokens):
                self._http.pause(_LOOK_AGAIN)
                continue
            until = self._clock() + _ANNOUNCED_FOR
            mine = self._vault.swap(seen, replace(seen.tokens, refreshing_until=until))
            if mine is not None:
                return self._refresh(mine, rejected)
        raise Transient("other processes keep refreshing this login; the next run tries again")

    def _seen(self) -> Kept:
        seen = self._vault.look()
        if seen is None or not seen.tokens.refresh:
            raise AuthError(f"not logged in: run `syncer auth login {self._ledger}`")
        return seen

    def _refresh(self, mine: Kept, rejected: str) -> Tokens:
        try:
            tokens = self._next_generation(mine.tokens)
        except GrantRefusedError as error:
            return self._after_refusal(mine, rejected, error)
        except SyncerError:
            self._vault.swap(mine, replace(mine.tokens, refreshing_until=None))
            raise
        return self._store(tokens, mine, rejected)

    def _next_generation(self, old: Tokens) -> Tokens:
        """With the refresh token; refused, with the former one within its grace."""
        try:
            tokens = self._server.refreshed(old.refresh)
        except GrantRefusedError as error:
            within = self._clock() - old.obtained_at < self._provider.grace
            another = old.previous not in ("", old.refresh)
            if error.code != "invalid_grant" or not another or not within:
                raise
            tokens = self._server.refreshed(old.previous)
        if tokens.ends_at is None:  # the end of a login does not move when it is left unsaid
            tokens = replace(tokens, ends_at=old.ends_at)
        return tokens

    def _after_refusal(self, mine: Kept, rejected: str, error: GrantRefusedError) -> Tokens:
        """A process that waited too long for us may have been served instead."""
        seen = self._seen()
        if self._serves(seen.tokens, rejected):
            self._tokens = seen.tokens
            return seen.tokens
        self._vault.swap(mine, replace(mine.tokens, refreshing_until=None))
        raise AuthError(
            f"the ledger refused our refresh token ({error.code}): it needs to be connected "
            f"again, run `syncer auth login {self._ledger}`"
        )

    def _store(self, tokens: Tokens, mine: Kept, rejected: str) -> Tokens:
        """Durable first, used second; over nothing but the generation it was made from."""
        for _ in range(_SAVES_MAX):
            if self._vault.swap(mine, tokens) is not None:
                self._tokens = tokens
                return tokens
            seen = self._vault.look()
            if seen is None or not seen.tokens.refresh:
                raise AuthError(
                    f"somebody logged out of '{self._ledger}' while its access was being "
                    f"refreshed: run `syncer auth login {self._ledger}` to go on"
                )
            if self._serves(seen.tokens, rejected):
                self._tokens = seen.tokens
                return seen.tokens
            if seen.tokens.refresh != mine.tokens.refresh:
                break
            mine = seen  # announced anew by who waited too long: still what we have spent
        raise Transient(
            "another process changed the stored login meanwhile; the next run uses what it stored"
        )

    def _client_credentials(self) -> Tokens:
        try:
            tokens = self._server.client_credentials()
        except GrantRefusedError as error:
            raise AuthError(
                f"the ledger refused the client id and secret ({error.code}): check them and "
                "that the connection is still authorised"
            ) from None
        self._tokens = tokens  # cheap to get again, so it is never stored
        return tokens

    def _announced(self, tokens: Tokens) -> bool:
        return tokens.refreshing_until is not None and self._clock() < tokens.refreshing_until

    def _serves(self, tokens: Tokens, rejected: str) -> bool:
        return tokens.access != rejected and self._fresh(tokens)

    def _fresh(self, tokens: Tokens) -> bool:
        return bool(tokens.access) and self._clock() + self._provider.early < tokens.expires_at
