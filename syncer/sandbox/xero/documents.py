"""Writing invoices and credit notes ("invoices" and "credit notes" pages, November 2026).

PUT creates; POST creates or updates. What may change depends on status and on whether money
was applied; a ``LineItems`` list that is sent replaces the lines that are not in it.
"""

import copy
from decimal import Decimal
from typing import Any

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import LEGAL_MOVES, ZERO, Contact, Document, Kind, Line, Status
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero import shapes
from syncer.sandbox.xero.batch import Item, Saved, write
from syncer.sandbox.xero.contacts import apply_contact, create_contact, find_contact
from syncer.sandbox.xero.exchange import Answer, Context
from syncer.sandbox.xero.shapes import View
from syncer.sandbox.xero.wire import PRICES, STATUSES, TAXES, read_amount, read_day, read_flag

INVOICE_TYPES = {"ACCREC": Kind.INVOICE, "ACCPAY": Kind.BILL}
CREDIT_TYPES = {"ACCRECCREDIT": Kind.CREDIT_NOTE}
NOT_SENT_WARNING = "Only AUTHORISED invoices may have SentToContact updated."
FROZEN_FIELDS = ("Date", "LineItems", "LineAmountTypes", "CurrencyCode", "CurrencyRate")
NUMBER_MAX = 255


def save_invoices(ctx: Context) -> Answer:
    """PUT or POST /Invoices."""
    return write(ctx, "Invoices", _save_invoice)


def update_invoice(ctx: Context) -> Answer:
    """POST /Invoices/{InvoiceID}."""

    def save(ctx: Context, item: Item) -> Saved:
        return _save_invoice(ctx, item | {"InvoiceID": ctx.ids[0]})

    return write(ctx, "Invoices", save)


def save_credit_notes(ctx: Context) -> Answer:
    """PUT or POST /CreditNotes."""
    return write(ctx, "CreditNotes", _save_credit_note)


def update_credit_note(ctx: Context) -> Answer:
    """POST /CreditNotes/{CreditNoteID}."""

    def save(ctx: Context, item: Item) -> Saved:
        return _save_credit_note(ctx, item | {"CreditNoteID": ctx.ids[0]})

    return write(ctx, "CreditNotes", save)


def _save_invoice(ctx: Context, item: Item) -> Saved:
    doc = _known(ctx, item, id_name="InvoiceID", number_name="InvoiceNumber", types=INVOICE_TYPES)
    wanted = read_flag(item.get("SentToContact"))
    if doc is None:
        doc = _create(ctx, item, number_name="InvoiceNumber", types=INVOICE_TYPES)
    else:
        _update(ctx.ledger, doc, item, number_name="InvoiceNumber")
    warnings = []
    if "SentToContact" in item and wanted != doc.sent:
        if doc.status is Status.OPEN:
            ctx.ledger.change_document(doc, sent=wanted)
        elif wanted:
            warnings.append(NOT_SENT_WARNING)
    return Saved(shapes.invoice(ctx.ledger, doc, View.FULL), warnings)


def _save_credit_note(ctx: Context, item: Item) -> Saved:
    number_name = "CreditNoteNumber"
    doc = _known(ctx, item, id_name="CreditNoteID", number_name=number_name, types=CREDIT_TYPES)
    if doc is None:
        doc = _create(ctx, item, number_name=number_name, types=CREDIT_TYPES)
    else:
        _update(ctx.ledger, doc, item, number_name=number_name)
    return Saved(shapes.credit(ctx.ledger, doc, View.FULL))


def _known(
    ctx: Context, item: Item, *, id_name: str, number_name: str, types: dict[str, Kind]
) -> Document | None:
    if ctx.request.method == "PUT":
        return None
    if item.get(id_name):
        return ctx.ledger.document(str(item[id_name]).lower())
    kind = types.get(str(item.get("Type")))
    number = item.get(number_name)
    return ctx.ledger.by_number(kind, str(number)) if kind and number else None


def _create(ctx: Context, item: Item, *, number_name: str, types: dict[str, Kind]) -> Document:
    ledger, now = ctx.ledger, ctx.world.clock()
    if item.get("Type") not in types:
        raise Refused(Reason.INVALID, "Type", str(item.get("Type") or ""))
    status = STATUSES.get(item.get("Status") or "DRAFT")
    if status not in (Status.DRAFT, Status.SUBMITTED, Status.OPEN):
        raise Refused(Reason.INVALID, "Status", str(item.get("Status")))
    lines = _lines(ledger, item.get("LineItems") or [], ())
    if not lines:
        raise Refused(Reason.MISSING, "LineItems")
    contact, is_new = _contact(ledger, item)
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=types[item["Type"]],
        number=_number(item.get(number_name)),
        contact_id=contact.contact_id,
        status=status,
        currency=item.get("CurrencyCode") or contact.currency or ledger.org.currency,
        total=ZERO,
        issued_on=read_day(item.get("Date")) or ledger.today(),
        due_on=read_day(item.get("DueDate")),
        expected_on=read_day(item.get("ExpectedPaymentDate")),
        created_at=now,
        changed_at=now,
        booked_at=now,
        rate=read_amount(item.get("CurrencyRate") or 1),
        prices=_prices(item),
        reference=item.get("Reference") or "",
        url=item.get("Url") or "",
        made_by=ctx.client_id,
        lines=lines,
    )
    try:
        if status is Status.OPEN:
            _check_approvable(doc)
        ledger.raise_document(doc, status=status)
    except Refused:
        if is_new:
            del ledger.books.contacts[contact.contact_id]
        raise
    if not is_new:
        # Whatever else is sent inside Contact changes the contact itself.
        sent = {k: v for k, v in item["Contact"].items() if k != "ContactStatus"}
        apply_contact(ledger, contact, sent)
    return doc


