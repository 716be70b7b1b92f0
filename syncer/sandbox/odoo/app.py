"""The simulated Odoo as a WSGI callable: JSON-2 as 19 speaks it, JSON-RPC as 17 and 18 do.

Order of checks: database (404), key (401), rights (403), then the method. Connection faults
leave as exceptions of ``syncer.sandbox.trouble``.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.handlers import format_date_time

from syncer.sandbox.exchange import HTML, Answer, Request, read_request
from syncer.sandbox.faults import Fault, FaultPlan
from syncer.sandbox.odoo import struck
from syncer.sandbox.odoo.access import DATABASE, LOGIN, Keys
from syncer.sandbox.odoo.domains import Row
from syncer.sandbox.odoo.models import Models
from syncer.sandbox.odoo.problems import USER, Wrong, as_json, unauthorized
from syncer.sandbox.records import Call
from syncer.sandbox.trouble import Trouble
from syncer.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON2, RPC, VERSION = "/json/2/", "/jsonrpc", "/json/version"
JSON2_FROM = 19
NOT_FOUND_HTML = b"<!DOCTYPE html><title>404 Not Found</title>"
NO_DATABASE_HTML = b"<p>No database is selected</p>"
EXPECTED_DAY = "expected_pay_date"  # of Enterprise's reports


class OdooApp:
    """Mount it on a server or call it in-process. ``world.lock`` serialises operations."""

    def __init__(
        self,
        world: World,
        *,
        major: int = 19,
        faults: FaultPlan | None = None,
        expected_days: bool = False,
    ) -> None:
        """``expected_days``: whether invoices have a day of expected payment (Enterprise)."""
        self.world = world
        self.major = major
        self.faults = faults or FaultPlan()
        self.keys = Keys(world)
        self.models = Models(world, major=major)
        self.tells_time = True  # whether answers carry a Date
        if expected_days:
            self.models.extras["account.move.line"].add(EXPECTED_DAY)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """WSGI entry. Raises Trouble for faults of the connection."""
        answer = self.handle(read_request(environ))
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        if answer.body:
            headers.append(("Content-Type", answer.content_type))
        start_response(answer.status_line, headers)
        return [answer.body]

    def handle(self, request: Request) -> Answer:
        """Answer one request and write it into the call log. Raises Trouble."""
        faults = self.faults.strike(request.method, request.path)
        names = ",".join(fault.kind for fault in faults)
        with self.world.lock:
            struck.before(faults, self.world)
        try:
            answer = self._answer(request, faults)
        except Trouble:
            self._log(request, 0, 0, names)
            raise
        self._log(request, answer.status, len(answer.body), names)
        if self.tells_time:
            told = format_date_time(self.world.clock().timestamp())
            answer.headers.append(("Date", told))
        return answer

    def _answer(self, request: Request, faults: list[Fault]) -> Answer:
        rpc = request.path == RPC
        for fault in faults:
            replaced = struck.instead(fault, rpc=rpc)
            if replaced is not None:
                return replaced
        with self.world.lock:
            answer = self._spoken(request)
        for fault in faults:
            with self.world.lock:
                answer = struck.after(fault, answer, self.world, rpc=rpc)
        return answer

    def _spoken(self, request: Request) -> Answer:
        json2 = self.major >= JSON2_FROM
        if request.path == VERSION and json2:
            parts = [self.major, 0, 0, "final", 0, ""]
            return as_json({"version_info": parts, "version": f"{self.major}.0"})
        if request.path == RPC:
            return as_json(self._rpc(json.loads(request.body)["params"]))
        if request.path.startswith(JSON2) and json2:
            return self._json2(request)
        return Answer(404, NOT_FOUND_HTML, HTML)

    def _json2(self, request: Request) -> Answer:
        model, method = request.path[len(JSON2) :].split("/")
        if request.headers.get("x-odoo-database") != DATABASE:
            return Answer(404, NO_DATABASE_HTML, HTML)
        said = json.loads(request.body)
        try:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme != "bearer" or not self.keys.takes(key):
                raise unauthorized()
            ids = said.pop("ids", [])
            return as_json(self.models.call(model, method, ids, said))
        except Wrong as wrong:
            return wrong.answer()

    def _rpc(self, params: Row) -> Row:
        args = params["args"]
        try:
            if params["service"] == "common":
                result = self._common(params["method"], args)
            else:
                result = self._executed(*args)
            return {"jsonrpc": "2.0", "id": None, "result": result}
        except Wrong as wrong:
            return wrong.enveloped()

    def _executed(
        self,
        database: str,
        uid: int,
        key: str,
        model: str,
        method: str,
        positional: list[Any],
        named: Row,
    ) -> Any:
        if (database, uid) != (DATABASE, USER) or not self.keys.takes(key):
            raise unauthorized(rpc=True)
        if method == "create":
            return self.models.call(model, method, [], {**named, "vals_list": positional[0]})
        return self.models.call(model, method, positional[0] if positional else [], named)

    def _common(self, method: str, args: list[Any]) -> Any:
        if method == "version":
            parts = [self.major, 0, 0, "final", 0, ""]
            return {"server_version": f"{self.major}.0", "server_version_info": parts}
        known = args[:2] == [DATABASE, LOGIN] and self.keys.takes(args[2])
        return USER if known else False

    def _log(self, request: Request, status: int, sent: int, fault: str) -> None:
        call = Call(
            at=self.world.clock(),
            method=request.method,
            path=request.path,
            query="",
            status=status,
            sent=sent,
            fault=fault,
            org_id=self.world.main.org.org_id,
        )
        with self.world.lock:
            self.world.log(call)
