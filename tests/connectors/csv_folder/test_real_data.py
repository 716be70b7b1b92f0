"""Real exports with all their dirt, read with nothing but a column map.

The expected figures are computed here from the raw text with the csv module and Decimal,
and the headline figures of docs/real-data.md are held against them.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.csv_folder.source import FolderSource
from syncer.model.ledger import ItemKind

from .conftest import Case, Pulled, collect

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
LAYOUTS = ROOT / "config" / "layouts"
OPEN_ITEMS = "sap-like-ledger/open-items.csv"
SETTLED_ITEMS = "sap-like-ledger/settled-items.csv"
PAID = "ibm-receivables/accounts-receivable.csv"
MESSY = "ibm-receivables/accounts-receivable-messy.csv"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the reference data folder is absent"),
]


def raw(name: str) -> Iterator[dict[str, str]]:
    """The rows of a file, as text."""
    with (DATA / name).open(newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


def source(case: Case, file: str, layout: str, **settings: Any) -> FolderSource:
    """The connector over the reference data. Later keys win."""
    case.folder = DATA
    currency = settings.pop("currency", None)
    items = {"file": file, "layout_file": str(LAYOUTS / layout), "currency": currency}
    return case.source(items, **settings)


@pytest.fixture
def ledger(case: Case) -> Pulled:
    """The SAP-like ledger with its settled items as history."""
    history = {
        "file": SETTLED_ITEMS,
        "layout_file": str(LAYOUTS / "sap-settled-items.yaml"),
        "currency": "USD",
    }
    settings = {"replay_on": "2020-04-30", "history": history}
    return collect(source(case, OPEN_ITEMS, "sap-open-items.yaml", **settings))


def sums(pulled: Pulled) -> dict[str, Decimal]:
    """Signed open total per currency."""
    found: dict[str, Decimal] = {}
    for item in pulled.items:
        sign = 1 if item.kind is ItemKind.INVOICE else -1
        found[item.currency] = found.get(item.currency, Decimal(0)) + sign * item.open
    return found


def test_every_open_item_of_the_ledger_is_read_to_the_cent(ledger: Pulled) -> None:
    """Counts and totals per currency are those of the raw text, and nothing is quarantined."""
    expected: dict[str, Decimal] = {}
    for row in raw(OPEN_ITEMS):
        currency = row["invoice_currency"]
        amount = Decimal(row["total_open_amount"])
        expected[currency] = expected.get(currency, Decimal(0)) + amount
    assert sums(ledger) == expected
    assert expected == {"USD": Decimal("275113716.83"), "CAD": Decimal("44471009.08")}
    assert Counter(item.currency for item in ledger.items) == {"USD": 8953, "CAD": 747}
    assert ledger.quarantined == []


def test_ids_saved_as_decimals_are_whole_again(ledger: Pulled) -> None:
    """1930571429.0 is 1930571429, for every document, and no two collide."""
    expected = {row["doc_id"].removesuffix(".0") for row in raw(OPEN_ITEMS)}
    assert {item.item_id for item in ledger.items} == expected
    assert len(ledger.items) == len(expected) == 9700


def test_customers_that_lost_their_zeros_are_one(ledger: Pulled) -> None:
    """664 spellings of customer numbers are 526 customers, also across open and settled items."""
    spellings = {row["cust_number"] for row in raw(OPEN_ITEMS)}
    customers = {text.lstrip("0") if text.isdigit() else text for text in spellings}
    assert (len(spellings), len(customers)) == (664, 526)
    assert {account.account_id for account in ledger.accounts} == customers
    settled = {row["cust_number"] for row in raw(SETTLED_ITEMS)}
    assert len(customers & {paid.account_id for paid in ledger.settled}) == len(customers & settled)


def test_days_are_those_of_the_text(ledger: Pulled) -> None:
    """Due and document dates are read as written."""
    expected = Counter(date.fromisoformat(row["due_in_date"]) for row in raw(OPEN_ITEMS))
    assert Counter(item.due_on for item in ledger.items) == expected
    overdue = sum(item.open for item in ledger.items if item.due_on < date(2020, 4, 30))
    assert overdue == sum(
        Decimal(row["total_open_amount"])
        for row in raw(OPEN_ITEMS)
        if row["due_in_date"] < "2020-04-30"
    )


def test_settled_items_become_history(ledger: Pulled) -> None:
    """Every settled item counts, equal ones included, to the cent."""
    rows = list(raw(SETTLED_ITEMS))
    assert len(ledger.settled) == len(rows) == 25363
    assert sum(paid.amount for paid in ledger.settled) == sum(
        Decimal(row["amount"]) for row in rows
    )
    assert len({paid.item_id for paid in ledger.settled}) == len(rows)


def us(text: str) -> date:
    """A US date."""
    return datetime.strptime(text, "%m/%d/%Y").date()


@pytest.mark.parametrize("file", [PAID, MESSY])
@pytest.mark.parametrize("day", [date(2012, 3, 31), date(2013, 6, 30), date(2014, 1, 15)])
def test_paid_invoices_replay_as_of_any_day(case: Case, file: str, day: date) -> None:
    """What was issued and not yet settled is open, what was settled is history, to the cent."""
    rows = list(raw(file))
    live = [row for row in rows if us(row["InvoiceDate"]) <= day < us(row["SettledDate"])]
    past = [row for row in rows if us(row["InvoiceDate"]) <= day and us(row["SettledDate"]) <= day]
    pulled = collect(
        source(case, file, "late-payment-histories.yaml", replay_on=str(day), currency="USD")
    )
    assert {item.number for item in pulled.items} == {row["invoiceNumber"] for row in live}
    assert sums(pulled).get("USD", 0) == sum(Decimal(row["InvoiceAmount"]) for row in live)
    assert len(pulled.settled) == len(past)
    assert sum(paid.amount for paid in pulled.settled) == sum(
        Decimal(row["InvoiceAmount"]) for row in past
    )
    assert len(pulled.accounts) == len({row["customerID"] for row in live + past})
    assert pulled.quarantined == []


def test_figures_of_the_walk_through(case: Case) -> None:
    """docs/real-data.md prints the counts that the files really give."""
    expected = {PAID: (84, Decimal("5119.85"), 1846), MESSY: (86, Decimal("5223.91"), 1935)}
    for file, (count, total, history) in expected.items():
        settings = {"replay_on": "2013-06-30", "currency": "USD"}
        pulled = collect(source(case, file, "late-payment-histories.yaml", **settings))
        assert (len(pulled.items), sums(pulled)["USD"], len(pulled.settled)) == (
            count,
            total,
            history,
        )


def test_the_wrong_day_order_is_noticed(case: Case) -> None:
    """Reading US dates as day/month stops at the first date that proves it wrong."""
    case.folder = DATA
    layout = {
        "columns": {
            "number": "invoiceNumber",
            "account_id": "customerID",
            "issued_on": "InvoiceDate",
            "paid_on": "SettledDate",
            "total": "InvoiceAmount",
        },
        "format": {"date_order": "dmy"},
    }
    items = {"file": PAID, "layout": layout, "currency": "USD"}
    with pytest.raises(Exception, match="would be mdy; if the file is written that way"):
        collect(case.source(items, replay_on="2013-06-30"))


def test_the_sample_without_a_currency_is_refused(case: Case) -> None:
    """No currency is assumed, not even the organisation's own."""
    with pytest.raises(Exception, match="has no currency column; set currency beside file"):
        collect(source(case, PAID, "late-payment-histories.yaml", replay_on="2013-06-30"))


