"""The book every connector is asked about: a few customers, every kind of trouble, exact sums.

``ENTRIES`` is the truth as a person would write it down; ``seeded_world`` enters it into a
world, whose clock stands at an hour when the organisation's day is already tomorrow in UTC
terms. ``sized_world`` makes plain books of any length.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from syncer.model.ledger import ItemKind
from syncer.sandbox import people
from syncer.sandbox.books import stable_id
from syncer.sandbox.bulk import large_book
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document, Kind, Line, Person, Status
from syncer.sandbox.world import World, WorldClock, organisation
from syncer.testing.connector_case import CANARY

NO_REMINDERS = "No reminders"  # the group of customers that are not to be chased
ZONE = "Pacific/Auckland"
TODAY = date(2026, 11, 23)  # in Auckland; in UTC it is still the day before
START = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
DAY = date(2026, 10, 1)
DUE = date(2026, 10, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document. ``paid`` counts payments and credit, in the document's currency."""

    number: str
    who: str = "joinery"
    kind: Kind = Kind.INVOICE
    total: str
    paid: str = "0"
    currency: str = "NZD"
    rate: str = "1"  # units of its currency per unit of base currency
    status: Status = Status.OPEN
    issued: date = DAY
    due: date | None = DUE
    paid_on: date | None = None
    expected: date | None = None
    sent: bool = True
    mailed: datetime | None = None  # when the ledger last mailed it; None = when it was issued
    reference: str = ""

    @property
    def doc_id(self) -> str:
        """Its id in the world."""
        return stable_id("suite", self.number)

    @property
    def mailed_on(self) -> date | None:
        """The organisation's day of the last mail; None where the book does not say."""
        return self.mailed.astimezone(ZoneInfo(ZONE)).date() if self.mailed else None

    @property
    def open(self) -> Decimal:
        """What is left on it."""
        return Decimal(self.total) - Decimal(self.paid)


ENTRIES: tuple[Entry, ...] = (
    Entry(number="S-001", total="100.00"),
    Entry(number="S-002", total="250.50", paid="100.25",
          mailed=datetime(2026, 11, 10, 11, 30, tzinfo=UTC)),
    Entry(number="S-003", total="0.01", due=TODAY),
    Entry(number="S-004", who="café", total="999999999.99", reference="PO Ärger №7 – 請求書"),
    Entry(number="S-005", who="café", total="120000", currency="JPY", rate="80"),
    Entry(number="S-006", who="café", total="75.40", currency="EUR", rate="0.5", paid="0.40"),
    Entry(number="S-007", total="33.33", currency="USD", issued=date(2026, 2, 28)),
    Entry(number="S-008", total="60.00", issued=TODAY, due=date(2027, 1, 1), sent=False),
    Entry(number="S-009", total="45.00", expected=date(2026, 11, 30)),
    Entry(number="S-010", who="old", total="18.00"),
    Entry(number="S-011", who="merged", total="21.00"),
    Entry(number="S-012", who="quiet", total="64.00"),
    Entry(number="S-020", total="80.00", paid="80.00", paid_on=date(2026, 11, 5)),
    Entry(number="S-021", who="café", total="5000", currency="JPY", paid="5000", paid_on=TODAY),
    Entry(number="S-022", total="70.00", status=Status.VOID),
    Entry(number="S-023", total="90.00", status=Status.DRAFT),
    Entry(number="S-024", total="91.00", status=Status.DELETED),
    Entry(number="B-001", kind=Kind.BILL, who="joinery", total="500.00"),
    Entry(number="C-001", total="40.00", kind=Kind.CREDIT_NOTE, due=None),
    Entry(number="C-002", who="café", total="55.00", kind=Kind.OVERPAYMENT, due=None),
    Entry(number="C-003", who="quiet", total="12.50", kind=Kind.PREPAYMENT, due=None),
    Entry(number="C-004", total="30.00", paid="30.00", kind=Kind.CREDIT_NOTE, due=None,
          paid_on=date(2026, 11, 5)),
    Entry(number="C-005", total="15.00", kind=Kind.CREDIT_NOTE, due=None, status=Status.VOID),
)  # fmt: skip
CUSTOMERS = {
    "joinery": "Plain Joinery Ltd",
    "café": "Ōtaki Café, O'Neill & Søn 株式会社",
    "old": "Archived Motors",
    "merged": "Merged Foods",
    "quiet": f"Quiet Customer {CANARY}",
}
ITEM_KINDS = {
    Kind.CREDIT_NOTE: ItemKind.CREDIT_NOTE,
    Kind.OVERPAYMENT: ItemKind.OVERPAYMENT,
    Kind.PREPAYMENT: ItemKind.PREPAYMENT,
}


