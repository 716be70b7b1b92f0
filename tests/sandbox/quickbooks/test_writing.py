"""Invoices, credit memos and customers: create, update, void, delete, and every refusal."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from syncer.sandbox import people
from syncer.sandbox.records import Kind
from syncer.sandbox.world import World
from tests.sandbox.calling import plain_world
from tests.sandbox.quickbooks.calling import Caller, caller_for, money, sale, us_world


def refusal(call: Caller, path: str, body: Any, **params: Any) -> tuple[int, str]:
    """(HTTP status, error code) of a write."""
    answer = call.raw("POST", path, body=json.dumps(body).encode(), **params)
    return answer.status, call.code(json.loads(answer.body))


def test_a_new_invoice(call: Caller, world: World, invoice: Any) -> None:
    """Numbered, dated today, open in full; BillEmail is what was sent."""
    assert (invoice["TotalAmt"], invoice["Balance"], invoice["SyncToken"]) == (100, 100, "0")
    assert (invoice["TxnDate"], invoice["DueDate"]) == ("2026-11-20", "2026-11-20")
    assert invoice["BillEmail"] == {"Address": "bills@cafe.example"}
    assert invoice["EmailStatus"] == "NotSet"
    assert "HomeBalance" not in invoice
    assert world.main.by_number(Kind.INVOICE, invoice["DocNumber"])


def test_the_billing_address_is_not_taken_from_the_customer(call: Caller, customer: str) -> None:
    """An invoice made by a program without BillEmail has none; one made by a person has."""
    made = call.post("/invoice", sale(customer))["Invoice"]
    assert "BillEmail" not in made


def test_due_date_follows_the_terms(call: Caller, customer: str) -> None:
    """TxnDate plus the days of SalesTermRef, unless a DueDate is given."""
    terms = {"SalesTermRef": {"value": "4"}, "TxnDate": "2026-11-01"}
    made = call.post("/invoice", sale(customer, **terms))["Invoice"]
    assert (made["DueDate"], made["SalesTermRef"]) == (
        "2026-12-01",
        {"value": "4", "name": "Net 30"},
    )
    given = call.post("/invoice", sale(customer, DueDate="2026-11-09", **terms))["Invoice"]
    assert given["DueDate"] == "2026-11-09"


def test_a_sparse_update_leaves_the_rest_alone(call: Caller, invoice: Any) -> None:
    """Only the note changes; the answer is the whole object with a new token."""
    head = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True}
    changed = call.post("/invoice", head | {"PrivateNote": "Old note\nReminder 1"})["Invoice"]
    moved = {"SyncToken", "PrivateNote", "MetaData"}
    assert {k: v for k, v in changed.items() if k not in moved} == {
        k: v for k, v in invoice.items() if k not in moved
    }
    assert changed["PrivateNote"] == "Old note\nReminder 1"
    assert changed["SyncToken"] == "1"


def test_an_update_may_say_that_it_is_one(call: Caller, invoice: Any) -> None:
    """Some clients add operation=update to the address: it means what no operation means."""
    head = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True}
    changed = call.post("/invoice", head | {"PrivateNote": "New"}, operation="update")["Invoice"]
    assert (changed["PrivateNote"], changed["DocNumber"]) == ("New", invoice["DocNumber"])


def test_a_full_update_empties_what_it_leaves_out(call: Caller, invoice: Any) -> None:
    """Without sparse:true the note and the address are gone."""
    head = {"Id": invoice["Id"], "SyncToken": "0"}
    body = head | {name: invoice[name] for name in ("CustomerRef", "Line", "DueDate")}
    changed = call.post("/invoice", body)["Invoice"]
    assert not {"PrivateNote", "BillEmail"} & set(changed)
    assert changed["TotalAmt"] == 100


def test_lines_are_replaced_as_a_whole(call: Caller, customer: str, invoice: Any) -> None:
    """A sparse update with one line leaves one line, though sparse."""
    head = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    two = sale(customer, "5")["Line"] + sale(customer, "6")["Line"]
    changed = call.post("/invoice", head | {"Line": two}, operation="update")["Invoice"]
    assert changed["TotalAmt"] == 11
    head["SyncToken"] = changed["SyncToken"]
    one = call.post("/invoice", head | {"Line": two[:1]})["Invoice"]
    assert (one["TotalAmt"], len(one["Line"])) == (5, 2)  # the other one is the subtotal


def test_a_stale_token_is_5010_also_after_a_payment(call: Caller, invoice: Any) -> None:
    """A payment raises the invoice's token: what was read before it is stale."""
    customer = invoice["CustomerRef"]["value"]
    call.post("/payment", money(customer, "40", ("Invoice", invoice["Id"], "40")))
    body = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert refusal(call, "/invoice", body) == (400, "5010")
    assert call.get(f"/invoice/{invoice['Id']}")["Invoice"]["PrivateNote"] == "Old note"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CustomerRef": None}, "6560"),
        ({"CustomerRef": {"value": "99"}}, "6250"),
        ({"Line": []}, "2020"),
        ({"Line": None}, "2020"),
        ({"PrivateNote": "x" * 4001}, "2050"),
        ({"DocNumber": "x" * 22}, "2050"),
        ({"CustomerMemo": {"value": "x" * 1001}}, "2050"),
        ({"BillEmail": {"Address": "a" * 100 + "@x.example"}}, "2050"),
        ({"BillEmail": {"Address": "not an address"}}, "2210"),
        ({"SalesTermRef": {"value": "99"}}, "2500"),
        ({"DueDate": "soon"}, "2080"),
        ({"EmailStatus": "NeedToSend"}, "6000"),
        ({"EmailStatus": "Perhaps"}, "2010"),
        ({"DeliveryInfo": {"DeliveryType": "Email"}}, "2010"),
        ({"TxnDate": "2026-01-31"}, "6210"),
    ],
)
def test_bad_invoices_are_refused(change: dict[str, Any], code: str) -> None:
    """Each with its code, and nothing is entered."""
    world = us_world(lock_date=date(2026, 1, 31))
    call = caller_for(world)
    people.add_contact(world.main, "Buyer")
    assert refusal(call, "/invoice", sale("1") | change) == (400, code)
    assert not world.main.books.documents


