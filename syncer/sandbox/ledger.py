"""One organisation's books and what people do in them, in no vendor's words.

Every method either changes the books and leaves history, or raises ``Refused`` and changes
nothing. Money is never created: what is left of a document is its total minus what was paid
and credited, and never falls below zero. The caller serialises access.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from syncer.sandbox.books import Books, price_line, sums
from syncer.sandbox.records import (
    CREDITS,
    LEGAL_MOVES,
    MOVE_WORDS,
    ZERO,
    Allocation,
    Contact,
    Document,
    Group,
    Kind,
    Line,
    Note,
    Payment,
    Status,
)
from syncer.sandbox.refusal import Reason, Refused, check_amount, found

_EPOCHS = itertools.count()
PREFIXES = {Kind.INVOICE: "INV", Kind.CREDIT_NOTE: "CN", Kind.BILL: "BILL"}


class Ledger:
    """The rules over one ``Books``. ``version`` grows with every change (for caches)."""

    def __init__(self, books: Books, clock: Callable[[], datetime]) -> None:
        self.books = books
        self.org = books.org
        self.clock = clock
        self.version = 0
        self.epoch = next(_EPOCHS)  # tells caches this ledger from any other with the same ids
        self._numbers = {
            (doc.kind, doc.number): doc.doc_id
            for doc in books.documents.values()
            if doc.status is not Status.DELETED
        }
        self.by_contact: dict[str, list[str]] = {}
        for doc in books.documents.values():
            self.by_contact.setdefault(doc.contact_id, []).append(doc.doc_id)

    def checkpoint(self) -> bytes:
        """The books as they are, for ``roll_back``."""
        return msgspec.msgpack.encode(self.books)

    def roll_back(self, saved: bytes) -> None:
        """Undo everything since the checkpoint."""
        version = self.version
        self.__init__(msgspec.msgpack.decode(saved, type=Books), self.clock)  # type: ignore[misc]
        self.version = version + 1

    # --- looking -------------------------------------------------------------------------

    def today(self) -> date:
        """The calendar date in the organisation's time zone."""
        return self.clock().astimezone(ZoneInfo(self.org.time_zone)).date()

    def contact(self, contact_id: str) -> Contact:
        """Raises Refused(UNKNOWN)."""
        return found(self.books.contacts.get(contact_id), "contact", contact_id)

    def document(self, doc_id: str) -> Document:
        """Raises Refused(UNKNOWN)."""
        return found(self.books.documents.get(doc_id), "document", doc_id)

    def payment(self, payment_id: str) -> Payment:
        """Raises Refused(UNKNOWN)."""
        return found(self.books.payments.get(payment_id), "payment", payment_id)

    def group(self, group_id: str) -> Group:
        """Raises Refused(UNKNOWN)."""
        return found(self.books.groups.get(group_id), "group", group_id)

    def by_number(self, kind: Kind, number: str) -> Document | None:
        """The live document that carries this number."""
        doc_id = self._numbers.get((kind, number))
        return self.books.documents[doc_id] if doc_id else None

    def documents_of(self, contact_id: str) -> Iterator[Document]:
        """All documents of one contact, oldest first."""
        return (self.books.documents[doc_id] for doc_id in self.by_contact.get(contact_id, ()))

    def open_invoices(self) -> list[Document]:
        """Invoices somebody still owes, in order of creation."""
        documents = self.books.documents.values()
        return [d for d in documents if d.kind is Kind.INVOICE and d.status is Status.OPEN]

    def allocations_of(self, doc: Document) -> list[Allocation]:
        """Live allocations to an invoice or from a credit."""
        known = (self.books.allocations[i] for i in doc.allocation_ids)
        return [allocation for allocation in known if not allocation.deleted]

    def payments_of(self, doc: Document) -> list[Payment]:
        """Live payments of a document."""
        return [p for p in (self.books.payments[i] for i in doc.payment_ids) if not p.deleted]

    def groups_of(self, contact_id: str) -> list[Group]:
        """The live groups a contact is in."""
        groups = self.books.groups.values()
        return [g for g in groups if contact_id in g.members and not g.deleted]

    def notes_of(self, parent_id: str) -> list[Note]:
        """A record's history, oldest first."""
        return self.books.notes.get(parent_id, [])

    # --- documents -----------------------------------------------------------------------

    def raise_document(
        self, doc: Document, *, status: Status = Status.OPEN, twice: bool = False
    ) -> Document:
        """Enter a new document: prices its lines, numbers it, sets its status.

        Without lines it keeps its ``total``; ``twice`` allows a number that is in use.
        """
        self.contact_for_new(doc.contact_id)
        self.check_open_period(doc.issued_on)
        self.check_currency(doc.currency)
        doc.number = doc.number or self.next_number(doc.kind)
        if not twice:
            self.check_number(doc, doc.number)
        self.reprice(doc)
        if status is Status.OPEN:
            self._spend_approval(doc)
        doc.status = status
        self.enter(doc)
        self.note(doc.doc_id, change="Created", text=f"{doc.number} for {doc.total}", author="user")
        return doc

    def enter(self, doc: Document) -> None:
        """Take over a document that was built elsewhere, unchecked."""
        self.books.documents[doc.doc_id] = doc
        self._numbers[(doc.kind, doc.number)] = doc.doc_id
        self.by_contact.setdefault(doc.contact_id, []).append(doc.doc_id)
        self.version += 1

    def reprice(self, doc: Document) -> None:
        """Work out lines and totals again."""
        for line in doc.lines:
            rate = self.org.tax_rates.get(line.tax_code, ZERO)
            price_line(line, rate=rate, prices=doc.prices, currency=doc.currency)
        if doc.lines:
            doc.net, doc.tax = sums(doc.lines)
            doc.total = doc.net + doc.tax
        if doc.total < 0:
            raise Refused(Reason.INVALID, "total", "cannot be negative")

    def move(self, doc: Document, status: Status, *, erase: bool = False) -> Document:
        """Approve, submit, delete or void, where the present status allows it.

        ``erase`` also deletes what was approved, as some vendors allow.
        """
        if status not in LEGAL_MOVES.get(doc.status, set()) and not erase:
            raise Refused(Reason.WRONG_STATUS, str(doc.status), str(status))
        if status is Status.VOID or erase:
            if doc.touched:
                raise Refused(Reason.WRONG_STATUS, "settled", str(status))
            self.check_open_period(doc.issued_on)
        if status is Status.OPEN and doc.status is not Status.OPEN:
            self._spend_approval(doc)
        doc.status = status
        if status in (Status.DELETED, Status.VOID):
            self._numbers.pop((doc.kind, doc.number), None)
        self.note(doc.doc_id, change=MOVE_WORDS[status], text="", author="user")
        return self.moved(doc)

    def replace_lines(self, doc: Document, lines: tuple[Line, ...], *, prices: str) -> Document:
        """New lines for a document nobody has paid yet."""
        if doc.touched:
            raise Refused(Reason.FROZEN, "lines")
        before = doc.lines, doc.prices
        doc.lines, doc.prices = lines, prices
        try:
            self.reprice(doc)
        except Refused:
            doc.lines, doc.prices = before
            self.reprice(doc)
            raise
        return self.moved(doc)

    def change_document(self, doc: Document, **values: object) -> Document:
        """Set fields that need no arithmetic: dates, reference, sent, disputed, number."""
        quiet = doc.touched and set(values) <= _QUIET_FIELDS
        number = str(values.get("number", doc.number))
        self.check_number(doc, number)
        self._numbers.pop((doc.kind, doc.number), None)
        self._numbers[(doc.kind, number)] = doc.doc_id
        for field, value in values.items():
            setattr(doc, field, value)
        return self.moved(doc, quiet=quiet)

    # --- money ---------------------------------------------------------------------------

    def pay(self, doc: Document, amount: Decimal | None = None, **more: object) -> Payment:
        """Money in for an invoice (or a refund of a credit); all that is left by default."""
        amount = doc.left if amount is None else amount
        on = more.pop("on", None) or self.today()
        if doc.status is not Status.OPEN:
            raise Refused(Reason.WRONG_STATUS, str(doc.status), "pay")
        check_amount(amount, doc.left)
        if not isinstance(on, date):
            raise Refused(Reason.INVALID, "date")
        self.check_open_period(on)
        payment = Payment(
            payment_id=self.books.new_id(),
            doc_id=doc.doc_id,
            amount=amount,
            on=on,
            changed_at=self.clock(),
        )
        for field, value in more.items():
            setattr(payment, field, value)
        self.books.payments[payment.payment_id] = payment
        doc.payment_ids += (payment.payment_id,)
        doc.settled += amount
        self._settle(doc, on)
        self.note(doc.doc_id, change="Paid", text=f"Payment of {amount} on {on}", author="user")
        return payment

    def delete_payment(self, payment_id: str) -> Payment:
        """Take a payment back: the document is open again."""
        payment = self.payment(payment_id)
        if payment.deleted:
            raise Refused(Reason.WRONG_STATUS, "payment", "deleted")
        self.check_open_period(payment.on)
        doc = self.document(payment.doc_id)
        payment.deleted, payment.changed_at = True, self.clock()
        doc.settled -= payment.amount
        self._settle(doc, None)
        return payment

    def allocate(
        self, credit: Document, invoice: Document, amount: Decimal, *, on: date | None = None
    ) -> Allocation:
        """Apply part of a credit to an invoice of the same contact (family) and currency."""
        if credit.kind not in CREDITS or invoice.kind is not Kind.INVOICE:
            raise Refused(Reason.INVALID, "allocation", "needs a credit and an invoice")
        if credit.status is not Status.OPEN or invoice.status is not Status.OPEN:
            raise Refused(Reason.WRONG_STATUS, str(invoice.status), "allocate")
        if self.books.family(credit.contact_id) != self.books.family(invoice.contact_id):
            raise Refused(Reason.WRONG_PARTY, "allocation")
        if credit.currency != invoice.currency:
            raise Refused(Reason.CURRENCY, invoice.currency)
        check_amount(amount, min(credit.left, invoice.left))
        allocation = Allocation(
            allocation_id=self.books.new_id(),
            credit_id=credit.doc_id,
            invoice_id=invoice.doc_id,
            amount=amount,
            on=on or self.today(),
            changed_at=self.clock(),
        )
        self.books.allocations[allocation.allocation_id] = allocation
        for doc in (credit, invoice):
            doc.allocation_ids += (allocation.allocation_id,)
            doc.credited += amount
            self._settle(doc, allocation.on)
        return allocation

    def delete_allocation(self, allocation_id: str) -> Allocation:
        """Take an allocation back."""
        allocation = found(self.books.allocations.get(allocation_id), "allocation", allocation_id)
        if allocation.deleted:
            raise Refused(Reason.WRONG_STATUS, "allocation", "deleted")
        allocation.deleted, allocation.changed_at = True, self.clock()
        for doc_id in (allocation.credit_id, allocation.invoice_id):
            doc = self.document(doc_id)
            doc.credited -= allocation.amount
            self._settle(doc, None)
        return allocation

    # --- history and rules ---------------------------------------------------------------

    def note(self, parent_id: str, *, change: str, text: str, author: str = "") -> Note:
        """Append to a record's history."""
        note = Note(parent_id=parent_id, at=self.clock(), change=change, text=text, author=author)
        self.books.notes.setdefault(parent_id, []).append(note)
        return note

    def contact_for_new(self, contact_id: str) -> Contact:
        """A contact that may be used in a new document."""
        contact = self.contact(contact_id)
        if contact.archived:
            raise Refused(Reason.ARCHIVED, "contact", contact.name)
        return contact

    def check_open_period(self, on: date) -> None:
        """Raises Refused(LOCKED) on or before a lock date."""
        for what, lock in (("period", self.org.lock_date), ("year", self.org.year_lock_date)):
            if lock and on <= lock:
                raise Refused(Reason.LOCKED, what, lock.isoformat())

    def check_currency(self, currency: str) -> None:
        """Raises Refused(CURRENCY) unless enabled."""
        if currency != self.org.currency and currency not in self.org.currencies:
            raise Refused(Reason.CURRENCY, currency)

    def next_number(self, kind: Kind) -> str:
        """The next free number of a kind."""
        count = self.books.next_number.get(kind, 1)
        number = f"{PREFIXES.get(kind, 'DOC')}-{count:04d}"
        while (kind, number) in self._numbers:
            count += 1
            number = f"{PREFIXES.get(kind, 'DOC')}-{count:04d}"
        self.books.next_number[kind] = count + 1
        return number

    def check_number(self, doc: Document, number: str) -> None:
        """Raises Refused(NOT_UNIQUE) when another document carries the number."""
        if self._numbers.get((doc.kind, number), doc.doc_id) != doc.doc_id:
            raise Refused(Reason.NOT_UNIQUE, "number", number)

    def _spend_approval(self, doc: Document) -> None:
        if doc.kind is not Kind.INVOICE or self.org.approvals_left is None:
            return
        if self.org.approvals_left <= 0:
            raise Refused(Reason.PLAN_CAP, "approve")
        self.org.approvals_left -= 1

    def _settle(self, doc: Document, on: date | None) -> None:
        if doc.left == 0:
            doc.status, doc.paid_on = Status.PAID, on
        elif doc.status is Status.PAID:
            doc.status, doc.paid_on = Status.OPEN, None
        self.moved(doc, money=True)

    def moved(self, doc: Document, *, quiet: bool = False, money: bool = False) -> Document:
        """Stamp a change; a quiet one moves no journal, so journal-based feeds miss it."""
        doc.changed_at = now = self.clock()
        doc.booked_at = doc.booked_at if quiet else now
        doc.edited_at = doc.edited_at if money else now
        doc.revision += 1
        self.version += 1
        return doc


_QUIET_FIELDS = frozenset({"due_on", "sent", "sent_at", "expected_on", "disputed"})
