"""The world keeps its books straight whatever people do, and can be saved."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from syncer.errors import ConfigError
from syncer.sandbox import keep, people
from syncer.sandbox.book import demo_world, large_book, play_day
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import CREDITS, Contact, Document, Kind, Status
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.world import World, WorldClock
from syncer.sandbox.xero.limits import UNLIMITED
from tests.sandbox.calling import caller_for, make_invoice, plain_world

AMOUNTS = st.decimals("0.01", "500", places=2)
TODAY = date(2026, 11, 22)


@contextmanager
def refusals(*expected: Reason) -> Iterator[None]:
    """Lets these refusals pass; any other fails the test."""
    try:
        yield
    except Refused as refused:
        if refused.reason not in expected:
            raise


class Books(RuleBasedStateMachine):
    """People pay, credit, allocate, undo, void and merge in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = plain_world()
        self.ledger = self.world.main
        self.contacts = [people.add_contact(self.ledger, name) for name in ("A", "B")]
        self.cash = Decimal(0)

    def any_of(self, kinds: frozenset[Kind], pick: int) -> Document:
        """One of the documents of these kinds."""
        found = [d for d in self.ledger.books.documents.values() if d.kind in kinds]
        return found[pick % len(found)]

    def has(self, kind: Kind) -> bool:
        """Whether there is a document of the kind."""
        return any(d.kind is kind for d in self.ledger.books.documents.values())

    @rule(price=AMOUNTS, who=st.integers(0, 1), kind=st.sampled_from([Kind.INVOICE, *CREDITS]))
    def raise_document(self, price: Decimal, who: int, kind: Kind) -> None:
        """A new document, unless its contact was archived."""
        with refusals(Reason.ARCHIVED):
            make_invoice(self.ledger, self.contacts[who], str(price), kind=kind)

    @precondition(lambda self: self.has(Kind.INVOICE))
    @rule(pick=st.integers(0, 50), amount=AMOUNTS)
    def pay(self, pick: int, amount: Decimal) -> None:
        """A payment is taken whole or refused whole."""
        with refusals(Reason.TOO_MUCH, Reason.WRONG_STATUS):
            self.ledger.pay(self.any_of(frozenset({Kind.INVOICE}), pick), amount)
            self.cash += amount

    @precondition(lambda self: any(not p.deleted for p in self.ledger.books.payments.values()))
    @rule(pick=st.integers(0, 50))
    def take_back(self, pick: int) -> None:
        """A deleted payment reopens its invoice."""
        live = [p for p in self.ledger.books.payments.values() if not p.deleted]
        self.cash -= self.ledger.delete_payment(live[pick % len(live)].payment_id).amount

    @precondition(lambda self: self.has(Kind.INVOICE) and self.has(Kind.CREDIT_NOTE))
    @rule(first=st.integers(0, 50), second=st.integers(0, 50), amount=AMOUNTS)
    def allocate(self, first: int, second: int, amount: Decimal) -> None:
        """Credit goes to an invoice of the same contact, up to what both have left."""
        credit = self.any_of(frozenset({Kind.CREDIT_NOTE}), first)
        invoice = self.any_of(frozenset({Kind.INVOICE}), second)
        with refusals(Reason.TOO_MUCH, Reason.WRONG_STATUS, Reason.WRONG_PARTY):
            self.ledger.allocate(credit, invoice, amount)

    @precondition(lambda self: any(not a.deleted for a in self.ledger.books.allocations.values()))
    @rule(pick=st.integers(0, 50))
    def unallocate(self, pick: int) -> None:
        """An allocation taken back returns to both sides."""
        live = [a for a in self.ledger.books.allocations.values() if not a.deleted]
        self.ledger.delete_allocation(live[pick % len(live)].allocation_id)

    @precondition(lambda self: self.has(Kind.INVOICE))
    @rule(pick=st.integers(0, 50))
    def void(self, pick: int) -> None:
        """Only an untouched open invoice can be voided."""
        doc = self.any_of(frozenset({Kind.INVOICE}), pick)
        free = doc.status is Status.OPEN and not doc.touched
        try:
            self.ledger.move(doc, Status.VOID)
            assert free
        except Refused:
            assert not free

    @rule(loser=st.integers(0, 1))
    def merge(self, loser: int) -> None:
        """Merging moves documents and loses none."""
        people.merge(
            self.ledger, self.contacts[loser].contact_id, self.contacts[1 - loser].contact_id
        )

    @invariant()
    def nothing_is_owed_below_zero(self) -> None:
        """0 <= left <= total, and PAID means nothing left."""
        for doc in self.ledger.books.documents.values():
            assert 0 <= doc.left <= doc.total
            assert (doc.status is Status.PAID) == (doc.left == 0 and doc.total > 0)

    @invariant()
    def amount_due_is_total_minus_paid_minus_credited(self) -> None:
        """The figures on a document equal the live payments and allocations behind it."""
        for doc in self.ledger.books.documents.values():
            assert doc.settled == sum(p.amount for p in self.ledger.payments_of(doc))
            assert doc.credited == sum(a.amount for a in self.ledger.allocations_of(doc))

    @invariant()
    def money_is_never_created(self) -> None:
        """What came in is what is on the documents; credit given equals credit received."""
        documents = self.ledger.books.documents.values()
        assert sum((d.settled for d in documents), Decimal(0)) == self.cash
        given = sum((d.credited for d in documents if d.kind in CREDITS), Decimal(0))
        received = sum((d.credited for d in documents if d.kind is Kind.INVOICE), Decimal(0))
        assert given == received