@pytest.mark.parametrize(
    ("detail", "amount", "code"),
    [
        ({}, "1", "2020"),
        ({"ItemRef": {"value": "77"}}, "1", "2500"),
        ({"ItemRef": {"value": "1"}}, "1", "2500"),
        ({"ItemRef": {"value": "2"}}, "much", "2080"),
        ({"ItemRef": {"value": "2"}}, None, "2020"),
        ({"ItemRef": {"value": "2"}, "TaxCodeRef": {"value": "9"}}, "1", "2500"),
        ({"ItemRef": {"value": "2"}, "Qty": 2, "UnitPrice": 3}, "7", "6000"),
    ],
)
def test_bad_lines_are_refused(
    call: Caller, customer: str, detail: Any, amount: Any, code: str
) -> None:
    """A line needs an item and an amount that fits."""
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    assert refusal(call, "/invoice", sale(customer) | {"Line": [line]}) == (400, code)


def test_outside_the_us_a_line_needs_a_tax_code_and_a_document_its_currency() -> None:
    """6000 without a tax code, 2020 without CurrencyRef, 6000 for another currency."""
    world = plain_world()
    call = caller_for(world)
    people.add_contact(world.main, "Buyer", currency="NZD")
    nzd: dict[str, Any] = {"CurrencyRef": {"value": "NZD"}}
    body = sale("1", **nzd)
    assert refusal(call, "/invoice", body) == (400, "6000")
    body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "2"}
    assert refusal(call, "/invoice", body | {"CurrencyRef": None}) == (400, "2020")
    assert refusal(call, "/invoice", body | {"CurrencyRef": {"value": "EUR"}}) == (400, "6000")
    made = call.post("/invoice", body)["Invoice"]
    assert (made["TotalAmt"], made["HomeBalance"], made["TxnTaxDetail"]) == (
        115,
        115,
        {"TotalTax": 15},
    )


def test_an_inactive_customer_cannot_be_billed(call: Caller, world: World, customer: str) -> None:
    """610, in the words about something made inactive."""
    contact = next(iter(world.main.books.contacts.values()))
    people.archive(world.main, contact.contact_id)
    answer = call.post("/invoice", sale(customer))
    assert call.code(answer) == "610"
    assert "made inactive" in answer["Fault"]["Error"][0]["Detail"]


