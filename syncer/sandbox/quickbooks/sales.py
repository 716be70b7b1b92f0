"""Writing invoices and credit memos: create, sparse and full update, delete, void.

A sparse update leaves alone what it does not name; a full one empties it. ``Line`` is always
replaced as a whole. Read-only properties are ignored, but a body that brings ``DeliveryInfo``
back is refused, as users of every client report. Source: "invoice" page, read November 2026.
"""

from datetime import date, timedelta
from decimal import Decimal

from syncer.sandbox import post, receipts
from syncer.sandbox.quickbooks import lists, shapes
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.salelines import read_lines
from syncer.sandbox.quickbooks.wire import (
    Row,
    checked_address,
    checked_text,
    read_amount,
    read_day,
    read_flag,
    read_ref,
)
from syncer.sandbox.records import Contact, Document, Kind, Line, Status

NUMBER_MAX, NOTE_MAX, MESSAGE_MAX = 21, 4000, 1000
ADDRESS_MAX, COPIES_MAX = 100, 200
EMAIL_STATES = ("NotSet", "NeedToSend", "EmailSent")
PRICES = {word: prices for prices, word in shapes.GLOBAL_TAX.items()}


def create(ctx: Context, kind: Kind, body: Row) -> Document:
    """A new document. Raises Wrong or Refused."""
    contact = _customer(ctx, body)
    values = _values(ctx, body, whole=True)
    _check_currency(ctx, body, contact)
    now, ledger = ctx.world.clock(), ctx.ledger
    prices = _prices(ctx, body, "exclusive")
    doc = Document(
        doc_id="",
        kind=kind,
        number=str(values.pop("number", "")),
        contact_id=contact.contact_id,
        status=Status.DRAFT,
        currency=contact.currency or ledger.org.currency,
        total=Decimal(0),
        issued_on=_day(body, "TxnDate") or ledger.today(),
        created_at=now,
        changed_at=now,
        booked_at=now,
        prices=prices,
        rate=_rate(body) or Decimal(1),
        made_by=ctx.client_id,
        lines=read_lines(ctx, body),
    )
    for name, value in values.items():
        setattr(doc, name, value)
    doc.due_on = _due(ctx, body, doc) if kind is Kind.INVOICE else None
    doc.doc_id = ledger.books.new_id()
    twice = "allowduplicatedocnum" in ctx.params().get("include", "").lower()
    return ledger.raise_document(doc, twice=twice)


def update(ctx: Context, doc: Document, body: Row) -> Document:
    """Sparse where the body says so, else full. Raises Wrong or Refused."""
    whole = not read_flag(body.get("sparse"))
    if whole:
        _customer(ctx, body, known=doc.contact_id)
    values = _values(ctx, body, whole=whole, doc=doc)
    ctx.ledger.check_open_period(doc.issued_on)
    if "Line" in body or whole:
        _replace(ctx, doc, body)
    if "TxnDate" in body:
        values["issued_on"] = _day(body, "TxnDate") or doc.issued_on
    if doc.kind is Kind.INVOICE and (whole or "DueDate" in body):
        values["due_on"] = _due(ctx, body, doc)
    before = doc.memo
    ctx.ledger.change_document(doc, **values)
    remember(ctx, doc.doc_id, before, doc.memo)
    return doc


def delete(ctx: Context, doc: Document) -> Document:
    """Gone from everything but change data; what was applied to it is free again."""
    ctx.ledger.check_open_period(doc.issued_on)
    receipts.release(ctx.ledger, doc)
    return ctx.ledger.move(doc, Status.DELETED, erase=True)


def void(ctx: Context, doc: Document) -> Document:
    """It stays, with zero amounts and "Voided" before its note."""
    if doc.status is Status.VOID:
        return doc
    ctx.ledger.check_open_period(doc.issued_on)
    receipts.release(ctx.ledger, doc)
    doc.memo = f"{shapes.VOIDED} - {doc.memo}" if doc.memo else shapes.VOIDED
    return ctx.ledger.move(doc, Status.VOID)


def remember(ctx: Context, parent_id: str, before: str, after: str) -> None:
    """Keep what a program added to a shared note in the record's history as well."""
    added = after.replace(before, "", 1) if before and before in after else after
    if after != before and added.strip():
        post.leave_note(ctx.ledger, parent_id, added.strip())


