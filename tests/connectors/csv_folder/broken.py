"""Broken exports, each with the exact words a person gets to read."""

# ruff: noqa: E501  (the words are easier to check when they break where sentences do)

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncer.errors import ConfigError, ContractError

HEADER = "No,Cust,Name,Issued,Due,Total,Open,Cur\n"
GOOD = "1,C1,Ann,2026-02-01,2026-03-03,100.00,100.00,EUR\n"


@dataclass(frozen=True)
class Stops:
    """A file that stops the ledger."""

    name: str
    content: bytes | str
    message: str
    error: type[Exception] = ContractError
    file: str = "x.csv"
    open_items: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Holds:
    """A row that is quarantined and holds its account."""

    name: str
    row: str
    where: str
    problem: str
    account_id: str = "C2"
    record_id: str = "2"
    open_items: Mapping[str, Any] = field(default_factory=dict)


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A ZIP archive in memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def formatted(**keys: Any) -> dict[str, Any]:
    """Settings of a file with another format."""
    return {"format": keys}


QUICKBOOKS = {"layout": "quickbooks_open_invoices", "currency": "USD",
              "format": {"thousands": ",", "date_order": "mdy"}}  # fmt: skip
QB_HEADER = ",Date,Transaction type,Num,Due date,Amount,Open balance\n"
HISTORY = {"file": "x.csv", "layout": {"columns": {"account_id": "Cust", "total": "Total"}}}

