"""A stand-in for Odoo on the wire: JSON-2 as 19 speaks it, JSON-RPC as 17 and 18 do.

Statuses, error names and bodies are those that a real Odoo 19.0 gave (tests/live/odoo), with
the traceback shortened to one line. It knows the fields it has and refuses others, as Odoo does.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from syncer.sandbox.world import World

from .rows import COMPANY, USER, Row, Rows

DATABASE, LOGIN = "suite", "syncer@suite.example"
KEY = "8d3f0c1b5a7e4f2d9c6b8a1e3f5d7c9b0a2e4f6d"
EXTRAS = {
    17: {"account.move.line": {"blocked"}},
    18: {"account.move.line": {"no_followup"}, "res.company": {"sale_lock_date", "hard_lock_date"}},
    19: {"account.move.line": {"no_followup"}, "res.company": {"sale_lock_date", "hard_lock_date"}},
}
_STATUS = {200: "200 OK", 401: "401 UNAUTHORIZED", 403: "403 FORBIDDEN", 404: "404 NOT FOUND"}
_STATUS |= {422: "422 UNPROCESSABLE ENTITY", 500: "500 INTERNAL SERVER ERROR"}


class Fault(Exception):
    """An exception inside Odoo."""

    def __init__(self, name: str, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.status = status


def missing(model: str, number: int) -> Fault:
    """A record that is not there."""
    said = f"Record does not exist or has been deleted.\n(Record: {model}({number},), User: {USER})"
    return Fault("odoo.exceptions.MissingError", said, 404)


class StandIn:
    """A WSGI application over a world."""

    def __init__(self, world: World, *, major: int = 19) -> None:
        self.world = world
        self.major = major
        self.rows = Rows(world.main)
        self.extras: dict[str, set[str]] = {**EXTRAS[major]}
        self.denied: set[str] = set()  # models that the user may not read
        self.tells_time = True  # whether answers carry a Date
        self.recipients = [11]  # partners that the mail template names
        self.calls: list[str] = []  # what was asked, as model.method
        self._records = 500

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one call."""
        body = environ["wsgi.input"].read()
        path = environ["PATH_INFO"]
        status, kind, answer = self._answer(path, environ, body)
        date = format_datetime(self.world.clock().astimezone(UTC), usegmt=True)
        told = [("Date", date)] if self.tells_time else []
        start(_STATUS[status], [("Content-Type", kind), *told])
        return [answer]

    def _answer(self, path: str, environ: dict[str, Any], body: bytes) -> tuple[int, str, bytes]:
        json2 = self.major >= 19
        if path == "/json/version" and json2:
            return _json({"version_info": [self.major, 0, 0, "final", 0, ""], "version": "19.0"})
        if path == "/jsonrpc":
            return _json(self._rpc(json.loads(body)["params"]))
        if path.startswith("/json/2/") and json2:
            return self._json2(path, environ, json.loads(body))
        return 404, "text/html; charset=utf-8", b"<!DOCTYPE html><title>404 Not Found</title>"

    def _json2(self, path: str, environ: dict[str, Any], said: Row) -> tuple[int, str, bytes]:
        _, _, model, method = path.strip("/").split("/")
        if environ.get("HTTP_X_ODOO_DATABASE") != DATABASE:
            return 404, "text/html; charset=utf-8", b"<p>No database is selected</p>"
        try:
            if environ.get("HTTP_AUTHORIZATION") != f"bearer {KEY}":
                raise Fault("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401)
            ids = said.pop("ids", [])
            return _json(self.call(model, method, ids, said))
        except Fault as fault:
            return _json(_told(fault), fault.status)

    def _rpc(self, params: Row) -> Row:
        args = params["args"]
        try:
            if params["service"] == "common":
                return {
                    "jsonrpc": "2.0",
                    "id": None,
                    "result": self._common(params["method"], args),
                }
            database, uid, key, model, method, positional, named = args
            if (database, uid, key) != (DATABASE, USER, KEY):
                raise Fault("odoo.exceptions.AccessDenied", "Access Denied")
            if method == "create":
                named, ids = {**named, "vals_list": positional[0]}, []
            else:
                ids = positional[0] if positional else []
            result = self.call(model, method, ids, named)
            return {"jsonrpc": "2.0", "id": None, "result": result}
        except Fault as fault:
            error = {"code": 0, "message": "Odoo Server Error", "data": _told(fault)}
            return {"jsonrpc": "2.0", "id": None, "error": error}

    def _common(self, method: str, args: list[Any]) -> Any:
        if method == "version":
            text = f"{self.major}.0"
            return {
                "server_version": text,
                "server_version_info": [self.major, 0, 0, "final", 0, ""],
            }
        return USER if args[:3] == [DATABASE, LOGIN, KEY] else False

    # --- methods -----------------------------------------------------------------------------

    def call(self, model: str, method: str, ids: list[int], named: Row) -> Any:
        """A method of a model, called with the user's rights."""
        named.pop("context", None)
        self.calls.append(f"{model}.{method}")
        if model in self.denied:
            raise Fault("odoo.exceptions.AccessError", "You are not allowed to access it", 403)
        known = getattr(self, f"_{method}", None)
        if known is None or method.startswith("_"):
            raise Fault("werkzeug.exceptions.NotFound", f"{model}.{method} does not exist", 404)
        return known(model, ids, **named)

    def _context_get(self, model: str, ids: list[int]) -> Row:
        return {"lang": "en_US", "tz": False, "uid": USER}

    def _fields_get(self, model: str, ids: list[int], allfields: list[str], attributes: Any) -> Row:
        there = self.extras.get(model, set())
        return {name: {"type": "boolean"} for name in allfields if name in there}

    def _web_search_read(
        self,
        model: str,
        ids: list[int],
        domain: list[Any],
        specification: Row,
        limit: int | None = None,
        order: str = "",
    ) -> Row:
        found = self._found(model, domain)
        shown = found[:limit] if limit else found
        return {
            "length": len(found),
            "records": [self._shown(model, row, specification) for row in shown],
        }

    def _search(self, model: str, ids: list[int], domain: list[Any], **_: Any) -> list[int]:
        return [row["id"] for row in self._found(model, domain)]

    def _search_read(
        self,
        model: str,
        ids: list[int],
        domain: list[Any],
        fields: list[str],
        order: str = "",
        limit: int | None = None,
        load: str = "_classic_read",
    ) -> list[Row]:
        found = self._found(model, domain)
        if order.startswith("date"):
            found.sort(key=lambda row: row["date"], reverse=" desc" in order)
        spec: Row = {name: {} for name in fields}
        shown = [self._shown(model, row, spec) for row in found[:limit]]
        if load:  # references come with their names
            shown = [
                {**one, **_referred(row, fields)} for one, row in zip(shown, found, strict=False)
            ]
        return shown

    def _read(self, model: str, ids: list[int], fields: list[str], load: str = "") -> list[Row]:
        if model == "mail.compose.message":
            return [{"id": one, **self._wording} for one in ids]
        there = {row["id"]: row for row in self.rows.table(model)}
        if any(one not in there for one in ids):
            raise missing(model, ids[0])
        return [self._shown(model, there[one], {name: {} for name in fields}) for one in ids]

    def _create(self, model: str, ids: list[int], vals_list: list[Row]) -> list[int]:
        if model == "mail.compose.message":
            self._wording = {
                "subject": "Invoice",
                "body": "<p>Dear customer</p>",
                "partner_ids": self.recipients,
            }
            return [self._next()]
        (values,) = vals_list
        draft = {
            "id": self._next(),
            "company_id": COMPANY,
            "state": "draft",
            "move_type": values["move_type"],
            "ref": values["ref"],
            "currency_id": values["currency_id"],
            "amount_total": values["invoice_line_ids"][0][2]["price_unit"],
        }
        self.rows.drafts.append(draft)
        return [draft["id"]]

    def _message_post(self, model: str, ids: list[int], body: str, **more: Any) -> list[int]:
        self._exists(model, ids[0])
        number = self._next()
        text = body if more.get("body_is_html") else f"<span>{_escaped(body)}</span>"
        self.rows.messages.append(
            {
                "id": number,
                "model": model,
                "res_id": ids[0],
                "body": text,
                "message_type": "comment",
                "subtype": more["subtype_xmlid"],
                "message_id": more.get("message_id", f"<{number}@odoo.example>"),
                "partner_ids": more.get("partner_ids", []),
                "create_date": "2026-11-22 19:00:00",
                "mail_activity_type_id": False,
            }
        )
        return [number]

    def _activity_schedule(self, model: str, ids: list[int], **values: Any) -> list[int]:
        self._exists(model, ids[0])
        number = self._next()
        self.rows.activities.append({"id": number, "res_model": model, "res_id": ids[0], **values})
        return [number]

    def _get_portal_url(self, model: str, ids: list[int]) -> str:
        self._exists(model, ids[0])
        return f"/my/invoices/{ids[0]}?access_token=74dde2d2-b4a9-4cbf-8289-ea75e7d34a74"

    def _exists(self, model: str, number: int) -> None:
        if not any(row["id"] == number for row in self.rows.table(model)):
            raise missing(model, number)

    def _next(self) -> int:
        self._records += 1
        return self._records

    # --- searching ---------------------------------------------------------------------------

    def _found(self, model: str, domain: list[Any]) -> list[Row]:
        return [row for row in self.rows.table(model) if _meets_all(row, domain)]

    def _shown(self, model: str, row: Row, specification: Row) -> Row:
        shown: Row = {"id": row["id"]}
        for name, inner in specification.items():
            optional = {"no_followup", "blocked", "sale_lock_date", "hard_lock_date"}
            if name not in row or (name in optional and name not in self.extras.get(model, set())):
                said = f"Invalid field {name!r} on {model!r}"
                raise Fault("builtins.ValueError", said)
            shown[name] = _projected(row[name], inner.get("fields"))
        return shown


def _referred(row: Row, fields: list[str]) -> Row:
    """The fields that point at a named record, as its id and its name."""
    return {
        name: [value["id"], value["name"]]
        for name in fields
        if isinstance(value := row[name], dict) and "name" in value
    }


def _projected(value: Any, fields: Row | None) -> Any:
    if fields is None:
        return value["id"] if isinstance(value, dict) else value
    if isinstance(value, list):
        return [_projected(one, fields) for one in value]
    if not value:
        return False
    inner = {name: _projected(value[name], spec.get("fields")) for name, spec in fields.items()}
    return {**({"id": value["id"]} if "id" in value else {}), **inner}


def _meets_all(row: Row, domain: list[Any]) -> bool:
    """A domain in Odoo's prefix notation; conditions side by side must all be met."""
    left, met = list(domain), True
    while left:
        met = _next(row, left) and met
    return met


def _next(row: Row, left: list[Any]) -> bool:
    """The first term of what is left of a domain, which is taken off it."""
    first = left.pop(0)
    if first not in ("|", "&"):
        return _meets(row, first)
    one, two = _next(row, left), _next(row, left)
    return one or two if first == "|" else one and two


def _meets(row: Row, condition: list[Any]) -> bool:
    path, operator, wanted = condition
    value: Any = row
    for name in path.split("."):
        if name == "commercial_partner_id" and isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, dict):
            value = value.get(name, False)
        else:  # the customer_rank behind commercial_partner_id: all of ours are customers
            return True
    tests: dict[str, Callable[[], bool]] = {
        "any": lambda: any(_meets_all(one, wanted) for one in value or ()),
        "=": lambda: bool(value == wanted),
        "!=": lambda: bool(value != wanted),
        ">": lambda: bool(value > wanted),
        ">=": lambda: bool(value >= wanted),
        "in": lambda: value in wanted,
        "ilike": lambda: str(wanted).casefold() in str(value).casefold(),
    }
    return tests[operator]()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _told(fault: Fault) -> Row:
    return {
        "name": fault.name,
        "message": fault.message,
        "arguments": [fault.message],
        "context": {},
        "debug": f"Traceback (most recent call last): {fault.message}",
    }


def _json(said: Any, status: int = 200) -> tuple[int, str, bytes]:
    return status, "application/json; charset=utf-8", json.dumps(said).encode()
