"""The two ways Odoo is spoken to, as one: a call becomes a request, an answer its result.

JSON-2 (Odoo 19 on; documentation page "External JSON-2 API", read November 2026): ``POST
/json/2/<model>/<method>``, arguments by name, ``ids`` for the records; errors by HTTP status.
JSON-RPC (``/jsonrpc``, Odoo 17 and 18, deprecated in 19): ``execute_kw``; errors come with
status 200. Both name the Python exception, which is what is judged here. The exception's own
words may quote records, so they are told only where a person must act on them, and redacted;
its traceback is never read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from connectors.odoo import wire
from syncer.errors import AuthError, ContractError, SyncerError
from syncer.http.faults import AmbiguousWriteError, MalformedError
from syncer.http.redact import redact
from syncer.http.transport import Response

PROBLEM_MAX = 300  # characters of Odoo's own words
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_SECRETLESS = "odoo.exceptions."

ACCESS_DENIED = "odoo.exceptions.AccessDenied"  # the key or the login is wrong
ACCESS_ERROR = "odoo.exceptions.AccessError"  # the user may not
MISSING = "odoo.exceptions.MissingError"
REFUSALS = frozenset(
    {
        "odoo.exceptions.UserError",
        "odoo.exceptions.ValidationError",
        "odoo.exceptions.RedirectWarning",
        "odoo.exceptions.LockError",
    }
)
_DATABASE_FAULT = ("psycopg2.", "odoo.exceptions.ConcurrencyError")
_OURS = "builtins."  # ValueError for an unknown field, TypeError for a wrong argument


class GoneError(SyncerError):
    """The record was deleted or merged, or belongs to somebody else."""


class RefusedError(SyncerError):
    """Odoo refuses what was asked; the text is its own, redacted."""


class DeniedError(AuthError):
    """The user has no right to this model: other calls may still be allowed."""


@dataclass(frozen=True, slots=True)
class Call:
    """One method called on a model, or on its records ``ids``."""

    model: str
    method: str
    named: Mapping[str, Any] = field(default_factory=dict)
    ids: Sequence[int] | None = None  # None: a method of the model itself

    def __str__(self) -> str:
        return f"{self.model}.{self.method}"


@dataclass(frozen=True, slots=True)
class Request:
    """A call, ready to be posted."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)  # JSON-RPC carries the key in it


class Json2:
    """Odoo 19 and later."""

    name = "JSON-2"

    def __init__(self, database: str, key: str) -> None:
        self._headers = {
            **_JSON,
            "Authorization": f"bearer {key}",
            "X-Odoo-Database": database,
        }

    def request(self, call: Call) -> Request:
        """The call as a request."""
        body = dict(call.named) if call.ids is None else {"ids": list(call.ids), **call.named}
        return Request(f"/json/2/{call.model}/{call.method}", self._headers, encode(body))

    def result(self, response: Response, call: Call) -> bytes:
        """What the call gave, as JSON. Raises what an error means."""
        if response.status == 200:
            return _json_body(response)
        raise _judged(_problem(response), call, response.status)


class JsonRpc:
    """Odoo 17 and 18. ``uid`` is the user's number, from ``authenticate``."""

    name = "JSON-RPC"

    def __init__(self, database: str, key: str, uid: int = 0) -> None:
        self._database = database
        self._key = key
        self._uid = uid

    def request(self, call: Call) -> Request:
        """The call as a request."""
        named = dict(call.named)
        records = [] if call.ids is None else [list(call.ids)]
        if call.method == "create":  # the one method whose argument has to come without a name
            records = [named.pop("vals_list")]
        args = [self._database, self._uid, self._key, call.model, call.method, records, named]
        return service("object", "execute_kw", args)

    def result(self, response: Response, call: Call) -> bytes:
        """What the call gave, as JSON. Raises what an error means."""
        return rpc_result(response, call)


Speech = Json2 | JsonRpc


def service(name: str, method: str, args: Sequence[Any]) -> Request:
    """A call of one of JSON-RPC's services."""
    params = {"service": name, "method": method, "args": args}
    return Request(
        "/jsonrpc", _JSON, encode({"jsonrpc": "2.0", "method": "call", "params": params})
    )


def rpc_result(response: Response, call: Call) -> bytes:
    """The result in a JSON-RPC answer."""
    if response.status != 200:
        raise _judged(_problem(response), call, response.status)
    try:
        answer = msgspec.json.decode(_json_body(response), type=wire.RpcAnswer)
    except wire.UNREADABLE:
        raise MalformedError("the answer is no JSON-RPC") from None
    if answer.error is not None:
        raise _judged(answer.error.data or wire.Problem(), call, response.status)
    if not bytes(answer.result):
        raise MalformedError("the answer holds neither a result nor an error")
    return bytes(answer.result)


def encode(body: object) -> bytes:
    """JSON, with amounts as numbers of exactly their digits."""
    return _ENCODER.encode(body)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _json_body(response: Response) -> bytes:
    if response.content_type != "application/json":
        raise MalformedError(f"the answer is {response.content_type or 'of no type'}, not JSON")
    return response.body


def is_refusal(response: Response) -> bool:
    """Whether a 500 is our own mistake (an unknown field, a wrong argument) and not a fault."""
    return response.status == 500 and _problem(response).name.startswith(_OURS)


def _problem(response: Response) -> wire.Problem:
    if response.content_type != "application/json":
        return wire.Problem()
    try:
        return msgspec.json.decode(response.body, type=wire.Problem)
    except wire.UNREADABLE:
        return wire.Problem()


def _judged(problem: wire.Problem, call: Call, status: int) -> Exception:
    """The error that an exception of Odoo's is, by its name; by the status where it has none."""
    name = problem.name
    if name == ACCESS_DENIED or status == 401:
        return AuthError(
            "Odoo refuses the API key: it was withdrawn, has run out, or is not this user's. "
            "Make a new one in Odoo under Preferences, Account Security"
        )
    if name == ACCESS_ERROR or status == 403:
        return DeniedError(
            f"the Odoo user may not call {call}: give it the right to invoicing (Settings, Users)"
        )
    if name == MISSING:
        return GoneError(f"{call}: the record is not there any more")
    if name in REFUSALS or status == 422:
        return RefusedError(_words(problem))
    if name.startswith(_DATABASE_FAULT):
        return MalformedError(f"Odoo's database reports {name}; is `database` spelt right?")
    if status == 404 and not name:
        return AuthError("Odoo knows no such database, or no such address: correct url, database")
    return ContractError(f"{call}: Odoo answered with status {status} {name}".rstrip())


def ambiguous(error: Exception) -> Exception:
    """The same for a write: what did not certainly happen before anything was kept is unclear.

    Odoo rolls a refused call back. Its other exceptions can also come after the commit, when
    the answer is put together, so that they prove nothing.
    """
    if isinstance(error, MalformedError | ContractError):
        return AmbiguousWriteError(f"Odoo broke off: {error}")
    return error


def _words(problem: wire.Problem) -> str:
    kind = problem.name.removeprefix(_SECRETLESS) or "refused"
    said = " ".join(redact(problem.message).split())[:PROBLEM_MAX]
    return f"{kind}: {said}" if said else kind
