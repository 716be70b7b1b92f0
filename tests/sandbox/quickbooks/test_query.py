"""The query language: what is read, what is refused, and how lists page."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.sandbox import people
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.query import Condition, Query, parse
from syncer.sandbox.world import World
from tests.sandbox.calling import make_invoice, plain_world
from tests.sandbox.quickbooks.calling import Caller, caller_for, money, sale


def book(world: World, count: int) -> list[str]:
    """So many invoices of 10, 20, 30 ... for one customer; their numbers."""
    contact = people.add_contact(world.main, "Buyer", email="b@x.example")
    made = [
        make_invoice(world.main, contact, f"{10 * n}.00", currency="USD", due_in=n)
        for n in range(1, count + 1)
    ]
    return [doc.number for doc in made]


def ids(response: Any, name: str = "Invoice") -> list[str]:
    """The Ids of a list."""
    return [row["Id"] for row in response.get(name, [])]


def test_nothing_found_is_an_empty_object(call: Caller) -> None:
    """No rows: the entity's key is absent; a count is totalCount alone."""
    assert call.query("SELECT * FROM Invoice") == {}
    assert call.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 0}


def test_pages_are_100_by_default_and_1000_at_most(call: Caller, world: World) -> None:
    """Oldest first by Id; maxResults says how many came; more than 1,000 is cut silently."""
    book(world, 1003)
    first = call.query("SELECT * FROM Invoice")
    assert (len(first["Invoice"]), first["startPosition"], first["maxResults"]) == (100, 1, 100)
    assert ids(first) == [str(n) for n in range(1, 101)]
    assert len(call.query("SELECT * FROM Invoice MAXRESULTS 5000")["Invoice"]) == 1000
    rest = call.query("SELECT * FROM Invoice ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000")
    assert ids(rest) == ["1001", "1002", "1003"]
    assert (rest["startPosition"], rest["maxResults"]) == (1001, 3)


def test_rows_shift_when_an_earlier_one_leaves_the_filter(call: Caller, world: World) -> None:
    """Paying an invoice of page one between two pages makes a careless pager skip a row."""
    book(world, 6)
    statement = "SELECT * FROM Invoice WHERE Balance > '0' ORDERBY Id {} MAXRESULTS 3"
    one = ids(call.query(statement.format("STARTPOSITION 1")))
    world.main.pay(world.main.open_invoices()[0])
    two = ids(call.query(statement.format("STARTPOSITION 4")))
    assert (one, two) == (["1", "2", "3"], ["5", "6"])


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("Balance > '20'", ["3", "4"]),
        ("Balance >= 20 AND Balance < 40", ["2", "3"]),
        ("balance <= '10.00'", ["1"]),
        ("DocNumber IN ('INV-0001', 'INV-0004')", ["1", "4"]),
        ("DocNumber LIKE '%003'", ["3"]),
        ("DueDate > '2026-11-22' and DueDate <= '2026-11-23'", ["3"]),
        ("TxnDate = '2026-11-20'", ["1", "2", "3", "4"]),
        ("CustomerRef = '1' AND Id > '3'", ["4"]),
        ("SalesTermRef = ' '", ["1", "2", "3", "4"]),
        ("MetaData.LastUpdatedTime >= '2026-11-20T01:00:00-08:00'", ["1", "2", "3", "4"]),
        ("Metadata.LastUpdatedTime > '2026-11-20T09:00:00Z'", []),
        ("Metadata.CreateTime < '2026-11-20T09:00:00'", ["1", "2", "3", "4"]),
    ],
)
def test_filters(call: Caller, world: World, where: str, wanted: list[str]) -> None:
    """Every operator; numbers and dates quoted or not; without an offset it is Pacific time."""
    book(world, 4)
    assert ids(call.query(f"SELECT * FROM Invoice WHERE {where}")) == wanted


@pytest.mark.parametrize("order", ["ORDERBY Balance DESC", "order by balance desc, Id"])
def test_order(call: Caller, world: World, order: str) -> None:
    """ORDERBY in one word or two, in any case."""
    book(world, 3)
    assert ids(call.query(f"select * from invoice {order}")) == ["3", "2", "1"]


def test_ids_sort_and_compare_as_numbers(call: Caller, world: World) -> None:
    """9 comes before 10, though both are text on the wire."""
    book(world, 11)
    assert ids(call.query("SELECT * FROM Invoice ORDERBY Id"))[8:] == ["9", "10", "11"]
    assert ids(call.query("SELECT * FROM Invoice WHERE Id > '9'")) == ["10", "11"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM Customer WHERE DisplayName = 'Joe's'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'Joe''s'", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'Joe’s'", "4000"),
        ("SELECT * FROM Invoice WHERE Id = '1' OR Id = '2'", "4000"),
        ("SELECT Id FROM Invoice", "4000"),
        ("SELECT * FROM Invoice WHERE TxnDate > 2026-11-01", "4000"),
        ("SELECT * FROM Invoice WHERE Balance", "4000"),
        ("SELECT * FROM Invoice STARTPOSITION x", "4000"),
        ("SELECT * FROM Invoice GROUP BY Id", "4000"),
        ("", "4000"),
        ("SELECT * FROM Nothing", "4001"),
        ("SELECT * FROM Invoice WHERE EmailStatus = 'EmailSent'", "4001"),
        ("SELECT * FROM Invoice WHERE PrivateNote LIKE '%x%'", "4001"),
        ("SELECT * FROM Payment WHERE UnappliedAmt > '0'", "4001"),
        ("SELECT * FROM Customer WHERE Notes = 'x'", "4001"),
        ("SELECT * FROM Invoice ORDERBY CustomerRef", "4001"),
        ("SELECT * FROM Invoice WHERE Balance > 'much'", "4001"),
    ],
)
def test_what_cannot_be_read_is_refused(call: Caller, statement: str, code: str) -> None:
    """Quotes, OR, projections and letters beyond ISO-8859-1 are 4000; unknown names 4001."""
    answer = call.raw("POST", "/query", body=statement.encode())
    assert (answer.status, call.code(json.loads(answer.body))) == (400, code)