def test_the_guard_reads_single_customers_of_the_ledger(case: Case) -> None:
    """The fresh read gives the same open total as the whole list."""
    reader = source(case, OPEN_ITEMS, "sap-open-items.yaml", replay_on="2020-04-30")
    facts = reader.read_accounts(["200769623", "0200769623"])
    expected = sum(
        Decimal(row["total_open_amount"])
        for row in raw(OPEN_ITEMS)
        if row["cust_number"].lstrip("0") == "200769623"
    )
    assert sum(item.open for item in facts["200769623"].items) == expected
    assert set(facts) == {"200769623"}


def test_the_walk_through_prints_these_figures(ledger: Pulled) -> None:
    """The figures in docs/real-data.md are those that were read."""
    text = (ROOT / "docs" / "real-data.md").read_text(encoding="utf-8")
    for currency, total in sums(ledger).items():
        assert f"{total:,.2f}" in text, currency
    for figure in (
        len(ledger.items),
        len(ledger.settled),
        len({s.account_id for s in ledger.settled}),
    ):
        assert f"{figure:,}" in text


def test_the_messy_copy_is_what_the_walk_through_says() -> None:
    """120 rows more, 386 numbers without their zeros, and no two numbers alike."""
    clean = {row["invoiceNumber"].lstrip("0") for row in raw(PAID)}
    messy = [row["invoiceNumber"] for row in raw(MESSY)]
    assert len(set(messy)) == len(messy) == len(clean) + 120
    assert clean < set(messy)
    assert sum(len(number) < 10 for number in messy) == 386
