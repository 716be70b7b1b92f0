"""QuickBooks' records as the product's, bad rows, and the settings."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.quickbooks import QuickBooksConfig, facts, wire
from connectors.quickbooks.facts import Reading
from connectors.quickbooks.lists import ListDecoder, Listing, Span
from connectors.quickbooks.query import Query
from connectors.quickbooks.reader import open_invoices
from syncer.bootstrap import discover
from syncer.errors import ContractError
from syncer.http.faults import MalformedError
from syncer.http.transport import Response
from syncer.model.ledger import OpenItem, Stop

READING = Reading(home="USD", payer=str, reference_field="P.O. Number")
JSON = {"Content-Type": "application/json"}


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "1",
        "CustomerRef": {"value": "7", "name": "Ann"},
        "TotalAmt": 100.10,
        "Balance": 50.05,
        "TxnDate": "2026-10-01",
        "DueDate": "2026-10-31",
        **changes,
    }


def _invoice(**changes: Any) -> OpenItem | None:
    row = msgspec.json.decode(msgspec.json.encode(_row(**changes)), type=wire.Invoice)
    return READING.open_invoice(row)


def _page(*rows: Any, **more: Any) -> Response:
    body = {"QueryResponse": {"Invoice": list(rows), "maxResults": len(rows)}, **more}
    return Response(200, JSON, json.dumps(body).encode())


def _decode(response: Response) -> Any:
    return ListDecoder(open_invoices(READING)).decode(response, Span(1))


def test_quickbooks_is_discovered() -> None:
    """The name in a configuration finds the connector."""
    assert discover()["quickbooks"].title == "QuickBooks Online"


@given(cents=st.integers(1, 10**12))
def test_money_keeps_its_digits(cents: int) -> None:
    """A bare JSON number becomes exactly the decimal that was written, never a float."""
    text = f"{cents // 100}.{cents % 100:02d}"
    body = json.dumps(_row()).replace("50.05", text).encode()
    item = READING.open_invoice(msgspec.json.decode(body, type=wire.Invoice))
    assert item is not None
    assert item.open == Decimal(text)


@pytest.mark.parametrize(
    ("info", "day"),
    [
        (None, None),
        ({"DeliveryType": "Email"}, None),
        ({"DeliveryTime": "2026-11-01T23:30:00-08:00"}, date(2026, 11, 2)),  # in Chicago
        ({"DeliveryTime": "2026-11-01T20:30:00-08:00"}, date(2026, 11, 1)),
        ({"DeliveryTime": "2026-11-02T03:00:00"}, date(2026, 11, 1)),  # without an offset it is UTC
        ({"DeliveryTime": "2026-11-01T23:30:00-08:00", "DeliveryErrorType": "Bounced Email"}, None),
    ],
)
def test_the_day_of_the_last_mail_is_the_companys(info: object, day: date | None) -> None:
    """DeliveryTime is an instant; a mail that QuickBooks calls failed reached nobody."""
    row = _row(EmailStatus="EmailSent", **({} if info is None else {"DeliveryInfo": info}))
    reading = replace(READING, zone=ZoneInfo("America/Chicago"))
    item = reading.open_invoice(msgspec.json.decode(msgspec.json.encode(row), type=wire.Invoice))
    assert item is not None
    assert (item.sent, item.sent_on) == (True, day)


def test_the_home_currency_stands_in_where_none_is_named() -> None:
    """CurrencyRef and ExchangeRate come only with several currencies; the rate is home per unit."""
    plain, foreign = _invoice(), _invoice(CurrencyRef={"value": "EUR"}, ExchangeRate=1.0825)
    assert plain is not None
    assert foreign is not None
    assert (plain.currency, plain.rate_to_base) == ("USD", None)
    assert (foreign.currency, foreign.rate_to_base) == ("EUR", Decimal("1.0825"))


@pytest.mark.parametrize(
    ("changes", "reference"),
    [
        ({"PONumber": "PO-1"}, "PO-1"),
        ({"CustomField": [{"Name": "P.O. Number", "StringValue": "PO-2"}]}, "PO-2"),
        ({"CustomField": [{"Name": "Crew", "StringValue": "3"}]}, ""),
        ({}, ""),
    ],
)
def test_the_customers_order_number(changes: dict[str, Any], reference: str) -> None:
    """It stands in a field of its own or in one the company named."""
    item = _invoice(**changes)
    assert item is not None
    assert item.reference == reference


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("#hold until 2026-12-01 why\nmore of it", "#hold until 2026-12-01 why"),
        ("Called on Monday\n#hold until 2026-12-01", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_note_only_a_first_line_with_the_mark_is_kept(note: str | None, kept: str) -> None:
    """What people write for themselves stays with them; the customer's notes are read alike."""
    item = _invoice(PrivateNote=note)
    assert item is not None
    assert item.note == kept
    row = msgspec.convert({"Id": "7", "DisplayName": "Ann", "Notes": note}, wire.Customer)
    assert facts.account(row, do_not_chase=False).note == kept


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Balance": 0.00001}, "four decimals"),
        ({"Balance": 1e14}, "too large"),
        ({"Balance": -1}, "zero or more"),
        ({"TotalAmt": 100.00001}, "four decimals"),
        ({"Balance": "NaN"}, "four decimals|not a number"),
        ({"TxnDate": "soon"}, "date"),
        ({"DueDate": "2026-13-01"}, "date"),
        ({"MetaData": {"LastUpdatedTime": "now"}}, "date"),
        ({"status": "Pondering"}, "state"),
        ({"Balance": None}, "decimal"),
        ({"CustomerRef": None}, "object"),
    ],
)
def test_a_bad_row_is_set_aside_with_place_and_sentence(
    changes: dict[str, Any], problem: str
) -> None:
    """The rows around it are read; it says where it stands and what to do; never dropped."""
    got = _decode(_page(_row(Id="5"), _row(**changes), _row(Id="6")))
    assert [item.item_id for item in got.rows] == ["5", "6"]
    [bad] = got.bad
    assert bad.record_id == "1"
    assert bad.account_id == ("" if changes.get("CustomerRef", 1) is None else "7")
    assert bad.where == "Invoice 1, row 2 of the list"
    assert "Correct it in QuickBooks" in bad.problem
    assert re.search(problem, bad.problem)
    assert "Ann" not in bad.problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"QueryResponse":null}',
        b'{"QueryResponse":{"startPosition":1,"maxResults":3}}',
        b'{"QueryResponse":{"Invoice":[],"maxResults":3}}',
        b'{"QueryResponse":{"Invoice":5}}',
        b"<html></html>",
        b'{"QueryResponse":{"Invoice":[{"Id":"1"},{"Id":"2"},{"Id":"3"},{"Id":"4"}]}}',
        b'{"QueryResponse":' + b"[" * 50_000,
        b'{"QueryResponse":{"Invoice":[' + b"\xff",
    ],
)
def test_what_is_no_list_is_never_an_empty_one(body: bytes) -> None:
    """It is malformed: read again, then an error."""
    with pytest.raises(MalformedError):
        _decode(Response(200, JSON, body))


