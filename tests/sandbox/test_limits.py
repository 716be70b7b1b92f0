"""Call limits: counters, headers and the three kinds of 429."""

from typing import Any

import pytest

from syncer.sandbox.world import World
from syncer.sandbox.xero.exchange import Answer
from syncer.sandbox.xero.limits import Allowance, day_window
from tests.sandbox.calling import BASE, Caller, caller_for


def limited(world: World, **limits: Any) -> Caller:
    """A caller behind this allowance."""
    return caller_for(world, allowance=Allowance(**limits))


def organisation(call: Caller) -> Answer:
    """The cheapest call."""
    return call.raw("GET", BASE + "/Organisation")


def test_every_answer_carries_the_three_counters(world: World) -> None:
    """Remaining day, minute and app-minute calls are in the headers."""
    call = limited(world)
    headers = dict(organisation(call).headers)
    assert headers["X-MinLimit-Remaining"] == "59"
    assert headers["X-DayLimit-Remaining"] == "4999"
    assert headers["X-AppMinLimit-Remaining"] == "9999"


def test_the_sixty_first_call_in_a_minute_waits(world: World) -> None:
    """The minute rolls; Retry-After says when a place is free, and then there is one."""
    call = limited(world)
    for _ in range(60):
        assert organisation(call).status == 200
        world.advance(seconds=0.5)
    answer = organisation(call)
    headers = dict(answer.headers)
    assert (answer.status, headers["X-Rate-Limit-Problem"]) == (429, "Minute")
    world.advance(seconds=int(headers["Retry-After"]))
    assert organisation(call).status == 200


def test_a_day_breach_waits_for_the_window(world: World) -> None:
    """The day's allowance comes back at the organisation's own hour, hours away."""
    call = limited(world, per_day=2)
    answers = [organisation(call) for _ in range(3)]
    headers = dict(answers[-1].headers)
    assert [a.status for a in answers] == [200, 200, 429]
    assert headers["X-Rate-Limit-Problem"] == "Day"
    assert headers["X-DayLimit-Remaining"] == "0"
    world.advance(seconds=int(headers["Retry-After"]))
    call.token = caller_for(world).token
    assert organisation(call).status != 429


def test_the_day_window_starts_at_an_hour_of_its_own(world: World) -> None:
    """Two organisations reset at different times."""
    starts = {day_window(name, world.clock()).time() for name in ("a", "b", "c")}
    assert len(starts) == 3


def test_the_sixth_call_at_once_is_turned_away_without_retry_after(world: World) -> None:
    """Five calls are in flight; the sixth gets a 429 that names no waiting time."""
    call = limited(world)
    limiter, org_id = call.app.limiter, world.main.org.org_id
    for _ in range(5):
        assert limiter.enter("sandbox-custom", org_id, world.clock()) is None
    answer = organisation(call)
    headers = dict(answer.headers)
    assert (answer.status, headers["X-Rate-Limit-Problem"]) == (429, "Concurrent")
    assert "Retry-After" not in headers


def test_a_refused_write_was_not_executed_and_spends_no_key(world: World) -> None:
    """Limits come before idempotency: the same key works once there is room."""
    call = limited(world, per_minute=1)
    organisation(call)
    body = {"Contacts": [{"Name": "New"}]}
    assert call.send("PUT", "/Contacts", body, key="k").status == 429
    assert not world.main.books.contacts
    world.advance(seconds=61)
    assert call.send("PUT", "/Contacts", body, key="k").status == 200


def test_a_replay_costs_quota(world: World) -> None:
    """An idempotent replay counts like any call."""
    call = limited(world)
    body = {"Contacts": [{"Name": "New"}]}
    left = [
        dict(call.send("PUT", "/Contacts", body, key="k").headers)["X-MinLimit-Remaining"]
        for _ in range(2)
    ]
    assert left == ["59", "58"]


@pytest.mark.parametrize("limit", ["per_minute", "per_day", "at_once", "app_per_minute"])
def test_no_limit_means_no_limit(world: World, limit: str) -> None:
    """None lifts a limit, for benchmarks."""
    call = limited(world, **{limit: None})
    assert organisation(call).status == 200
