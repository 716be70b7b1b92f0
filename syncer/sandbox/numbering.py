"""Small numbers for records, for vendors whose ids are counted and not drawn.

Two series, as such vendors keep them: contacts, and everything with a date (documents,
receipts, payments, allocations). A number is given when a record is first seen, in the order
in which the books took the records up, and never changes; it is saved with the books.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Document, Kind

NAMES, TRANSACTIONS = "names", "transactions"


class Numbering:
    """The numbers of one ledger's records. Call ``refresh`` before looking anything up."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._numbers = {
            series: ledger.books.short_ids.setdefault(series, {})
            for series in (NAMES, TRANSACTIONS)
        }
        self._records = {
            series: {number: record for record, number in numbers.items()}
            for series, numbers in self._numbers.items()
        }
        self._seen: dict[str, int] = {}
        self._version = -1

    def refresh(self) -> None:
        """Number what is new."""
        if self._version == self._ledger.version:
            return
        self._version = self._ledger.version
        books = self._ledger.books
        self._take(NAMES, "contacts", books.contacts)
        self._take(TRANSACTIONS, "documents", books.documents)
        for kind in ("receipts", "payments", "allocations"):
            self._take(TRANSACTIONS, kind, getattr(books, kind))

    def of(self, record_id: str, series: str = TRANSACTIONS) -> int:
        """The number of a record. Raises KeyError for one that was never numbered."""
        return self._numbers[series][record_id]

    def record(self, number: str, series: str = TRANSACTIONS) -> str | None:
        """The record that carries the number, as a vendor's client sends it."""
        return self._records[series].get(int(number)) if number.isdecimal() else None

    def _take(self, series: str, kind: str, records: Mapping[str, object]) -> None:
        # The books only ever grow, so what lies behind the mark has its number.
        numbers, known = self._numbers[series], self._records[series]
        for record_id in _wanted(islice(records.items(), self._seen.get(kind, 0), None)):
            if record_id not in numbers:
                numbers[record_id] = number = len(numbers) + 1
                known[number] = record_id
        self._seen[kind] = len(records)


def _wanted(records: Iterable[tuple[str, object]]) -> Iterable[str]:
    for record_id, record in records:
        if isinstance(record, Document):
            if record.kind is not Kind.BILL:
                yield record_id
        elif not getattr(record, "receipt_id", "") or hasattr(record, "credit_id"):
            yield record_id
