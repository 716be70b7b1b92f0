"""A realistic book of a few hundred customers, the same for the same seed and day.

Three years of invoices and payments up to ``today``, then the things that make follow-up
hard: disputes, part payments, unapplied credit, promises kept and broken, archived and merged
contacts, missing addresses, several currencies. ``play_day`` (in ``days``) lets it live on;
``large_book`` (in ``bulk``) is for benchmarks.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from syncer.sandbox import families, people, receipts
from syncer.sandbox.books import rounded
from syncer.sandbox.bulk import large_book
from syncer.sandbox.customers import Habit, Size, person, pick_habit, pick_size, planned_payday
from syncer.sandbox.days import play_day
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.places import place_of
from syncer.sandbox.records import Contact, Document, Kind, Line, Payment, Status
from syncer.sandbox.world import Clock, World, WorldClock, organisation

__all__ = ["american_world", "demo_book", "demo_world", "large_book", "morning", "play_day"]

HISTORY_DAYS = 3 * 365
OPT_OUT_GROUP = "No reminders"
BANK = "090"
CHECKS = 6  # payments for two invoices at once, with some money over


def morning(day: date) -> datetime:
    """09:00 UTC of a day: working hours in London, the demo organisation's zone."""
    return datetime.combine(day, time(9), tzinfo=UTC)


def demo_world(
    today: date, *, seed: int = 7, customers: int = 260, clock: Clock | None = None
) -> World:
    """A world with one organisation whose book is filled up to the morning of ``today``."""
    world = World(clock or WorldClock(morning(today)), seed=seed)
    org = organisation(
        world,
        "Northgate Supplies Ltd",
        currency="GBP",
        country="GB",
        time_zone="Europe/London",
        currencies=["AUD", "EUR", "JPY", "USD"],
        tax_rates={"standard": Decimal("0.20"), "zero": Decimal(0), "none": Decimal(0)},
        lock_date=today - timedelta(days=400),
    )
    world.open_books(org)
    demo_book(world.main, today, customers=customers)
    return world


def american_world(
    today: date, *, seed: int = 7, customers: int = 160, clock: Clock | None = None
) -> World:
    """A world with a US company: customers with several sites, and some in Canada."""
    world = World(clock or WorldClock(morning(today)), seed=seed)
    org = organisation(
        world,
        "Cedar Forge Supply Co.",
        currency="USD",
        country="US",
        time_zone="America/New_York",
        currencies=["CAD"],
        tax_rates={"standard": Decimal("0.08"), "zero": Decimal(0), "none": Decimal(0)},
        lock_date=today - timedelta(days=400),
    )
    ledger = world.open_books(org)
    demo_book(ledger, today, customers=customers, sites=True)
    return world


def demo_book(ledger: Ledger, today: date, *, customers: int = 260, sites: bool = False) -> None:
    """Fill a ledger's books with customers (``sites``: some with several), history, trouble."""
    for number in range(1, customers + 1):
        rng = random.Random(f"{ledger.books.seed}-{number}")  # noqa: S311 - repeatable data
        contact = _customer(ledger, rng, number, today)
        _history(ledger, rng, contact, pick_size(rng), today)
        if sites and number % families.EVERY == 0:
            for part in families.split_up(ledger, rng, contact):
                _history(ledger, rng, part, pick_size(rng), today)
    if sites:
        _checks_for_several(ledger, random.Random(f"{ledger.books.seed}-checks"), today)  # noqa: S311
    rng = random.Random(f"{ledger.books.seed}-trouble")  # noqa: S311
    _open_invoice_trouble(ledger, rng, today)
    _unapplied_credit(ledger, rng, today)
    _contact_trouble(ledger, rng)
    _odds_and_ends(ledger, rng, today)


