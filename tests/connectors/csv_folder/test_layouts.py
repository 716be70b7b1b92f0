"""The built-in layouts read the exports of the programs they are named after."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest

from connectors.csv_folder.builtin import LAYOUTS
from syncer.model.ledger import ItemKind, OpenItem

from .conftest import Case

DMY = {"date_order": "dmy", "thousands": ","}
MDY = {"date_order": "mdy", "thousands": ","}


def owed(items: Iterable[OpenItem]) -> dict[tuple[str, str], Decimal]:
    """What each account owes per currency: invoices minus everything else."""
    sums: dict[tuple[str, str], Decimal] = {}
    for item in items:
        sign = 1 if item.kind is ItemKind.INVOICE else -1
        key = (item.account_id, item.currency)
        sums[key] = sums.get(key, Decimal(0)) + sign * item.open
    return sums


def test_xero_invoice_list(case: Case) -> None:
    """Line items merge by number and type; credit notes count down; drafts and paid ones do not."""
    case.sample("xero-invoices.csv")
    pulled = case.pull({"file": "xero-invoices.csv", "layout": "xero_invoices", "format": DMY})
    assert owed(pulled.items) == {
        ("Tui Roofing, Ltd", "NZD"): Decimal("1300.00"),
        ("Kōwhai Café", "NZD"): Decimal("100.00"),
        ("Harbour Freight Pty", "AUD"): Decimal("2000.00"),
    }
    invoice, credit = (item for item in pulled.items if item.number == "INV-0101")
    assert (invoice.item_id, invoice.due_on, invoice.sent) == ("INV-0101", date(2026, 3, 4), True)
    assert credit.kind is ItemKind.CREDIT_NOTE
    assert credit.item_id != invoice.item_id
    assert pulled.account("Tui Roofing, Ltd").people[0].email == "pay@tui.example"
    assert pulled.quarantined == pulled.settled == []


def test_quickbooks_open_invoices(case: Case) -> None:
    """Headings name the customer, sub-customers nest, payments and credit memos are netted."""
    case.sample("quickbooks-open-invoices.csv")
    pulled = case.pull(
        {
            "file": "quickbooks-open-invoices.csv",
            "layout": "quickbooks_open_invoices",
            "format": MDY,
            "currency": "USD",
        }
    )
    assert owed(pulled.items) == {
        ("Smith, Jane", "USD"): Decimal("984.50"),
        ("Acme Holdings", "USD"): Decimal("120.00"),
        ("Acme North", "USD"): Decimal("2500.00"),
    }
    assert pulled.item("2231").kind is ItemKind.PAYMENT
    assert pulled.organisation.books_fresh_on == date(2026, 3, 31)
    assert pulled.quarantined == []


def test_quickbooks_ageing_detail(case: Case) -> None:
    """Headings are ages, a column names the customer, and one may be called "Total ...\"."""
    case.sample("quickbooks-ageing-detail.csv")
    pulled = case.pull(
        {
            "file": "quickbooks-ageing-detail.csv",
            "layout": "quickbooks_ageing_detail",
            "format": DMY,
            "currency": "USD",
        }
    )
    assert owed(pulled.items) == {
        ("Smith, Jane", "USD"): Decimal("984.50"),
        ("Total Energy Ltd", "USD"): Decimal("2750.00"),
    }


def test_freshbooks(case: Case) -> None:
    """Line totals are summed, payment days make history, and a part payment is held."""
    case.sample("freshbooks-invoice-details.csv")
    pulled = case.pull({"file": "freshbooks-invoice-details.csv", "layout": "freshbooks"})
    assert owed(pulled.items) == {("Blue Door Studio", "GBP"): Decimal("599.99")}
    (paid,) = pulled.settled
    assert (paid.item_id, paid.amount, paid.paid_on) == (
        "0000009",
        Decimal("240.00"),
        date(2025, 12, 11),
    )
    (held,) = pulled.quarantined
    assert (held.account_id, held.record_id) == ("Green Gate", "0000013")
    assert held.problem == "partly paid, and the export does not show how much is still open"


def test_zoho_books(case: Case) -> None:
    """Items and accounts go by Zoho's own ids; the balance counts once per invoice."""
    case.sample("zoho-invoice.csv")
    pulled = case.pull({"file": "zoho-invoice.csv", "layout": "zoho_books"})
    (item,) = pulled.items
    assert (item.item_id, item.account_id) == ("460000000038071", "460000000017138")
    assert (item.open, item.total, item.currency) == (Decimal(770), Decimal(1770), "INR")
    assert pulled.account("Mehta & Sons").account_id == "460000000017138"