def test_a_number_is_used_once_unless_allowed(call: Caller, customer: str) -> None:
    """6140, or include=allowduplicatedocnum."""
    body = sale(customer, DocNumber="LF-1")
    call.post("/invoice", body)
    assert refusal(call, "/invoice", body) == (400, "6140")
    twice = call.post("/invoice", body, include="allowduplicatedocnum")["Invoice"]
    assert twice["DocNumber"] == "LF-1"


def test_a_voided_invoice_stays_with_nothing_in_it(call: Caller, invoice: Any) -> None:
    """Zero amounts, "Voided" before the note, no flag; the money on it becomes unapplied."""
    customer = invoice["CustomerRef"]["value"]
    body = money(customer, "40", ("Invoice", invoice["Id"], "40"))
    paid = call.post("/payment", body)["Payment"]
    token = call.get(f"/invoice/{invoice['Id']}")["Invoice"]["SyncToken"]
    head = {"Id": invoice["Id"], "SyncToken": token}
    void = call.post("/invoice", head, operation="void")["Invoice"]
    assert (void["TotalAmt"], void["Balance"], void["PrivateNote"]) == (0, 0, "Voided - Old note")
    assert {line["Amount"] for line in void["Line"]} == {0}
    assert void["LinkedTxn"] == []
    free = call.get(f"/payment/{paid['Id']}")["Payment"]
    assert (free["TotalAmt"], free["UnappliedAmt"], free["Line"]) == (40, 40, [])
    assert call.query("SELECT * FROM Invoice WHERE Balance > '0'") == {}
    assert len(call.query("SELECT * FROM Invoice")["Invoice"]) == 1


def test_a_deleted_invoice_frees_its_credits_and_its_number(call: Caller, customer: str) -> None:
    """The credit memo is unused again, and its zero payment is gone."""
    made = call.post("/invoice", sale(customer, DocNumber="A1"))["Invoice"]
    memo = call.post("/creditmemo", sale(customer, "30"))["CreditMemo"]
    links = (("Invoice", made["Id"], "30"), ("CreditMemo", memo["Id"], "30"))
    call.post("/payment", money(customer, "0", *links))
    assert call.get(f"/creditmemo/{memo['Id']}")["CreditMemo"]["Balance"] == 0
    token = call.get(f"/invoice/{made['Id']}")["Invoice"]["SyncToken"]
    gone = call.post("/invoice", {"Id": made["Id"], "SyncToken": token}, operation="delete")
    assert gone["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert call.get(f"/creditmemo/{memo['Id']}")["CreditMemo"]["Balance"] == 30
    assert call.query("SELECT * FROM Payment") == {}
    assert call.post("/invoice", sale(customer, DocNumber="A1"))["Invoice"]["DocNumber"] == "A1"


def test_missing_token_unknown_operation_and_unwritable_entities(
    call: Caller, invoice: Any
) -> None:
    """2020 without SyncToken, 500 for what the vendor does not offer, 610 for what is gone."""
    head = {"Id": invoice["Id"], "SyncToken": "0"}
    assert refusal(call, "/invoice", {"Id": invoice["Id"], "sparse": True}) == (400, "2020")
    assert refusal(call, "/invoice", head, operation="explode") == (400, "500")
    assert refusal(call, "/term", {"Name": "Net 5"}) == (400, "500")
    assert refusal(call, "/invoice", head | {"Id": "99"}) == (400, "610")
    assert call.raw("POST", "/invoice", body=b"\xff{}").status == 400
    assert call.raw("POST", "/invoice", body=b"[]").status == 400


def test_a_lapsed_company_can_only_be_read(call: Caller, world: World, invoice: Any) -> None:
    """6190 for every write."""
    world.main.org.plan = "expired"
    head = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert refusal(call, "/invoice", head) == (400, "6190")
    assert call.get(f"/invoice/{invoice['Id']}")["Invoice"] == invoice


def test_times_carry_the_pacific_offset_of_their_day(world: World) -> None:
    """-07:00 in summer, -08:00 in winter; the envelope has a fraction of varying width."""
    call = caller_for(world)
    contact = people.add_contact(world.main, "Buyer")
    contact.created_at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    contact.changed_at = datetime(2026, 11, 1, 8, 59, 59, tzinfo=UTC)
    world.advance(milliseconds=250)
    answer = call.get("/customer/1")
    assert answer["Customer"]["MetaData"] == {
        "CreateTime": "2026-07-01T05:00:00-07:00",
        "LastUpdatedTime": "2026-11-01T01:59:59-07:00",
    }
    assert answer["time"] == "2026-11-20T01:00:00.25-08:00"


def test_customers_are_written(call: Caller, world: World, customer: str) -> None:
    """Sparse update of Notes keeps the rest; a full one empties; a namesake is 6240."""
    head = {"Id": customer, "SyncToken": "0", "sparse": True}
    noted = call.post("/customer", head | {"Notes": "Reminder 1"})["Customer"]
    assert noted["PrimaryEmailAddr"] == {"Address": "joe@cafe.example"}
    assert (noted["Notes"], noted["SyncToken"]) == ("Reminder 1", "1")
    assert [n.text for n in world.main.notes_of(next(iter(world.main.books.contacts)))] == [
        "Reminder 1"
    ]
    bare = call.post("/customer", {"Id": customer, "SyncToken": "1", "DisplayName": "Joe"})
    assert not {"Notes", "PrimaryEmailAddr"} & set(bare["Customer"])
    assert refusal(call, "/customer", {"DisplayName": "JOE"}) == (400, "6240")
    idle = {"Id": customer, "SyncToken": "2", "sparse": True, "Active": False}
    assert call.post("/customer", idle)["Customer"]["Active"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "6000"),
        ({"DisplayName": "A:B"}, "6000"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "X", "Notes": "x" * 2001}, "2050"),
        ({"DisplayName": "X", "PrimaryEmailAddr": {"Address": "nobody"}}, "2210"),
        ({"DisplayName": "X", "ParentRef": {"value": "9"}}, "2500"),
        ({"DisplayName": "X", "CurrencyRef": {"value": "EUR"}}, "6000"),
    ],
)
def test_bad_customers_are_refused(call: Caller, body: Any, code: str) -> None:
    """Each with its code."""
    assert refusal(call, "/customer", body) == (400, code)


