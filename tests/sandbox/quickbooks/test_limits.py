"""Throttles: per second, minute and company, batches, the month's reads, mails a day."""

import json

import pytest

from syncer.sandbox.quickbooks.limits import Allowance, Limiter
from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import Caller, caller_for, sale

BATCH = {"BatchItemRequest": [{"bId": "1", "Query": "SELECT * FROM Invoice"}]}


def statuses(call: Caller, count: int, pause: float = 0) -> list[int]:
    """The statuses of so many reads, ``pause`` seconds of the world's clock apart."""
    found = []
    for _ in range(count):
        found.append(call.raw("GET", "/preferences").status)
        call.app.world.advance(seconds=pause)
    return found


def test_ten_a_second(world: World) -> None:
    """The eleventh in one second is turned away in JSON, without Retry-After; later ones go."""
    call = caller_for(world, allowance=Allowance(per_minute=None))
    assert statuses(call, 11) == [200] * 10 + [429]
    answer = call.raw("GET", "/preferences")
    assert call.code(json.loads(answer.body)) == "3001"
    assert "Retry-After" not in dict(answer.headers)
    world.advance(seconds=1)
    assert statuses(call, 1) == [200]


def test_500_a_minute_and_company(world: World) -> None:
    """The 501st in any minute gets XML, though JSON was asked for."""
    call = caller_for(world, allowance=Allowance())
    assert statuses(call, 500, 0.11) == [200] * 500
    answer = call.raw("GET", "/preferences")
    assert (answer.status, answer.content_type[:15]) == (429, "application/xml")
    assert b'<Error code="3001"><Message>message=ThrottleExceeded' in answer.body
    world.advance(seconds=60)
    assert statuses(call, 1) == [200]


def test_40_batches_a_minute(world: World) -> None:
    """Single calls still go when the batches are used up."""
    call = caller_for(world, allowance=Allowance())
    for _ in range(40):
        assert "BatchItemResponse" in call.post("/batch", BATCH)
        world.advance(seconds=0.2)
    assert call.raw("POST", "/batch", body=json.dumps(BATCH).encode()).status == 429
    assert statuses(call, 1) == [200]


def test_120_batches_a_minute_whoever_sends_them(world: World) -> None:
    """Beside each program's own limit the company has one."""
    call = caller_for(world, allowance=Allowance(batches_per_minute=None))
    for _ in range(120):
        assert "BatchItemResponse" in call.post("/batch", BATCH)
        world.advance(seconds=0.2)
    assert call.raw("POST", "/batch", body=json.dumps(BATCH).encode()).status == 429
    world.advance(seconds=60)
    assert call.raw("POST", "/batch", body=json.dumps(BATCH).encode()).status == 200


def test_the_months_reads_end_and_come_back_with_the_next_month(world: World) -> None:
    """Only answered reads count, each statement of a batch as one; writes go on."""
    call = caller_for(world, allowance=Allowance(None, None, None, None, 4))
    assert statuses(call, 2) == [200, 200]
    assert call.raw("GET", "/invoice/9").status == 400
    call.post("/batch", BATCH)
    assert call.post("/customer", {"DisplayName": "Buyer"})["Customer"]["Id"] == "1"
    assert statuses(call, 3) == [200, 429, 429]
    world.advance(minutes=59)
    assert statuses(call, 1) == [429]
    assert "Customer" in call.post("/customer", {"DisplayName": "Other"})
    assert call.raw("POST", "/batch", body=json.dumps(BATCH).encode()).status == 429
    world.advance(days=11)
    assert call.app.limiter.reads_left("sandbox-qbo", world.clock()) == 4


def test_a_neighbour_can_use_the_month_up(world: World) -> None:
    """The allowance is the program's, over all its companies."""
    call = caller_for(world, allowance=Allowance())
    call.app.limiter.spend_month("sandbox-qbo", world.clock(), leave=1)
    assert statuses(call, 2, 1) == [200, 429]


def test_as_many_at_once_as_in_a_second(world: World) -> None:
    """Ten calls in flight are the most, whatever the clock says."""
    limiter = Limiter(Allowance(None, 10, None, None, None))
    now = world.clock()
    entered = [limiter.enter("app", "1", now, batch=False, read=True) for _ in range(11)]
    assert entered == [""] * 10 + ["at_once"]
    limiter.leave("app", "1")
    assert limiter.enter("app", "1", now, batch=False, read=True) == ""


@pytest.mark.parametrize("limit", [None, 2])
def test_mails_a_day(world: World, limit: int | None) -> None:
    """In the vendor's own sandbox mails are capped; the cap is a 429 and lasts a day."""
    call = caller_for(world, allowance=Allowance(None, None, None, None, None, limit))
    call.post("/customer", {"DisplayName": "Buyer"})
    made = call.post("/invoice", sale("1", BillEmail={"Address": "a@x.example"}))["Invoice"]
    sent = [call.raw("POST", f"/invoice/{made['Id']}/send").status for _ in range(3)]
    assert sent == [200, 200, 200 if limit is None else 429]