def _update(ledger: Ledger, doc: Document, item: Item, *, number_name: str) -> None:
    status = STATUSES.get(item.get("Status") or "", doc.status)
    if doc.status not in LEGAL_MOVES or status not in LEGAL_MOVES[doc.status]:
        raise Refused(Reason.WRONG_STATUS, str(doc.status))
    ledger.check_open_period(doc.issued_on)
    if doc.touched and any(name in item for name in FROZEN_FIELDS):
        raise Refused(Reason.FROZEN)
    values = _new_values(ledger, item, number_name)
    ledger.check_number(doc, values.get("number", doc.number))
    before = copy.copy(doc)
    try:
        _apply(ledger, doc, item, values, status)
    except Refused:
        ledger.change_document(doc, number=before.number)
        for name in before.__struct_fields__:
            setattr(doc, name, getattr(before, name))
        raise


def _apply(
    ledger: Ledger, doc: Document, item: Item, values: dict[str, Any], status: Status
) -> None:
    if "LineItems" in item:
        lines = _lines(ledger, item["LineItems"] or [], doc.lines)
        prices = _prices(item) if "LineAmountTypes" in item else doc.prices
        ledger.replace_lines(doc, lines, prices=prices)
    if values:
        ledger.change_document(doc, **values)
    if status is not doc.status:
        if status is Status.OPEN:
            _check_approvable(doc)
        ledger.move(doc, status)


def _new_values(ledger: Ledger, item: Item, number_name: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for theirs, ours in (
        ("Date", "issued_on"),
        ("DueDate", "due_on"),
        ("ExpectedPaymentDate", "expected_on"),
    ):
        if theirs in item:
            values[ours] = read_day(item[theirs])
    if values.get("issued_on"):
        ledger.check_open_period(values["issued_on"])
    for theirs, ours in (("Reference", "reference"), ("Url", "url"), ("CurrencyCode", "currency")):
        if theirs in item:
            values[ours] = str(item[theirs] or "")
    if "currency" in values:
        ledger.check_currency(values["currency"])
    if item.get(number_name):
        values["number"] = _number(item[number_name])
    return values


def _contact(ledger: Ledger, item: Item) -> tuple[Contact, bool]:
    """The contact meant, and whether it was made for this document."""
    sent = item.get("Contact")
    if not sent:
        raise Refused(Reason.MISSING, "Contact")
    contact = find_contact(ledger, sent)
    if contact is None:
        return create_contact(ledger, sent), True
    return ledger.contact_for_new(contact.contact_id), False


def _check_approvable(doc: Document) -> None:
    if doc.kind is not Kind.CREDIT_NOTE and doc.due_on is None:
        raise Refused(Reason.MISSING, "DueDate")
    if any(not line.account for line in doc.lines):
        raise Refused(Reason.MISSING, "AccountCode")


def _lines(ledger: Ledger, rows: list[Item], old: tuple[Line, ...]) -> tuple[Line, ...]:
    known = {line.line_id: line for line in old}
    return tuple(_line(ledger, row, known.get(str(row.get("LineItemID")))) for row in rows)


def _line(ledger: Ledger, row: Item, old: Line | None) -> Line:
    account = str(row.get("AccountCode") or (old.account if old else ""))
    if account and account not in ledger.org.accounts:
        raise Refused(Reason.INVALID, "AccountCode", account)
    tax = str(row.get("TaxType") or "")
    if tax and tax not in TAXES:
        raise Refused(Reason.INVALID, "TaxType", tax)
    quantity = read_amount(row.get("Quantity", old.quantity if old else 1))
    return Line(
        line_id=old.line_id if old else ledger.books.new_id(),
        text=str(row.get("Description") or (old.text if old else "")),
        quantity=quantity,
        unit_price=_unit_price(row, quantity, old),
        account=account,
        tax_code=TAXES[tax] if tax else (old.tax_code if old else _default_tax(account)),
    )


def _unit_price(row: Item, quantity: Decimal, old: Line | None) -> Decimal:
    if row.get("UnitAmount") is not None:
        return read_amount(row["UnitAmount"])
    if row.get("LineAmount") is not None and quantity:
        return read_amount(row["LineAmount"]) / quantity
    return old.unit_price if old else ZERO


def _default_tax(account: str) -> str:
    return "standard" if account == "200" else "none"


def _prices(item: Item) -> str:
    word = str(item.get("LineAmountTypes") or "Exclusive").lower()
    if word not in PRICES:
        raise Refused(Reason.INVALID, "LineAmountTypes", word)
    return PRICES[word]


def _number(value: object) -> str:
    number = str(value or "")
    if len(number) > NUMBER_MAX:
        raise Refused(Reason.INVALID, "InvoiceNumber", f"(longer than {NUMBER_MAX})")
    return number