def test_a_quote_is_escaped_by_a_backslash(call: Caller, customer: str) -> None:
    """By GET and by POST, with format=json instead of a header, and without a minor version."""
    statement = r"SELECT * FROM Customer WHERE DisplayName = 'Joe\'s Café'"
    for found in (
        call.query(statement),
        call.query(statement, minorversion=40),
    ):
        assert ids(found, "Customer") == [customer]
    call.accept = "*/*"
    assert ids(call.query(statement, format="json"), "Customer") == [customer]


def test_without_asking_for_json_the_answer_is_xml(call: Caller) -> None:
    """The vendor's default; errors come as XML faults then."""
    call.accept = "*/*"
    assert call.raw("GET", "/preferences").content_type.startswith("application/xml")
    refused = call.raw("POST", "/query", body=b"SELECT")
    assert b'<Error code="4000">' in refused.body


def test_another_country_may_search_for_any_letter() -> None:
    """Only US companies are bound to ISO-8859-1."""
    world = plain_world()
    people.add_contact(world.main, "Ōtaki’s")
    call = caller_for(world)
    found = call.query("SELECT * FROM Customer WHERE DisplayName LIKE 'Ōtaki’%'")
    assert ids(found, "Customer") == ["1"]


def test_inactive_names_are_hidden_unless_asked_for(call: Caller, world: World) -> None:
    """Customers and terms: only active ones by default."""
    gone = people.add_contact(world.main, "Gone")
    people.add_contact(world.main, "Here")
    people.archive(world.main, gone.contact_id)
    assert ids(call.query("SELECT * FROM Customer"), "Customer") == ["2"]
    both = "SELECT * FROM Customer WHERE Active IN (true, false)"
    assert ids(call.query(both), "Customer") == ["1", "2"]
    assert call.query("SELECT COUNT(*) FROM Customer WHERE Active = false") == {"totalCount": 1}
    names = [row["Name"] for row in call.query("SELECT * FROM Term")["Term"]]
    assert "2% 10 Net 30" in names
    assert "Net 90" not in names


def test_a_supplier_is_no_customer(call: Caller, world: World) -> None:
    """Unless something was sold to it."""
    supplier = people.add_contact(world.main, "Mill", supplier=True)
    assert call.query("SELECT * FROM Customer") == {}
    make_invoice(world.main, supplier, currency="USD")
    assert ids(call.query("SELECT * FROM Customer"), "Customer") == ["1"]


def test_the_short_lists_and_the_company_itself(call: Caller) -> None:
    """Items, tax codes, terms with a discount, company info by its number, preferences."""
    assert [row["Name"] for row in call.query("SELECT * FROM Item")["Item"]] == [
        "Sales",
        "Late fees",
    ]
    assert [row["Id"] for row in call.query("SELECT * FROM TaxCode")["TaxCode"]] == ["TAX", "NON"]
    early = call.query("SELECT * FROM Term WHERE Name = '2% 10 Net 30'")["Term"][0]
    assert (early["DueDays"], early["DiscountPercent"], early["DiscountDays"]) == (30, 2, 10)
    assert call.get(f"/term/{early['Id']}")["Term"] == early
    assert call.get(f"/companyinfo/{call.realm}")["CompanyInfo"]["CompanyName"] == "Test Inc"
    currency = call.get("/preferences")["Preferences"]["CurrencyPrefs"]
    assert currency == {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}}


def test_payments_and_credits_are_listed(call: Caller, customer: str) -> None:
    """Filters of payments and credit memos."""
    memo = call.post("/creditmemo", sale(customer, "30"))["CreditMemo"]
    paid = call.post("/payment", money(customer, "12.50"))["Payment"]
    assert ids(call.query("SELECT * FROM CreditMemo WHERE Balance > '0'"), "CreditMemo") == [
        memo["Id"]
    ]
    assert ids(call.query("SELECT * FROM Payment WHERE TotalAmt = 12.5"), "Payment") == [paid["Id"]]


def test_an_unknown_record_is_610(call: Caller, invoice: Any) -> None:
    """400 with code 610, also for the Id of another kind."""
    for path in ("/invoice/99", f"/creditmemo/{invoice['Id']}", "/invoice/x"):
        answer = call.raw("GET", path)
        assert (answer.status, call.code(json.loads(answer.body))) == (400, "610")


@given(st.text(max_size=20))
def test_any_text_can_be_searched_for(text: str) -> None:
    """Escaping backslashes and quotes gives the text back, whatever it holds."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    query = parse(f"SELECT * FROM Customer WHERE DisplayName = '{escaped}'")
    assert query == Query("Customer", False, (Condition("DisplayName", "=", (text,)),))


@given(st.text(max_size=60))
def test_no_statement_breaks_the_parser(text: str) -> None:
    """Nonsense is always refused in words."""
    code = "4000"
    try:
        parse(text)
    except Wrong as error:
        code = error.code
    assert code == "4000"
