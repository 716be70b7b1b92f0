"""The simulated Xero as a WSGI callable: routing, checks in the vendor's order, call log.

Order of checks: token (401), tenant (403), scope (401), limits (429), idempotency key, then
the operation. Connection faults leave as exceptions of ``syncer.sandbox.trouble``.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from wsgiref.handlers import format_date_time

from syncer.sandbox.books import stable_id
from syncer.sandbox.exchange import read_request
from syncer.sandbox.faults import Fault, FaultKind, FaultPlan
from syncer.sandbox.records import Call, Token
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.trouble import Trouble
from syncer.sandbox.world import World
from syncer.sandbox.xero import replay, struck
from syncer.sandbox.xero.apps import DEMO_APPS, App
from syncer.sandbox.xero.exchange import (
    Answer,
    Context,
    Rejected,
    Request,
    not_found,
    problem,
    validation_error,
)
from syncer.sandbox.xero.identity import Identity
from syncer.sandbox.xero.limits import Allowance, Limiter
from syncer.sandbox.xero.listing import Reader
from syncer.sandbox.xero.phrases import phrase
from syncer.sandbox.xero.routes import BASE, FINANCE_BASE, ID, Route, finance_routes, routes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

XML_BODY = b"<Response><Status>OK</Status><!-- ask for application/json --></Response>"


class XeroApp:
    """Mount it on a server or call it in-process. ``world.lock`` serialises operations."""

    def __init__(
        self,
        world: World,
        *,
        allowance: Allowance | None = None,
        faults: FaultPlan | None = None,
        apps: tuple[App, ...] = DEMO_APPS,
    ) -> None:
        self.world = world
        self.faults = faults or FaultPlan()
        self.identity = Identity(world, apps)
        self.limiter = Limiter(allowance or Allowance())
        self.routes = {BASE: routes(Reader()), FINANCE_BASE: finance_routes()}

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
        if not _wants_json(request) and answer.content_type.startswith("application/json"):
            names += "xml"
            answer = Answer(answer.status, XML_BODY, "text/xml", answer.headers)
        self._log(request, answer.status, len(answer.body), names)
        now = self.world.clock()
        answer.headers.append(("Date", format_date_time(now.timestamp())))
        answer.headers.append(("Xero-Correlation-Id", stable_id(now, len(self.world.calls))))
        return answer

    def _answer(self, request: Request, faults: list[Fault]) -> Answer:
        for fault in faults:
            replaced = struck.instead(fault)
            if replaced is not None:
                return replaced
        if _area(request):
            return self._inside(request, faults)
        with self.world.lock:
            answer = self.identity.answer(request) or not_found()
        return self._leaving(answer, faults)

    def _inside(self, request: Request, faults: list[Fault]) -> Answer:
        with self.world.lock:
            token = self.identity.bearer(request)
            if isinstance(token, Answer):
                return token
            org_id = self._tenant(request, token)
        if org_id is None:
            return problem(403, "AuthenticationUnsuccessful")
        client_id, now = token.client_id, self.world.clock()
        turned_away = self.limiter.enter(client_id, org_id, now)
        if turned_away is None:
            try:
                with self.world.lock:
                    answer = self._execute(request, token, org_id, faults)
                answer = self._leaving(answer, faults)
            finally:
                self.limiter.leave(client_id, org_id)
        else:
            answer = turned_away
        answer.headers += self.limiter.headers(client_id, org_id, now)
        return answer

    def _execute(self, request: Request, token: Token, org_id: str, faults: list[Fault]) -> Answer:
        route, ids = self._route(request)
        if route is None:
            return not_found() if ids is None else Answer(405)
        if not _in_scope(route, token):
            answer = problem(401, "AuthorizationUnsuccessful")
            answer.headers.append(("WWW-Authenticate", 'Bearer error="insufficient_scope"'))
            return answer
        known = replay.recall(self.world, token.client_id, request)
        if known is not None:
            return known
        answer = self._operate(route, self._context(request, token, org_id, ids or ()))
        if any(fault.kind is FaultKind.COMMIT_THEN_ERROR for fault in faults):
            answer = struck.server_error()
        replay.keep(self.world, token.client_id, request, answer)
        return answer

    def _context(
        self, request: Request, token: Token, org_id: str, ids: tuple[str, ...]
    ) -> Context:
        ledger = self.world.ledgers[org_id]
        rows_max = self.limiter.allowance.rows_max
        return Context(self.world, ledger, request, token.client_id, ids, rows_max)

    def _operate(self, route: Route, ctx: Context) -> Answer:
        try:
            return route.handler(ctx)
        except Rejected as rejected:
            return rejected.answer
        except Refused as refused:
            if refused.reason is Reason.UNKNOWN:
                return not_found()
            return validation_error([{"ValidationErrors": [{"Message": phrase(refused)}]}])

    def _leaving(self, answer: Answer, faults: list[Fault]) -> Answer:
        for fault in faults:
            with self.world.lock:
                answer = struck.after(fault, answer, self.world)
        return answer

    def _route(self, request: Request) -> tuple[Route | None, tuple[str, ...] | None]:
        area = _area(request)
        path = request.path[len(area) :]
        elsewhere = None
        for route in self.routes[area]:
            match = route.pattern.fullmatch(path)
            if match and route.method == request.method:
                return route, tuple(_folded_id(part) for part in match.groups())
            if match:
                elsewhere = match.groups()
        return None, elsewhere

    def _tenant(self, request: Request, token: Token) -> str | None:
        asked = request.headers.get("xero-tenant-id", "").lower()
        custom = token.event_id.startswith("custom-")
        if not asked and custom:
            return token.org_ids[0]
        reachable = {c.org_id for c in self.world.connections if c.client_id == token.client_id}
        return asked if asked in reachable and asked in token.org_ids else None

    def _log(self, request: Request, status: int, sent: int, fault: str) -> None:
        call = Call(
            at=self.world.clock(),
            method=request.method,
            path=request.path,
            query="" if "token" in request.path.lower() else request.query,
            status=status,
            sent=sent,
            fault=fault,
            org_id=request.headers.get("xero-tenant-id", ""),
            key=request.headers.get("idempotency-key", ""),
        )
        with self.world.lock:
            self.world.log(call)


def _folded_id(part: str) -> str:
    return part.lower() if re.fullmatch(ID, part) else part


def _in_scope(route: Route, token: Token) -> bool:
    if route.scope in token.scopes:
        return True
    return route.method == "GET" and f"{route.scope}.read" in token.scopes


def _area(request: Request) -> str:
    """The API that a path belongs to; "" for the pages of logins."""
    path = request.path.lower()
    return next((base for base in (BASE, FINANCE_BASE) if path.startswith(base)), "")


def _wants_json(request: Request) -> bool:
    if _area(request) != BASE:
        return True
    accepted = request.headers.get("accept", "").lower()
    return "application/json" in accepted or "text/json" in accepted
