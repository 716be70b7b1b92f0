"""One request and one answer inside the simulator, and the answers that every route shares."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.world import World

REASONS = {
    200: "OK",
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
BODY_MAX = 10 * 1024 * 1024  # "limits" page: 10 MB per request


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; header names in lower case, ``path`` as sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    host: str = "localhost"
    scheme: str = "http"

    def params(self) -> dict[str, str]:
        """Query parameters by lower-case name; the last one wins."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        return {name.lower(): value for name, value in pairs}

    def form(self) -> dict[str, str]:
        """A form body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Answer:
    """What goes out."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it."""
        return f"{self.status} {REASONS.get(self.status, 'Unknown')}"


@dataclass(slots=True)
class Context:
    """What a route is handed: who asks, for which organisation, with what."""

    world: World
    ledger: Ledger
    request: Request
    client_id: str
    ids: tuple[str, ...] = ()  # from the path
    rows_max: int | None = 100_000


class Rejected(Exception):
    """A route's way out with a ready answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status_line)
        self.answer = answer


def as_json(value: Any, status: int = 200) -> Answer:
    """A small JSON answer."""
    return Answer(status, json.dumps(value, separators=(",", ":")).encode())


def bad_request(number: int, kind: str, message: str) -> Answer:
    """A 400 without elements, as for an unreadable filter or an empty post."""
    return as_json({"ErrorNumber": number, "Type": kind, "Message": message}, 400)


def validation_error(elements: Iterable[Mapping[str, Any]]) -> Answer:
    """The 400 of a refused write, one element per thing sent."""
    return as_json(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": list(elements),
        },
        400,
    )


def problem(status: int, detail: str, instance: str = "") -> Answer:
    """The body of a 401 or 403."""
    return as_json(
        {
            "Type": None,
            "Title": REASONS[status],
            "Status": status,
            "Detail": detail,
            "Instance": instance,
            "Extensions": {},
        },
        status,
    )


def not_found() -> Answer:
    """The 404: text, not JSON."""
    return Answer(404, b"The resource you're looking for cannot be found", TEXT)
