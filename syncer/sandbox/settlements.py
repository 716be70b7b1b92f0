"""What a customer's payment screen shows, whoever entered it: one ``Settlement`` each.

A receipt, a payment on an invoice, an overpayment or prepayment, a credit note applied to an
invoice: vendors with a single kind of payment show all four as that kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.receipts import applied
from syncer.sandbox.records import (
    CREDITS,
    ZERO,
    Allocation,
    Document,
    Kind,
    Payment,
    Receipt,
    Status,
)

SHOWN = frozenset({Status.OPEN, Status.PAID, Status.VOID, Status.DELETED})


@dataclass(frozen=True, slots=True)
class Settlement:
    """``links``: (document, amount) of invoices paid and credit notes used."""

    key: str
    contact_id: str
    currency: str
    rate: Decimal
    total: Decimal
    unapplied: Decimal
    on: date
    created_at: datetime
    changed_at: datetime
    revision: int
    links: tuple[tuple[str, Decimal], ...]
    reference: str = ""
    memo: str = ""
    account: str = ""
    void: bool = False
    deleted: bool = False


def settlements(ledger: Ledger) -> Iterator[Settlement]:
    """All of them, deleted ones included."""
    books = ledger.books
    yield from (_receipt(ledger, receipt) for receipt in books.receipts.values())
    for payment in books.payments.values():
        if not payment.receipt_id and ledger.document(payment.doc_id).kind is Kind.INVOICE:
            yield _payment(ledger, payment)
    for doc in books.documents.values():
        if _is_free_money(doc):
            yield _free_money(ledger, doc)
    for part in books.allocations.values():
        if not part.receipt_id and ledger.document(part.credit_id).kind is Kind.CREDIT_NOTE:
            yield _allocation(ledger, part)


def settlement(ledger: Ledger, key: str) -> Settlement | None:
    """One of them by id."""
    books = ledger.books
    if key in books.receipts:
        return _receipt(ledger, books.receipts[key])
    payment = books.payments.get(key)
    if payment is not None:
        refund = ledger.document(payment.doc_id).kind in CREDITS
        return None if refund else _payment(ledger, payment)
    doc = books.documents.get(key)
    if doc is not None:
        return _free_money(ledger, doc) if _is_free_money(doc) else None
    part = books.allocations.get(key)
    return _allocation(ledger, part) if part else None


def _is_free_money(doc: Document) -> bool:
    money = doc.kind in (Kind.OVERPAYMENT, Kind.PREPAYMENT)
    return money and not doc.receipt_id and doc.status in SHOWN


def _receipt(ledger: Ledger, receipt: Receipt) -> Settlement:
    rest = ledger.books.documents.get(receipt.credit_id)
    changed = max(receipt.changed_at, rest.changed_at) if rest else receipt.changed_at
    lost = rest.total if rest and rest.status is Status.VOID else ZERO
    return Settlement(
        key=receipt.receipt_id,
        contact_id=receipt.contact_id,
        currency=receipt.currency,
        rate=receipt.rate,
        total=ZERO if receipt.void else receipt.total - lost,
        unapplied=rest.left - lost if rest else ZERO,
        on=receipt.on,
        created_at=receipt.created_at,
        changed_at=changed,
        # The rest can be used from another screen: that, too, makes an older copy stale.
        revision=receipt.revision + (rest.revision if rest else 0),
        links=tuple(applied(ledger, receipt)),
        reference=receipt.reference,
        memo=receipt.memo,
        account=receipt.account,
        void=receipt.void,
        deleted=receipt.deleted,
    )


def _payment(ledger: Ledger, payment: Payment) -> Settlement:
    doc = ledger.document(payment.doc_id)
    return Settlement(
        key=payment.payment_id,
        contact_id=doc.contact_id,
        currency=doc.currency,
        rate=doc.rate,
        total=payment.amount,
        unapplied=ZERO,
        on=payment.on,
        created_at=payment.changed_at,
        changed_at=payment.changed_at,
        revision=int(payment.deleted),
        links=((doc.doc_id, payment.amount),),
        reference=payment.reference,
        account=payment.account,
        deleted=payment.deleted,
    )


def _free_money(ledger: Ledger, doc: Document) -> Settlement:
    void = doc.status is Status.VOID
    parts = ledger.allocations_of(doc)
    return Settlement(
        key=doc.doc_id,
        contact_id=doc.contact_id,
        currency=doc.currency,
        rate=doc.rate,
        total=ZERO if void else doc.total,
        unapplied=ZERO if void else doc.left,
        on=doc.issued_on,
        created_at=doc.created_at,
        changed_at=doc.changed_at,
        revision=doc.revision,
        links=tuple((part.invoice_id, part.amount) for part in parts),
        reference=doc.reference,
        memo=doc.memo,
        void=void,
        deleted=doc.status is Status.DELETED,
    )


def _allocation(ledger: Ledger, part: Allocation) -> Settlement:
    doc = ledger.document(part.invoice_id)
    at = part.changed_at or datetime.combine(part.on, time(), tzinfo=UTC)
    return Settlement(
        key=part.allocation_id,
        contact_id=doc.contact_id,
        currency=doc.currency,
        rate=doc.rate,
        total=ZERO,
        unapplied=ZERO,
        on=part.on,
        created_at=at,
        changed_at=at,
        revision=int(part.deleted),
        links=((part.invoice_id, part.amount), (part.credit_id, part.amount)),
        deleted=part.deleted,
    )
