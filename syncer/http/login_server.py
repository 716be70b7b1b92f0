"""A vendor's login server: what is asked of it and how its answers are read.

oauthlib builds and reads the messages; our own client sends them. Not here: which token is
used when, and where it is kept (``oauth``, ``vault``).
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient

from syncer.errors import InvariantError, Transient
from syncer.http.client import HttpClient
from syncer.http.discovery import discovered
from syncer.http.faults import AmbiguousWriteError, NotSent
from syncer.http.transport import Response
from syncer.http.vault import Tokens

if TYPE_CHECKING:
    from syncer.http.oauth import Provider

_ATTEMPTS = 3  # a lost answer is asked for again with the same refresh token
_WAIT = 2.0  # seconds, doubled each time
_ERROR_WORD = re.compile(r"[a-z_]{1,40}\Z")  # RFC 6749 section 5.2; nothing else is repeated
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class GrantRefusedError(Exception):
    """The token endpoint refused what was presented; ``code`` is OAuth's error word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LoginServer:
    """One application's way to its vendor's login server.

    ``http`` must not be paced under the ledger's own limits (``http.adapted(paced=False)``).
    """

    def __init__(
        self, provider: "Provider", *, http: HttpClient, clock: Callable[[], datetime]
    ) -> None:
        self._provider = provider
        self._http = http
        self._clock = clock
        self._client = WebApplicationClient(provider.client_id)
        self._found: Provider | None = None

    def provider(self) -> "Provider":
        """The vendor's endpoints, as its discovery document names them where it has one."""
        if self._found is None:
            self._found = discovered(self._provider, self._http)
        return self._found

    def redeem(self, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """Tokens for a login's code. A code works once: nothing is asked twice.

        Raises GrantRefusedError, AmbiguousWriteError, NotSent.
        """
        pkce: dict[str, Any] = {"code_verifier": verifier} if verifier else {}
        body = self._client.prepare_request_body(
            code=code,
            redirect_uri=redirect_uri,
            include_client_id=not self._provider.client_secret,
            **pkce,
        )
        return self._ask(body, presented="")

    def refreshed(self, refresh: str) -> Tokens:
        """The generation that follows ``refresh``. Raises GrantRefusedError, Transient."""
        # An application without a secret names itself in the body instead (RFC 6749, section 6).
        extra = {} if self._provider.client_secret else {"client_id": self._provider.client_id}
        body = str(self._client.prepare_refresh_body(refresh_token=refresh, **extra))
        return self._ask_patiently(body, refresh)

    def client_credentials(self) -> Tokens:
        """An access token for id and secret alone. Raises GrantRefusedError, Transient."""
        client = BackendApplicationClient(self._provider.client_id)
        body = client.prepare_request_body(
            scope=list(self._provider.scopes), include_client_id=False
        )
        return self._ask_patiently(body, "")

    def revoke(self, refresh: str) -> None:
        """Ask the vendor to forget the login that ``refresh`` belongs to."""
        body, headers = _revocation(self._provider, refresh)
        headers |= self._basic()
        self._http.write("POST", self.provider().revoke_url, body=body, headers=headers)

    def _ask_patiently(self, body: str, presented: str) -> Tokens:
        """A lost answer is safe to ask for again: the old refresh token keeps its grace."""
        for attempt in range(_ATTEMPTS):
            try:
                return self._ask(body, presented=presented)
            except (AmbiguousWriteError, NotSent) as error:
                if attempt + 1 == _ATTEMPTS:
                    raise Transient(f"the ledger's login server did not answer ({error})") from None
                self._http.pause(_WAIT * 2**attempt)
        raise InvariantError("a bounded loop ended without an answer")

    def _ask(self, body: str, *, presented: str) -> Tokens:
        headers = {**_FORM, **self._provider.token_headers, **self._basic()}
        response = self._http.write(
            "POST", self.provider().token_url, body=body.encode(), headers=headers
        )
        return self._read(response, presented)

    def _read(self, response: Response, presented: str) -> Tokens:
        try:
            return self._parsed(response, presented)
        except OAuth2Error as error:
            if response.status < 400 and error.error != "invalid_grant":
                raise AmbiguousWriteError("the login server's answer holds no token") from None
            word = str(error.error or "")
            code = word if _ERROR_WORD.match(word) else f"status {response.status}"
            raise GrantRefusedError(code) from None
        except (TypeError, AttributeError, ValueError, ArithmeticError, RecursionError):
            # oauthlib expects an object with sound values; anything else is no answer at all.
            raise AmbiguousWriteError("the login server's answer makes no sense") from None

    def _parsed(self, response: Response, presented: str) -> Tokens:
        client = WebApplicationClient(self._provider.client_id)  # it remembers what it read
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
            refresh=str(said.get("refresh_token") or presented),
            expires_at=now + timedelta(seconds=int(said.get("expires_in", 1800))),
            obtained_at=now,
            previous=presented,
            scope=scope if isinstance(scope, str) else " ".join(scope),
            idle_until=_later(now, said.get(self._provider.idle_key)),
            ends_at=_later(now, said.get(self._provider.end_key)),
        )

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


def _revocation(provider: "Provider", token: str) -> tuple[bytes, dict[str, str]]:
    """RFC 7009 wants a form; some vendors want JSON."""
    if provider.revoke_json:
        return msgspec.json.encode({"token": token}), {"Content-Type": "application/json"}
    return f"token={quote(token, safe='')}".encode(), dict(_FORM)
