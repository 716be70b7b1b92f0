"""A small US company and a caller that speaks to the simulated QuickBooks without a socket."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from syncer.sandbox.exchange import Answer, Request
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import SCOPE, WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED, Allowance
from syncer.sandbox.world import World, WorldClock, organisation

REDIRECT = "http://localhost/cb"


@dataclass
class Caller:
    """Calls the simulator as a connected program would, unless told otherwise."""

    app: QuickBooksApp
    token: str
    realm: str
    accept: str = "application/json"
    host: str = "localhost"

    def raw(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        raw_query: str = "",
        **params: Any,
    ) -> Answer:
        """One request below the company; ``params`` become the query string."""
        sent = {"authorization": f"Bearer {self.token}", "accept": self.accept}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        address = f"/v3/company/{self.realm}{path}"
        request = Request(method, address, raw_query or urlencode(params), sent, body, self.host)
        return self.app.handle(request)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET."""
        return json.loads(self.raw("GET", path, **params).body)

    def post(self, path: str, body: Any, **params: Any) -> Any:
        """The JSON of a write."""
        return json.loads(self.raw("POST", path, body=json.dumps(body).encode(), **params).body)

    def query(self, statement: str, **params: Any) -> Any:
        """The QueryResponse of a statement."""
        answer = (
            self.get("/query", **({"query": statement} | params))
            if params
            else self._posted(statement)
        )
        return answer["QueryResponse"]

    def _posted(self, statement: str) -> Any:
        return json.loads(self.raw("POST", "/query", body=statement.encode()).body)

    def code(self, answer: Any) -> str:
        """The error code of an answer, "" for none."""
        fault = answer.get("Fault") or answer.get("fault") or {}
        errors = fault.get("Error") or fault.get("error") or [{}]
        return str(errors[0].get("code", ""))


def form(app: QuickBooksApp, path: str, fields: dict[str, str], **headers: str) -> Answer:
    """A form post to an identity address."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.handle(Request("POST", path, "", sent, urlencode(fields).encode()))


def connect(app: QuickBooksApp, world: World) -> dict[str, Any]:
    """A person connects the first company: the token answer."""
    desk = app.identity.desk
    code = desk.consent(WEB_APP, [SCOPE], REDIRECT, world.main.org.org_id)
    return desk.redeem(WEB_APP, code, REDIRECT)


def caller_for(world: World, *, allowance: Allowance = UNLIMITED, **options: Any) -> Caller:
    """An app over ``world`` and somebody who may call it."""
    app = QuickBooksApp(world, allowance=allowance, **options)
    token = str(connect(app, world)["access_token"])
    return Caller(app, token, realm_of(world.main.org.org_id))


def us_world(**more: Any) -> World:
    """A US company with one currency, nobody in it; in UTC, so that dates hold no surprise."""
    world = World(WorldClock(datetime(2026, 11, 20, 9, tzinfo=UTC)), seed=3)
    settings: dict[str, Any] = {"country": "US", "currency": "USD", "currencies": []}
    world.open_books(organisation(world, "Test Inc", time_zone="UTC", **(settings | more)))
    return world


def sale(customer: str, amount: str = "100.00", **more: Any) -> dict[str, Any]:
    """The body of an invoice or credit memo with one line."""
    detail = {"ItemRef": {"value": "2"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": customer}, "Line": [line]} | more


def money(customer: str, total: str, *links: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """The body of a payment; a link is (TxnType, TxnId, Amount)."""
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnType": kind, "TxnId": number}]}
        for kind, number, amount in links
    ]
    return {"CustomerRef": {"value": customer}, "TotalAmt": total, "Line": lines} | more
