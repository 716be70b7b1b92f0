"""The folder connector as a ledger: whole lists, fresh reads, contacts, files that change."""

import json
import os
import subprocess
import sys
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.csv_folder import SPEC
from connectors.csv_folder.layout_file import read_layout
from connectors.csv_folder.pages import PAGE_SIZE
from syncer.errors import ConfigError, ContractError, Transient
from syncer.model.ledger import ItemKind, Page, Stream
from syncer.ports import NoteSink, Source, TaskSink
from syncer.settings import InvalidSettings

from .conftest import NOW, ORGANISATION, PLAIN, Case, collect, plain_csv

ANN = "1,C1,Ann,2026-02-01,2026-03-03,100.00,100.00,EUR"
BOB = "2,C2,Bob,2026-02-02,2026-03-04,50.00,20.00,EUR"
PLAIN_FILE = {"file": "plain.csv", "layout": PLAIN}


def test_it_implements_its_ports(case: Case) -> None:
    """The connector is what its declaration says."""
    source = case.source(PLAIN_FILE)
    assert isinstance(source, Source)
    assert isinstance(source, NoteSink)
    assert isinstance(source, TaskSink)
    assert SPEC.name == "csv_folder"
    assert SPEC.hosts == ()


def test_one_row(case: Case) -> None:
    """One good row is one item, one account and two finished lists."""
    pulled = case.plain(ANN)
    (item,) = pulled.items
    assert (item.item_id, item.account_id, item.open) == ("1", "C1", Decimal("100.00"))
    assert (item.issued_on, item.due_on) == (date(2026, 2, 1), date(2026, 3, 3))
    assert [(end.stream, end.full, end.records) for end in pulled.ends] == [
        (Stream.ITEMS, True, 1),
        (Stream.ACCOUNTS, False, 1),
        (Stream.SETTLED, False, 0),
    ]


def test_an_empty_list_must_be_allowed(case: Case) -> None:
    """Only with empty_ok does a header without rows mean that nothing is open."""
    pulled = case.plain(empty_ok=True)
    assert (pulled.items, pulled.ends[0].full) == ([], True)
    with pytest.raises(ContractError, match=r"no rows"):
        case.plain()


def test_a_failed_file_never_ends_its_list(case: Case) -> None:
    """Whatever stops a file stops it before the list is said to be whole."""
    case.write("plain.csv", plain_csv(*[ANN.replace("1,", f"{n},", 1) for n in range(2500)], '9,"'))
    parts = []
    with pytest.raises(ContractError):
        all(parts.append(part) is None for part in case.source(PLAIN_FILE).pull({}))
    assert len([part for part in parts if isinstance(part, Page)]) == 2500 // PAGE_SIZE
    assert [type(part).__name__ for part in parts] == ["Organisation", "Page", "Page"]


def test_negative_amounts_are_credits(case: Case) -> None:
    """Without a kind column the sign decides, and amounts are kept positive."""
    pulled = case.plain(ANN, BOB.replace("50.00,20.00", "-50.00,-20.00"))
    credit = pulled.item("2")
    assert (credit.kind, credit.open, credit.total) == (
        ItemKind.CREDIT_NOTE,
        Decimal("20.00"),
        Decimal("50.00"),
    )
    strict = case.plain(ANN, BOB.replace("20.00", "-20.00"), layout={**PLAIN, "negative": "error"})
    assert [bad.account_id for bad in strict.quarantined] == ["C2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15"])
def test_encodings(case: Case, encoding: str) -> None:
    """Each configured encoding is read, with or without a byte order mark."""
    case.write("plain.csv", plain_csv(ANN.replace("Ann", "Çağla GmbH & Søn".replace("ğ", "g"))),
               encoding=encoding)  # fmt: skip
    configured = "utf-8" if encoding == "utf-8-sig" else encoding
    pulled = case.pull({**PLAIN_FILE, "format": {"encoding": configured}})
    assert pulled.account("Çagla GmbH & Søn").account_id == "C1"