@pytest.mark.parametrize("broken", [False, True], ids=["page as a whole", "row by row"])
def test_the_states_of_an_invoice_that_stop_it(*, broken: bool) -> None:
    """Whoever tells of a dispute is believed; states that stop nothing do not count."""
    rows = [
        _row(Id="1", invoiceStatus="OVERDUE_SENT"),
        _row(Id="2", EInvoiceStatus="Disputed"),
        _row(Id="3", EInvoiceStatus="Sent"),
        _row(Id="4", invoiceStatus="DEPOSIT_ON_HOLD"),
        _row(Id="5", invoiceStatus="OVERDUE_SENT", EInvoiceStatus="DISPUTED"),
        *([_row(Id="6", Balance=None)] if broken else []),
    ]
    got = ListDecoder(open_invoices(READING)).decode(_page(*rows), Span(1001))
    assert [bad.record_id for bad in got.bad] == (["6"] if broken else [])
    assert {item.item_id: item.stop for item in got.rows} == {
        "1": None,
        "2": Stop.DISPUTED,
        "3": None,
        "4": Stop.PAYMENT_HELD,
        "5": Stop.DISPUTED,
    }


@given(
    moments=st.lists(
        st.tuples(
            st.integers(0, 10**8),
            st.sampled_from([timedelta(hours=-8), timedelta(hours=-7), timedelta(0)]),
            st.sampled_from(["seconds", "milliseconds"]),
        ),
        max_size=8,
    )
)
def test_the_newest_change_of_a_page_is_an_instant(
    moments: list[tuple[int, timedelta, str]],
) -> None:
    """Offsets of summer and winter stand side by side: the later instant counts, to the second."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    instants = [began + timedelta(milliseconds=passed) for passed, _, _ in moments]
    texts = [
        instant.astimezone(timezone(offset)).isoformat(timespec=precision)
        for instant, (_, offset, precision) in zip(instants, moments, strict=True)
    ]
    rows = [_row(MetaData={"LastUpdatedTime": text}) for text in texts]
    got = ListDecoder(open_invoices(READING)).decode(_page(*rows), Span(1, stamps=True))
    newest = max(instants, default=None)
    assert (got.latest is None) == (newest is None)
    if got.latest is not None and newest is not None:
        assert got.latest.replace(microsecond=0) == newest.replace(microsecond=0)


def test_no_rows_are_said_by_leaving_the_list_out() -> None:
    """An empty QueryResponse is the vendor's way to say so; the sweep checks it by a count."""
    assert _decode(Response(200, JSON, b'{"QueryResponse":{},"time":"x"}')).ids == []


