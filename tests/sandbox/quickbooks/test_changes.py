"""Change data: 30 days, 1,000 objects, stubs for what was deleted, nothing for what rested."""

import json
from datetime import timedelta
from typing import Any

from syncer.sandbox import people
from syncer.sandbox.world import World
from tests.sandbox.calling import make_invoice
from tests.sandbox.quickbooks.calling import Caller, caller_for, money, sale

ALL = "Invoice,Payment,CreditMemo,Customer"
EARLY = "2026-11-20T00:00:00Z"


def changes(call: Caller, since: str, entities: str = ALL) -> list[dict[str, Any]]:
    """The blocks of an answer, one for each entity asked."""
    answer = call.get("/cdc", entities=entities, changedSince=since)
    blocks: list[dict[str, Any]] = answer["CDCResponse"][0]["QueryResponse"]
    return blocks


def test_changed_records_come_whole_and_resting_entities_empty(call: Caller, invoice: Any) -> None:
    """One block for each entity in the order asked; ``{}`` for one without changes."""
    one, two = changes(call, EARLY, "Payment,Invoice")
    assert one == {}
    assert two["Invoice"] == [call.get(f"/invoice/{invoice['Id']}")["Invoice"]]
    assert (two["startPosition"], two["maxResults"], two["totalCount"]) == (1, 1, 1)


def test_a_payment_may_leave_its_invoices_time_alone(world: World) -> None:
    """Documented nowhere, so the simulator can be set to it; another edit is told as ever."""
    call = caller_for(world, money_told=False)
    customer = call.post("/customer", {"DisplayName": "Buyer"})["Customer"]["Id"]
    invoice = call.post("/invoice", sale(customer))["Invoice"]
    world.advance(minutes=5)
    since = world.clock().isoformat()
    call.post("/payment", money(customer, "40", ("Invoice", invoice["Id"], "40")))
    bills, payments, *_ = changes(call, since)
    assert (bills, len(payments["Payment"])) == ({}, 1)
    paid = call.get(f"/invoice/{invoice['Id']}")["Invoice"]
    assert (paid["Balance"], paid["MetaData"]) == (60, invoice["MetaData"])
    head = {"Id": invoice["Id"], "SyncToken": paid["SyncToken"], "sparse": True}
    call.post("/invoice", head | {"PrivateNote": "n"})
    assert [row["Id"] for row in changes(call, since)[0]["Invoice"]] == [invoice["Id"]]


def test_a_payment_moves_its_invoice(call: Caller, world: World, invoice: Any) -> None:
    """The invoice's LastUpdatedTime and SyncToken follow the payment."""
    world.advance(minutes=5)
    since = world.clock().isoformat()
    customer = invoice["CustomerRef"]["value"]
    call.post("/payment", money(customer, "40", ("Invoice", invoice["Id"], "40")))
    bills, payments, *_ = changes(call, since)
    moved = bills["Invoice"][0]
    assert (moved["Balance"], moved["SyncToken"] != invoice["SyncToken"]) == (60, True)
    assert moved["LinkedTxn"] == [{"TxnId": payments["Payment"][0]["Id"], "TxnType": "Payment"}]


def test_deleted_records_are_stubs(call: Caller, customer: str, invoice: Any) -> None:
    """Id, status and time only; gone from every list and from reading by Id."""
    memo = call.post("/creditmemo", sale(customer, "5"))["CreditMemo"]
    paid = call.post("/payment", money(customer, "7"))["Payment"]
    for path, record in (("/invoice", invoice), ("/creditmemo", memo), ("/payment", paid)):
        call.post(path, record | {"DeliveryInfo": None}, operation="delete")
    blocks = changes(call, EARLY, "Invoice,CreditMemo,Payment")
    for block, name, record in zip(
        blocks, ("Invoice", "CreditMemo", "Payment"), (invoice, memo, paid), strict=True
    ):
        stub = block[name][0]
        assert set(stub) == {"Id", "status", "domain", "MetaData"}
        assert (stub["Id"], stub["status"]) == (record["Id"], "Deleted")
        assert call.query(f"SELECT * FROM {name}") == {}
        assert call.raw("GET", f"/{name.lower()}/{stub['Id']}").status == 400


def test_at_most_1000_objects_share_an_answer(call: Caller, world: World) -> None:
    """No next page: the later entities lose out, and a halved window is the way on."""
    contact = people.add_contact(world.main, "Buyer")
    for _ in range(600):
        make_invoice(world.main, contact, currency="USD")
    world.advance(minutes=30)
    for _ in range(500):
        make_invoice(world.main, contact, currency="USD")
    bills, customers = changes(call, EARLY, "Invoice,Customer")
    assert (len(bills["Invoice"]), customers) == (1000, {})
    late = (world.clock() - timedelta(minutes=1)).isoformat()
    assert len(changes(call, late, "Invoice")[0]["Invoice"]) == 500


def test_changes_reach_back_30_days_at_most(call: Caller, world: World) -> None:
    """An older changedSince, or none that can be read, is refused, as is a made-up entity."""
    old = (world.clock() - timedelta(days=31)).isoformat()
    for params in (
        {"entities": ALL, "changedSince": old},
        {"entities": ALL, "changedSince": "yesterday"},
        {"entities": ALL},
        {"entities": "", "changedSince": EARLY},
        {"entities": "Term", "changedSince": EARLY},
        {"entities": "Nothing", "changedSince": EARLY},
    ):
        answer = call.raw("GET", "/cdc", **params)
        assert (answer.status, "Fault" in json.loads(answer.body)) == (400, True)
    edge = (world.clock() - timedelta(days=30)).isoformat()
    assert changes(call, edge) == [{}, {}, {}, {}]


def test_without_an_offset_changed_since_is_pacific(call: Caller, invoice: Any) -> None:
    """A client that leaves out its zone misses what happened in the hours between."""
    assert invoice
    assert changes(call, "2026-11-20T08:00:00", "Invoice") == [{}]
    assert changes(call, "2026-11-20T01:00:00", "Invoice") != [{}]


def test_an_inactive_customer_is_a_change(call: Caller, world: World, customer: str) -> None:
    """Making a customer inactive shows it with Active false, not as deleted."""
    contact = next(iter(world.main.books.contacts.values()))
    people.archive(world.main, contact.contact_id)
    row = changes(call, EARLY, "Customer")[0]["Customer"][0]
    assert (row["Id"], row["Active"]) == (customer, False)
