"""The simulated QuickBooks Online as a WSGI callable: routing, checks, call log.

Order of checks: token (401), company and environment (403), limits (429), then the operation,
which a known ``requestid`` replaces by the answer of then. Connection faults leave as
exceptions of ``syncer.sandbox.trouble``.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING
from wsgiref.handlers import format_date_time

from syncer.sandbox.books import stable_id
from syncer.sandbox.exchange import Answer, Request, read_request
from syncer.sandbox.faults import Fault, FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.quickbooks import struck
from syncer.sandbox.quickbooks.apps import DEMO_APPS, ENVIRONMENTS, SCOPE, App, realms
from syncer.sandbox.quickbooks.batch import BROKEN, queries_in
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import NAMESPACE, XML, Wrong
from syncer.sandbox.quickbooks.identity import Identity
from syncer.sandbox.quickbooks.limits import Allowance, Limiter
from syncer.sandbox.quickbooks.refusals import wrong
from syncer.sandbox.quickbooks.routes import Operation, Routes, operation_of
from syncer.sandbox.quickbooks.wire import envelope_time
from syncer.sandbox.records import Call, Token
from syncer.sandbox.refusal import Refused
from syncer.sandbox.trouble import Trouble
from syncer.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BASE = "/v3/company/"


class QuickBooksApp:
    """Mount it on a server or call it in-process. ``world.lock`` serialises operations."""

    def __init__(
        self,
        world: World,
        *,
        allowance: Allowance | None = None,
        faults: FaultPlan | None = None,
        apps: tuple[App, ...] = DEMO_APPS,
        old_value_lives: timedelta = timedelta(0),
        money_told: bool = True,
    ) -> None:
        """``old_value_lives``: how long a replaced refresh value still works.

        ``money_told``: whether money applied to a document changes its LastUpdatedTime, and so
        has it told among the changes. The vendor's pages do not say: clients must bear both.
        """
        self.world = world
        self._money_told = money_told
        self.faults = faults or FaultPlan()
        self.identity = Identity(world, apps, old_value_lives=old_value_lives)
        self.limiter = Limiter(allowance or Allowance())
        self.routes = Routes()
        self._companies: dict[int, Company] = {}

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
        now = self.world.clock()
        answer.headers.append(("Date", format_date_time(now.timestamp())))
        answer.headers.append(("intuit_tid", stable_id("tid", now, len(self.world.calls))))
        return answer

    def _answer(self, request: Request, faults: list[Fault]) -> Answer:
        for fault in faults:
            replaced = struck.instead(fault, self.world.clock())
            if replaced is not None:
                return replaced
        if request.path.startswith(BASE):
            answer = self._api(request)
        else:
            with self.world.lock:
                answer = self.identity.answer(request) or Answer(404)
        for fault in faults:
            with self.world.lock:
                answer = struck.after(fault, answer, self.world)
        return answer

    def _api(self, request: Request) -> Answer:
        realm, _, rest = request.path[len(BASE) :].partition("/")
        with self.world.lock:
            token = self.identity.bearer(request)
        now = self.world.clock()
        if token is None:
            error = Wrong("3200", "Token expired or unknown")
            return error.answer(envelope_time(now), now, xml=False)
        company = self._company(request, token, realm)
        if company is None:
            detail = "The token does not belong to this company or environment"
            return Wrong("3100", detail).answer(envelope_time(now), now)
        return self._within_limits(request, token, company, rest)

    def _within_limits(self, request: Request, token: Token, company: Company, rest: str) -> Answer:
        now, client_id, realm = self.world.clock(), token.client_id, company.realm
        operation = operation_of(request, rest)
        reads = queries_in(request.body) if operation.name == "batch" else int(operation.reads)
        limit = self.limiter.enter(
            client_id, realm, now, batch=operation.name == "batch", read=reads > 0
        )
        if limit:
            return struck.throttled(now, xml=limit != "second")
        try:
            with self.world.lock:
                answer = self._execute(request, client_id, company, operation)
        finally:
            self.limiter.leave(client_id, realm)
        if answer.status == 200:
            self.limiter.meter(client_id, now, reads)
        return _in_tongue(request, answer)

    def _execute(
        self, request: Request, client_id: str, company: Company, operation: Operation
    ) -> Answer:
        company.numbers.refresh()
        mails = self.limiter.allowance.mails_per_day
        ctx = Context(self.world, company, request, client_id, mails)
        try:
            return self.routes.answer(ctx, operation)
        except Wrong as error:
            return self._refusal(request, error)
        except Refused as refused:
            return self._refusal(request, wrong(refused))
        except BROKEN:
            return self._refusal(request, Wrong("2010", "a property has the wrong type"))

    def _refusal(self, request: Request, error: Wrong) -> Answer:
        now = self.world.clock()
        return error.answer(envelope_time(now), now, xml=not _wants_json(request))

    def _company(self, request: Request, token: Token, realm: str) -> Company | None:
        ledger = realms(self.world).get(realm)
        app = self.identity.apps.get(token.client_id)
        where = ENVIRONMENTS.get(request.host.partition(":")[0], "")
        foreign = app is not None and app.environment not in ("", where or app.environment)
        if ledger is None or foreign or SCOPE not in token.scopes:
            return None
        if ledger.org.org_id not in token.org_ids:
            return None
        return self.company(ledger)

    def company(self, ledger: Ledger) -> Company:
        """A ledger as this vendor sees it."""
        if ledger.epoch not in self._companies:
            self._companies[ledger.epoch] = Company(ledger, told=self._money_told)
        return self._companies[ledger.epoch]

    def _log(self, request: Request, status: int, sent: int, fault: str) -> None:
        api = request.path.startswith(BASE)
        call = Call(
            at=self.world.clock(),
            method=request.method,
            path=request.path,
            query=request.query if api else "",
            status=status,
            sent=sent,
            fault=fault,
            org_id=request.path[len(BASE) :].partition("/")[0] if api else "",
            key=request.params().get("requestid", ""),
        )
        with self.world.lock:
            self.world.log(call)


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower()
    return "json" in accepted or request.params().get("format", "").lower() == "json"


def _in_tongue(request: Request, answer: Answer) -> Answer:
    """The vendor answers in XML unless asked otherwise; the simulator only says so."""
    if _wants_json(request) or not answer.content_type.startswith("application/json"):
        return answer
    body = f'<IntuitResponse xmlns="{NAMESPACE}"><!-- ask for application/json --></IntuitResponse>'
    return Answer(answer.status, body.encode(), XML, answer.headers)
