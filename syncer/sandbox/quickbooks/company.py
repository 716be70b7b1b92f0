"""One company as the simulated vendor sees it: its books, its record numbers, its families."""

from datetime import datetime

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.numbering import NAMES, Numbering
from syncer.sandbox.quickbooks.apps import realm_of
from syncer.sandbox.records import Contact, Document, Kind


class Company:
    """Kept between calls, so that numbering and families are worked out once per change."""

    def __init__(self, ledger: Ledger, *, told: bool = True) -> None:
        """``told``: whether money applied to a document changes its LastUpdatedTime."""
        self.ledger = ledger
        self._told = told
        self.realm = realm_of(ledger.org.org_id)
        self.numbers = Numbering(ledger)
        self._children: tuple[int, dict[str, list[Contact]]] = (-1, {})

    def name_id(self, contact_id: str) -> str:
        """The Id of a customer."""
        return str(self.numbers.of(contact_id, NAMES))

    def txn_id(self, record_id: str) -> str:
        """The Id of a transaction."""
        return str(self.numbers.of(record_id))

    def contact(self, number: str) -> Contact | None:
        """The customer that carries this Id."""
        contact_id = self.numbers.record(number, NAMES)
        return self.ledger.books.contacts.get(contact_id or "")

    def document(self, number: str, kind: Kind) -> Document | None:
        """The invoice or credit memo that carries this Id."""
        doc = self.ledger.books.documents.get(self.numbers.record(number) or "")
        return doc if doc and doc.kind is kind else None

    def changed_at(self, doc: Document) -> datetime:
        """When a document changed, as far as the vendor tells."""
        return doc.changed_at if self._told else doc.edited_at or doc.created_at

    def children(self, contact_id: str) -> list[Contact]:
        """The customers directly below one."""
        if self._children[0] != self.ledger.version:
            found: dict[str, list[Contact]] = {}
            for contact in self.ledger.books.contacts.values():
                if contact.parent_id:
                    found.setdefault(contact.parent_id, []).append(contact)
            self._children = (self.ledger.version, found)
        return self._children[1].get(contact_id, [])

    def is_us(self) -> bool:
        """US companies have their own tax codes and character set."""
        return self.ledger.org.country == "US"

    def multicurrency(self) -> bool:
        """Whether several currencies are in use; that can never be switched off."""
        return bool(self.ledger.org.currencies)
