"""Speaks to one QuickBooks company: addresses, parameters, and its errors as ours.

Every answer is judged by its content first: the fault's code, then the status, and never by
the media type that was asked for (``faults``). Every write carries a ``requestid``; the same
id is answered with the first answer instead of being carried out again (RequestID
announcement of 2015; at most 50 characters).
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from connectors.quickbooks import answers
from connectors.quickbooks.answers import Changes
from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.faults import (
    BROKEN,
    GONE,
    LOCKED_OUT,
    STALE,
    Fault,
    carried,
    fault_of,
    is_expired,
    is_refusal,
    is_throttled,
    is_unauthenticated,
)
from connectors.quickbooks.lists import ListDecoder, Listing, ListRead, Span
from connectors.quickbooks.moments import instant_text
from connectors.quickbooks.query import PAGE_SIZE, Query
from connectors.quickbooks.questions import Question
from syncer.errors import AuthError, ContractError, RateLimited, SyncerError
from syncer.http.client import Auth, HttpClient
from syncer.http.faults import AmbiguousWriteError, MalformedError
from syncer.http.limits import Dialect
from syncer.http.transport import Response
from syncer.ports import Clock

T = TypeVar("T")
R = TypeVar("R")

MINOR_VERSION = "75"  # floor and default since August 2025
SILENT_WAIT = 60.0  # seconds, as the limits page says; there is no Retry-After
MONTH = "month"  # the scope of a limit that no short wait outlasts
_PARKED_FOR = timedelta(hours=6)  # nobody says until when; a daily schedule asks every day
_BATCH_SECONDS = 125.0  # QuickBooks itself gives up after 120 ("limits" page, 2026)
_JSON = {"Accept": "application/json"}
_SENT_JSON = {**_JSON, "Content-Type": "application/json"}
_NAMESPACE = uuid.UUID("5f1c1f0e-6c0b-5c53-9a77-0d6d2c1f7f0a")

DIALECT = Dialect(
    throttled=is_throttled,
    silent_wait=SILENT_WAIT,
    key_param="requestid",
    unauthenticated=is_unauthenticated,
    token_expired=is_expired,
    refused=is_refusal,
)


class GoneError(SyncerError):
    """610: the record is not there, or something it refers to was made inactive."""


class StaleError(SyncerError):
    """5010: the record changed since its SyncToken was read; a payment changes it, too."""


class RefusedError(SyncerError):
    """QuickBooks refuses what was sent; the text is its own, redacted."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.code = fault.code


