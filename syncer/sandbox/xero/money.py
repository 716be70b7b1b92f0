"""Payments and allocations ("payments", "credit notes", "overpayments", "prepayments" pages).

Read November 2026. A payment that was deleted stays readable with Status DELETED.
"""

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Document, Kind
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero import shapes
from syncer.sandbox.xero.batch import Item, Saved, write
from syncer.sandbox.xero.exchange import Answer, Context, as_json
from syncer.sandbox.xero.wire import read_amount, read_day, read_flag

TARGETS = (
    ("Invoice", Kind.INVOICE, "InvoiceNumber"),
    ("CreditNote", Kind.CREDIT_NOTE, "CreditNoteNumber"),
    ("Overpayment", Kind.OVERPAYMENT, ""),
    ("Prepayment", Kind.PREPAYMENT, ""),
)


def save_payments(ctx: Context) -> Answer:
    """PUT /Payments (several), POST /Payments (one)."""
    return write(ctx, "Payments", _save_payment)


def delete_payment(ctx: Context) -> Answer:
    """POST /Payments/{PaymentID} with ``Status: DELETED``."""

    def save(ctx: Context, item: Item) -> Saved:
        if item.get("Status") != "DELETED":
            raise Refused(Reason.INVALID, "Status", "(a payment can only be deleted)")
        return Saved(shapes.payment(ctx.ledger, ctx.ledger.delete_payment(ctx.ids[0])))

    return write(ctx, "Payments", save)


def save_allocations(ctx: Context) -> Answer:
    """PUT /{CreditNotes|Overpayments|Prepayments}/{id}/Allocations."""
    credit = ctx.ledger.document(ctx.ids[0])

    def save(ctx: Context, item: Item) -> Saved:
        target = ctx.ledger.document(str((item.get("Invoice") or {}).get("InvoiceID")).lower())
        amount = read_amount(item.get("Amount"))
        made = ctx.ledger.allocate(credit, target, amount, on=read_day(item.get("Date")))
        return Saved(shapes.allocation(ctx.ledger, made))

    return write(ctx, "Allocations", save)


def delete_allocation(ctx: Context) -> Answer:
    """DELETE /{credit}/{id}/Allocations/{AllocationID}."""
    gone = ctx.ledger.delete_allocation(ctx.ids[1])
    return as_json({"AllocationID": gone.allocation_id, "IsDeleted": True})


def _save_payment(ctx: Context, item: Item) -> Saved:
    ledger = ctx.ledger
    payment = ledger.pay(
        _target(ledger, item),
        read_amount(item.get("Amount")),
        on=read_day(item.get("Date")),
        account=_bank_account(ledger, item),
        reference=str(item.get("Reference") or ""),
        reconciled=read_flag(item.get("IsReconciled")),
    )
    return Saved(shapes.payment(ledger, payment))


def _target(ledger: Ledger, item: Item) -> Document:
    for name, kind, number_name in TARGETS:
        sent = item.get(name) or {}
        if sent.get(f"{name}ID"):
            return ledger.document(str(sent[f"{name}ID"]).lower())
        number = sent.get(number_name) or item.get(number_name)
        doc = ledger.by_number(kind, str(number)) if number_name and number else None
        if doc:
            return doc
    raise Refused(Reason.MISSING, "Invoice")


def _bank_account(ledger: Ledger, item: Item) -> str:
    sent = item.get("Account") or {}
    for code, account in ledger.org.accounts.items():
        if sent.get("Code") == code or sent.get("AccountID") == account.account_id:
            return code
    raise Refused(Reason.MISSING, "Account")
