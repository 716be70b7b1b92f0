"""How late an item is and what it is worth: at the due date, of credits, and in base currency."""

from decimal import Decimal

import pytest

from syncer.model.ledger import EarlyPayment, ItemKind, OpenItem
from syncer.policy.position import Book, books, days_late, offered, to_base

from .make import FRIENDLY, HEADS_UP, TODAY, credit, days, hold, invoice, one, policy

OFFER = EarlyPayment(until=TODAY + days(3), amount=Decimal(2))


def book_of(*items: OpenItem) -> Book:
    """The one book of these items."""
    (book,) = books(items, (), today=TODAY, only_sent=False)
    return book


@pytest.mark.parametrize(("late", "expected"), [(1, 1), (0, 0), (-1, 0), (-30, 0), (None, 0)])
def test_nothing_is_late_before_its_day_has_passed(late: int | None, expected: int) -> None:
    """Days late are counted from the due date, and are 0 until then and where there is none."""
    item = invoice(late=late)
    assert days_late(book_of(item), item) == expected


def test_what_comes_due_stands_in_a_heads_up_as_not_late() -> None:
    """A line about an invoice of the day after tomorrow says 0 days, never less."""
    (line,) = one(invoice(late=-2), rules=policy(HEADS_UP, FRIENDLY)).lines
    assert line.days_late == 0


def test_a_credit_is_never_late() -> None:
    """However old it is, its line says 0 days."""
    old = credit("C1", "30", due_on=TODAY - days(50), issued_on=TODAY - days(80))
    assert [line.days_late for line in one(invoice(late=7), old).lines] == [7, 0]


def test_an_invoice_below_zero_is_not_overdue() -> None:
    """What makes no sense lowers nothing that is late."""
    assert book_of(invoice("I1", 9), invoice("I2", 9, open=Decimal(-40))).overdue_total == 100


def test_the_net_position_is_less_what_is_held_and_less_credits() -> None:
    """100 overdue and 50 to come, 30 disputed, 20 of credit: 100 are owed net, 50 asked for."""
    part = hold(amount=Decimal(30), currency="GBP", item_id="I1")
    items = (invoice("I1", 9), invoice("I2", -5, "50.00"), credit("C1", "20"))
    found = one(*items, holds=(part,)).position
    assert (found.open_invoices, found.overdue, found.held, found.credits) == (150, 100, 30, 20)
    assert (found.net, found.asked) == (100, 50)


@pytest.mark.parametrize("kind", [kind for kind in ItemKind if kind is not ItemKind.INVOICE])
def test_only_an_invoice_is_offered_for_less(kind: ItemKind) -> None:
    """An early payment that a ledger states on a credit means nothing."""
    item = credit("C1", "30", kind=kind, early_payment=OFFER)
    assert offered(book_of(item), item) is None


def test_no_offer_is_none() -> None:
    """An invoice without terms for paying early has no offer."""
    item = invoice()
    assert offered(book_of(item), item) is None


@pytest.mark.parametrize(("own", "base"), [("USD", "GBP"), ("EUR", "GBP")])
def test_another_currency_needs_its_rate(own: str, base: str) -> None:
    """An amount is turned over at the oldest invoice's rate, whichever code sorts first."""
    rated = invoice(currency=own, rate_to_base=Decimal("0.8"))
    assert to_base(Decimal(50), book_of(rated), base) == 40
    for rate in (None, Decimal(0), Decimal("-0.8")):
        without = invoice(currency=own, rate_to_base=rate)
        assert to_base(Decimal(50), book_of(without), base) is None


def test_the_base_currency_is_known_by_its_letters() -> None:
    """A code that was read from a ledger equals the configured one, though it is another text."""
    read = bytes("GBP", "ascii").decode()
    assert to_base(Decimal(50), book_of(invoice(currency=read)), "GBP") == 50
