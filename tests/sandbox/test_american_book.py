"""The book of the US company: families, two currencies, credits, and days that pass in it."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from syncer.sandbox import post
from syncer.sandbox.book import american_world, demo_world
from syncer.sandbox.control import Control, ControlError
from syncer.sandbox.days import play_day
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.places import AMERICA, american_name
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.world import World

TODAY = date(2026, 11, 20)


@pytest.fixture
def world() -> World:
    """A book of the usual size."""
    return american_world(TODAY)


def test_some_customers_have_sites_that_the_parent_pays_for(world: World) -> None:
    """Sites billed to the parent have no address, the others one of their own; all owe money."""
    books = world.main.books
    sites = [contact for contact in books.contacts.values() if contact.parent_id]
    assert {site.parent_pays for site in sites} == {True, False}
    assert all(bool(site.email) != site.parent_pays for site in sites if site.parent_pays)
    owing = {doc.contact_id for doc in world.main.open_invoices()}
    assert any(site.contact_id in owing for site in sites)
    assert all(books.contacts[site.parent_id].currency == site.currency for site in sites)


def test_it_trades_in_two_currencies_with_every_kind_of_credit(world: World) -> None:
    """USD and CAD are open, and credit memos and money nobody has applied lower them."""
    (totals,) = world.totals().values()
    assert set(totals) == {"USD", "CAD"}
    assert all(total > 0 for total in totals.values())
    free = {doc.kind for doc in world.main.books.documents.values() if doc.status is Status.OPEN}
    assert {Kind.CREDIT_NOTE, Kind.OVERPAYMENT, Kind.PREPAYMENT} <= free


def test_one_payment_can_cover_two_invoices_with_money_over(world: World) -> None:
    """Each receipt's total is what it paid plus what is left of it."""
    books = world.main.books
    assert books.receipts
    for receipt in books.receipts.values():
        paid = sum((books.payments[key].amount for key in receipt.payment_ids), Decimal(0))
        assert len(receipt.payment_ids) == 2
        assert receipt.total == paid + books.documents[receipt.credit_id].total > paid


def test_names_are_the_customers_own() -> None:
    """No two customers share a name, which this vendor forbids."""
    rng = random.Random(1)
    assert len({american_name(rng, number) for number in range(500)}) == 500


def test_the_british_book_is_another() -> None:
    """The other company has no families, and none of this place's currencies at home."""
    contacts = demo_world(TODAY, customers=40).main.books.contacts.values()
    assert not any(contact.parent_id for contact in contacts)
    assert AMERICA.country not in {contact.country for contact in contacts}


def test_a_reminder_to_the_parent_works_for_its_sites(world: World) -> None:
    """Whoever pays is who was reminded, also when the note stands on the site's invoice."""
    books = world.main.books
    site = next(contact for contact in books.contacts.values() if contact.parent_pays)
    doc = next(d for d in world.main.documents_of(site.contact_id) if d.kind is Kind.INVOICE)
    post.leave_note(world.main, doc.doc_id, "Reminder")
    assert books.contacts[site.parent_id].reminded_at == world.clock()
    assert site.reminded_at is None


def test_days_pass_the_same_way_twice() -> None:
    """The same seed gives the same month."""
    ends = []
    for _ in range(2):
        world = american_world(TODAY, customers=30)
        for _ in range(10):
            play_day(world, random.Random(f"{world.main.today()}"))
        ends.append(world.totals())
    assert ends[0] == ends[1]


def test_time_can_be_moved_to_an_hour_and_never_back(world: World) -> None:
    """``hour`` turns the clock forward today, or is the hour at which played days begin."""
    control = Control(world, FaultPlan())
    control.advance({"hour": 14})
    assert world.clock().hour == 14
    control.advance({"hour": 10, "seconds": 90})
    assert world.clock().strftime("%H:%M:%S") == "14:01:30"
    before = world.clock()
    control.advance({"days": 1, "hour": 14})
    assert world.clock() == before + timedelta(days=1, minutes=-1, seconds=-30)
    for nonsense in ({"hour": 24}, {"hour": "noon"}, {"seconds": "many"}):
        with pytest.raises(ControlError):
            control.advance(nonsense)