class QuickBooksApi:
    """One company's API. ``ledger`` is the name used in messages to people."""

    def __init__(
        self, http: HttpClient, auth: Auth, config: QuickBooksConfig, clock: Clock, *, ledger: str
    ) -> None:
        self._http = http.adapted(auth=auth, dialect=DIALECT)
        self._base = f"{config.api_url}/v3/company/{config.realm_id}"
        self._realm = config.realm_id
        self._clock = clock
        self._ledger = ledger

    def one(self, path: str, entity: str, kind: type[T], **params: str) -> tuple[T, str]:
        """A record read alone and the server's time. GoneError, RefusedError, ContractError."""

        def parse(response: Response) -> tuple[T, str]:
            self._check(response)
            return answers.single(response, entity, kind)

        return self._read(path, parse, params)

    def page(
        self, listing: Listing[R], decoder: ListDecoder[R], span: Span, skip: AbstractSet[str]
    ) -> ListRead[R]:
        """The rows of a part of a list, without those to skip."""

        def parse(response: Response) -> ListRead[R]:
            self._check(response)
            return decoder.decode(response, span, skip)

        return self._read("query", parse, {"query": listing.query.page(span.start, PAGE_SIZE)})

    def count(self, query: Query) -> tuple[int, str]:
        """How many rows a list has, and the server's time."""

        def parse(response: Response) -> tuple[int, str]:
            self._check(response)
            return answers.counted(response)

        return self._read("query", parse, {"query": query.count()})

    def changes(self, entities: Sequence[str], since: datetime) -> Changes:
        """What changed since a moment of the last 30 days; at most 1,000 records."""
        params = {"entities": ",".join(entities), "changedSince": instant_text(since)}

        def parse(response: Response) -> Changes:
            self._check(response)
            return answers.changed(response, entities)

        return self._read("cdc", parse, params)

    def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        """The answers to questions in one call, in their order; all of them, or an error.

        It bears no ``requestid``: under a known one a batch is answered with what was true then.
        """
        if len(questions) == 1:
            return [self._asked(questions[0])]
        names = [str(number) for number in range(1, len(questions) + 1)]
        items = [
            {"bId": name, "Query": question.statement}
            for name, question in zip(names, questions, strict=True)
        ]

        def parse(response: Response) -> list[Any]:
            self._check(response)
            parts = answers.parted(response, names)
            return [one.read(part) for one, part in zip(questions, parts, strict=True)]

        body = _ENCODER.encode({"BatchItemRequest": items})
        return self._read("batch", parse, {}, headers=_SENT_JSON, body=body, batched=len(items))

    def _asked(self, question: Question[Any]) -> Any:
        def parse(response: Response) -> Any:
            self._check(response)
            return question.read(response)

        return self._read("query", parse, {"query": question.statement})

    def pdf(self, invoice_id: str) -> bytes:
        """An invoice as its customer sees it. GoneError, ContractError."""

        def parse(response: Response) -> bytes:
            self._check(response)
            if not response.body.startswith(b"%PDF-") or b"%%EOF" not in response.body[-1024:]:
                raise MalformedError("the answer is no whole PDF")  # ISO 32000-1, 7.5.2 and 7.5.5
            return response.body

        return self._read(
            f"invoice/{invoice_id}/pdf", parse, {}, headers={"Accept": "application/pdf"}
        )

    def write(
        self, path: str, body: object, *, key: str, params: str = "", content: str = ""
    ) -> Response:
        """POST once; the answer holds the record that ``path`` begins with, as it is now.

        A success that does not show the record (a proxy's page, nothing at all) proves nothing
        and is an AmbiguousWriteError. Also raises GoneError, StaleError, RefusedError, NotSent,
        RateLimited, AuthError. ``params`` is ready for an address; ``content`` a media type.
        """
        url = f"{self._base}/{path}?minorversion={MINOR_VERSION}{params}"
        headers = {**_SENT_JSON, "Content-Type": content} if content else _SENT_JSON
        sent = b"" if body is None else _ENCODER.encode(body)
        try:
            response = self._http.write(
                "POST", url, body=sent, headers=headers, key=self.request_id(key)
            )
        except RateLimited as limited:
            raise self._parked(limited) from None
        fault = carried(response)
        if fault is not None and fault.code in BROKEN:
            raise AmbiguousWriteError(f"QuickBooks reports a fault of its own: {fault}")
        self._check(response)
        answers.proven(response, path.split("/")[0].capitalize())
        return response

    def request_id(self, key: str) -> str:
        """``key`` as a ``requestid``: 36 characters, equal for equal keys of one company."""
        return str(uuid.uuid5(_NAMESPACE, f"{self._realm}/{key}"))

    def _read(
        self,
        path: str,
        parse: Callable[[Response], T],
        params: Mapping[str, str],
        *,
        headers: Mapping[str, str] = _JSON,
        body: bytes | None = None,
        batched: int = 0,
    ) -> T:
        """``body``: what is asked by POST, in ``batched`` questions."""
        url = f"{self._base}/{path}"
        asked = {**params, "minorversion": MINOR_VERSION}
        try:
            return self._http.read(
                url,
                parse,
                params=asked,
                headers=headers,
                method="POST" if body else "GET",
                body=body,
                seconds=_BATCH_SECONDS if batched else None,
                batched=batched,
            )
        except RateLimited as limited:
            raise self._parked(limited) from None

    def _parked(self, limited: RateLimited) -> RateLimited:
        """A limit that outlasts waits of a minute is the month's allowance, not a burst."""
        if limited.scope:
            return limited
        return RateLimited(
            "QuickBooks still answers that its limit is reached after waits of a minute: "
            "probably the month's allowance of the application is used up (Intuit App Partner "
            "Program), for the rest of the month. It is asked again every six hours; look at the "
            "application's usage page",
            until=max(limited.until, self._clock() + _PARKED_FOR),
            scope=MONTH,
        )

    def _check(self, response: Response) -> None:
        """Raise what an answer means that is an error by its status or, small, by its body."""
        if 200 <= response.status < 300:
            fault = carried(response)
            if fault is not None:
                self._raise(fault, response.status)
            return
        self._raise(fault_of(response), response.status)

    def _raise(self, fault: Fault, status: int) -> None:
        if fault.code in LOCKED_OUT:
            raise AuthError(
                f"QuickBooks does not let us in ({fault}): {LOCKED_OUT[fault.code]}. Then run "
                f"`syncer auth login {self._ledger}`"
            )
        if status in (401, 403):
            raise AuthError(
                f"QuickBooks refuses this access ({fault}): connect it again with "
                f"`syncer auth login {self._ledger}`"
            )
        if fault.code == GONE:
            raise GoneError(str(fault))
        if fault.code == STALE:
            raise StaleError(str(fault))
        if fault.code in BROKEN:
            raise MalformedError(f"QuickBooks reports a fault of its own: {fault}")
        if fault.code or status == 400:
            raise RefusedError(fault)
        raise ContractError(f"QuickBooks answered with status {status}: {fault}")


def segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds."""
    return quote(text, safe="")


_ENCODER = msgspec.json.Encoder(decimal_format="number")
