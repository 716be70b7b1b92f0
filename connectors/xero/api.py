"""Speaks to one Xero organisation: addresses, headers, and Xero's errors as ours.

Everything below 500 comes back from the HTTP client as an answer and is judged here, by
status first and content type second: Xero's 404, 500 and 503 are often text or HTML
(http-response-codes and troubleshooting pages, read 2026).
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec

from connectors.xero import wire
from connectors.xero.config import XeroConfig, XeroFlow
from connectors.xero.lists import Listing, PageRead
from connectors.xero.sweep import Fetch
from syncer.errors import AuthError, ConfigError, ContractError, SyncerError
from syncer.http.client import Auth, HttpClient
from syncer.http.faults import MalformedError
from syncer.http.limits import Dialect
from syncer.http.redact import redact
from syncer.http.transport import Response

T = TypeVar("T")
R = TypeVar("R")

_API = "/api.xro/2.0"
FINANCE = "/finance.xro/1.0"
_JSON = {"Accept": "application/json"}  # Xero's default is XML
_KEY_MAX = 128
_PROBLEM_MAX = 300


class GoneError(SyncerError):
    """404: the record was deleted, merged, or belongs to another organisation."""


class RefusedError(SyncerError):
    """400: Xero refuses what was sent; the text is its own, redacted."""


def _token_expired(response: Response) -> bool:
    """Only expiry is answered by a refresh: a missing scope would refresh for ever.

    The spelling without the second "i" is in Xero's own FAQ.
    """
    said = response.headers.get("WWW-Authenticate", "") + response.body[:2000].decode(
        "utf-8", "replace"
    )
    scope = ("insufficient_scope", "insufficent_scope", "AuthorizationUnsuccessful")
    return not any(word in said for word in scope)


DIALECT = Dialect(
    limit_header="X-Rate-Limit-Problem",
    remaining={
        "day": "X-DayLimit-Remaining",
        "minute": "X-MinLimit-Remaining",
        "app minute": "X-AppMinLimit-Remaining",
    },
    token_expired=_token_expired,
)


class XeroApi:
    """One organisation's API. ``ledger`` is the name used in messages to people."""

    def __init__(self, http: HttpClient, auth: Auth, config: XeroConfig, *, ledger: str) -> None:
        self._http = http.adapted(auth=auth, dialect=DIALECT)
        self._config = config
        self._ledger = ledger
        self._headers: dict[str, str] | None = None

    def one(
        self, path: str, kind: type[T], *, params: Mapping[str, str] | None = None, area: str = _API
    ) -> T:
        """GET an envelope and decode it as ``kind``. GoneError, ContractError, AuthError."""

        def parse(response: Response) -> T:
            self._check(response)
            return _decoded(response, kind)

        url = f"{self._config.base_url}{area}/{path}"
        return self._http.read(url, parse, params=params, headers=self._reading())

    def pdf(self, path: str) -> bytes:
        """GET a document as its customer sees it. GoneError, ContractError, AuthError.

        The same address as the record's, told apart by ``Accept`` alone ("requests and
        responses" page); any other value of it gives XML (XeroAPI/xero-php-oauth2#60).
        """

        def parse(response: Response) -> bytes:
            self._check(response)
            if not response.body.startswith(b"%PDF-") or b"%%EOF" not in response.body[-1024:]:
                raise MalformedError("the answer is no whole PDF")  # ISO 32000-1, 7.5.2 and 7.5.5
            return response.body

        headers = {**self._reading(), "Accept": "application/pdf"}
        return self._http.read(self._url(path), parse, headers=headers)

    def find(self, path: str, kind: type[T], *, where: str) -> T:
        """GET a filtered first page and decode it as ``kind``."""

        def parse(response: Response) -> T:
            self._check(response)
            return _decoded(response, kind)

        params = {"where": where, "page": "1"}
        return self._http.read(self._url(path), parse, params=params, headers=self._reading())

    def quota(self) -> tuple[str, ...]:
        """What is left of Xero's limits, as its last answer said."""
        return tuple(
            f"{left} calls left of the {name} limit"
            for name, left in self._http.calls.remaining.items()
        )

    def pages(self, listing: Listing[R]) -> Fetch[R]:
        """A function that reads one page of ``listing``."""
        decoder = listing.decoder()
        headers = self._reading()
        if listing.since:
            headers["If-Modified-Since"] = listing.since

        def fetch(page: int, size: int) -> PageRead[R]:
            def parse(response: Response) -> PageRead[R]:
                self._check(response)
                return decoder.decode(response, page=page, size=size)

            params = {**listing.params, "page": str(page), "pageSize": str(size)}
            return self._http.read(self._url(listing.path), parse, params=params, headers=headers)

        return fetch

    def write(self, method: str, path: str, body: object, *, key: str) -> Response:
        """Send ``body`` as JSON. RefusedError for a 400; NotSent, AmbiguousWriteError as raised."""
        headers = {**self._reading(), "Content-Type": "application/json"}
        content = _ENCODER.encode(body)
        response = self._http.write(
            method, self._url(path), body=content, headers=headers, key=key[:_KEY_MAX]
        )
        self._check(response)
        return response

    def _url(self, path: str) -> str:
        return f"{self._config.base_url}{_API}/{path}"

    def _reading(self) -> dict[str, str]:
        if self._headers is None:
            tenant = self._tenant()
            self._headers = {**_JSON, **({"xero-tenant-id": tenant} if tenant else {})}
        return dict(self._headers)

    def _tenant(self) -> str:
        """The organisation's id. A custom connection reaches one only and needs none."""
        config = self._config
        if config.tenant_id or config.flow is XeroFlow.CUSTOM_CONNECTION:
            return config.tenant_id

        def parse(response: Response) -> list[wire.Connection]:
            self._check(response)
            return _decoded(response, list[wire.Connection])

        found = self._http.read(f"{config.base_url}/connections", parse, headers=_JSON)
        return _chosen(found, config.organisation, self._ledger)

    def _check(self, response: Response) -> None:
        """Raise what a status means; 2xx passes."""
        status = response.status
        if 200 <= status < 300:
            return
        said = problem_text(response)
        if status == 400:
            raise RefusedError(said)
        if status == 401:
            raise AuthError(
                f"Xero refuses this access ({said}): a permission is missing or was withdrawn. "
                f"Run `syncer auth login {self._ledger}` and allow every permission asked for"
            )
        if status == 403:
            raise AuthError(
                f"Xero does not let us into this organisation ({said}): it was disconnected, its "
                "user lost access, or tenant_id is wrong. Connect it again with "
                f"`syncer auth login {self._ledger}`"
            )
        if status == 404:
            raise GoneError(said)
        raise ContractError(f"Xero answered with status {status}: {said}")