def _customer(ledger: Ledger, rng: random.Random, number: int, today: date) -> Contact:
    place = place_of(ledger.org.country)
    domain = f"customer{number}.example"
    head = person(rng, domain, gets_mail=False)
    currency = place.currency
    if rng.random() < place.foreign_share:
        currency = rng.choice(place.rates)[0]
    contact = Contact(
        contact_id=ledger.books.new_id(),
        name=place.name(rng, number),
        changed_at=morning(today - timedelta(days=rng.randint(30, HISTORY_DAYS))),
        first_name=head.first_name,
        last_name=head.last_name,
        email="" if rng.random() < 0.03 else f"accounts@{domain}",
        phone=place.phone(number),
        city=rng.choice(place.cities),
        country=place.country,
        number=f"C{number:04d}",
        currency=currency,
        terms_days=rng.choice(place.terms_days),
        habit=pick_habit(rng),
    )
    if rng.random() < 0.25:
        contact.people = [person(rng, domain, gets_mail=rng.random() < 0.7)]
    return people.enter_contact(ledger, contact)


def _history(ledger: Ledger, rng: random.Random, contact: Contact, size: Size, today: date) -> None:
    day = today - timedelta(days=rng.randint(90, HISTORY_DAYS))
    while day <= today:
        day += timedelta(days=max(1, round(rng.expovariate(size.per_month / 30))))
        if day <= today:
            _invoice(ledger, rng, contact, size.amount, day, today)


def _invoice(
    ledger: Ledger,
    rng: random.Random,
    contact: Contact,
    amount: int,
    issued: date,
    today: date,
) -> Document:
    doc = new_document(ledger, rng, contact, amount=amount, issued=issued)
    ledger.enter(doc)
    if doc.due_on is None:
        return doc
    paid_on = max(issued, planned_payday(Habit(contact.habit), doc.doc_id, doc.due_on, today))
    if paid_on <= today:
        _enter_payment(ledger, doc, doc.total, paid_on)
    return doc


def new_document(
    ledger: Ledger,
    rng: random.Random,
    contact: Contact,
    *,
    amount: int,
    issued: date,
    kind: Kind = Kind.INVOICE,
) -> Document:
    """A priced, approved document worth about ``amount`` at home, in the contact's currency."""
    rates = dict(place_of(ledger.org.country).rates)
    rate = Decimal(rates.get(contact.currency, "1"))
    at = morning(issued)
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=kind,
        number=ledger.next_number(kind),
        contact_id=contact.contact_id,
        status=Status.OPEN,
        currency=contact.currency,
        total=Decimal(0),
        issued_on=issued,
        due_on=issued + timedelta(days=contact.terms_days) if kind is Kind.INVOICE else None,
        created_at=at,
        changed_at=at,
        booked_at=at,
        rate=rate,
        reference=f"PO-{rng.randint(1000, 9999)}" if rng.random() < 0.5 else "",
        sent=rng.random() < 0.95,
        lines=_lines(ledger, rng, amount, rate, contact.currency),
    )
    ledger.reprice(doc)
    return doc


def _lines(
    ledger: Ledger, rng: random.Random, amount: int, rate: Decimal, currency: str
) -> tuple[Line, ...]:
    count = rng.choice((1, 1, 2, 3))
    return tuple(
        Line(
            line_id=ledger.books.new_id(),
            text=rng.choice(("Materials", "Labour", "Delivery", "Café fit-out", "Spare parts")),
            quantity=Decimal(rng.randint(1, 5)),
            unit_price=rounded(
                Decimal(str(round(rng.lognormvariate(0, 0.5) * amount / count / 3, 2))) * rate,
                currency,
            ),
            account="200",
            tax_code="standard" if currency == ledger.org.currency else "zero",
        )
        for _ in range(count)
    )


def _enter_payment(ledger: Ledger, doc: Document, amount: Decimal, on: date) -> None:
    at = morning(on)
    payment = Payment(
        payment_id=ledger.books.new_id(),
        doc_id=doc.doc_id,
        amount=amount,
        on=on,
        changed_at=at,
        account=BANK,
        reconciled=True,
    )
    ledger.books.payments[payment.payment_id] = payment
    doc.payment_ids += (payment.payment_id,)
    doc.settled += amount
    doc.changed_at = doc.booked_at = at
    if doc.left == 0:
        doc.status, doc.paid_on = Status.PAID, on


