"""Terms with a discount as offers, and the names of sites that somebody else pays for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.quickbooks import wire
from connectors.quickbooks.family import Family
from connectors.quickbooks.terms import Terms
from syncer.model.ledger import EarlyPayment
from syncer.sandbox import people
from syncer.sandbox.records import Contact, Document, Kind, Status

from .bench import Bench, ends_of, items_of


class NoApi:
    """Nothing may be asked."""


def _terms(discounts: dict[str, tuple[Decimal, int]]) -> Terms:
    api: Any = NoApi()
    made = Terms(api)
    made._discounts = discounts
    return made


def _row(**changes: Any) -> wire.Invoice:
    said = {
        "Id": "1",
        "CustomerRef": {"value": "7"},
        "TotalAmt": 850,
        "Balance": 850,
        "TxnDate": "2026-11-01",
        "SalesTermRef": {"value": "3"},
        **changes,
    }
    return msgspec.json.decode(msgspec.json.encode(said), type=wire.Invoice)


TWO_TEN = _terms({"3": (Decimal(2), 10)})


def test_an_untouched_invoice_has_its_terms_offer() -> None:
    """2 % of the total until ten days after its date."""
    wanted = EarlyPayment(until=date(2026, 11, 11), amount=Decimal("17.00"))
    assert TWO_TEN.offer(_row(), "USD") == wanted


@pytest.mark.parametrize(
    "changes",
    [
        {"Balance": 849.99},  # a payment or a credit took a part
        {"SalesTermRef": {"value": "4"}},  # no discount, or a term that is nowhere
        {"SalesTermRef": None},
        {"TxnDate": None},
        {"TotalAmt": 0.01, "Balance": 0.01},  # rounds to nothing
    ],
)
def test_where_there_is_any_doubt_nothing_is_offered(changes: dict[str, Any]) -> None:
    """Part-paid invoices, other terms, no date and no amount give no offer."""
    assert TWO_TEN.offer(_row(**changes), "USD") is None


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [("USD", "100.25", "2.01"), ("JPY", "1025", "21"), ("KWD", "10.025", "0.201")],
)
def test_the_amount_is_rounded_half_up(currency: str, total: str, amount: str) -> None:
    """To the minor unit that the currency is paid in."""
    offer = TWO_TEN.offer(_row(TotalAmt=Decimal(total), Balance=Decimal(total)), currency)
    assert offer is not None
    assert str(offer.amount) == amount


@given(
    total=st.decimals("0.01", "10000000", places=2),
    percent=st.decimals("0.01", "99.99", places=2),
    days=st.integers(1, 365),
)
def test_an_offer_is_less_than_the_invoice(total: Decimal, percent: Decimal, days: int) -> None:
    """Whatever the terms say, something is taken off and something is left to pay."""
    row = _row(TotalAmt=total, Balance=total)
    offer = _terms({"3": (percent, days)}).offer(row, "USD")
    if offer is not None:
        assert 0 < offer.amount < total
        assert offer.amount == offer.amount.quantize(Decimal("0.01"))
        assert offer.until == date(2026, 11, 1) + timedelta(days=days)


def _discounted(bench: Bench, number: int) -> list[Document]:
    """Some open invoices on which nothing was paid, put under the book's discount terms."""
    ledger = bench.world.main
    terms = next(each for each in ledger.org.terms if each.discount_days)
    docs = [doc for doc in ledger.open_invoices() if not doc.touched][:number]
    for doc in docs:
        ledger.change_document(doc, terms_id=terms.terms_id)
    return docs