STOPS: Sequence[Stops] = (
    Stops("an empty file", b"", "x.csv is empty; export it again"),
    Stops(
        "only blank lines", "\n\n\n", "x.csv has no rows; export it again",
    ),
    Stops(
        "a header without rows", HEADER,
        "x.csv has a header but no rows; export it again, or set empty_ok: true where nothing may "
        "be open. Nothing is taken as paid because a file is empty",
    ),
    Stops(
        "no such file", "", "no file 'gone.csv' in {folder}; put the export there. Nothing is taken "
        "as paid because a file is missing", file="gone.csv",
    ),
    Stops(
        "no such folder", "", "the folder {folder}/nowhere does not exist; correct folder, or mount "
        "it", error=ConfigError, settings={"folder": "{folder}/nowhere"},
    ),
    Stops(
        "several files", HEADER + GOOD,
        "2 files match '*.csv': other.csv, x.csv; keep one, or set pick: newest",
        open_items={"file": "*.csv"},
    ),
    Stops(
        "a column is missing", HEADER.replace("Open", "Balance") + GOOD,
        "x.csv, row 1: no column 'Open' (open); the header has: No, Cust, Name, Issued, Due, Total, "
        "Balance, Cur. Correct columns in the layout, or export with this column",
    ),
    Stops(
        "another file altogether", "a,b\n1,2\n",
        "x.csv: no header with 'No', 'Name', 'Cust', 'Issued', 'Due', 'Total', 'Open', 'Cur' in its "
        "first 2 rows; is it the right export, and the right layout?",
    ),
    Stops(
        "semicolons for commas", (HEADER + GOOD).replace(",", ";"),
        "x.csv is separated by ';', not by the configured delimiter; set delimiter: ';' under format",
    ),
    Stops(
        "tabs for commas", (HEADER + GOOD).replace(",", "\t"),
        "x.csv is separated by 'tab', not by the configured delimiter; set delimiter: 'tab' under "
        "format",
    ),
    Stops(
        "commas for semicolons", HEADER + GOOD,
        "x.csv is separated by ',', not by the configured delimiter; set delimiter: ',' under format",
        open_items=formatted(delimiter=";"),
    ),
    Stops(
        "a column twice", HEADER.replace("Total", "Open") + GOOD,
        "x.csv, row 1: the column 'Open' (open) is there more than once; rename one of them in the "
        "export", open_items={"layout": {"columns": {"number": "No", "account": "Name",
                                                     "open": "Open", "currency": "Cur"}}},
    ),
    Stops(
        "latin-1 read as UTF-8", (HEADER + GOOD.replace("Ann", "Änn")).encode("cp1252"),
        "x.csv is not utf-8 text; set encoding under format, or export it as UTF-8",
    ),
    Stops(
        "UTF-16 read as UTF-8", (HEADER + GOOD).encode("utf-16"),
        "x.csv is marked as utf-16 but encoding is utf-8; set encoding: utf-16 under format",
    ),
    Stops(
        "UTF-16 without a mark", (HEADER + GOOD).encode("utf-16-le"),
        "x.csv, line 1 contains NUL characters; is the encoding utf-16?",
    ),
    Stops(
        "UTF-8 read as UTF-16", HEADER + GOOD,
        "x.csv has no byte order mark, so it is not the utf-16 that programs export; set encoding "
        "under format", open_items=formatted(encoding="utf-16"),
    ),
    Stops(
        "marked UTF-8 read as cp1252", ("\ufeff" + HEADER + GOOD).encode(),
        "x.csv is marked as utf-8 but encoding is cp1252; set encoding: utf-8 under format",
        open_items=formatted(encoding="cp1252"),
    ),
    Stops(
        "cut off inside quotes", HEADER + GOOD + '2,C2,"Bob',
        "x.csv, line 3 is no well-formed CSV (unexpected end of data); is a quote missing there, "
        "was it cut off or edited by hand? Export it again",
    ),
    Stops(
        "a quote that the next quoted cell closes",
        HEADER + '2,C2,"Bob,2026-02-01,2026-03-03,1.00,1.00,EUR\n' + GOOD
        + '3,C3,"Carol",2026-02-01,2026-03-03,1.00,1.00,EUR\n',
        "x.csv, the row of lines 2 to 4 is no well-formed CSV (',' expected after '\"'); is a "
        "quote missing there, was it cut off or edited by hand? Export it again",
    ),
    Stops(
        "a stray quote", HEADER + '2,C2,"Bob" B,2026-02-01,2026-03-03,1.00,1.00,EUR\n',
        "x.csv, line 2 is no well-formed CSV (',' expected after '\"'); is a quote missing there, "
        "was it cut off or edited by hand? Export it again",
    ),
    Stops(
        "a workbook named CSV", zipped({"a": b"b"}),
        "x.csv is a workbook, not CSV; rename it to end in .xlsx",
    ),
    Stops(
        "text named XLSX", HEADER + GOOD, "x.xlsx is no readable workbook (.xlsx); open it in a "
        "spreadsheet and save it again", file="x.xlsx",
    ),
    Stops(
        "an archive named XLSX", zipped({"a": b"b"}), "x.xlsx is no readable workbook (.xlsx); open "
        "it in a spreadsheet and save it again", file="x.xlsx",
    ),
    Stops(
        "a zip bomb", zipped({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}),
        "x.xlsx unpacks to 20000000 bytes, which no export does; it was not opened", file="x.xlsx",
    ),
    Stops(
        "a row with very many cells", HEADER + "," * 600 + "\n",
        "x.csv, row 2 has more than 500 cells; is the delimiter right?",
    ),
    Stops(
        "day and month without an order", HEADER + GOOD.replace("2026-03-03", "03/04/2026"),
        "x.csv, row 2, column Due: '03/04/2026' may mean day/month or month/day; set date_order "
        "(dmy or mdy) under format", error=ConfigError,
    ),
    Stops(
        "an order that the data disprove", HEADER + GOOD.replace("2026-03-03", "03/25/2026"),
        "x.csv, row 2, column Due: '03/25/2026' cannot be dmy but would be mdy; if the file is "
        "written that way set date_order: mdy, otherwise correct the cell",
        open_items=formatted(date_order="dmy"),
    ),
    Stops(
        "the other order disproved", HEADER + GOOD.replace("2026-03-03", "25.03.2026"),
        "x.csv, row 2, column Due: '25.03.2026' cannot be mdy but would be dmy; if the file is "
        "written that way set date_order: dmy, otherwise correct the cell",
        open_items=formatted(date_order="mdy"),
    ),
    Stops(
        "no currency anywhere", "No,Name,Open\n1,Ann,5.00\n",
        "x.csv has no currency column; set currency beside file, e.g. currency: EUR",
        error=ConfigError,
        open_items={"layout": {"columns": {"number": "No", "account": "Name", "open": "Open"}}},
    ),
    Stops(
        "not one readable row", HEADER + GOOD.replace("100.00", '"1.284,50"'),
        "x.csv: none of its documents could be read. The first: x.csv, row 2, column Total: "
        "'1.284,50' does not fit decimal '.' and thousands ''; set both under format as the file "
        "writes them",
    ),
    Stops(
        "history without payment days", HEADER + GOOD,
        "the layout of history has no paid_on column; map the payment day", error=ConfigError,
        settings={"history": HISTORY},
    ),
    Stops(
        "a group total that does not foot",
        QB_HEADER + "Ann,,,,,,\n,01/02/2026,Invoice,1,02/01/2026,5.00,5.00\n"
        "Total for Ann,,,,,9.00,9.00\n",
        "x.csv, row 4, column Open balance: the total says 9.00, the rows above add up to 5.00; rows "
        "are missing or were changed, export it again", open_items=QUICKBOOKS,
    ),
    Stops(
        "a grand total that does not foot",
        QB_HEADER + "Ann,,,,,,\n,01/02/2026,Invoice,1,02/01/2026,5.00,5.00\n"
        "Total for Ann,,,,,5.00,5.00\nTOTAL,,,,,15.00,15.00\n",
        "x.csv, row 5, column Open balance: the total says 15.00, the rows above add up to 5.00; "
        "rows are missing or were changed, export it again", open_items=QUICKBOOKS,
    ),
    Stops(
        "an unreadable total",
        QB_HEADER + "Ann,,,,,,\n,01/02/2026,Invoice,1,02/01/2026,5.00,5.00\n"
        "Total for Ann,,,,,5.00,five\n",
        "x.csv, row 4, column Open balance: the total a text of 4 characters is no amount; correct "
        "the cell", open_items=QUICKBOOKS,
    ),
    Stops(
        "two reports in one file",
        QB_HEADER + "Ann,,,,,,\n,01/02/2026,Invoice,1,02/01/2026,5.00,5.00\n"
        "TOTAL,,,,,5.00,5.00\n,01/02/2026,Invoice,2,02/01/2026,5.00,5.00\n",
        "x.csv, row 5: rows follow the grand total; is this two reports in one file?",
        open_items=QUICKBOOKS,
    ),
    Stops(
        "grouped by age without customers",
        QB_HEADER + "1 - 30 days past due,,,,,,\n,01/02/2026,Invoice,1,02/01/2026,5.00,5.00\n",
        "x.csv, row 2: the rows are grouped by age, and no column names the customer; add the "
        "customer column to the report", open_items=QUICKBOOKS,
    ),
    Stops(
        "a report of last month", "As at 1 March 2026\n" + HEADER + GOOD,
        "x.csv is as of 2026-03-01, 33 days ago, and max_age is 3d; export it again, so that nobody "
        "who paid since is asked. To look at it as of its own day, which sends nothing: "
        "--as-of 2026-03-01",
    ),
    Stops(
        "a report of next year", "As of April 3, 2027\n" + HEADER + GOOD,
        "x.csv is as of 2027-04-03, which is in the future; export it as of today, or correct this "
        "machine's clock",
    ),
    Stops(
        "a title without a readable day", "As at yesterday\n" + HEADER + GOOD,
        "x.csv: the title's day a text of 9 characters is no date; write it as 2026-04-03",
    ),
    Stops(
        "no contacts file", HEADER + GOOD, "no file 'contacts.csv' in {folder}; put the export "
        "there. Nothing is taken as paid because a file is missing",
        settings={"contacts": {"file": "contacts.csv",
                               "columns": {"account": "Cust", "email": "Mail"}}},
    ),
)  # fmt: skip


