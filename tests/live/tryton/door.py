"""A door to a running trytond for the connector suite: WSGI on this side, HTTP on that.

Knows of JSON-RPC only what the suite has to know: which call is for what, and how a good list
becomes a spoilt one.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

import requests

from syncer.testing.connector_case import Trouble
from syncer.testing.connector_http import Asked, Purpose, Wire

LISTS = "model.account.move.line.search_read"
OPEN = ["reconciliation", "=", None]
LOGINS = frozenset({"common.db.login", "common.server.version"})
WRITES = frozenset({"model.ir.note.create", "model.account.invoice.create", "model.ir.email.send"})
SECONDS = 60
_HOP = frozenset({"connection", "transfer-encoding", "content-encoding", "content-length"})


class Door:
    """Passes calls on, and remembers the sessions it saw."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self.tokens: set[str] = set()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """One call, there and back."""
        return self.pass_on(environ, environ["wsgi.input"].read(), start)

    def pass_on(
        self, environ: dict[str, Any], body: bytes, start: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The same for a call whose body was read already."""
        headers = {"Content-Type": environ.get("CONTENT_TYPE", "")}
        if "HTTP_AUTHORIZATION" in environ:
            headers["Authorization"] = environ["HTTP_AUTHORIZATION"]
            self.tokens.add(headers["Authorization"].partition(" ")[2])
        said = self._session.request(
            environ["REQUEST_METHOD"],
            self._url + environ["PATH_INFO"],
            data=body,
            headers=headers,
            timeout=SECONDS,
        )
        kept = [(k, v) for k, v in said.headers.items() if k.lower() not in _HOP]
        start(f"{said.status_code} {said.reason}", kept)
        return [said.content]


def wire(door: Door) -> Wire:
    """How Tryton speaks, as the suite wants to know it."""
    return Wire(
        app=door,
        purpose=purpose,
        spoil={
            Trouble.MISSING_KEY: lambda body: body.replace(b'"debit"', b'"debet"'),
            Trouble.EMPTY_LIST: lambda _: json.dumps({"id": 1, "result": []}).encode(),
            Trouble.UNKNOWN_STATUS: _first_row(_ponder),
            Trouble.BAD_AMOUNT: _first_row(_many),
        },
    )


def purpose(asked: Asked) -> Purpose:
    """By the method it calls and, of lists of lines, by whether it asks for open ones."""
    call = json.loads(asked.body or b"{}")
    method = call.get("method", "")
    if method in LOGINS:
        return Purpose.LOGIN
    if method in WRITES:
        return Purpose.WRITE
    listing = method == LISTS and _holds(call["params"][0], OPEN)
    return Purpose.ITEMS if listing else Purpose.READ


def _holds(domain: Any, clause: list[Any]) -> bool:
    """Whether a clause stands anywhere in a domain."""
    return domain == clause or (
        isinstance(domain, list) and any(_holds(one, clause) for one in domain)
    )


def _first_row(spoil: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def spoilt(body: bytes) -> bytes:
        answer: dict[str, Any] = json.loads(body)
        for row in answer["result"][:1]:
            spoil(row)
        return json.dumps(answer, indent=1).encode()

    return spoilt


def _ponder(row: dict[str, Any]) -> None:
    row["move."]["state"] = "pondering"
    row["move."].get("origin.", {})["state"] = "pondering"


def _many(row: dict[str, Any]) -> None:
    row["debit"]["decimal"] = "many"