def test_quoted_commas_and_line_breaks_stay_in_their_cell(case: Case) -> None:
    """A name may hold the delimiter, quotes and a line break; row numbers count records."""
    pulled = case.plain(
        '1,C1,"Ann, ""A""\nLtd",2026-02-01,2026-03-03,1.00,1.00,EUR', BOB.replace("20.00", "?")
    )
    assert pulled.account('Ann, "A" Ltd').account_id == "C1"
    assert pulled.quarantined[0].where == "plain.csv, row 3, column Open"


def test_a_workbook_keeps_its_types(case: Case) -> None:
    """Typed dates need no order, and numbers are read at a spreadsheet's own precision."""
    header = plain_csv().strip().split(",")
    rows = [
        header,
        [1, 7, "Ann", NOW.replace(tzinfo=None), date(2026, 5, 3), 0.3, 0.1 + 0.2, "EUR"],
    ]
    case.workbook("book.xlsx", {"Items": rows})
    (item,) = case.pull({"file": "book.xlsx", "layout": PLAIN}).items
    assert (item.number, item.account_id, item.open) == ("1", "7", Decimal("0.30"))
    assert (item.issued_on, item.due_on) == (NOW.date(), date(2026, 5, 3))


def test_a_sheet_must_be_chosen_when_there_are_several(case: Case) -> None:
    """The wrong sheet is never taken by chance."""
    rows = [plain_csv().strip().split(","), ANN.split(",")]
    case.workbook("book.xlsx", {"Cover": [["x"]], "Items": rows})
    with pytest.raises(ContractError, match=r"^book.xlsx has 2 sheets: Cover, Items; set sheet$"):
        case.pull({"file": "book.xlsx", "layout": PLAIN})
    with pytest.raises(ContractError, match=r"has no sheet 'Item' but: Cover, Items; set sheet$"):
        case.pull({"file": "book.xlsx", "layout": PLAIN, "sheet": "Item"})
    assert len(case.pull({"file": "book.xlsx", "layout": PLAIN, "sheet": "Items"}).items) == 1


def test_pick_newest_takes_the_file_changed_last(case: Case) -> None:
    """Several exports are fine where the newest is asked for."""
    old = case.write("a-2.csv", plain_csv(ANN))
    case.date(old, NOW - timedelta(days=1))
    case.write("a-1.csv", plain_csv(BOB))
    case.write("~$a-3.csv", "lock file of a spreadsheet")
    pulled = case.pull({"file": "a-*.csv", "pick": "newest", "layout": PLAIN})
    assert [item.number for item in pulled.items] == ["2"]


def test_an_old_file_stops_the_ledger_at_max_age(case: Case) -> None:
    """The limit is counted in days of the organisation; on the last day it is still fresh."""
    path = case.write("plain.csv", plain_csv(ANN))
    case.date(path, NOW - timedelta(days=3))
    pulled = case.pull(PLAIN_FILE)
    assert pulled.organisation.books_fresh_on == date(2026, 3, 31)
    case.date(path, NOW - timedelta(days=4))
    with pytest.raises(ContractError, match=r"as of 2026-03-30, 4 days ago, and max_age is 3d"):
        case.pull(PLAIN_FILE)
    with pytest.raises(ContractError, match=r"4 days ago"):
        case.source(PLAIN_FILE).check()
    assert case.pull(PLAIN_FILE, max_age="4d").items


def test_a_look_says_what_a_run_would_read(case: Case) -> None:
    """``check`` counts the open items and names the first record that must be corrected."""
    case.write("plain.csv", plain_csv(ANN, "2,C2,Ben,2026-02-30,2026-03-30,5.00,5.00,EUR"))
    health = case.source(PLAIN_FILE).check()
    assert health.details[1] == "1 open item"
    (warning,) = health.warnings
    assert warning.startswith("1 record could not be read, and the customers concerned would be")
    assert "first plain.csv, row 3" in warning
    case.write("plain.csv", plain_csv(ANN))
    assert not case.source(PLAIN_FILE).check().warnings
    case.write("plain.csv", plain_csv(ANN.replace("2026-02-01", "01/02/2026")))
    with pytest.raises(ConfigError, match="date_order"):
        case.source({**PLAIN_FILE}).check()