def problem_text(response: Response) -> str:
    """Xero's own words for an error, redacted and shortened; never a whole body."""
    if response.content_type not in ("application/json", "text/json"):
        return f"{response.content_type or 'no content'}, status {response.status}"
    try:
        problem = msgspec.json.decode(response.body, type=wire.Problem)
    except wire.UNREADABLE:
        return f"unreadable error, status {response.status}"
    texts = [
        complaint.message or complaint.description or ""
        for element in problem.elements or ()
        for complaint in element.errors or ()
    ]
    text = "; ".join(dict.fromkeys(t for t in texts if t)) or problem.detail or problem.message
    return redact(text or f"status {response.status}")[:_PROBLEM_MAX]


def segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds."""
    return quote(text, safe="")


def _decoded(response: Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.body, type=kind)
    except wire.UNREADABLE as error:
        where = str(error).split(" - at ")[-1] if " - at " in str(error) else "not JSON"
        raise MalformedError(f"the answer cannot be read ({where})") from None


def _chosen(found: list[wire.Connection], name: str, ledger: str) -> str:
    fitting = [c for c in found if not name or (c.name or "").casefold() == name.casefold()]
    if len(fitting) == 1:
        return fitting[0].tenant_id
    if not found:
        raise AuthError(f"no organisation is connected: run `syncer auth login {ledger}`")
    names = ", ".join(sorted(c.name or c.tenant_id for c in found))
    raise ConfigError(
        f"ledger {ledger}: set `tenant_id` or `organisation` in its settings; this login "
        f"reaches: {names}"
    )


_ENCODER = msgspec.json.Encoder(decimal_format="number")
