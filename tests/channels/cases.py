"""A decision, its account and its ledger, short to say, for the renderer's tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from syncer.channels.render import TemplateRenderer
from syncer.model.decision import (
    AccountSnapshot,
    Action,
    Contact,
    Decision,
    LedgerContext,
    Line,
    Position,
)
from syncer.model.effect import Message
from syncer.model.ledger import Account, ItemKind, Organisation, Person
from syncer.ports import Letterhead

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)
LETTERHEAD = Letterhead(
    sender="billing@northwind.example",
    sender_name="Northwind Accounts",
    reply_to="anna@northwind.example",
    signature="Anna Smith\nAccounts\nNorthwind Ltd",
    bank_details="IBAN GB33 BUKB 2020 1555 5555 55\nBIC BUKBGB22",
)
CONTEXT = LedgerContext(
    ledger="northwind",
    organisation=Organisation(
        name="Northwind Ltd", time_zone="Europe/London", currency="GBP", country="GB"
    ),
    today=TODAY,
)


def invoice(number: str = "INV-1", amount: str = "100.00", **facts: Any) -> Line:
    """An invoice line, wholly open and 48 days late unless told otherwise."""
    values: dict[str, Any] = {
        "item_id": f"id-{number}",
        "number": number,
        "kind": ItemKind.INVOICE,
        "issued_on": date(2026, 9, 3),
        "due_on": date(2026, 10, 3),
        "total": Decimal(amount),
        "open": Decimal(amount),
        "held": Decimal(0),
        "days_late": 48,
    } | facts
    values.setdefault("asked", values["open"] - values["held"])
    return Line(**values)


def credit(number: str = "CN-1", amount: str = "80.00", used: str = "50.00", **facts: Any) -> Line:
    """A credit note of which a part is used."""
    values: dict[str, Any] = {
        "item_id": f"id-{number}",
        "number": number,
        "kind": ItemKind.CREDIT_NOTE,
        "issued_on": date(2026, 9, 20),
        "due_on": None,
        "total": Decimal(amount),
        "open": Decimal(amount),
        "held": Decimal(0),
        "asked": -Decimal(used),
    }
    return Line(**(values | facts))


def decision(*lines: Line, currency: str = "EUR", **facts: Any) -> Decision:
    """A contact about these lines; the position follows from them."""
    shown = lines or (invoice(),)
    owed = [line for line in shown if line.kind is ItemKind.INVOICE]
    open_invoices = sum((line.open for line in owed), Decimal(0))
    held = sum((line.held for line in shown), Decimal(0))
    asked = sum((line.asked for line in shown), Decimal(0))
    values: dict[str, Any] = {
        "account_id": "acc-17",
        "currency": currency,
        "action": Action.CONTACT,
        "reasons": (),
        "position": Position(
            currency=currency,
            open_invoices=open_invoices,
            overdue=open_invoices,
            held=held,
            credits=open_invoices - held - asked,
            net=asked,
            asked=asked,
        ),
        "outcomes": (),
        "lines": shown,
        "step": "friendly",
        "step_index": 1,
        "key": "northwind:acc-17:EUR:id-INV-1:friendly",
    }
    return Decision(**(values | facts))


def earlier(number: int) -> tuple[Contact, ...]:
    """That many messages sent before about the same matter."""
    return tuple(
        Contact(
            account_id="acc-17",
            currency="EUR",
            step="friendly",
            step_index=index,
            episode="",
            key=f"k{index}",
            on=date(2026, 10, 10 + index),
            channel="smtp",
        )
        for index in range(number)
    )


def snapshot(**facts: Any) -> AccountSnapshot:
    """The customer; keywords change the account."""
    values: dict[str, Any] = {
        "account_id": "acc-17",
        "name": "Möller & Söhne GmbH",
        "people": (Person(email="jo@moeller.example", name="Jo Möller"),),
        "language": "en",
    }
    return AccountSnapshot(ledger="northwind", account=Account(**(values | facts)), items=())


def render(renderer: TemplateRenderer, what: Decision | None = None, **changes: Any) -> Message:
    """Render with the sample's letterhead and clock."""
    values: dict[str, Any] = {
        "decision": what or decision(),
        "snapshot": snapshot(),
        "context": CONTEXT,
        "letterhead": LETTERHEAD,
        "tone": "friendly",
        "template": "",
        "recipients": ("invoice",),
        "pay_links": {},
        "at": AT,
    }
    return renderer.render(**(values | changes))
