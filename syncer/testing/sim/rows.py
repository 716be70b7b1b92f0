"""The two files of an export as rows, how they are written down, and how they are spoilt."""

import csv
import io
import random
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import CREDITS, Contact, Document, Kind, Status
from syncer.testing.sim.book import OPT_OUT_GROUP

ITEM_COLUMNS = (
    *("Id", "Number", "Customer Id", "Customer", "Kind", "Issued", "Due", "Paid", "Expected"),
    *("Sent", "Mailed", "Currency", "Total", "Open", "Remark"),
)
CONTACT_COLUMNS = ("Customer Id", "Name", "Address", "No reminders", "Remark")
KIND_WORDS = {
    Kind.INVOICE: "Invoice",
    Kind.CREDIT_NOTE: "Credit note",
    Kind.OVERPAYMENT: "Overpayment",
    Kind.PREPAYMENT: "Prepayment",
}
_SHOWN = (Status.OPEN, Status.PAID)

Rows = list[list[str]]


def item_rows(books: Ledger) -> Rows:
    """What is open and what was paid, as bookkeeping programs list it; credits are negative."""
    documents = (doc for doc in books.books.documents.values() if _is_listed(doc))
    return [list(ITEM_COLUMNS), *(_item_row(books, doc) for doc in documents)]


def _is_listed(doc: Document) -> bool:
    return doc.kind in KIND_WORDS and doc.status in _SHOWN


def _item_row(books: Ledger, doc: Document) -> list[str]:
    sign = -1 if doc.kind in CREDITS else 1
    return [
        *(doc.doc_id, doc.number, doc.contact_id, books.contact(doc.contact_id).name),
        KIND_WORDS[doc.kind],
        *(str(day or "") for day in (doc.issued_on, doc.due_on, doc.paid_on, doc.expected_on)),
        *("yes" if doc.sent else "no", str(mailed_on(books, doc) or ""), doc.currency),
        *(_amount(sign * doc.total), _amount(sign * doc.left)),
        "-",
    ]


def mailed_on(books: Ledger, doc: Document) -> date | None:
    """The day on which the ledger mailed a document last, where it lives."""
    zone = ZoneInfo(books.org.time_zone)
    return None if doc.sent_at is None else doc.sent_at.astimezone(zone).date()


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


def contact_rows(books: Ledger) -> Rows:
    """Whoever is not archived: others do not stand in such a list."""
    groups = [group for group in books.books.groups.values() if group.name == OPT_OUT_GROUP]
    in_peace = {one for group in groups for one in group.members}
    contacts = (one for one in books.books.contacts.values() if not one.archived)
    return [list(CONTACT_COLUMNS), *(_contact_row(one, in_peace) for one in contacts)]


def _contact_row(one: Contact, in_peace: set[str]) -> list[str]:
    chased = "yes" if one.contact_id in in_peace else "no"
    return [one.contact_id, one.name, one.email, chased, "-"]


def written(rows: Rows, *, delimiter: str = ",") -> bytes:
    """As CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def read(content: bytes) -> Rows:
    """What ``written`` made."""
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def without(rows: Rows, column: str) -> Rows:
    """One column less."""
    place = rows[0].index(column)
    return [[*row[:place], *row[place + 1 :]] for row in rows]


def cut_off(content: bytes, dice: random.Random) -> bytes:
    """Cut within some row, before its last column: what is left has a row that is too short."""
    ends = [place for place, sign in enumerate(content) if sign == ord("\n")]
    row = dice.randrange(1, len(ends)) if len(ends) > 1 else 0
    first = ends[row - 1] + 2 if row else 1
    last = content.rindex(b",", 0, ends[row])
    return content[: dice.randint(first, last)]