def test_replay_reads_as_of_a_day(case: Case) -> None:
    """Paid later is open, paid before is history, issued later does not exist yet."""
    case.write(
        "paid.csv",
        "No,Name,Issued,Paid,Total\n1,Ann,2013-01-01,2013-03-01,10.00\n2,Ann,2013-01-02,2013-02-01,20.00\n"
        "3,Ann,2013-02-02,2013-02-05,30.00\n4,Ann,2013-01-03,,40.00\n",
    )
    columns = {"number": "No", "account": "Name", "issued_on": "Issued", "paid_on": "Paid"}
    pulled = case.pull(
        {
            "file": "paid.csv",
            "layout": {"columns": {**columns, "total": "Total"}},
            "currency": "EUR",
        },
        replay_on="2013-02-01",
    )
    assert [item.number for item in pulled.items] == ["1", "4"]
    assert [(paid.item_id, paid.paid_on) for paid in pulled.settled] == [("2", date(2013, 2, 1))]
    assert pulled.organisation.books_fresh_on == date(2013, 2, 1)


def test_looking_as_of_a_day_needs_no_setting(case: Case) -> None:
    """--as-of reads an old export as of that day; a configured replay_on goes before it."""
    path = case.write("plain.csv", plain_csv(ANN))
    case.date(path, NOW - timedelta(days=400))
    source = case.source(PLAIN_FILE, as_of=date(2026, 3, 5))
    assert collect(source).organisation.books_fresh_on == date(2026, 3, 5)
    assert source.check().details[1] == "1 open item"
    fixed = case.source(PLAIN_FILE, as_of=date(2026, 3, 5), replay_on="2026-03-04")
    assert collect(fixed).organisation.books_fresh_on == date(2026, 3, 4)
    with pytest.raises(ContractError, match=r"which sends nothing: --as-of 2025-02-27"):
        case.pull(PLAIN_FILE)


@pytest.mark.parametrize("lines", ["none", "repeat"])
@pytest.mark.parametrize("between", [(), ("7,C3,Cy,2026-02-01,2026-03-03,9.00,9.00,EUR",)])
def test_a_number_that_two_customers_share_holds_both(
    case: Case, lines: str, between: tuple[str, ...]
) -> None:
    """Nobody can say who owes it, so neither is asked; the others are."""
    layout = {**PLAIN, "lines": lines}
    pulled = case.plain(ANN, *between, BOB.replace("2,", "1,", 1), layout=layout)
    assert [bad.account_id for bad in pulled.quarantined] == ["C2", "C1"]
    assert len({bad.record_id for bad in pulled.quarantined}) == 2
    assert pulled.quarantined[1].problem.endswith("the earlier row names another customer")


def test_a_history_file_adds_behaviour(case: Case) -> None:
    """A second export gives settled invoices; without numbers they get ids of their own."""
    case.write("plain.csv", plain_csv(ANN))
    case.write("paid.csv", "Cust,Paid,Total\nC1,2026-01-05,9.00\nC1,2026-01-05,9.00\nC2,,5.00\n")
    columns = {"account_id": "Cust", "paid_on": "Paid", "total": "Total"}
    history = {"file": "paid.csv", "layout": {"columns": columns}, "currency": "EUR"}
    pulled = case.pull(PLAIN_FILE, history=history)
    assert [paid.amount for paid in pulled.settled] == [Decimal("9.00")] * 2
    assert len({paid.item_id for paid in pulled.settled}) == 2
    assert "paid.csv: history" in case.source(PLAIN_FILE, history=history).check().details


# --- the guard's read


def test_the_guard_sees_the_file_as_it_is_now(case: Case) -> None:
    """A payment exported after the pull is seen; a customer gone from the file is absent."""
    case.write("plain.csv", plain_csv(ANN, BOB))
    source = case.source(PLAIN_FILE)
    collect(source)
    assert source.read_accounts(["C1"])["C1"].items[0].open == Decimal("100.00")
    case.write("plain.csv", plain_csv(ANN.replace("100.00,100.00", "100.00,0.00")))
    facts = source.read_accounts(["C1", "C2", "C9"])
    assert facts["C1"].items == ()
    assert facts["C1"].read_at == NOW
    assert set(facts) == {"C1"}