def contact_id(who: str) -> str:
    """A customer's id in the world."""
    return stable_id("suite contact", who)


def owner(entry: Entry) -> str:
    """Whose account an entry is on: the merged customer's went to the survivor."""
    return contact_id("joinery" if entry.who == "merged" else entry.who)


def open_invoices() -> tuple[Entry, ...]:
    """Everything that customers owe in the seeded book."""
    return tuple(
        entry
        for entry in ENTRIES
        if entry.kind is Kind.INVOICE and entry.status is Status.OPEN and entry.open
    )


def open_credits() -> tuple[Entry, ...]:
    """Every credit with something left on it."""
    return tuple(
        entry
        for entry in ENTRIES
        if entry.kind in ITEM_KINDS and entry.status is Status.OPEN and entry.open
    )


def paid_invoices() -> tuple[Entry, ...]:
    """Every invoice paid in full."""
    return tuple(e for e in ENTRIES if e.kind is Kind.INVOICE and e.paid_on is not None)


def seeded_world() -> World:
    """``ENTRIES`` in a world, an hour after the last change."""
    world = World(WorldClock(START), seed=5)
    ledger = world.open_books(organisation(world, "Suite Trading Ltd"))
    for who, name in CUSTOMERS.items():
        _customer(ledger, who, name)
    group = people.add_group(ledger, NO_REMINDERS)
    people.join_group(ledger, group.group_id, contact_id("quiet"))
    for entry in ENTRIES:
        _enter(ledger, entry)
    people.merge(ledger, contact_id("merged"), contact_id("joinery"))
    people.archive(ledger, contact_id("old"))
    world.advance(hours=1)
    return world


def sized_world(invoices: int) -> World:
    """Open invoices of at most three customers, and nothing else."""
    return large_book(invoices=invoices, accounts=min(invoices, 3))


def owed(world: World) -> dict[str, Decimal]:
    """What is left on every open invoice of any world, by its id there."""
    return {doc.doc_id: doc.left for doc in world.main.open_invoices()}


def _customer(ledger: Ledger, who: str, name: str) -> None:
    contact = Contact(
        contact_id=contact_id(who),
        name=name,
        email=f"accounts-{CANARY}@{who.replace('é', 'e')}.example",
        changed_at=ledger.clock(),
        first_name="Ada",
        last_name="Čapek",
        currency="NZD",
    )
    if who == "café":
        contact.people = [
            Person(first_name="Bé", last_name="Ünal", email="be@cafe.example", gets_mail=True),
            Person(first_name="No", last_name="Mail", email="no@cafe.example"),
        ]
    people.enter_contact(ledger, contact)


def _enter(ledger: Ledger, entry: Entry) -> None:
    now = ledger.clock()
    total = Decimal(entry.total)
    line = Line(
        line_id=stable_id("suite line", entry.number),
        text=f"Goods {CANARY}",
        quantity=Decimal(1),
        unit_price=total,
        account="200",
        tax_code="none",
        net=total,
    )
    doc = Document(
        doc_id=entry.doc_id,
        kind=entry.kind,
        number=entry.number,
        contact_id=contact_id(entry.who),
        status=entry.status,
        currency=entry.currency,
        rate=Decimal(entry.rate),
        total=total,
        net=total,
        issued_on=entry.issued,
        due_on=entry.due,
        expected_on=entry.expected,
        sent=entry.sent,
        sent_at=entry.mailed,
        reference=entry.reference,
        created_at=now,
        changed_at=now,
        booked_at=now,
        lines=(line,),
    )
    ledger.enter(doc)
    if Decimal(entry.paid):
        ledger.pay(doc, Decimal(entry.paid), on=entry.paid_on or DUE, account="090")