def _open_invoice_trouble(ledger: Ledger, rng: random.Random, today: date) -> None:
    """Disputes, part payments and promises on some of what is open."""
    for doc in ledger.open_invoices():
        luck = rng.random()
        overdue = doc.due_on is not None and doc.due_on < today
        if luck < 0.08:
            part = rounded(doc.total * Decimal(rng.choice(("0.25", "0.5", "0.8"))), doc.currency)
            if 0 < part < doc.left:
                on = max(doc.issued_on, today - timedelta(days=rng.randint(1, 20)))
                _enter_payment(ledger, doc, part, on)
        elif luck < 0.12 and overdue:
            doc.disputed = True
            ledger.note(
                doc.doc_id, change="Note", text="Customer disputes the quantity", author="Sam"
            )
        elif luck < 0.20 and overdue:
            # A negative offset is a promise that was not kept.
            doc.expected_on = today + timedelta(days=rng.choice((-6, 3, 9, 15)))


def _checks_for_several(ledger: Ledger, rng: random.Random, today: date) -> None:
    """One payment for a customer's two oldest invoices, rounded up: the rest is unapplied."""
    owed: dict[str, list[Document]] = {}
    for doc in ledger.open_invoices():
        owed.setdefault(doc.contact_id, []).append(doc)
    several = [docs for docs in owed.values() if len(docs) > 2]
    for first, second, *_ in rng.sample(several, k=min(CHECKS, len(several))):
        due = first.left + second.left
        receipts.take(
            ledger,
            first.contact_id,
            due.quantize(Decimal(1)) + rng.choice((25, 40, 100)),
            [(first, first.left), (second, second.left)],
            on=today - timedelta(days=rng.randint(1, 6)),
            currency=first.currency,
            rate=first.rate,
            account=BANK,
        )


def _unapplied_credit(ledger: Ledger, rng: random.Random, today: date) -> None:
    contacts = list(ledger.books.contacts.values())
    kinds = [Kind.CREDIT_NOTE] * 12 + [Kind.OVERPAYMENT] * 5 + [Kind.PREPAYMENT] * 4
    for kind, contact in zip(
        kinds, rng.sample(contacts, k=min(len(kinds), len(contacts))), strict=False
    ):
        issued = today - timedelta(days=rng.randint(5, 90))
        ledger.enter(new_document(ledger, rng, contact, amount=120, issued=issued, kind=kind))


def _contact_trouble(ledger: Ledger, rng: random.Random) -> None:
    """Archived with open invoices, merged, and the group that must not be reminded."""
    owing = list({doc.contact_id: None for doc in ledger.open_invoices()})
    rng.shuffle(owing)
    at = ledger.clock
    chosen = iter(owing)
    ledger.clock = lambda: at() - timedelta(days=14)
    for contact_id, _ in zip(chosen, range(2), strict=False):
        people.archive(ledger, contact_id)
    for loser, survivor in zip(owing[2:4], owing[4:6], strict=False):
        if ledger.contact(loser).currency == ledger.contact(survivor).currency:
            people.merge(ledger, loser, survivor)
    group = people.add_group(ledger, OPT_OUT_GROUP)
    for contact_id in owing[6:10]:
        people.join_group(ledger, group.group_id, contact_id)
    ledger.clock = at


def _odds_and_ends(ledger: Ledger, rng: random.Random, today: date) -> None:
    """Drafts, a submitted invoice, voids and bills: what a careless filter would chase."""
    contacts = list(ledger.books.contacts.values())
    if not contacts:
        return
    for status in (Status.DRAFT, Status.DRAFT, Status.SUBMITTED, Status.VOID, Status.VOID):
        issued = today - timedelta(days=60)
        doc = new_document(ledger, rng, rng.choice(contacts), amount=300, issued=issued)
        doc.status = status
        ledger.enter(doc)
    for number in range(1, 6):
        supplier = people.add_contact(
            ledger,
            f"Supplier {number} GmbH",
            email=f"supplier{number}@example.org",
            supplier=True,
            currency=place_of(ledger.org.country).currency,
        )
        issued = today - timedelta(days=50)
        bill = new_document(ledger, rng, supplier, amount=500, issued=issued, kind=Kind.BILL)
        bill.due_on = issued + timedelta(days=30)
        ledger.enter(bill)