Books.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestBooks = Books.TestCase


def test_the_demo_book_is_the_same_for_the_same_seed() -> None:
    """Seed and day decide everything; another seed gives another book."""
    books = [demo_world(TODAY, seed=seed, customers=30).totals() for seed in (7, 7, 8)]
    assert books[0] == books[1] != books[2]


def test_the_demo_book_has_every_kind_of_trouble() -> None:
    """What makes follow-up hard is in it."""
    ledger = demo_world(TODAY).main
    contacts, documents = ledger.books.contacts.values(), ledger.books.documents.values()
    assert any(c.merged_into for c in contacts)
    assert any(
        c.archived and any(d.status is Status.OPEN for d in ledger.documents_of(c.contact_id))
        for c in contacts
    )
    assert any(not c.email for c in contacts)
    assert any(p.gets_mail for c in contacts for p in c.people)
    assert any(not c.name.isascii() for c in contacts)
    assert {d.currency for d in documents} >= {"GBP", "EUR", "JPY"}
    assert {d.kind for d in documents if d.status is Status.OPEN} == set(Kind)
    opened = ledger.open_invoices()
    assert any(d.disputed for d in opened)
    assert any(0 < d.settled < d.total for d in opened)
    assert any(d.expected_on and d.expected_on < TODAY for d in opened)
    assert any(d.expected_on and d.expected_on > TODAY for d in opened)
    assert all(d.issued_on <= TODAY for d in documents)
    assert next(iter(ledger.books.groups.values())).members


def test_a_month_passes_the_same_way_twice() -> None:
    """Playing days is deterministic; people pay and new invoices come."""
    ends = []
    for _ in range(2):
        world = demo_world(TODAY, customers=40)
        before = len(world.main.books.documents)
        luck = random.Random(5)
        for _ in range(30):
            play_day(world, luck)
        ends.append((world.totals(), len(world.main.books.documents), world.main.today()))
        assert len(world.main.books.documents) > before
    assert ends[0] == ends[1]
    assert ends[0][2] == date(2026, 12, 22)


def test_reminded_customers_pay_sooner() -> None:
    """A reminder on every account brings in more money in ten days than silence."""
    paid = []
    for remind in (True, False):
        world = demo_world(TODAY)
        if remind:
            for contact in world.main.books.contacts.values():
                contact.reminded_at = world.clock()
        luck, before = random.Random(1), len(world.main.books.payments)
        for _ in range(9):
            play_day(world, luck)
        paid.append(len(world.main.books.payments) - before)
    assert paid[0] > 1.3 * paid[1]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 10**6))
def test_the_clock_moves_only_when_told(start: datetime, seconds: int) -> None:
    """Without a ticking source, time stands; advancing moves it by exactly that much."""
    clock = WorldClock(start.replace(tzinfo=UTC))
    before = clock()
    assert clock() == before
    assert (clock.advance(seconds=seconds) - before).total_seconds() == seconds


def test_a_saved_world_is_the_same_world(tmp_path: Path) -> None:
    """Everything survives saving: books, tokens, keys, calls and the next id."""
    world = demo_world(TODAY, customers=20)
    call = caller_for(world, allowance=UNLIMITED)
    call.send("PUT", "/Contacts", {"Contacts": [{"Name": "New"}]}, key="k")
    keep.save(world, tmp_path / "state")
    twin = keep.load(tmp_path / "state")
    assert twin.totals() == world.totals()
    assert twin.snapshot() == world.snapshot()
    assert twin.main.books.new_id() == world.main.books.new_id()


def test_a_damaged_state_file_is_named(tmp_path: Path) -> None:
    """A file that is not a saved world gives an error that says what to do."""
    path = tmp_path / "state"
    path.write_bytes(b"not a world")
    with pytest.raises(ConfigError, match="delete it to start afresh"):
        keep.load(path)


def test_a_refused_change_leaves_everything_as_it_was(ledger: Ledger, contact: Contact) -> None:
    """A closed period refuses a payment and changes nothing."""
    doc = make_invoice(ledger, contact)
    ledger.org.lock_date = ledger.today()
    version = ledger.version
    with pytest.raises(Refused) as caught:
        ledger.pay(doc)
    assert (caught.value.reason, ledger.version, doc.left) == (Reason.LOCKED, version, 100)


def test_a_large_book_is_listed_whole(world: World) -> None:
    """The benchmark book has the size asked for and pages cover every row once."""
    large = large_book(invoices=2_500, accounts=300)
    call = caller_for(large, allowance=UNLIMITED)
    seen: list[str] = []
    for page in (1, 2, 3):
        seen += call.ids("/Invoices", "InvoiceID", Statuses="AUTHORISED", page=page, pageSize=1000)
    assert len(seen) == len(set(seen)) == 2_500
