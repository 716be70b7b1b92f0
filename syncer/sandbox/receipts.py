"""Money of a customer applied in one go: to several invoices, with credits, or to nothing yet.

Vendors that keep such receipts read and write them here. Underneath they are the same
payments, allocations and credits that any other wire form shows, so open balances agree.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import (
    CREDITS,
    ZERO,
    Document,
    Kind,
    Receipt,
    Status,
)
from syncer.sandbox.refusal import Reason, Refused, found

Parts = Sequence[tuple[Document, Decimal]]  # invoices it pays, credits it uses up


def take(
    ledger: Ledger,
    contact_id: str,
    total: Decimal,
    parts: Parts,
    *,
    on: date,
    currency: str,
    **more: object,
) -> Receipt:
    """Enter a receipt. Raises Refused and changes nothing when it does not add up."""
    now = ledger.clock()
    ledger.contact_for_new(contact_id)
    receipt = Receipt(
        receipt_id=ledger.books.new_id(),
        contact_id=contact_id,
        currency=currency,
        total=total,
        on=on,
        created_at=now,
        changed_at=now,
    )
    for name, value in more.items():
        setattr(receipt, name, value)
    _check(ledger, receipt, parts)
    ledger.books.receipts[receipt.receipt_id] = receipt
    _apply(ledger, receipt, parts)
    return receipt


def apply_anew(ledger: Ledger, receipt: Receipt, total: Decimal, parts: Parts) -> Receipt:
    """Take back what the receipt was applied to and apply it otherwise."""
    before, receipt.total = receipt.total, total
    try:
        _check(ledger, receipt, parts)
    except Refused:
        receipt.total = before
        raise
    _take_back(ledger, receipt)
    _apply(ledger, receipt, parts)
    return touch(ledger, receipt)


def cancel(ledger: Ledger, receipt: Receipt, *, void: bool) -> Receipt:
    """Void (it stays, with nothing in it) or delete a receipt; its invoices are open again."""
    if receipt.deleted or receipt.void:
        raise Refused(Reason.WRONG_STATUS, "payment", "deleted")
    ledger.check_open_period(receipt.on)
    _take_back(ledger, receipt)
    receipt.void, receipt.deleted = void, not void
    return touch(ledger, receipt)


def release(ledger: Ledger, doc: Document) -> None:
    """Take everything off a document: its money becomes unapplied, its credits free."""
    for key in keys_of(ledger, doc):
        receipt = receipt_for(ledger, key)
        rest = [(ledger.document(i), amount) for i, amount in applied(ledger, receipt)]
        rest = [(other, amount) for other, amount in rest if other is not doc]
        credit = sum((amount for other, amount in rest if other.kind in CREDITS), ZERO)
        owed = sum((amount for other, amount in rest if other.kind not in CREDITS), ZERO)
        if credit > owed:
            rest = [(other, amount) for other, amount in rest if other.kind not in CREDITS]
        if receipt.total or rest:
            apply_anew(ledger, receipt, receipt.total, _affordable(receipt, rest))
        else:
            cancel(ledger, receipt, void=False)


def receipt_for(ledger: Ledger, key: str) -> Receipt:
    """The receipt behind a payment, a credit or an allocation; made now if there is none yet.

    It takes over the record's id. Raises Refused(UNKNOWN).
    """
    books = ledger.books
    known = books.receipts.get(key)
    if known is not None:
        return _without_void_rest(ledger, known)
    receipt = _of_payment(ledger, key) or _of_credit(ledger, key) or _of_allocation(ledger, key)
    books.receipts[key] = found(receipt, "payment", key)
    return books.receipts[key]


def touch(ledger: Ledger, receipt: Receipt) -> Receipt:
    """Note that something that moves no money changed."""
    receipt.changed_at = ledger.clock()
    receipt.revision += 1
    ledger.version += 1
    return receipt


def keys_of(ledger: Ledger, doc: Document) -> list[str]:
    """The receipts that touch an invoice or a credit, oldest first, by id."""
    keys = {payment.receipt_id or payment.payment_id: 0 for payment in ledger.payments_of(doc)}
    for part in ledger.allocations_of(doc):
        credit = ledger.document(part.credit_id)
        if credit.kind is Kind.CREDIT_NOTE:
            keys[part.receipt_id or part.allocation_id] = 0
        elif doc.kind is Kind.INVOICE:
            keys[credit.receipt_id or credit.doc_id] = 0
    return list(keys) if doc.kind not in CREDITS else [k for k in keys if not _refund(ledger, k)]


def applied(ledger: Ledger, receipt: Receipt) -> list[tuple[str, Decimal]]:
    """(document, amount) of every live part: invoices paid and credit notes used."""
    sums: dict[str, Decimal] = {}
    books = ledger.books
    for payment in (books.payments[i] for i in receipt.payment_ids):
        if not payment.deleted:
            sums[payment.doc_id] = sums.get(payment.doc_id, ZERO) + payment.amount
    for part in (books.allocations[i] for i in receipt.allocation_ids):
        if not part.deleted:
            for doc_id in (part.invoice_id, part.credit_id):
                sums[doc_id] = sums.get(doc_id, ZERO) + part.amount
    if receipt.credit_id:
        for part in ledger.allocations_of(ledger.document(receipt.credit_id)):
            sums[part.invoice_id] = sums.get(part.invoice_id, ZERO) + part.amount
    return list(sums.items())


def _check(ledger: Ledger, receipt: Receipt, parts: Parts) -> None:
    ledger.check_open_period(receipt.on)
    ledger.check_currency(receipt.currency)
    mine = dict(applied(ledger, receipt))
    family = ledger.books.family(receipt.contact_id)
    for doc, amount in parts:
        free = mine.get(doc.doc_id, ZERO) + (doc.left if doc.status is not Status.VOID else ZERO)
        if doc.status not in (Status.OPEN, Status.PAID):
            raise Refused(Reason.WRONG_STATUS, str(doc.status), "pay")
        if ledger.books.family(doc.contact_id) != family:
            raise Refused(Reason.WRONG_PARTY, "payment")
        if doc.currency != receipt.currency:
            raise Refused(Reason.CURRENCY, doc.currency)
        if amount <= 0:
            raise Refused(Reason.INVALID, "amount", "must be more than zero")
        if doc.kind in CREDITS and amount > free:
            raise Refused(Reason.TOO_MUCH, "amount", str(free))
    owed = sum((amount for doc, amount in parts if doc.kind is Kind.INVOICE), ZERO)
    credit = sum((amount for doc, amount in parts if doc.kind in CREDITS), ZERO)
    if owed > receipt.total + credit or credit > owed or receipt.total < 0:
        raise Refused(Reason.TOO_MUCH, "applied", str(receipt.total + credit))


def _apply(ledger: Ledger, receipt: Receipt, parts: Parts) -> None:
    """Credits first, then money, then what is over becomes a credit of its own."""
    credit = [(doc, amount) for doc, amount in parts if doc.kind in CREDITS]
    money = receipt.total
    for invoice, amount in ((d, a) for d, a in parts if d.kind is Kind.INVOICE):
        wanted = min(amount, invoice.left)
        wanted -= _allocate(ledger, receipt, credit, invoice, wanted)
        if wanted > 0:
            payment = ledger.pay(invoice, wanted, on=receipt.on, account=receipt.account)
            payment.receipt_id, payment.reference = receipt.receipt_id, receipt.reference
            receipt.payment_ids += (payment.payment_id,)
            money -= wanted
    receipt.credit_id = _keep_rest(ledger, receipt, money) if money > 0 else ""


def _allocate(
    ledger: Ledger,
    receipt: Receipt,
    credit: list[tuple[Document, Decimal]],
    invoice: Document,
    wanted: Decimal,
) -> Decimal:
    done = ZERO
    for index, (source, amount) in enumerate(credit):
        share = min(amount, wanted - done)
        if share > 0:
            part = ledger.allocate(source, invoice, share, on=receipt.on)
            part.receipt_id = receipt.receipt_id
            receipt.allocation_ids += (part.allocation_id,)
            credit[index] = (source, amount - share)
            done += share
    return done


def _keep_rest(ledger: Ledger, receipt: Receipt, rest: Decimal) -> str:
    now = ledger.clock()
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=Kind.OVERPAYMENT,
        number="",
        contact_id=receipt.contact_id,
        status=Status.DRAFT,
        currency=receipt.currency,
        total=rest,
        issued_on=receipt.on,
        created_at=now,
        changed_at=now,
        booked_at=now,
        rate=receipt.rate,
        receipt_id=receipt.receipt_id,
    )
    return ledger.raise_document(doc).doc_id


def _take_back(ledger: Ledger, receipt: Receipt) -> None:
    for payment in (ledger.payment(i) for i in receipt.payment_ids):
        if not payment.deleted:
            ledger.delete_payment(payment.payment_id)
    parts = [ledger.books.allocations[i] for i in receipt.allocation_ids]
    credit = ledger.books.documents.get(receipt.credit_id)
    if credit is not None:
        parts += ledger.allocations_of(credit)
    for part in parts:
        if not part.deleted:
            ledger.delete_allocation(part.allocation_id)
    if credit is not None and credit.status is Status.OPEN:
        receipt.revision += credit.revision + 1  # a vendor's revision never falls
        ledger.move(credit, Status.DELETED, erase=True)
    receipt.payment_ids, receipt.allocation_ids, receipt.credit_id = (), (), ""


def _affordable(receipt: Receipt, parts: Iterable[tuple[Document, Decimal]]) -> Parts:
    """Parts of a receipt whose credit was taken away: invoices get what the money still covers."""
    parts = list(parts)
    left = receipt.total + sum((a for d, a in parts if d.kind in CREDITS), ZERO)
    kept = []
    for doc, amount in parts:
        if doc.kind is Kind.INVOICE:
            amount, left = min(amount, left), left - min(amount, left)
        if amount > 0:
            kept.append((doc, amount))
    return kept


def _without_void_rest(ledger: Ledger, receipt: Receipt) -> Receipt:
    """Forget a rest that somebody voided from another screen, and its money with it."""
    rest = ledger.books.documents.get(receipt.credit_id)
    if rest is not None and rest.status is Status.VOID:
        receipt.total -= rest.total
        receipt.revision += rest.revision
        receipt.credit_id = ""
    return receipt


def _of_payment(ledger: Ledger, key: str) -> Receipt | None:
    payment = ledger.books.payments.get(key)
    if payment is None:
        return None
    receipt = _wrapping(ledger, key, payment.doc_id, payment.on)
    receipt.total, receipt.payment_ids = payment.amount, (key,)
    receipt.reference, receipt.account = payment.reference, payment.account
    receipt.created_at = receipt.changed_at = payment.changed_at
    payment.receipt_id, receipt.deleted = key, payment.deleted
    return receipt


def _of_credit(ledger: Ledger, key: str) -> Receipt | None:
    doc = ledger.books.documents.get(key)
    if doc is None or doc.kind not in (Kind.OVERPAYMENT, Kind.PREPAYMENT):
        return None
    receipt = _wrapping(ledger, key, key, doc.issued_on)
    receipt.total, receipt.credit_id = doc.total, key
    receipt.created_at, receipt.changed_at = doc.created_at, doc.changed_at
    doc.receipt_id = key
    return receipt


def _of_allocation(ledger: Ledger, key: str) -> Receipt | None:
    part = ledger.books.allocations.get(key)
    if part is None:
        return None
    receipt = _wrapping(ledger, key, part.invoice_id, part.on)
    receipt.allocation_ids = (key,)
    receipt.created_at = receipt.changed_at = part.changed_at or ledger.clock()
    part.receipt_id, receipt.deleted = key, part.deleted
    return receipt


def _wrapping(ledger: Ledger, key: str, doc_id: str, on: date) -> Receipt:
    doc, now = ledger.document(doc_id), ledger.clock()
    return Receipt(
        receipt_id=key,
        contact_id=doc.contact_id,
        currency=doc.currency,
        rate=doc.rate,
        total=ZERO,
        on=on,
        created_at=now,
        changed_at=now,
    )


def _refund(ledger: Ledger, key: str) -> bool:
    payment = ledger.books.payments.get(key)
    return payment is not None and ledger.document(payment.doc_id).kind in CREDITS