def test_the_pull_and_the_guard_tell_offers() -> None:
    """Both reads give the same offer; the list of terms is asked for once per run."""
    bench = Bench(invoices=60, accounts=5)
    docs = _discounted(bench, 3)
    source = bench.new_source()
    bench.seen.clear()
    items = items_of(source.pull({}))
    found = {key: item.early_payment for key, item in items.items() if item.early_payment}
    assert set(found) == {bench.company.txn_id(doc.doc_id) for doc in docs}
    first = items[bench.company.txn_id(docs[0].doc_id)]
    until = docs[0].issued_on + timedelta(days=10)
    amount = (docs[0].total * Decimal("0.02")).quantize(Decimal("0.01"))
    assert first.early_payment is not None
    assert first.early_payment.until == until
    assert abs(first.early_payment.amount - amount) <= Decimal("0.01")
    facts = source.read_accounts([first.account_id])[first.account_id]
    assert {i.item_id: i.early_payment for i in facts.items}[first.item_id] == first.early_payment
    assert sum("Term" in read for read in bench.reads()) == 1


def test_a_payment_ends_the_offer() -> None:
    """After a part payment the next read of changes has the invoice without it."""
    bench = Bench(invoices=60, accounts=5)
    (doc,) = _discounted(bench, 1)
    events = bench.pull()
    number = bench.company.txn_id(doc.doc_id)
    assert items_of(events)[number].early_payment is not None
    bench.world.advance(seconds=900)
    bench.world.main.pay(doc, Decimal("1.00"))
    cursors = {stream: end.cursor for stream, end in ends_of(events).items()}
    later = items_of(bench.pull(cursors), items_of(events))
    assert (later[number].open, later[number].early_payment) == (doc.total - 1, None)


def test_a_company_without_terms_is_not_asked_for_them() -> None:
    """No invoice names terms: no call is spent on them."""
    bench = Bench(invoices=60, accounts=5)
    bench.pull()
    assert not [read for read in bench.reads() if "Term" in read]


def _billed(bench: Bench, child: Contact) -> Document:
    """An open invoice of a part."""
    now, ledger = bench.clock(), bench.world.main
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=Kind.INVOICE,
        number=f"INV {child.name}",
        contact_id=child.contact_id,
        status=Status.OPEN,
        currency=child.currency,
        total=Decimal("100.00"),
        issued_on=ledger.today(),
        due_on=ledger.today(),
        created_at=now,
        changed_at=now,
        booked_at=now,
    )
    ledger.enter(doc)
    return doc


def test_a_part_that_its_parent_pays_is_a_site() -> None:
    """Its invoices bear its name; the parent's own and those of parts that pay bear none."""
    bench = Bench(invoices=20, accounts=3)
    ledger = bench.world.main
    parent = next(iter(ledger.books.contacts.values()))
    for name, pays in (("North store", True), ("South store", False)):
        people.add_contact(
            ledger, name, parent_id=parent.contact_id, parent_pays=pays, currency=parent.currency
        )
    children = [c for c in ledger.books.contacts.values() if c.parent_id]
    docs = [_billed(bench, child) for child in children]
    events = bench.pull()
    sites = {item.item_id: item.site for item in items_of(events).values()}
    north, south = (bench.company.txn_id(doc.doc_id) for doc in docs)
    assert (sites[north], sites[south]) == ("North store", "")
    assert {site for key, site in sites.items() if key != north} == {""}
    # A read of changes knows the name from the cursor, the guard from its own look.
    bench.world.advance(seconds=900)
    ledger.change_document(docs[0], reference="PO 9")
    cursors = {stream: end.cursor for stream, end in ends_of(events).items()}
    source = bench.new_source()
    assert items_of(source.pull(cursors))[north].site == "North store"
    payer = bench.company.name_id(parent.contact_id)
    fresh = bench.new_source().read_accounts([payer])[payer]
    assert {i.item_id: i.site for i in fresh.items}[north] == "North store"


def test_another_name_of_a_part_is_no_change_of_the_family() -> None:
    """A renamed site costs no read of everything; one that pays itself is a site no more."""
    family = Family()
    parent = wire.Ref(value="1")
    north = wire.Customer(id="2", name="North", parent=parent, billed_with_parent=True)
    assert family.note(north)
    renamed = wire.Customer(id="2", name="Leeds", parent=parent, billed_with_parent=True)
    assert (family.note(renamed), family.site("2")) == (False, "Leeds")
    assert family.note(wire.Customer(id="2", name="Leeds", parent=parent))
    assert family.site("2") == ""
