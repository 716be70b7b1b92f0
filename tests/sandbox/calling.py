"""A small world and a caller that speaks to the simulator without a socket."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document, Kind, Line, Status
from syncer.sandbox.world import World, WorldClock, organisation
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.sandbox.xero.exchange import Answer, Request

BASE = "/api.xro/2.0"
TODAY = date(2026, 11, 20)


@dataclass
class Caller:
    """Calls the simulator as a program with every scope would, unless told otherwise."""

    app: XeroApp
    token: str = ""
    tenant: str = ""
    accept: str = "application/json"
    log: list[Answer] = field(default_factory=list)

    def raw(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """One request; ``query`` becomes the query string."""
        sent = {
            "authorization": f"Bearer {self.token}",
            "xero-tenant-id": self.tenant,
            "accept": self.accept,
        }
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        request = Request(method, path, urlencode(query), sent, body)
        answer = self.app.handle(request)
        self.log.append(answer)
        return answer

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        """The JSON of a GET below the API base."""
        return json.loads(self.raw("GET", BASE + path, headers=headers, **query).body)

    def send(self, method: str, path: str, body: Any, *, key: str = "", **query: Any) -> Answer:
        """A write below the API base."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.raw(
            method, BASE + path, body=json.dumps(body).encode(), headers=headers, **query
        )

    def ids(self, path: str, name: str, **query: Any) -> list[str]:
        """The ids of a list."""
        key = path.split("/")[1]
        return [row[name] for row in self.get(path, **query)[key]]


def token_for(app: XeroApp, *, scopes: str = "") -> str:
    """A custom connection's access token."""
    form = {"grant_type": "client_credentials", "scope": scopes}
    form |= {"client_id": CUSTOM_APP.client_id, "client_secret": CUSTOM_APP.secret}
    request = Request("POST", "/connect/token", "", {}, urlencode(form).encode())
    return str(json.loads(app.handle(request).body)["access_token"])


def caller_for(world: World, **options: Any) -> Caller:
    """An app over ``world`` and somebody who may call it."""
    app = XeroApp(world, **options)
    return Caller(app, token_for(app), world.main.org.org_id)


def make_invoice(
    ledger: Ledger,
    contact: Contact,
    price: str = "100.00",
    *,
    kind: Kind = Kind.INVOICE,
    status: Status = Status.OPEN,
    currency: str = "NZD",
    due_in: int = -10,
    **more: Any,
) -> Document:
    """A document with one untaxed line, due ``due_in`` days from the world's today."""
    now = ledger.clock()
    line = Line(
        line_id=ledger.books.new_id(),
        text="Goods",
        quantity=Decimal(1),
        unit_price=Decimal(price),
        account="200",
        tax_code="none",
    )
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=kind,
        number="",
        contact_id=contact.contact_id,
        status=status,
        currency=currency,
        total=Decimal(0),
        issued_on=ledger.today(),
        due_on=ledger.today() + timedelta(days=due_in),
        created_at=now,
        changed_at=now,
        booked_at=now,
        lines=(line,),
    )
    for name, value in more.items():
        setattr(doc, name, value)
    return ledger.raise_document(doc, status=status)


def plain_world() -> World:
    """One organisation in a zone without surprises, nobody in it."""
    world = World(WorldClock(datetime(2026, 11, 20, 9, tzinfo=UTC)), seed=3)
    world.open_books(organisation(world, "Test Ltd", time_zone="UTC"))
    return world
