"""One world, two wire forms: what is owed is the same through both."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.sandbox.world import World, WorldClock, organisation
from syncer.sandbox.xero.limits import UNLIMITED as XERO_UNLIMITED
from tests.sandbox import calling as xero
from tests.sandbox.quickbooks.calling import caller_for, money

KINDS = (Kind.INVOICE, Kind.INVOICE, Kind.CREDIT_NOTE, Kind.OVERPAYMENT, Kind.PREPAYMENT)
CURRENCIES = ("NZD", "EUR")
Balances = dict[tuple[str, str, str], Decimal]

acts = st.lists(
    st.tuples(
        st.sampled_from(
            ("raise", "pay", "allocate", "take_back", "receive", "void", "draft", "merge")
        ),
        st.integers(0, 50),
        st.integers(0, 50),
        st.integers(1, 90_000),
    ),
    max_size=25,
)


def live(world: World, plot: list[tuple[str, int, int, int]]) -> None:
    """People do what the plot says, as far as the books allow it."""
    ledger = world.main
    buyers = [
        people.add_contact(ledger, f"Buyer {n}", currency=CURRENCIES[n % 2]) for n in range(4)
    ]
    call = caller_for(world)
    for act, one, two, cents in plot:
        amount = Decimal(cents) / 100
        buyer, twin = buyers[one % 4], buyers[(one + 2) % 4]  # both trade in one currency
        documents = [d for d in ledger.books.documents.values() if d.status is Status.OPEN]
        if act == "merge":
            if not (buyer.archived or twin.archived):
                people.merge(ledger, buyer.contact_id, twin.contact_id)
        elif act == "receive":
            # Through the other wire form: with an overpayment where the invoice is smaller.
            number = str(two % (len(documents) + 1) + 1)
            links = [("Invoice", number, str(amount))] if two % 3 else []
            call.post("/payment", money(str(one % 4 + 1), str(amount), *links))
        elif act in ("raise", "draft"):
            status = Status.OPEN if act == "raise" else Status.DRAFT
            _sell(ledger, buyer, str(amount), KINDS[two % 5], status)
        elif documents:
            doc, other = documents[one % len(documents)], documents[two % len(documents)]
            _settle(ledger, act, doc, other, amount)


def _sell(ledger: Ledger, buyer: Contact, amount: str, kind: Kind, status: Status) -> None:
    if not buyer.archived:
        currency = buyer.currency
        xero.make_invoice(ledger, buyer, amount, kind=kind, status=status, currency=currency)


def _settle(ledger: Ledger, act: str, doc: Document, other: Document, amount: Decimal) -> None:
    if act == "pay":
        ledger.pay(doc, min(amount, doc.left))
    elif act == "void" and not doc.touched:
        ledger.move(doc, Status.VOID)
    elif act == "take_back" and (payments := ledger.payments_of(doc)):
        ledger.delete_payment(payments[0].payment_id)
    elif act == "allocate" and _fit(doc, other):
        ledger.allocate(doc, other, min(doc.left, other.left, amount))


def _fit(credit: Document, invoice: Document) -> bool:
    kinds = credit.kind is not Kind.INVOICE and invoice.kind is Kind.INVOICE
    return kinds and credit.contact_id == invoice.contact_id


def through_xero(world: World) -> Balances:
    """(contact, currency, owed or credit) -> sum, as the Xero form shows it."""
    call = xero.caller_for(world, allowance=XERO_UNLIMITED)
    sums: Balances = {}

    def add(row: Any, side: str, name: str) -> None:
        key = (row["Contact"]["Name"], row["CurrencyCode"], side)
        sums[key] = sums.get(key, Decimal(0)) + Decimal(str(row[name]))

    for row in call.get("/Invoices", page=1, pageSize=1000)["Invoices"]:
        if row["Type"] == "ACCREC" and row["Status"] == "AUTHORISED":
            add(row, "owed", "AmountDue")
    for name in ("CreditNotes", "Overpayments", "Prepayments"):
        for row in call.get(f"/{name}", page=1, pageSize=1000)[name]:
            if row["Status"] == "AUTHORISED":
                add(row, "credit", "RemainingCredit")
    return {key: value for key, value in sums.items() if value}


def through_quickbooks(world: World) -> Balances:
    """The same, as the QuickBooks form shows it."""
    call = caller_for(world, allowance=UNLIMITED)
    sums: Balances = {}
    for entity, side, name in (
        ("Invoice", "owed", "Balance"),
        ("CreditMemo", "credit", "Balance"),
        ("Payment", "credit", "UnappliedAmt"),
    ):
        answer = call.raw("POST", "/query", body=f"SELECT * FROM {entity} MAXRESULTS 1000".encode())
        body = json.loads(answer.body, parse_float=Decimal)
        for row in body["QueryResponse"].get(entity, []):
            key = (row["CustomerRef"]["name"], row["CurrencyRef"]["value"], side)
            sums[key] = sums.get(key, Decimal(0)) + Decimal(row[name])
    return {key: value for key, value in sums.items() if value}


@settings(max_examples=60, deadline=None)
@given(acts)
def test_open_balances_are_the_same_through_both_forms(
    plot: list[tuple[str, int, int, int]],
) -> None:
    """Per customer, currency and side, whatever people and programs did before."""
    world = World(WorldClock(datetime(2026, 11, 20, 9, tzinfo=UTC)), seed=3)
    world.open_books(organisation(world, "Test Ltd", time_zone="UTC"))
    live(world, plot)
    seen = through_quickbooks(world)
    assert seen == through_xero(world)
    net: dict[str, Decimal] = {}
    for (_, currency, side), value in seen.items():
        net[currency] = net.get(currency, Decimal(0)) + (value if side == "owed" else -value)
    known = world.totals()[world.main.org.org_id]
    assert {c: v for c, v in net.items() if v} == {c: v for c, v in known.items() if v}


@settings(max_examples=40, deadline=None)
@given(acts)
def test_balances_of_customers_are_what_their_documents_say(
    plot: list[tuple[str, int, int, int]],
) -> None:
    """Customer.Balance is open invoices less credit and unapplied money."""
    world = World(WorldClock(datetime(2026, 11, 20, 9, tzinfo=UTC)), seed=3)
    world.open_books(organisation(world, "Test Ltd", time_zone="UTC"))
    live(world, plot)
    sums: dict[str, Decimal] = {}
    for (name, _, side), value in through_quickbooks(world).items():
        sums[name] = sums.get(name, Decimal(0)) + (value if side == "owed" else -value)
    statement = b"SELECT * FROM Customer WHERE Active IN (true, false)"
    answer = caller_for(world).raw("POST", "/query", body=statement)
    rows = json.loads(answer.body, parse_float=Decimal)["QueryResponse"]["Customer"]
    assert {row["DisplayName"]: Decimal(row["Balance"]) for row in rows} == {
        f"Buyer {n}": sums.get(f"Buyer {n}", Decimal(0)) for n in range(4)
    }
