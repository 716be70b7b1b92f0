"""Scripted trouble: every error shape, persistent throttling, answers that get lost."""

import json
from typing import Any

import pytest

from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.quickbooks.faulting import CODES
from syncer.sandbox.trouble import Dropped, Hang, ResetMidBody
from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import Caller, sale

LISTED = ("610", "2050", "2210", "6000", "6140", "6190", "6210", "5010", "5020", "5030", "120")


def script(call: Caller, *faults: Fault) -> None:
    """Let these faults happen from now on."""
    call.app.faults.faults = list(faults)


@pytest.mark.parametrize("code", [*LISTED, "600", "4002", "10000", "3100"])
def test_any_code_can_be_scripted(call: Caller, code: str) -> None:
    """CODED answers with the code's own HTTP status, and the call is not executed."""
    script(call, Fault(FaultKind.CODED, code=code))
    answer = call.raw("POST", "/customer", body=b'{"DisplayName": "Buyer"}')
    assert (answer.status, call.code(json.loads(answer.body))) == (CODES[code].status, code)
    assert call.query("SELECT * FROM Customer") == {}


@pytest.mark.parametrize(
    ("fault", "xml", "after"),
    [
        (Fault(FaultKind.MINUTE_LIMIT), True, None),
        (Fault(FaultKind.MINUTE_LIMIT, retry_after=7), True, "7"),
        (Fault(FaultKind.CONCURRENT_LIMIT), False, None),
        (Fault(FaultKind.DAY_LIMIT, times=0), True, None),
    ],
)
def test_throttling_comes_as_xml_or_json(
    call: Caller, fault: Fault, xml: bool, after: str | None
) -> None:
    """429 with code 3001, with Retry-After only where scripted."""
    script(call, fault)
    answer = call.raw("GET", "/preferences")
    assert (answer.status, answer.body.startswith(b"<?xml")) == (429, xml)
    assert b"3001" in answer.body
    assert dict(answer.headers).get("Retry-After") == after
    expected = 429 if fault.times == 0 else 200
    assert [call.raw("GET", "/preferences").status for _ in range(3)] == [expected] * 3


@pytest.mark.parametrize(
    ("kind", "status", "shown"),
    [
        (FaultKind.SERVER_ERROR, 500, b'"code":"10000"'),
        (FaultKind.OFFLINE, 503, b"<html>"),
        (FaultKind.EMPTY_ERROR, 502, b""),
        (FaultKind.EXPIRED_TOKEN, 401, b'"code":"3200"'),
        (FaultKind.DISCONNECTED, 403, b'"code":"3100"'),
        (FaultKind.ERROR_BODY, 200, b'"Fault"'),
        (FaultKind.TOKEN_DEATH, 401, b'"code":"3200"'),
    ],
)
def test_server_trouble(call: Caller, kind: FaultKind, status: int, shown: bytes) -> None:
    """JSON, HTML and empty bodies, and a fault with status 200; each once."""
    script(call, Fault(kind))
    answer = call.raw("GET", "/preferences")
    assert answer.status == status
    assert shown in answer.body


def test_an_empty_page_keeps_its_envelope(call: Caller, invoice: Any) -> None:
    """A list that says it found nothing, though it did."""
    assert invoice
    script(call, Fault(FaultKind.EMPTY_PAGE, times=3))
    assert call.query("SELECT * FROM Invoice") == {}
    answer = call.get("/cdc", entities="Invoice", changedSince="2026-11-20T00:00:00Z")
    assert answer["CDCResponse"] == [{"QueryResponse": [{}]}]
    query = {"bId": "1", "Query": "SELECT * FROM Invoice"}
    [part] = call.post("/batch", {"BatchItemRequest": [query]})["BatchItemResponse"]
    assert part == {"bId": "1", "QueryResponse": {}}


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        (FaultKind.COMMIT_THEN_HANG, Hang),
        (FaultKind.COMMIT_THEN_DROP, Dropped),
    ],
)
def test_a_lost_answer_is_found_again_by_its_requestid(
    call: Caller, world: World, customer: str, kind: FaultKind, raised: type[Exception]
) -> None:
    """The write happened; repeating it with the same requestid makes no second one."""
    script(call, Fault(kind, method="POST"))
    body = json.dumps(sale(customer)).encode()
    with pytest.raises(raised):
        call.raw("POST", "/invoice", body=body, requestid="r1")
    assert len(world.main.open_invoices()) == 1
    again = json.loads(call.raw("POST", "/invoice", body=body, requestid="r1").body)
    assert (again["Invoice"]["Id"], len(world.main.open_invoices())) == ("1", 1)


def test_an_error_after_the_write_is_undone_by_nothing(
    call: Caller, world: World, customer: str
) -> None:
    """Executed, then 500: without a requestid the second try makes a second invoice."""
    script(call, Fault(FaultKind.COMMIT_THEN_ERROR, method="POST"))
    assert call.code(call.post("/invoice", sale(customer))) == "10000"
    call.post("/invoice", sale(customer))
    assert len(world.main.open_invoices()) == 2


def test_a_broken_body(call: Caller) -> None:
    """Half the JSON, or a reset in the middle of it."""
    script(call, Fault(FaultKind.TRUNCATED))
    with pytest.raises(json.JSONDecodeError):
        call.get("/preferences")
    script(call, Fault(FaultKind.RESET))
    with pytest.raises(ResetMidBody):
        call.raw("GET", "/preferences")


def test_people_act_between_two_calls(call: Caller, invoice: Any) -> None:
    """BEFORE pays the invoice just before a program's write: its token is stale."""
    script(call, Fault(FaultKind.BEFORE, method="POST", pay=1))
    head = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert call.code(call.post("/invoice", head)) == "5010"


def test_every_answer_carries_a_trace_id_and_is_logged(call: Caller, world: World) -> None:
    """intuit_tid differs from call to call; the log has no token in it."""
    ids = {dict(call.raw("GET", "/preferences").headers)["intuit_tid"] for _ in range(3)}
    assert len(ids) == 3
    last = world.calls[-1]
    assert (last.method, last.status, last.org_id) == ("GET", 200, call.realm)
    assert call.token not in repr(world.calls)


def test_nothing_else_is_there(call: Caller) -> None:
    """Unknown addresses are 404 outside the API and a fault within."""
    answer = call.raw("GET", "/nothing/at/all/here")
    assert (answer.status, call.code(json.loads(answer.body))) == (400, "500")
    assert call.raw("GET", "/vendor/1").status == 400