def _row(**cells: str) -> str:
    names = ("No", "Cust", "Name", "Issued", "Due", "Total", "Open", "Cur")
    usual = ("2", "C2", "Bob", "2026-02-01", "2026-03-03", "100.00", "100.00", "EUR")
    return ",".join(cells.get(name, value) for name, value in zip(names, usual, strict=True))


HOLDS: Sequence[Holds] = (
    Holds("letters for an amount", _row(Open="lots"), "plain.csv, row 3, column Open",
          "a text of 4 characters is no amount; correct the cell"),
    Holds("no amount", _row(Open=""), "plain.csv, row 3, column Open",
          "is empty; an amount is needed"),
    Holds("an unconfigured thousands separator", _row(Open='"1,284.50"'),
          "plain.csv, row 3, column Open",
          "'1,284.50' does not fit decimal '.' and thousands ''; set both under format as the file "
          "writes them"),
    Holds("thousands or decimals", _row(Open="1.284"), "plain.csv, row 3, column Open",
          "'1.284' could be thousands or decimals; set decimal and thousands under format, or write "
          "it with two decimals"),
    Holds("a third of a cent", _row(Open="0.3333"), "plain.csv, row 3, column Open",
          "0.3333 has more decimals than EUR is paid in; check the decimal and thousands separators "
          "under format"),
    Holds("separators in the wrong places", _row(Open='"12,84.50"'),
          "plain.csv, row 3, column Open",
          "'12,84.50' does not fit decimal '.' and thousands ','; set both under format as the file "
          "writes them", open_items=formatted(thousands=",")),
    Holds("two minus signs", _row(Open="(-5.00)"), "plain.csv, row 3, column Open",
          "'(-5.00)' has two signs; correct the cell"),
    Holds("half a parenthesis", _row(Open="(5.00"), "plain.csv, row 3, column Open",
          "'(5.00' is no amount; correct the cell"),
    Holds("a sign of another currency", _row(Open="£5.00"), "plain.csv, row 3, column Open",
          "'£5.00' says £ in a row in EUR; correct one of them"),
    Holds("an endless number", _row(Open="9" * 30), "plain.csv, row 3, column Open",
          "the number is too long for an amount; correct the cell"),
    Holds("more open than invoiced", _row(Open="100.01"), "plain.csv, row 3, column Open",
          "100.01 is open of 100.00; correct one of them"),
    Holds("no such day", _row(Due="2026-02-30"), "plain.csv, row 3, column Due",
          "'2026-02-30' is no day of the calendar; correct it"),
    Holds("words for a day", _row(Due="soon"), "plain.csv, row 3, column Due",
          "a text of 4 characters is no date; write it as 2026-04-03"),
    Holds("a day of another age", _row(Issued="0202-01-01"), "plain.csv, row 3, column Issued",
          "the year 202 is outside 1990 to 2100; correct the cell"),
    Holds("no currency", _row(Cur=""), "plain.csv, row 3, column Cur",
          "the currency is empty; fill it in or set currency beside file"),
    Holds("a sign for a currency", _row(Cur="€"), "plain.csv, row 3, column Cur",
          "'€' is no currency code such as EUR"),
    Holds("no customer number", _row(Cust=""), "plain.csv, row 3, column Cust",
          "is empty, so the customer is unknown", account_id=""),
    Holds("no number", _row(No=""), "plain.csv, row 3, column No",
          "is empty; an invoice needs a number", record_id="plain.csv:3"),
    Holds("a number spoilt by a spreadsheet", _row(No="1.93E+09"), "plain.csv, row 3, column No",
          "'1.93E+09' was shortened by a spreadsheet; export again with the column as text",
          record_id="1.93E+09"),
    Holds("the same number twice", _row(No="1", Cust="C1"), "plain.csv, row 3, column No",
          "'1' was there in an earlier row; remove one, or map item_id", account_id="C1",
          record_id="1"),
    Holds("an unquoted comma", _row(Name="Bob, B"), "plain.csv, row 3",
          "the row has 9 cells, the header has 8; is a delimiter unquoted, or the file cut off?",
          account_id=""),
    Holds("a row cut off", "2,C2,Bob,2026-02-01", "plain.csv, row 3",
          "the row has 4 cells, the header has 8; is a delimiter unquoted, or the file cut off?",
          account_id=""),
    Holds("control characters in a number", _row(No="2\x07"), "plain.csv, row 3, column No",
          "contains control characters; correct the cell", record_id="2\x07"),
)  # fmt: skip