def test_american_companies_may_answer_in_latin() -> None:
    """The charset of the answer is honoured."""
    body = json.dumps(_page_body("Café"), ensure_ascii=False).encode("latin-1")
    headers = {"Content-Type": "application/json;charset=ISO-8859-1"}
    assert _decode(Response(200, headers, body)).rows[0].number == "Café"


def _page_body(number: str) -> dict[str, Any]:
    return {"QueryResponse": {"Invoice": [_row(DocNumber=number)], "maxResults": 1}}


@given(body=st.binary(max_size=200))
def test_random_bytes_never_crash(body: bytes) -> None:
    """Bytes are a list or malformed, nothing else."""
    try:
        _decode(Response(200, JSON, body))
    except MalformedError:
        return


def test_a_payment_without_links_is_money_on_nothing() -> None:
    """What is not applied counts; a reference to another kind is not an invoice."""
    links = [("9", "Invoice"), ("8", "CreditMemo")]
    lines = [{"LinkedTxn": [{"TxnId": key, "TxnType": kind}]} for key, kind in links]
    row = _row(UnappliedAmt=30, Line=[*lines, {}])
    payment = msgspec.json.decode(msgspec.json.encode(row), type=wire.Payment)
    item = READING.unapplied(payment)
    assert item is not None
    assert (item.item_id, item.open) == ("payment-1", Decimal(30))
    assert facts.applied_to(payment, "Invoice") == ("9",)
    assert facts.applied_to(payment, "CreditMemo") == ("8",)


def test_a_customer_with_several_addresses_has_several_people() -> None:
    """One field holds them, with commas; the first carries the name; none comes twice."""
    row = wire.Customer(
        id="7",
        first_name="Ann",
        last_name="Čapek",
        email=wire.Address(address=" a@x.example, b@x.example;A@x.example,"),
    )
    people = facts.account(row, do_not_chase=False).people
    assert [(p.email, p.name) for p in people] == [
        ("a@x.example", "Ann Čapek"),
        ("b@x.example", ""),
    ]


def test_the_company_needs_a_home_currency() -> None:
    """Nothing is guessed about money."""
    company = wire.CompanyInfo(name="C", time_zone="America/New_York")
    with pytest.raises(ContractError, match="home currency"):
        facts.organisation(company, wire.Preferences(), time_zone="")


def test_the_closing_date_is_the_lock_date() -> None:
    """Nothing may be dated on or before it."""
    preferences = wire.Preferences(
        currencies=wire.Currencies(home=wire.Ref(value="USD")),
        accounting=wire.Accounting(closed_on="2026-09-30"),
    )
    company = wire.CompanyInfo(name="C", country="US")
    organisation = facts.organisation(company, preferences, time_zone="America/New_York")
    assert (organisation.lock_date, organisation.country) == (date(2026, 9, 30), "US")
    assert organisation.own_reminders is None


@pytest.mark.parametrize(
    "settings",
    [
        {"realm_id": "abc"},
        {"realm_id": "12/../34"},
        {"base_url": "http://evil.test"},
        {"base_url": "https://user:word@quickbooks.api.intuit.com"},
        {"full_read_every": "40d"},
        {"time_zone": "Mars/Olympus"},
        {"send_to": "not an address"},
        {"fee_item_id": "x"},
        {"unknown": 1},
        {"history_months": -1},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    """What could not work is said before any call."""
    good = {"client_id": "a", "client_secret": "b", "realm_id": "9341452178830651"}
    with pytest.raises(ValidationError):
        QuickBooksConfig(**{**good, **settings})


def test_an_unknown_list_key_is_not_asked_for() -> None:
    """A list decodes only what was asked for: rows of another entity are not there."""
    listing = Listing(Query("CreditMemo"), wire.CreditMemo, READING.open_credit)
    with pytest.raises(MalformedError):
        ListDecoder(listing).decode(_page(_row()), Span(1))
