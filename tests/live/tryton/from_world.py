"""Puts the connector suite's book into Tryton, and what is changed in it afterwards.

The book is a ``World``; Tryton has no drafts of credits, no refunds by itself and no bills of
customers, so each entry is entered as a bookkeeper would: an overpayment is money that was put
on nothing, a refunded credit note is closed by the refund.
"""

import json
from datetime import UTC
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from syncer.sandbox.records import CREDITS, Contact, Document, Kind, Status
from syncer.sandbox.world import World
from syncer.testing.connector_book import DUE

from .seeding import SUITE, Office

_MONEY = frozenset({Kind.OVERPAYMENT, Kind.PREPAYMENT})
UNKNOWN = "999999"  # an id that nobody has


class Entered:
    """A world inside Tryton: ids by the world's, and what was entered of it so far."""

    def __init__(self, office: Office, world: World) -> None:
        self._office = office
        self._world = world
        self.parties: dict[str, int] = {}
        self.invoices: dict[str, int] = {}
        self.lines: dict[str, int] = {}
        self._emails: dict[str, str] = {}
        self._done: set[str] = set()

    @property
    def digest(self) -> str:
        """Of the whole book as it stands, and of how it is entered."""
        books = self._world.main.books
        told = [repr(one) for one in (*books.contacts.values(), *books.documents.values())]
        how = Path(__file__).read_bytes()
        return sha256("".join(told).encode() + how).hexdigest()[:12]

    def remote(self, record: str) -> str:
        """Tryton's id of a record of the world."""
        known = self.lines.get(record) or self.parties.get(record)
        return UNKNOWN if known is None else str(known)

    def keep(self, path: Path) -> None:
        """Write down what was entered and where it is."""
        kept = {name: sorted(v) if isinstance(v, set) else v for name, v in self._state().items()}
        path.write_text(json.dumps(kept))

    def take_up(self, path: Path) -> None:
        """Go on from what was written down."""
        kept = json.loads(path.read_text())
        self._done = set(kept.pop("_done"))
        for name, value in kept.items():
            setattr(self, name, value)

    def _state(self) -> dict[str, Any]:
        names = ("parties", "invoices", "lines", "_emails", "_done")
        return {name: getattr(self, name) for name in names}

    def enter(self) -> None:
        """Whatever is in the world and not in Tryton yet; oldest first, as numbers go."""
        books = self._world.main.books
        self._contacts(list(books.contacts.values()))
        documents = sorted(books.documents.values(), key=lambda doc: doc.issued_on)
        new = [doc for doc in documents if doc.doc_id not in self._done]
        self._documents([doc for doc in new if doc.status is not Status.DELETED])
        for doc in documents:
            self._apply(doc)
        for contact in books.contacts.values():
            self._put_away(contact)
        if "bank" not in self._done:
            self._done.add("bank")  # the bank was looked at on this day
            on = self._world.main.today().isoformat()
            company = self._office.companies[SUITE]
            self._office.clerk("bank_fee", company=company, amount="1.00", on=on)

    def mail(self) -> None:
        """What the world's ledger mailed, by the e-mails that Tryton keeps of it."""
        for doc in self._world.main.books.documents.values():
            if doc.sent_at is not None and doc.doc_id in self.invoices:
                at = doc.sent_at.astimezone(UTC).replace(tzinfo=None).isoformat()
                about = f"account.invoice,{self.invoices[doc.doc_id]}"
                self._office.clerk("mailed", about=about, at=at)

    def _contacts(self, contacts: list[Contact]) -> None:
        new = [one for one in contacts if one.contact_id not in self.parties]
        entries = [self._party(one) for one in new]
        company = self._office.companies[SUITE]
        made = self._office.clerk("parties", company=company, entries=entries)
        self.parties |= {one.contact_id: party for one, party in zip(new, made, strict=True)}
        for one in contacts:
            if self._emails.setdefault(one.contact_id, one.email) != one.email:
                party = self.parties[one.contact_id]
                self._office.clerk("change_email", party=party, value=one.email)
                self._emails[one.contact_id] = one.email

    def _party(self, contact: Contact) -> dict[str, object]:
        groups = self._world.main.groups_of(contact.contact_id)
        category = groups[0].name if groups else ""
        return {"name": contact.name, "emails": _emails(contact), "category": category}

    def _documents(self, new: list[Document]) -> None:
        """Void and draft ones too; a deleted one was never there."""
        self._done |= {doc.doc_id for doc in new}
        papers = [doc for doc in new if doc.kind not in _MONEY]
        entries = [self._invoice(doc) for doc in papers]
        company = self._office.companies[SUITE]
        made = self._office.clerk("invoices", company=company, entries=entries)
        for doc, one in zip(papers, made, strict=True):
            self.invoices[doc.doc_id] = one["id"]
            if one["lines"]:
                self.lines[doc.doc_id] = one["lines"][0]
        for doc in new:
            if doc.kind in _MONEY:
                self.lines[doc.doc_id] = self._money(doc, doc.total, doc.issued_on.isoformat())

    def _invoice(self, doc: Document) -> dict[str, object]:
        sign = -1 if doc.kind is Kind.CREDIT_NOTE else 1
        return {
            "party": self.parties[doc.contact_id],
            "currency": doc.currency,
            "amount": str(doc.total * sign),
            "issued": doc.issued_on.isoformat(),
            "due": [(doc.due_on or doc.issued_on).isoformat()],
            "number": doc.number,
            "reference": doc.reference,
            "kind": "in" if doc.kind is Kind.BILL else "out",
            "state": "draft" if doc.status is Status.DRAFT else "posted",
        }

    def _money(self, doc: Document, amount: Decimal, on: str) -> int:
        line: int = self._office.clerk(
            "money",
            company=self._office.companies[SUITE],
            party=self.parties[doc.contact_id],
            currency=doc.currency,
            amount=str(amount),
            on=on,
        )
        return line

    def _apply(self, doc: Document) -> None:
        """Payments, allocations and a change of mind since the last time."""
        if doc.status is Status.VOID and f"void {doc.doc_id}" not in self._done:
            self._void(doc)
        for payment in self._world.main.payments_of(doc):
            if payment.payment_id not in self._done:
                self._done.add(payment.payment_id)
                self._pay(doc, payment.amount, payment.on.isoformat())
        for allocation in self._world.main.allocations_of(doc):
            if allocation.allocation_id not in self._done:
                self._done.add(allocation.allocation_id)
                self._office.clerk(
                    "put_on",
                    invoice=self.invoices[allocation.invoice_id],
                    line=self.lines[allocation.credit_id],
                )
        told = sum((one.amount for one in self._world.main.payments_of(doc)), Decimal(0))
        if doc.settled > told and f"settled {doc.doc_id}" not in self._done:
            self._done.add(f"settled {doc.doc_id}")
            self._pay(doc, doc.settled - told, (doc.paid_on or DUE).isoformat())

    def _pay(self, doc: Document, amount: Decimal, on: str) -> None:
        if doc.kind in CREDITS:
            refund = self._money(doc, -amount, on)
            self._office.clerk("reconcile", lines=[self.lines[doc.doc_id], refund])
            return
        invoice, currency = self.invoices[doc.doc_id], doc.currency
        self._office.clerk("pay", invoice=invoice, amount=str(amount), on=on, currency=currency)

    def _void(self, doc: Document) -> None:
        self._done.add(f"void {doc.doc_id}")
        self._office.clerk("cancel", invoice=self.invoices[doc.doc_id])

    def _put_away(self, contact: Contact) -> None:
        party, done = self.parties[contact.contact_id], f"away {contact.contact_id}"
        if done in self._done or not contact.archived:
            return
        self._done.add(done)
        if contact.merged_into:
            self._office.clerk("merge", party=party, into=self.parties[contact.merged_into])
        else:
            self._office.clerk("archive", party=party)


def _emails(contact: Contact) -> list[dict[str, object]]:
    """The contact's own address first, then people; those who get mail are marked for it."""
    own = {"value": contact.email, "invoice": True}
    more = [{"value": one.email, "invoice": one.gets_mail} for one in contact.people]
    return [own, *more] if contact.email else more
