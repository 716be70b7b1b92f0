"""Batches, and the answers that a requestid gives again."""

import json
from typing import Any

import pytest

from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import Caller, sale


def run(call: Caller, *items: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    """The items of a batch's answer."""
    answer = call.post("/batch", {"BatchItemRequest": list(items)}, **params)
    found: list[dict[str, Any]] = answer["BatchItemResponse"]
    return found


def test_each_item_succeeds_or_fails_by_itself(call: Caller, invoice: Any) -> None:
    """Create, update, delete, void, query and two failures in one call with HTTP 200."""
    head = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    done = run(
        call,
        {"bId": "a", "operation": "create", "Customer": {"DisplayName": "New"}},
        {"bId": "b", "operation": "update", "Invoice": head | {"PrivateNote": "n"}},
        {"bId": "c", "operation": "update", "Invoice": head | {"PrivateNote": "stale"}},
        {"bId": "d", "Query": "SELECT COUNT(*) FROM Customer"},
        {"bId": "e", "Query": "SELECT nonsense"},
        {"bId": "f", "operation": "create", "Invoice": {"Line": 5}},
        {"bId": "g", "operation": "delete", "Invoice": head | {"SyncToken": "1"}},
        {"bId": "h", "operation": "create"},
        {"bId": "i", "Query": "SELECT * FROM Invoice"},
    )
    assert [item["bId"] for item in done] == list("abcdefghi")
    faults = {item["bId"]: item["Fault"]["Error"][0]["code"] for item in done if "Fault" in item}
    assert faults == {"c": "5010", "e": "4000", "f": "6560", "h": "2010"}
    assert done[0]["Customer"]["DisplayName"] == "New"
    assert done[1]["Invoice"]["PrivateNote"] == "n"
    assert done[3]["QueryResponse"] == {"totalCount": 2}
    assert done[6]["Invoice"]["status"] == "Deleted"
    assert done[8]["QueryResponse"] == {}


def test_an_invoice_is_voided_in_a_batch_by_an_option(call: Caller, invoice: Any) -> None:
    """``options: void`` on an update."""
    head = {"Id": invoice["Id"], "SyncToken": "0"}
    item = {"bId": "1", "operation": "update", "options": "void", "Invoice": head}
    assert run(call, item)[0]["Invoice"]["Balance"] == 0


def test_30_items_are_the_most(call: Caller) -> None:
    """31 fail as a whole; so does an empty batch."""
    query = {"Query": "SELECT COUNT(*) FROM Invoice"}
    assert len(run(call, *({"bId": str(n)} | query for n in range(30)))) == 30
    for items in ([{"bId": str(n)} | query for n in range(31)], [], None):
        body = json.dumps({"BatchItemRequest": items}).encode()
        assert call.raw("POST", "/batch", body=body).status == 400


def test_a_requestid_gives_the_first_answer_again(call: Caller, world: World) -> None:
    """Nothing is executed twice, whatever the body, even after what was made is deleted."""
    first = call.post("/customer", {"DisplayName": "Buyer"}, requestid="r1")
    world.advance(minutes=30)
    assert call.post("/customer", {"DisplayName": "Buyer"}, requestid="r1") == first
    assert call.post("/customer", {"DisplayName": "Other"}, requestid="r1") == first
    assert len(world.main.books.contacts) == 1
    made = call.post("/invoice", sale("1"), requestid="r2")
    gone = {"Id": made["Invoice"]["Id"], "SyncToken": "0"}
    call.post("/invoice", gone, operation="delete", requestid="r3")
    assert call.post("/invoice", sale("1"), requestid="r2") == made
    assert call.query("SELECT * FROM Invoice") == {}


def test_a_refused_write_may_be_repaired_under_its_requestid(call: Caller) -> None:
    """Only what was carried out is kept."""
    assert "Fault" in call.post("/customer", {}, requestid="r1")
    assert "Customer" in call.post("/customer", {"DisplayName": "Buyer"}, requestid="r1")


def test_a_whole_batch_is_replayed(call: Caller, world: World) -> None:
    """The same for a batch, whose ids must be short."""
    item = {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Buyer"}}
    assert run(call, item, requestid="b" * 36) == run(call, item, requestid="b" * 36)
    assert len(world.main.books.contacts) == 1
    long_item = run(call, item | {"bId": "x" * 11}, requestid="c")
    assert long_item[0]["Fault"]["Error"][0]["code"] == "6000"


@pytest.mark.parametrize(("path", "length"), [("/customer", 51), ("/batch", 37)])
def test_requestids_have_a_longest(call: Caller, path: str, length: int) -> None:
    """50 characters, 36 for a batch."""
    assert call.code(call.post(path, {"DisplayName": "Buyer"}, requestid="x" * length)) == "6000"