def test_the_guard_notices_a_change_that_keeps_size_and_time(case: Case) -> None:
    """The content decides, not the clock of the file system."""
    case.write("plain.csv", plain_csv(ANN))
    source = case.source(PLAIN_FILE)
    source.read_accounts(["C1"])
    case.write(
        "plain.csv", plain_csv(ANN.replace("100.00,100.00", "100.00,999.00")[:-8] + "1.00,EUR")
    )
    case.write("plain.csv", plain_csv(ANN.replace(",100.00,EUR", ",001.00,EUR")))
    assert source.read_accounts(["C1"])["C1"].items[0].open == Decimal("1.00")


def test_the_guard_fails_when_the_file_is_gone_or_old(case: Case) -> None:
    """A read that cannot be made raises; it never says that nothing is open."""
    path = case.write("plain.csv", plain_csv(ANN))
    source = case.source(PLAIN_FILE)
    collect(source)
    case.date(path, NOW - timedelta(days=9))
    with pytest.raises(ContractError, match=r"9 days ago"):
        source.read_accounts(["C1"])
    path.unlink()
    with pytest.raises(ContractError, match=r"no file 'plain.csv'"):
        source.read_accounts(["C1"])


def test_the_guard_carries_what_could_not_be_read(case: Case) -> None:
    """A bad row of the account, or of nobody known, comes with the facts."""
    case.write("plain.csv", plain_csv(ANN, BOB.replace("20.00", "?"), "3,,X,,,1.00,1.00,EUR"))
    facts = case.source(PLAIN_FILE).read_accounts(["C1", "C2"])
    assert [bad.record_id for bad in facts["C1"].quarantined] == ["3"]
    assert [bad.record_id for bad in facts["C2"].quarantined] == ["2", "3"]


def test_a_file_that_changes_while_it_is_read_is_not_believed(case: Case) -> None:
    """Half of an old export and half of a new one make no list."""
    rows = [ANN.replace("1,", f"{n},", 1) for n in range(1500)]
    case.write("plain.csv", plain_csv(*rows))
    parts = case.source(PLAIN_FILE).pull({})
    next(parts)
    next(parts)
    with (case.folder / "plain.csv").open("a") as stream:
        stream.write(BOB + "\n")
    with pytest.raises(Transient, match=r"plain.csv changed while it was read"):
        list(parts)


# --- contacts

SAYS_LEAVE = "correct it, or leave it empty"
CONTACTS = {
    "file": "contacts.csv",
    "join_on": "name",
    "columns": {
        "account": "Customer", "person": "Person", "email": "E-mail", "role": "Role",
        "language": "Language", "country": "Country", "groups": "Groups",
        "do_not_chase": "No reminders",
    },
}  # fmt: skip


def test_contacts_are_joined_by_name(case: Case) -> None:
    """Several rows and several addresses in a cell make several persons."""
    case.sample("quickbooks-open-invoices.csv")
    case.sample("contacts.csv")
    pulled = case.pull(
        {
            "file": "quickbooks-open-invoices.csv",
            "layout": "quickbooks_open_invoices",
            "format": {"date_order": "mdy", "thousands": ","},
            "currency": "USD",
        },
        contacts=CONTACTS,
    )
    jane = pulled.account("Smith, Jane")
    assert [(person.email, person.role) for person in jane.people] == [
        ("jane@smith.example", "invoice"),
        ("books@smith.example", "escalation"),
        ("ap@smith.example", "escalation"),
    ]
    assert (jane.language, jane.country, jane.groups) == ("en-US", "US", ("Retail", "VIP"))
    assert pulled.account("Acme North").do_not_chase is True
    assert pulled.account("Acme Holdings").people == ()


