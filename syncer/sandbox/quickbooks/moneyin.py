"""Writing payments: money, perhaps none, applied to invoices, with or without credit memos.

``TotalAmt`` plus the credits is at least what the lines pay; the rest is unapplied, and more
for an invoice than it still owes becomes unapplied, too. Lines can be changed all or none.
Source: "payment" page and issue threads, read November 2026.
"""

from decimal import Decimal

from syncer.sandbox import receipts
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.sales import NOTE_MAX, remember
from syncer.sandbox.quickbooks.shapes import VOIDED
from syncer.sandbox.quickbooks.wire import (
    Row,
    checked_text,
    read_amount,
    read_day,
    read_flag,
    read_ref,
)
from syncer.sandbox.records import Document, Kind, Receipt

KINDS = {"Invoice": Kind.INVOICE, "CreditMemo": Kind.CREDIT_NOTE}
REFERENCE_MAX = 21
LINKS_MAX = 10_000


def create(ctx: Context, body: Row) -> str:
    """A new payment; its key. Raises Wrong or Refused."""
    number = read_ref(body.get("CustomerRef"))
    if not number:
        raise Wrong("6560", "Business Validation Error: CustomerRef is required", "CustomerRef")
    contact = ctx.company.contact(number)
    if contact is None:
        raise Wrong("6250", f"Invalid Customer: {number}", "CustomerRef")
    currency = contact.currency or ctx.ledger.org.currency
    asked = read_ref(body.get("CurrencyRef")) or currency
    if asked != currency:
        raise Wrong("6000", f"Business Validation Error: the customer does not trade in {asked}")
    rate = read_amount(body.get("ExchangeRate") or 1, "ExchangeRate")
    receipt = receipts.take(
        ctx.ledger,
        contact.contact_id,
        _total(body),
        _parts(ctx, body),
        on=read_day(body["TxnDate"], "TxnDate") if body.get("TxnDate") else ctx.ledger.today(),
        currency=currency,
        rate=1 / rate if rate > 0 else Decimal(1),
        reference=checked_text(body.get("PaymentRefNum"), "PaymentRefNum", REFERENCE_MAX),
        memo=checked_text(body.get("PrivateNote"), "PrivateNote", NOTE_MAX),
        account=_bank(ctx),
    )
    return receipt.receipt_id


def update(ctx: Context, key: str, body: Row) -> None:
    """Sparse where the body says so; ``Line`` and ``TotalAmt`` apply the money anew."""
    whole = not read_flag(body.get("sparse"))
    receipt = receipts.receipt_for(ctx.ledger, key)
    before = receipt.memo
    memo = checked_text(body.get("PrivateNote"), "PrivateNote", NOTE_MAX)
    reference = checked_text(body.get("PaymentRefNum"), "PaymentRefNum", REFERENCE_MAX)
    total = receipt.total if "TotalAmt" not in body and not whole else _total(body)
    if whole or "Line" in body:
        receipts.apply_anew(ctx.ledger, receipt, total, _parts(ctx, body))
    else:
        _re_total(ctx, receipt, total)
    if whole or "PrivateNote" in body:
        receipt.memo = memo
        remember(ctx, receipt.contact_id, before, memo)
    if whole or "PaymentRefNum" in body:
        receipt.reference = reference


def delete(ctx: Context, key: str) -> None:
    """Its invoices are open again."""
    receipts.cancel(ctx.ledger, receipts.receipt_for(ctx.ledger, key), void=False)


def void(ctx: Context, key: str) -> None:
    """It stays, with nothing in it."""
    receipt = receipts.cancel(ctx.ledger, receipts.receipt_for(ctx.ledger, key), void=True)
    receipt.memo = f"{VOIDED} - {receipt.memo}" if receipt.memo else VOIDED


def _re_total(ctx: Context, receipt: Receipt, total: Decimal) -> None:
    kept = [(ctx.ledger.document(i), amount) for i, amount in receipts.applied(ctx.ledger, receipt)]
    if total == receipt.total:
        receipts.touch(ctx.ledger, receipt)
    else:
        receipts.apply_anew(ctx.ledger, receipt, total, kept)


def _total(body: Row) -> Decimal:
    if body.get("TotalAmt") in (None, ""):
        raise Wrong("2020", "Required parameter TotalAmt is missing", "TotalAmt")
    return read_amount(body["TotalAmt"], "TotalAmt")


def _parts(ctx: Context, body: Row) -> list[tuple[Document, Decimal]]:
    parts: dict[str, tuple[Document, Decimal]] = {}
    for row in body.get("Line") or []:
        amount = read_amount(row.get("Amount") or 0, "Line.Amount")
        for link in row.get("LinkedTxn") or []:
            doc = _linked(ctx, link)
            known = parts.get(doc.doc_id, (doc, Decimal(0)))[1]
            parts[doc.doc_id] = (doc, known + amount)
    if len(parts) > LINKS_MAX:
        raise Wrong("6000", f"Business Validation Error: more than {LINKS_MAX} links")
    return [part for part in parts.values() if part[1]]


def _linked(ctx: Context, link: Row) -> Document:
    kind = KINDS.get(str(link.get("TxnType")))
    number = str(link.get("TxnId") or "")
    doc = ctx.company.document(number, kind) if kind else None
    if doc is None:
        detail = f"Invalid Reference Id : {link.get('TxnType')} {number} not found"
        raise Wrong("2500", detail, "LinkedTxn")
    return doc


def _bank(ctx: Context) -> str:
    accounts = ctx.ledger.org.accounts
    return next((code for code, account in accounts.items() if account.bank), "")