WIDE = [
    "Contact Account Number", "Primary Person", "Phone", "Email", "Mobile", "Contact Group",
    "Invoice Date", "Due Date", "Expected Date", "Invoice Number", "Invoice Reference",
    "< 1 Month", "1 Month", "2 Months", "3 Months", "Older", None, "Total", "Outstanding Tax",
    "Region", "Team", "Invoice Seen", "Invoice Sent",
]  # fmt: skip
NARROW = [
    "Invoice Number", "Invoice Date", "Due Date", "Invoice Reference", "Current", "< 1 Month",
    "1 Month", "2 Months", "3 Months", "Older", "Total",
]  # fmt: skip
DATED = [  # the first column is a date's, so totals stand under it
    "Invoice Date", "Due Date", "Invoice Number", "Invoice Reference", "Current", "< 1 Month",
    "1 Month", "2 Months", "3 Months", "Older", "Total",
]  # fmt: skip


def aged_report(header: Sequence[str | None], grand: float) -> list[list[object]]:
    """An Aged Receivables Detail report in one of its shapes."""

    def row(**cells: object) -> list[object]:
        return [cells.get((name or "").replace(" ", "_")) for name in header]

    def only(text: str) -> list[object]:
        return [text, *[None] * (len(header) - 1)]

    def total(text: str, amount: float) -> list[object]:
        return [text, *row(Total=amount)[1:]]

    return [
        only("Aged Receivables Detail"),
        only("Example Ltd"),
        only("As at 31 March 2026"),
        only("Ageing by due date"),
        [],
        list(header),
        [],
        only("Tui Roofing, Ltd"),
        row(
            Invoice_Date=datetime(2026, 2, 5), Due_Date=datetime(2026, 3, 4),
            Invoice_Number="INV-0101", Total=1495.0,
        ),
        row(Invoice_Date=datetime(2026, 2, 20), Due_Date=datetime(2026, 2, 20), Total=-195.1),
        total("Total Tui Roofing, Ltd", 1299.9),
        [],
        only("Total Energy"),
        row(
            Invoice_Date=datetime(2026, 3, 1), Due_Date=datetime(2026, 4, 30),
            Invoice_Number=1007, Total=0.3,
        ),
        total("Total Total Energy", 0.3),
        [],
        total("Total", grand),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header", [WIDE, NARROW, DATED], ids=["23 columns", "11 columns", "dates first"]
)
@pytest.mark.parametrize("grand", [1300.2, 1299.9], ids=["foots", "does not foot"])
def test_xero_aged_receivables(
    case: Case, header: Sequence[str | None], grand: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every shape is read by position; a grand total that does not foot is only a warning."""
    case.workbook("aged.xlsx", {"Aged Receivables": aged_report(header, grand)})
    pulled = case.pull({"file": "aged.xlsx", "layout": "xero_aged_receivables", "currency": "EUR"})
    assert owed(pulled.items) == {
        ("Tui Roofing, Ltd", "EUR"): Decimal("1299.90"),
        ("Total Energy", "EUR"): Decimal("0.30"),
    }
    assert pulled.item("1007").due_on == date(2026, 4, 30)
    (credit,) = [item for item in pulled.items if item.kind is ItemKind.CREDIT_NOTE]
    assert credit.item_id == "credit_note:Tui Roofing, Ltd:2026-02-20::195.10"
    assert pulled.organisation.books_fresh_on == date(2026, 3, 31)
    said = capsys.readouterr().out + capsys.readouterr().err
    assert ("export_total_differs" in said) is (grand == 1299.9)


def test_two_equal_unnumbered_credits_both_count(case: Case) -> None:
    """Without numbers, equal credits of one day get ids of their own."""
    report = aged_report(NARROW, 1300.2)
    report.insert(10, list(report[9]))
    case.workbook("aged.xlsx", {"A": report})
    pulled = case.pull({"file": "aged.xlsx", "layout": "xero_aged_receivables", "currency": "EUR"})
    assert owed(pulled.items)["Tui Roofing, Ltd", "EUR"] == Decimal("1104.80")
    assert len({item.item_id for item in pulled.items}) == 4


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_built_in_layout_asks_for_a_day_order_where_it_matters(name: str) -> None:
    """No built-in layout guesses the locale of the organisation."""
    assert LAYOUTS[name].format.date_order == "ymd"


def test_lines_that_disagree_hold_their_account(case: Case) -> None:
    """Repeated amounts of one invoice must be the same on every line."""
    case.write(
        "z.csv",
        "Invoice ID,Invoice Number,Invoice Status,Customer ID,Customer Name,Invoice Date,Due Date,"
        "Total,Balance,Currency\n"
        "1,A,Sent,C1,Ann,2026-01-01,2026-02-01,10.00,10.00,EUR\n"
        "1,A,Sent,C1,Ann,2026-01-01,2026-02-01,10.00,9.00,EUR\n"
        "2,B,Sent,C2,Bob,2026-01-01,2026-02-01,10.00,10.00,EUR\n",
    )
    pulled = case.pull({"file": "z.csv", "layout": "zoho_books"})
    (bad,) = pulled.quarantined
    assert (bad.account_id, bad.where) == ("C1", "z.csv, row 2, column Balance")
    assert bad.problem == "row 3 says something else about the same document; correct one of them"
    assert [item.item_id for item in pulled.items] == ["2"]


def test_lines_apart_are_not_counted_twice(case: Case) -> None:
    """A repeated line is ignored wherever it stands; a line to be summed is held when apart."""
    zoho = (
        "Invoice ID,Invoice Number,Invoice Status,Customer ID,Customer Name,Invoice Date,Due Date,"
        "Total,Balance,Currency\n"
        "1,A,Sent,C1,Ann,2026-01-01,2026-02-01,10.00,10.00,EUR\n"
        "2,B,Sent,C2,Bob,2026-01-01,2026-02-01,10.00,10.00,EUR\n"
        "1,A,Sent,C1,Ann,2026-01-01,2026-02-01,10.00,10.00,EUR\n"
    )
    case.write("z.csv", zoho)
    pulled = case.pull({"file": "z.csv", "layout": "zoho_books"})
    assert (len(pulled.items), pulled.quarantined) == (2, [])
    case.write(
        "f.csv",
        "Client Name,Invoice #,Date Issued,Date Due,Invoice Status,Date Paid,Line Total,Currency\n"
        "Ann,1,2026-01-01,2026-02-01,sent,,10.00,EUR\n"
        "Bob,2,2026-01-01,2026-02-01,sent,,10.00,EUR\n"
        "Ann,1,2026-01-01,2026-02-01,sent,,10.00,EUR\n",
    )
    pulled = case.pull({"file": "f.csv", "layout": "freshbooks"})
    assert [bad.account_id for bad in pulled.quarantined] == ["Ann"]


@pytest.mark.parametrize("missing", ["Sent", "Voided", "nonsense"])
def test_an_unknown_status_is_never_ignored(case: Case, missing: str) -> None:
    """A word the layout does not list holds the account, with the word and where to list it."""
    case.write(
        "f.csv",
        "Client Name,Invoice #,Date Issued,Date Due,Invoice Status,Date Paid,Line Total,Currency\n"
        "Ann,1,2026-01-01,2026-02-01,sent,,10.00,EUR\n"
        f"Bob,2,2026-01-01,2026-02-01,{missing},,10.00,EUR\n",
    )
    pulled = case.pull({"file": "f.csv", "layout": "freshbooks"})
    if missing == "Sent":  # capitals do not matter
        assert len(pulled.items) == 2
    else:
        (bad,) = pulled.quarantined
        assert bad.problem == f"'{missing}' is not listed; add it to the layout"


def test_a_total_row_that_is_not_recognised_is_never_a_document(case: Case) -> None:
    """In a report in another language the totals are held until total_words lists them."""
    report = [
        [
            "Total Ann" if row and row[0] == "Total Tui Roofing, Ltd" else (row or [None])[0],
            *row[1:],
        ]
        for row in aged_report(NARROW, 1300.2)
    ]
    case.workbook("aged.xlsx", {"A": report})
    pulled = case.pull({"file": "aged.xlsx", "layout": "xero_aged_receivables", "currency": "EUR"})
    (bad,) = pulled.quarantined
    assert (bad.account_id, bad.where) == (
        "Tui Roofing, Ltd",
        "aged.xlsx, row 11, column Invoice Date",
    )
    assert owed(pulled.items)["Tui Roofing, Ltd", "EUR"] == Decimal("1299.90")