def test_contacts_tell_who_pays_by_direct_debit(case: Case) -> None:
    """A yes in the column for it is the customer's mandate; an empty cell is none. Regions, too."""
    case.sample("quickbooks-open-invoices.csv")
    case.write("debit.csv", 'Customer,E-mail,Debit,State\nAcme North,,yes,ON\n"Smith, Jane",,,\n')
    pulled = case.pull(
        {
            "file": "quickbooks-open-invoices.csv",
            "layout": "quickbooks_open_invoices",
            "format": {"date_order": "mdy", "thousands": ","},
            "currency": "USD",
        },
        contacts={
            "file": "debit.csv",
            "join_on": "name",
            "columns": {
                "account": "Customer",
                "email": "E-mail",
                "direct_debit": "Debit",
                "region": "State",
            },
        },
    )
    assert pulled.account("Acme North").direct_debit is True
    assert [pulled.account(one).region for one in ("Acme North", "Smith, Jane")] == ["ON", ""]
    assert pulled.account("Smith, Jane").direct_debit is False


def test_notes_that_begin_with_the_mark_are_kept(case: Case) -> None:
    """On invoices and customers, the first line alone; anything else people wrote is left there."""
    layout = {**PLAIN, "columns": {**PLAIN["columns"], "note": "Note"}}
    head, *_ = plain_csv().splitlines()
    rows = (f"{ANN},#hold until 2026-12-01 why", f"{BOB},please #hold", f"3{ANN[1:]},")
    case.write("plain.csv", "\n".join([f"{head},Note", *rows]) + "\n")
    case.write(
        "contacts.csv", "Cust,Mail,Note\nC1,a@b.example,# stop\nC2,c@d.example,nice people\n"
    )
    columns = {"account": "Cust", "email": "Mail", "note": "Note"}
    contacts = {"file": "contacts.csv", "columns": columns}
    pulled = case.pull({"file": "plain.csv", "layout": layout}, contacts=contacts)
    notes = [item.note for item in sorted(pulled.items, key=lambda item: item.number)]
    assert notes == ["#hold until 2026-12-01 why", "", ""]
    assert [pulled.account(name).note for name in ("Ann", "Bob")] == ["# stop", ""]


def test_a_tax_number_comes_from_the_contacts_file(case: Case) -> None:
    """A folder's customer can be matched with another ledger's, by the first number given."""
    case.write("contacts.csv", "Cust,Mail,VAT\nC1,a@b.example,\nC1,c@b.example,DE 123 456 789\n")
    case.write("plain.csv", plain_csv(ANN, BOB))
    columns = {"account": "Cust", "email": "Mail", "tax_number": "VAT"}
    pulled = case.pull(PLAIN_FILE, contacts={"file": "contacts.csv", "columns": columns})
    assert (pulled.account("Ann").tax_number, pulled.account("Bob").tax_number) == (
        "DE 123 456 789",
        "",
    )


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("E-mail", "not an address", f"is no e-mail address; {SAYS_LEAVE}"),
        ("E-mail", "a@b.example\nBcc: x@y.example", f"is no e-mail address; {SAYS_LEAVE}"),
        ("Role", "boss", "is none of invoice, collections, escalation; correct it"),
        ("Language", "English", f"is not a language such as en or de-CH; {SAYS_LEAVE}"),
        ("Country", "England", f"is not a country code such as GB; {SAYS_LEAVE}"),
        ("No reminders", "perhaps", "is neither yes nor no; correct the cell"),
    ],
)  # fmt: skip
def test_a_bad_contact_holds_its_customer_only(
    case: Case, column: str, value: str, problem: str
) -> None:
    """What cannot be read about an address is quarantined, without repeating it."""
    columns = [
        "Customer",
        "Person",
        "E-mail",
        "Role",
        "Language",
        "Country",
        "Groups",
        "No reminders",
    ]
    cells = [f'"{value}"' if name == column else "" for name in columns]
    cells[0] = "Bob"
    case.write("contacts.csv", "\n".join([",".join(columns), ",".join(cells)]))
    case.write("plain.csv", plain_csv(ANN, BOB))
    pulled = case.pull(PLAIN_FILE, contacts=CONTACTS)
    (bad,) = pulled.quarantined
    assert (bad.account_id, bad.where) == ("C2", f"contacts.csv, row 2, column {column}")
    assert bad.problem == problem


