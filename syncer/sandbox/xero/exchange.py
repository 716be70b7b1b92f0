"""What a route is handed, and the answers that every route shares."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.sandbox.exchange import HTML, JSON, REASONS, TEXT, Answer, Rejected, Request
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.world import World

__all__ = [
    "BODY_MAX",
    "HTML",
    "JSON",
    "TEXT",
    "Answer",
    "Context",
    "Rejected",
    "Request",
    "as_json",
    "bad_request",
    "not_found",
    "problem",
    "validation_error",
]

BODY_MAX = 10 * 1024 * 1024  # "limits" page: 10 MB per request


@dataclass(slots=True)
class Context:
    """What a route is handed: who asks, for which organisation, with what."""

    world: World
    ledger: Ledger
    request: Request
    client_id: str
    ids: tuple[str, ...] = ()  # from the path
    rows_max: int | None = 100_000


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