def _values(
    ctx: Context, body: Row, *, whole: bool, doc: Document | None = None
) -> dict[str, object]:
    """What the body sets, by the world's field names; ``whole`` empties what it leaves out."""
    if body.get("DeliveryInfo"):
        raise Wrong("2010", "Property DeliveryInfo cannot be written", "DeliveryInfo")
    values = _texts(body, whole=whole)
    if body.get("DocNumber"):
        values["number"] = checked_text(body["DocNumber"], "DocNumber", NUMBER_MAX)
    if whole or "SalesTermRef" in body:
        values["terms_id"] = _terms(ctx, body)
    if rate := _rate(body):
        values["rate"] = rate
    for name, field in (
        ("AllowOnlineCreditCardPayment", "by_card"),
        ("AllowOnlineACHPayment", "by_bank"),
    ):
        if name in body:
            values[field] = read_flag(body[name])
    return values | _email_state(body, values, doc)


def _texts(body: Row, *, whole: bool) -> dict[str, object]:
    values: dict[str, object] = {}
    if whole or "PrivateNote" in body:
        values["memo"] = checked_text(body.get("PrivateNote"), "PrivateNote", NOTE_MAX)
    if whole or "CustomerMemo" in body:
        memo = body.get("CustomerMemo") or {}
        values["message"] = checked_text(memo.get("value"), "CustomerMemo", MESSAGE_MAX)
    if whole or "CustomField" in body:
        values["reference"] = _purchase_order(body)
    for name, field, limit in (
        ("BillEmail", "mail_to", ADDRESS_MAX),
        ("BillEmailCc", "mail_cc", COPIES_MAX),
        ("BillEmailBcc", "mail_bcc", COPIES_MAX),
    ):
        if whole or name in body:
            values[field] = checked_address(body.get(name), name, limit)
    return values


def _email_state(body: Row, values: dict[str, object], doc: Document | None) -> dict[str, object]:
    state = body.get("EmailStatus")
    if not state:
        return {}
    if state not in EMAIL_STATES:
        raise Wrong("2010", f"EmailStatus: {state}", "EmailStatus")
    known = values.get("mail_to", doc.mail_to if doc else "")
    if state == "NeedToSend" and known == "":
        raise Wrong("6000", "Business Validation Error: BillEmail is required", "BillEmail")
    return {"sent": state == "EmailSent", "to_mail": state == "NeedToSend"}


def _replace(ctx: Context, doc: Document, body: Row) -> None:
    lines = read_lines(ctx, body)
    prices = _prices(ctx, body, doc.prices)
    if [_same(line) for line in lines] != [_same(line) for line in doc.lines]:
        ctx.ledger.replace_lines(doc, lines, prices=prices)


def _same(line: Line) -> tuple[object, ...]:
    return line.text, line.quantity * line.unit_price, line.account, line.tax_code


def _customer(ctx: Context, body: Row, *, known: str = "") -> Contact:
    number = read_ref(body.get("CustomerRef"))
    if not number:
        raise Wrong("6560", "Business Validation Error: CustomerRef is required", "CustomerRef")
    contact = ctx.company.contact(number)
    if contact is None or known not in ("", contact.contact_id):
        raise Wrong("6250", f"Invalid Customer: {number}", "CustomerRef")
    return contact


def _check_currency(ctx: Context, body: Row, contact: Contact) -> None:
    if not ctx.company.multicurrency():
        return
    asked = read_ref(body.get("CurrencyRef"))
    if not asked:
        raise Wrong("2020", "Required parameter CurrencyRef is missing", "CurrencyRef")
    if asked != (contact.currency or ctx.ledger.org.currency):
        detail = f"Business Validation Error: the customer does not trade in {asked}"
        raise Wrong("6000", detail, "CurrencyRef")


def _prices(ctx: Context, body: Row, default: str) -> str:
    if ctx.company.is_us():
        return "exclusive"
    return PRICES.get(str(body.get("GlobalTaxCalculation")), default)


def _rate(body: Row) -> Decimal | None:
    rate = read_amount(body.get("ExchangeRate") or 0, "ExchangeRate")
    return 1 / rate if rate > 0 else None


def _terms(ctx: Context, body: Row) -> str:
    number = read_ref(body.get("SalesTermRef"))
    found = lists.term_of(ctx.company, number)
    if number and found is None:
        raise Wrong("2500", f"Invalid Reference Id : SalesTermRef {number}", "SalesTermRef")
    return found.terms_id if found else ""


def _due(ctx: Context, body: Row, doc: Document) -> date:
    given = _day(body, "DueDate")
    if given:
        return given
    found = next((t for t in ctx.ledger.org.terms if t.terms_id == doc.terms_id), None)
    return doc.issued_on + timedelta(days=(found.due_days or 0) if found else 0)


def _day(body: Row, name: str) -> date | None:
    return read_day(body[name], name) if body.get(name) else None


def _purchase_order(body: Row) -> str:
    for field in body.get("CustomField") or []:
        if isinstance(field, dict) and str(field.get("DefinitionId")) == "1":
            return str(field.get("StringValue") or "")
    return ""
