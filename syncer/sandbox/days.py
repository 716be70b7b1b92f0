"""Letting a day pass: customers pay by habit, reminded ones sooner; new invoices are raised.

Deterministic for the same world and random stream.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from syncer.sandbox.books import rounded
from syncer.sandbox.customers import Habit, planned_payday
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import ZERO, Contact, Document, Kind, Line, Status
from syncer.sandbox.world import World, WorldClock

REMINDER_WORKS_FOR = timedelta(days=10)
CHANCE_AFTER_REMINDER = 0.22  # a day
CHANCE_DISPUTE_ENDS = 0.05
CHANCE_PART_PAYMENT = 0.06  # of a payment
CHANCE_CREDIT = 0.004  # per open invoice and day
NEW_INVOICES_PER_CUSTOMER = 0.02
WEEKEND = frozenset({5, 6})
BANK = "090"


def play_day(world: World, rng: random.Random) -> date:
    """Move to the next day (the world's own clock only) and let it happen. Returns the day."""
    if isinstance(world.clock, WorldClock):
        world.clock.advance(days=1)
    for ledger in world.ledgers.values():
        _live(ledger, rng)
    return world.main.today()


def _live(ledger: Ledger, rng: random.Random) -> None:
    today = ledger.today()
    if today.weekday() in WEEKEND:
        return
    for doc in ledger.open_invoices():
        contact = ledger.contact(doc.contact_id)
        if doc.disputed:
            _argue(ledger, doc, rng)
        elif _pays(ledger, contact, doc, today, rng):
            _pay(ledger, doc, rng)
        elif rng.random() < CHANCE_CREDIT:
            _give_credit(ledger, doc, rng, today)
    _raise_new(ledger, rng, today)


def _pays(ledger: Ledger, contact: Contact, doc: Document, today: date, rng: random.Random) -> bool:
    due = doc.due_on or doc.issued_on
    if contact.habit and planned_payday(Habit(contact.habit), doc.doc_id, due, today) <= today:
        return True
    reminded = ledger.books.payer(contact).reminded_at
    fresh = reminded is not None and ledger.clock() - reminded < REMINDER_WORKS_FOR
    return fresh and due <= today and rng.random() < CHANCE_AFTER_REMINDER


def _pay(ledger: Ledger, doc: Document, rng: random.Random) -> None:
    amount = doc.left
    if rng.random() < CHANCE_PART_PAYMENT:
        amount = max(rounded(amount / 2, doc.currency), Decimal("0.01")) if amount > 1 else amount
    ledger.pay(doc, amount, account=BANK, reconciled=True)


def _argue(ledger: Ledger, doc: Document, rng: random.Random) -> None:
    if rng.random() < CHANCE_DISPUTE_ENDS:
        ledger.change_document(doc, disputed=False)
        ledger.note(doc.doc_id, change="Note", text="Dispute settled", author="Sam")


def _give_credit(ledger: Ledger, doc: Document, rng: random.Random, today: date) -> None:
    """A credit note for a tenth; half of the time nobody applies it."""
    amount = rounded(doc.left / 10, doc.currency)
    if amount <= 0:
        return
    line = _line(ledger, "Goodwill", amount, tax_code="none")
    credit = _document(ledger, Kind.CREDIT_NOTE, doc.contact_id, doc.currency, today, line)
    credit.rate = doc.rate
    if ledger.contact(doc.contact_id).archived:
        return
    ledger.raise_document(credit)
    if rng.random() < 0.5:
        ledger.allocate(credit, doc, amount)


def _raise_new(ledger: Ledger, rng: random.Random, today: date) -> None:
    _each(
        [c for c in ledger.books.contacts.values() if c.habit and not c.archived],
        lambda contact: _sell(ledger, contact, rng, today),
        rng,
    )


def _each(contacts: list[Contact], act: Callable[[Contact], None], rng: random.Random) -> None:
    for contact in contacts:
        if rng.random() < NEW_INVOICES_PER_CUSTOMER:
            act(contact)


def _sell(ledger: Ledger, contact: Contact, rng: random.Random, today: date) -> None:
    usual = [d for d in ledger.documents_of(contact.contact_id) if d.kind is Kind.INVOICE]
    base = rng.choice(usual).net if usual else Decimal(250)
    currency = contact.currency or ledger.org.currency
    price = max(rounded(base, currency), Decimal(1))
    code = "standard" if currency == ledger.org.currency else "zero"
    line = _line(ledger, "Goods", price, tax_code=code)
    doc = _document(ledger, Kind.INVOICE, contact.contact_id, currency, today, line)
    doc.due_on = today + timedelta(days=contact.terms_days)
    doc.rate = usual[-1].rate if usual else Decimal(1)
    doc.sent = True
    ledger.raise_document(doc)


def _line(ledger: Ledger, text: str, price: Decimal, *, tax_code: str) -> Line:
    return Line(
        line_id=ledger.books.new_id(),
        text=text,
        quantity=Decimal(1),
        unit_price=price,
        account="200",
        tax_code=tax_code,
    )


def _document(
    ledger: Ledger, kind: Kind, contact_id: str, currency: str, today: date, line: Line
) -> Document:
    now = ledger.clock()
    return Document(
        doc_id=ledger.books.new_id(),
        kind=kind,
        number="",
        contact_id=contact_id,
        status=Status.DRAFT,
        currency=currency,
        total=ZERO,
        issued_on=today,
        created_at=now,
        changed_at=now,
        booked_at=now,
        lines=(line,),
    )