def test_families(call: Caller, customer: str) -> None:
    """Sub-customers: level, full name, own and common balance; at most four levels down."""
    chain = [customer]
    for level in range(1, 5):
        body = {"DisplayName": f"Site {level}", "Job": True, "BillWithParent": level < 3}
        made = call.post("/customer", body | {"ParentRef": {"value": chain[-1]}})["Customer"]
        assert (made["Level"], made["RootCustomerRef"]) == (level, {"value": customer})
        assert made["BillWithParent"] is (level < 3)
        chain.append(made["Id"])
    deep = {"DisplayName": "Deeper", "ParentRef": {"value": chain[-1]}}
    assert refusal(call, "/customer", deep) == (400, "6000")
    loop = {"Id": customer, "SyncToken": "0", "sparse": True, "ParentRef": {"value": chain[2]}}
    assert refusal(call, "/customer", loop) == (400, "6000")
    made = call.post("/invoice", sale(chain[2], "70"))["Invoice"]
    assert made["CustomerRef"] == {"value": chain[2], "name": "Site 2"}
    top = call.get(f"/customer/{customer}")["Customer"]
    assert (top["Balance"], top["BalanceWithJobs"]) == (0, 70)
    assert call.get(f"/customer/{chain[2]}")["Customer"]["FullyQualifiedName"] == (
        "Joe's Café:Site 1:Site 2"
    )


def test_a_group_is_a_customer_type_and_a_tax_number_is_masked(
    call: Caller, world: World, customer: str
) -> None:
    """What the world calls a group shows as CustomerTypeRef."""
    contact = next(iter(world.main.books.contacts.values()))
    contact.tax_number = "12-3456789"
    group = people.add_group(world.main, "No reminders")
    people.join_group(world.main, group.group_id, contact.contact_id)
    row = call.get(f"/customer/{customer}")["Customer"]
    assert row["CustomerTypeRef"] == {"value": "1", "name": "No reminders"}
    assert row["PrimaryTaxIdentifier"] == "XXXXXX6789"
    assert call.query("SELECT * FROM CustomerType")["CustomerType"][0]["Name"] == "No reminders"