def test_a_contact_without_a_key_is_an_error(case: Case) -> None:
    """Nobody can tell whose address it is."""
    case.write("contacts.csv", "Cust,Mail\n,a@b.example\n")
    case.write("plain.csv", plain_csv(ANN))
    contacts = {"file": "contacts.csv", "columns": {"account": "Cust", "email": "Mail"}}
    with pytest.raises(
        ContractError, match=r"^contacts.csv, row 2, column Cust: is empty; fill it"
    ):
        case.pull(PLAIN_FILE, contacts=contacts)


def test_leading_zeros_join_where_the_layout_says_so(case: Case) -> None:
    """00123 and 123 are one customer in items and contacts, if configured, and two otherwise."""
    case.write("plain.csv", plain_csv(ANN.replace("C1", "00123"), BOB.replace("C2", "123")))
    case.write("contacts.csv", "Cust,Mail\n0123,a@b.example\n")
    contacts = {"file": "contacts.csv", "columns": {"account": "Cust", "email": "Mail"}}
    layout = {**PLAIN, "strip_zeros": True}
    pulled = case.pull({"file": "plain.csv", "layout": layout}, contacts=contacts)
    (account,) = pulled.accounts
    assert (account.account_id, account.people[0].email) == ("123", "a@b.example")
    assert len(case.pull(PLAIN_FILE, contacts=contacts).accounts) == 2


# --- hostile and large input


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    name=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
        lambda name: name.strip()
    )
)
def test_any_name_is_a_customer(case: Case, name: str) -> None:
    """Formulas, markup and quotes in a name are text; signs that reorder text are dropped."""
    quoted = name.replace('"', '""')
    pulled = case.plain(ANN, f'2,C2,"{quoted}",2026-02-02,2026-03-04,50.00,20.00,EUR')
    (named,) = [account.name for account in pulled.accounts if account.account_id == "C2"]
    hidden = [sign for sign in named if unicodedata.category(sign) in {"Cc", "Cf"}]
    assert set(hidden) <= {"\u200c", "\u200d"}
    assert named == "C2" or set(named) <= set(name)
    assert pulled.quarantined == []


MEASURED_PULL = """
import json, sys, tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from connectors.csv_folder import SPEC
from syncer.ports import ConnectorDeps
settings, now = json.loads(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
source = SPEC.build(ConnectorDeps(ledger="books", config=SPEC.config.model_validate(settings),
    http=None, tokens=None, clock=lambda: now, data_dir=Path(settings["folder"])))
tracemalloc.start()
for _ in source.pull({}):
    pass
print(tracemalloc.get_traced_memory()[1])
"""


def test_memory_does_not_grow_with_rows(case: Case) -> None:
    """Reading several times the rows holds hardly more than their fingerprints."""

    def peak(rows: int) -> int:
        lines = [f"{n},C{n % 50},Ann,2026-02-01,2026-03-03,100.00,100.00,EUR" for n in range(rows)]
        case.write("plain.csv", plain_csv(*lines))
        settings = {
            "folder": str(case.folder),
            "organisation": ORGANISATION,
            "open_items": PLAIN_FILE,
        }
        # A process of its own: tracing every allocation does not get on with a worker's threads.
        command = [sys.executable, "-c", MEASURED_PULL, json.dumps(settings), case.now.isoformat()]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout)

    small, large = peak(2_000), peak(7_000)
    assert large - small < 5_000 * 250


def test_an_unreadable_file_is_an_error(case: Case) -> None:
    """A directory or a file without permission is named, with what to do."""
    (case.folder / "plain.csv").mkdir()
    with pytest.raises(ContractError, match=r"no file 'plain.csv'"):
        case.pull(PLAIN_FILE)


def test_a_name_pattern_cannot_leave_the_folder() -> None:
    """File patterns stay below the folder."""
    for name in ("../x.csv", "/etc/passwd", "a/../../x"):
        with pytest.raises(ValueError, match=r"without '..'"):
            SPEC.config.model_validate(
                {
                    "folder": "x",
                    "organisation": {"name": "E", "time_zone": "UTC", "currency": "EUR"},
                    "open_items": {"file": name, "layout": "zoho_books"},
                }
            )


