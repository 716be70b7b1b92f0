"""The API's paths: which pattern and method goes to which handler under which scope.

Paths are those of OpenAPI 16.1.0 below /api.xro/2.0, and one of the Finance API, matched
without regard to case. Scopes
are the granular ones of the "scopes" page (November 2026); ``.read`` is enough for GET.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Kind
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero import (
    contacts,
    desk,
    documents,
    finance,
    history,
    money,
    resources,
)
from syncer.sandbox.xero.exchange import Answer, Context
from syncer.sandbox.xero.listing import Listing, Reader

Handler = Callable[[Context], Answer]
BASE, FINANCE_BASE = "/api.xro/2.0", "/finance.xro/1.0"
ID = r"([0-9a-fA-F-]{36})"
INVOICES, PAYMENTS = "accounting.invoices", "accounting.payments"
CONTACTS, SETTINGS = "accounting.contacts", "accounting.settings"
CASH = "finance.cashvalidation"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation."""

    method: str
    pattern: re.Pattern[str]
    scope: str
    handler: Handler


def routes(reader: Reader) -> list[Route]:
    """Every accounting operation the simulator knows."""
    return [
        *_route("GET", f"/Invoices/{ID}", INVOICES, _invoice(reader)),
        *_lists(reader),
        *_route("PUT POST", "/Invoices", INVOICES, documents.save_invoices),
        *_route("POST", f"/Invoices/{ID}", INVOICES, documents.update_invoice),
        *_route("POST", f"/Invoices/{ID}/Email", INVOICES, desk.email_invoice),
        *_route("GET", f"/Invoices/{ID}/OnlineInvoice", INVOICES, desk.online_invoice),
        *_route("PUT POST", "/CreditNotes", INVOICES, documents.save_credit_notes),
        *_route("POST", f"/CreditNotes/{ID}", INVOICES, documents.update_credit_note),
        *_route("PUT POST", "/Contacts", CONTACTS, contacts.save_contacts),
        *_route("POST", f"/Contacts/{ID}", CONTACTS, contacts.update_contact),
        *_route("PUT", "/ContactGroups", CONTACTS, contacts.save_groups),
        *_route("POST", f"/ContactGroups/{ID}", CONTACTS, contacts.update_group),
        *_route("PUT", f"/ContactGroups/{ID}/Contacts", CONTACTS, contacts.join_group),
        *_route("DELETE", f"/ContactGroups/{ID}/Contacts", CONTACTS, contacts.leave_group),
        *_route("DELETE", f"/ContactGroups/{ID}/Contacts/{ID}", CONTACTS, contacts.leave_group),
        *_route("PUT POST", "/Payments", PAYMENTS, money.save_payments),
        *_route("POST", f"/Payments/{ID}", PAYMENTS, money.delete_payment),
        *_route("GET", "/Organisation", SETTINGS, desk.organisation),
        *_route("GET", "/Organisation/Actions", SETTINGS, desk.actions),
        *_route("GET", "/InvoiceReminders/Settings", SETTINGS, desk.reminder_settings),
        *_route("GET", "/Accounts", SETTINGS, finance.accounts),
        *_parts(),
    ]


def finance_routes() -> list[Route]:
    """What it knows of the Finance API."""
    return _route("GET", "/CashValidation", CASH, finance.cash_validation)


def _route(methods: str, path: str, scope: str, handler: Handler) -> list[Route]:
    pattern = re.compile(path + "/?", re.IGNORECASE)
    return [Route(method, pattern, scope, handler) for method in methods.split()]


def _lists(reader: Reader) -> list[Route]:
    found: list[Route] = []
    for listing, scope, look_up in (
        (resources.INVOICES, INVOICES, _document(Kind.INVOICE, Kind.BILL)),
        (resources.CREDIT_NOTES, INVOICES, _document(Kind.CREDIT_NOTE)),
        (resources.OVERPAYMENTS, PAYMENTS, _document(Kind.OVERPAYMENT)),
        (resources.PREPAYMENTS, PAYMENTS, _document(Kind.PREPAYMENT)),
        (resources.PAYMENTS, PAYMENTS, Ledger.payment),
        (resources.CONTACTS, CONTACTS, Ledger.contact),
        (resources.GROUPS, CONTACTS, Ledger.group),
    ):
        path = f"/{listing.key}"
        found += _route("GET", path, scope, _list(reader, listing))
        found += _route("GET", f"{path}/{ID}", scope, _single(reader, listing, look_up))
    number = r"/Invoices/([^/]{1,255})"
    return [*found, *_route("GET", number, INVOICES, _by_number(reader))]


def _parts() -> list[Route]:
    found: list[Route] = []
    for parent, scope in (
        ("Invoices", INVOICES),
        ("CreditNotes", INVOICES),
        ("Contacts", CONTACTS),
        ("Payments", PAYMENTS),
        ("Overpayments", PAYMENTS),
        ("Prepayments", PAYMENTS),
    ):
        path = f"/{parent}/{ID}/History"
        found += _route("GET", path, scope, history.read_history)
        found += _route("PUT POST", path, scope, history.add_history)
    for parent, scope in (
        ("CreditNotes", INVOICES),
        ("Overpayments", PAYMENTS),
        ("Prepayments", PAYMENTS),
    ):
        path = f"/{parent}/{ID}/Allocations"
        found += _route("PUT", path, scope, money.save_allocations)
        found += _route("DELETE", f"{path}/{ID}", scope, money.delete_allocation)
    return found


def _list(reader: Reader, listing: Listing) -> Handler:
    return lambda ctx: reader.answer(ctx, listing)


def _single(reader: Reader, listing: Listing, look_up: Callable[[Ledger, str], object]) -> Handler:
    return lambda ctx: reader.single(ctx, listing, look_up(ctx.ledger, ctx.ids[0]))


def _invoice(reader: Reader) -> Handler:
    look_up = _document(Kind.INVOICE, Kind.BILL)
    single = _single(reader, resources.INVOICES, look_up)
    return lambda ctx: desk.invoice_pdf(ctx) or single(ctx)


def _document(*kinds: Kind) -> Callable[[Ledger, str], object]:
    def look_up(ledger: Ledger, doc_id: str) -> object:
        doc = ledger.document(doc_id)
        if doc.kind not in kinds:
            raise Refused(Reason.UNKNOWN, "document", doc_id)
        return doc

    return look_up


def _by_number(reader: Reader) -> Handler:
    def handler(ctx: Context) -> Answer:
        number = ctx.ids[0]
        doc = ctx.ledger.by_number(Kind.INVOICE, number)
        if doc is None:
            raise Refused(Reason.UNKNOWN, "invoice", number)
        return reader.single(ctx, resources.INVOICES, doc)

    return handler
