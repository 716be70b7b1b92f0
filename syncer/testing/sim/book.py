"""Small books for simulations: a few customers, their invoices and credits, on a given day.

Addresses are one per customer (``accounts@c1.example``), so that a message tells whom it was
meant for. ``random_book`` draws one from a seed.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document, Kind, Line, Status
from syncer.sandbox.world import Clock, World, organisation

OPT_OUT_GROUP = "No reminders"
CURRENCIES = ("GBP", "GBP", "GBP", "EUR")
# Per pound, as the vendor writes it.
RATES = {"GBP": Decimal(1), "EUR": Decimal("1.17"), "USD": Decimal("1.31")}
LONDON = "Europe/London"


def new_world(
    clock: Clock, name: str = "Northgate Supplies Ltd", *, seed: int = 1, zone: str = LONDON
) -> World:
    """One organisation that sells in pounds, euros and dollars; nobody owes it anything."""
    world = World(clock, seed=seed)
    org = organisation(
        world,
        name,
        currency="GBP",
        country="GB",
        time_zone=zone,
        currencies=["EUR", "USD"],
        tax_rates={"none": Decimal(0)},
    )
    ledger = world.open_books(org)
    people.add_group(ledger, OPT_OUT_GROUP)
    return world


def customer(ledger: Ledger, number: int | str, *, currency: str = "") -> Contact:
    """A customer with one address of its own; ``currency`` where it is not the ledger's."""
    return people.add_contact(
        ledger,
        f"Customer {number} Ltd",
        email=address(ledger, number),
        first_name="Jo",
        currency=currency,
    )


def address(ledger: Ledger, number: int | str) -> str:
    """Unique over the ledgers of a rig."""
    word = "".join(filter(str.isalnum, ledger.org.name)).lower()
    return f"accounts@c{number}.{word}.example"


def invoice(
    ledger: Ledger, contact: Contact, amount: str, *, late: int, currency: str = "GBP"
) -> Document:
    """An approved invoice that is ``late`` days past due today (negative: still to come)."""
    due_on = ledger.today() - timedelta(days=late)
    return _raise(ledger, contact, Kind.INVOICE, Decimal(amount), currency, due_on)


def credit(ledger: Ledger, contact: Contact, amount: str, *, currency: str = "GBP") -> Document:
    """A credit note nobody has applied yet."""
    return _raise(ledger, contact, Kind.CREDIT_NOTE, Decimal(amount), currency, None)


def _raise(
    ledger: Ledger,
    contact: Contact,
    kind: Kind,
    amount: Decimal,
    currency: str,
    due_on: date | None,
) -> Document:
    now, today = ledger.clock(), ledger.today()
    issued = today if due_on is None else min(today, due_on - timedelta(days=14))
    line = Line(
        line_id=ledger.books.new_id(),
        text="Goods",
        quantity=Decimal(1),
        unit_price=amount,
        account="200",
        tax_code="none",
    )
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=kind,
        number="",
        contact_id=contact.contact_id,
        status=Status.OPEN,
        currency=currency,
        total=amount,
        issued_on=issued,
        due_on=due_on,
        created_at=now,
        changed_at=now,
        booked_at=now,
        rate=RATES[currency],
        sent=True,
        lines=(line,),
    )
    return ledger.raise_document(doc)


def random_book(ledger: Ledger, rng: random.Random) -> None:
    """Two to five customers with zero to four invoices each, some with credit."""
    for number in range(1, rng.randint(3, 6)):
        contact = customer(ledger, number)
        currency = rng.choice(CURRENCIES)
        for _ in range(rng.choice((0, 1, 1, 2, 3, 4))):
            random_invoice(ledger, contact, rng, currency)
        if rng.random() < 0.3:
            credit(ledger, contact, random_amount(rng, 60), currency=currency)


def random_invoice(
    ledger: Ledger, contact: Contact, rng: random.Random, currency: str = "GBP"
) -> Document:
    """An invoice between a fortnight before and six weeks after its due date."""
    late = rng.randint(-14, 40)
    return invoice(ledger, contact, random_amount(rng, 400), late=late, currency=currency)


def random_amount(rng: random.Random, most: int) -> str:
    """Between one cent and ``most``, with cents."""
    return str(Decimal(rng.randint(1, most * 100)) / 100)
