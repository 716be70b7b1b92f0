"""A large book for benchmarks: open invoices only, cheap in memory and time.

Documents share line tuples from a small pool, so 100,000 invoices take seconds to make.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from syncer.sandbox.books import stable_id
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import ZERO, Contact, Document, Kind, Line, Status
from syncer.sandbox.world import World, WorldClock, organisation

POOL = 600
PART_PAID_SHARE = 0.15
CURRENCIES = ("NZD", "NZD", "NZD", "NZD", "AUD", "EUR", "GBP", "USD")
DEFAULT_TODAY = date(2026, 11, 22)


def large_book(
    *,
    invoices: int = 100_000,
    accounts: int = 20_000,
    seed: int = 1,
    today: date = DEFAULT_TODAY,
) -> World:
    """A world with ``invoices`` open invoices spread over ``accounts`` contacts."""
    start = datetime.combine(today, time(9), tzinfo=UTC)
    world = World(WorldClock(start), seed=seed)
    ledger = world.open_books(organisation(world, "Large Book Ltd"))
    rng = random.Random(seed)  # noqa: S311 - repeatable data
    contacts = [_contact(ledger, number, start) for number in range(accounts)]
    pool = [_lines(rng, number) for number in range(POOL)]
    for number in range(invoices):
        contact = contacts[number] if number < accounts else rng.choice(contacts)
        ledger.enter(_document(number, contact, rng, pool[number % POOL], start))
    return world


def _contact(ledger: Ledger, number: int, start: datetime) -> Contact:
    contact = Contact(
        contact_id=stable_id("contact", number),
        name=f"Åkerlund & Søn {number}" if number % 17 == 0 else f"Customer {number} Ltd",
        email=f"accounts@customer{number}.example",
        currency=CURRENCIES[number % len(CURRENCIES)],
        changed_at=start - timedelta(minutes=number),
    )
    ledger.books.contacts[contact.contact_id] = contact
    return contact


def _lines(rng: random.Random, number: int) -> tuple[Line, ...]:
    count = rng.choice((1, 2, 3, 4))
    return tuple(
        Line(
            line_id=stable_id("line", number, index),
            text=f"Service period {index + 1} of {count}",
            quantity=Decimal(1),
            unit_price=(price := Decimal(rng.randint(500, 90_000)) / 100),
            account="200",
            tax_code="zero",
            net=price,
        )
        for index in range(count)
    )


def _document(
    number: int,
    contact: Contact,
    rng: random.Random,
    lines: tuple[Line, ...],
    start: datetime,
) -> Document:
    total = sum((line.net for line in lines), ZERO)
    issued = start.date() - timedelta(days=number % 180 + 1)
    at = start - timedelta(seconds=number * 7 + 60)
    part_paid = rng.random() < PART_PAID_SHARE
    return Document(
        doc_id=stable_id("invoice", number),
        kind=Kind.INVOICE,
        number=f"INV-{number:07d}",
        contact_id=contact.contact_id,
        status=Status.OPEN,
        currency=contact.currency,
        total=total,
        net=total,
        settled=(total / 4).quantize(Decimal("0.01")) if part_paid else ZERO,
        issued_on=issued,
        due_on=issued + timedelta(days=30),
        created_at=at,
        changed_at=at,
        booked_at=at,
        sent=True,
        reference=f"PO-{number % 9000}",
        lines=lines,
    )