def test_a_layout_file_names_line_and_key(case: Case) -> None:
    """Every mistake in a layout file is listed with its line and the nearest known key."""
    path = case.folder / "mine.yaml"
    path.write_text("columns:\n  number: No\n  acount: Name\n  open: Open\nlines: twice\n")
    with pytest.raises(InvalidSettings) as caught:
        read_layout(path)
    assert [str(problem) for problem in caught.value.problems] == [
        "mine.yaml:3: columns.acount: unknown key; did you mean 'account'?",
        "mine.yaml:5: lines: unknown value; use 'none', 'repeat' or 'sum'",
    ]


def test_lint_looks_into_layout_files(case: Case) -> None:
    """Mistakes in a layout file, or its absence, are found before a ledger is opened."""
    path = case.folder / "mine.yaml"
    path.write_text("columns:\n  number: No\n  acount: Name\n  open: Open\n")
    with pytest.raises(ValueError, match=r"mine\.yaml:3: columns\.acount: unknown key"):
        case.source({"file": "x.csv", "layout_file": str(path)})
    with pytest.raises(
        ValueError, match=r"gone\.yaml: No such file or directory; correct the path"
    ):
        case.source({"file": "x.csv", "layout_file": str(case.folder / "gone.yaml")})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {"number": "No", "account": "N"}}, "columns needs open, or total"),
        ({"columns": {"number": "No", "open": "O"}}, "columns needs account or account_id"),
        ({"optional": ["due"]}, "optional names 'due', which has no header"),
        ({"kinds": {"A": "invoice"}}, "kinds and the kind column go together"),
        ({"statuses": {"A": "open"}}, "statuses and the status column go together"),
        ({"lines": "sum"}, "an open amount per line item is not supported"),
        ({"format": {"decimal": ",", "thousands": ","}}, "decimal and thousands are the same sign"),
        ({"lines": "repeat", "columns": {"account": "N", "open": "O"}}, "lines needs number"),
    ],
)
def test_a_layout_that_cannot_work_is_refused(case: Case, change: object, message: str) -> None:
    """Contradictions in a layout are found before a file is opened."""
    with pytest.raises(ValueError, match=message):
        case.source({"file": "x.csv", "layout": {**PLAIN, **change}})


def test_an_unknown_layout_name_is_found_before_a_file_is_opened(case: Case) -> None:
    """The configuration says so, with the nearest known name."""
    hint = r"there is no layout 'xero_invoice'; did you mean 'xero_invoices'\?"
    with pytest.raises(ValueError, match=hint):
        case.source({"file": "x.csv", "layout": "xero_invoice"})
    with pytest.raises(ValueError, match="give either layout or layout_file"):
        case.source({"file": "x.csv"})


def test_the_notes_folder_is_not_the_export_folder(case: Case) -> None:
    """Exports may be read-only; what is written goes below the data folder."""
    case.write("plain.csv", plain_csv(ANN))
    case.source(PLAIN_FILE).add_note(account_id="C1", item_ids=["1"], text="hello", key="k")
    assert sorted(os.listdir(case.folder)) == ["plain.csv"]
    assert (case.data_dir / "notes" / "books" / "notes.csv").is_file()


def test_the_day_of_the_ledgers_own_mail_is_read(case: Case) -> None:
    """A column with the day of the last mail is a fact of the item; an empty cell is none."""
    header, rest = plain_csv(
        "1,C1,Ann,2026-02-01,2026-03-03,1.00,1.00,EUR", "2,C1,Ann,2026-02-01,2026-03-03,1,1,EUR"
    ).split("\n", 1)
    first, second, _ = rest.split("\n")
    case.write("plain.csv", f"{header},Mailed\n{first},2026-02-02\n{second},\n")
    layout = {"columns": PLAIN["columns"] | {"sent_on": "Mailed"}}
    pulled = case.pull({"file": "plain.csv", "layout": layout})
    assert {item.number: item.sent_on for item in pulled.items} == {
        "1": date(2026, 2, 2),
        "2": None,
    }
