"""Faults by script and by seed, in process and on a socket."""

import json
import time
from typing import Any

import pytest
import requests

from syncer.sandbox.faults import Fault, FaultKind, FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact
from syncer.sandbox.serve import Running, start
from syncer.sandbox.trouble import Dropped, Hang, ResetMidBody
from syncer.sandbox.world import World
from syncer.sandbox.xero.limits import UNLIMITED
from tests.sandbox.calling import BASE, Caller, caller_for, make_invoice, token_for

NOTE = {"HistoryRecords": [{"Details": "reminder"}]}


def struck(world: World, *faults: Fault) -> Caller:
    """A caller whose calls suffer these faults."""
    return caller_for(world, faults=FaultPlan(faults), allowance=UNLIMITED)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.MINUTE_LIMIT, 429),
        (FaultKind.DAY_LIMIT, 429),
        (FaultKind.CONCURRENT_LIMIT, 429),
        (FaultKind.SERVER_ERROR, 500),
        (FaultKind.OFFLINE, 503),
        (FaultKind.EMPTY_ERROR, 502),
        (FaultKind.EXPIRED_TOKEN, 401),
        (FaultKind.DISCONNECTED, 403),
        (FaultKind.ERROR_BODY, 200),
    ],
)
def test_an_answer_is_replaced_on_the_nth_call_only(
    world: World, kind: FaultKind, status: int
) -> None:
    """The second matching call suffers, the first and third do not."""
    call = struck(world, Fault(kind, path="/Invoices", nth=2))
    seen = []
    for _ in range(3):
        call.raw("GET", BASE + "/Contacts")
        seen.append(call.raw("GET", BASE + "/Invoices").status)
    assert seen == [200, status, 200]
    assert [c.fault for c in world.calls if c.fault] == [kind]


def test_an_empty_page_keeps_its_counts(world: World, ledger: Ledger, contact: Contact) -> None:
    """No rows, but itemCount still says how many there are: that is how it is found out."""
    make_invoice(ledger, contact)
    call = struck(world, Fault(FaultKind.EMPTY_PAGE))
    found = call.get("/Invoices", page=1)
    assert (found["Invoices"], found["pagination"]["itemCount"]) == ([], 1)


def test_truncated_json_is_half_a_body(world: World) -> None:
    """The body does not parse."""
    call = struck(world, Fault(FaultKind.TRUNCATED))
    with pytest.raises(json.JSONDecodeError):
        call.get("/Invoices", page=1)


@pytest.mark.parametrize(
    ("kind", "raised", "executed"),
    [
        (FaultKind.DROP, Dropped, False),
        (FaultKind.HANG, Hang, False),
        (FaultKind.COMMIT_THEN_DROP, Dropped, True),
        (FaultKind.COMMIT_THEN_HANG, Hang, True),
    ],
)
def test_connection_faults_are_raised_and_say_whether_it_was_done(
    world: World,
    ledger: Ledger,
    contact: Contact,
    kind: FaultKind,
    raised: type[Exception],
    executed: bool,
) -> None:
    """In process the mount catches built-in errors; the note is there or not as promised."""
    call = struck(world, Fault(kind))
    with pytest.raises(raised) as caught:
        call.send("PUT", f"/Contacts/{contact.contact_id}/History", NOTE, key="k")
    assert caught.value.committed is executed  # type: ignore[attr-defined]
    assert isinstance(caught.value, (ConnectionError, TimeoutError))
    assert len(ledger.notes_of(contact.contact_id)) == executed


def test_after_a_lost_answer_the_same_key_finds_the_first_one(
    world: World, ledger: Ledger, contact: Contact
) -> None:
    """Commit, then a time-out: the retry under the same key replays and writes nothing twice."""
    call = struck(world, Fault(FaultKind.COMMIT_THEN_HANG))
    path = f"/Contacts/{contact.contact_id}/History"
    with pytest.raises(TimeoutError):
        call.send("PUT", path, NOTE, key="k")
    assert call.send("PUT", path, NOTE, key="k").status == 200
    assert len(ledger.notes_of(contact.contact_id)) == 1


def test_a_500_after_the_commit_is_replayed_as_a_500(
    world: World, ledger: Ledger, contact: Contact
) -> None:
    """Errors are kept under the key: only reading shows that the note was written."""
    call = struck(world, Fault(FaultKind.COMMIT_THEN_ERROR))
    path = f"/Contacts/{contact.contact_id}/History"
    assert [call.send("PUT", path, NOTE, key="k").status for _ in range(2)] == [500, 500]
    assert len(ledger.notes_of(contact.contact_id)) == 1


def test_forty_invoices_paid_between_two_pages(
    world: World, ledger: Ledger, contact: Contact
) -> None:
    """A page that shifts while it is read: rows move up and one read misses them."""
    for _ in range(100):
        make_invoice(ledger, contact)
        world.advance(seconds=1)
    call = struck(world, Fault(FaultKind.BEFORE, path="/Invoices", nth=2, pay=40))
    query: dict[str, Any] = {"Statuses": "AUTHORISED", "pageSize": 50}
    seen = set(call.ids("/Invoices", "InvoiceID", page=1, **query))
    seen |= set(call.ids("/Invoices", "InvoiceID", page=2, **query))
    left = {doc.doc_id for doc in ledger.open_invoices()}
    assert len(left - seen) == 40


def test_a_callback_runs_after_the_call(world: World, contact: Contact) -> None:
    """Python tests can let anything happen in the world."""
    done: list[World] = []
    call = struck(world, Fault(FaultKind.AFTER, run=done.append))
    call.raw("GET", BASE + "/Invoices")
    assert done == [world]


def test_token_death_lasts_until_a_refresh(world: World) -> None:
    """From the struck call on every call is 401 until new tokens are fetched."""
    call = struck(world, Fault(FaultKind.TOKEN_DEATH, nth=2))
    seen = [call.raw("GET", BASE + "/Invoices").status for _ in range(3)]
    call.token = token_for(call.app)
    assert [*seen, call.raw("GET", BASE + "/Invoices").status] == [200, 401, 401, 200]


def test_seeded_trouble_repeats(world: World) -> None:
    """The same seed strikes the same calls with the same faults."""

    def story(seed: int) -> list[str]:
        plan = FaultPlan(seed=seed, chance=0.3)
        return [",".join(f.kind for f in plan.strike("GET", "/x")) for _ in range(50)]

    assert story(1) == story(1) != story(2)


@pytest.fixture
def running(world: World) -> Any:
    """The simulator on a socket."""
    with start(world, faults=FaultPlan(), allowance=UNLIMITED) as running:
        yield running


def fetch(running: Running, *, timeout: float = 2) -> requests.Response:
    """One GET over the socket."""
    world = running.world
    headers = {
        "Authorization": f"Bearer {token_for(running.app)}",
        "xero-tenant-id": world.main.org.org_id,
        "Accept": "application/json",
    }
    url = f"{running.base_url}{BASE}/Invoices?page=1"
    with requests.Session() as session:
        return session.get(url, headers=headers, timeout=timeout)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.DROP, requests.ConnectionError),
        (FaultKind.RESET, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)),
        (FaultKind.HANG, requests.ReadTimeout),
    ],
)
def test_connection_faults_happen_on_the_socket(
    running: Running, kind: FaultKind, error: type[Exception]
) -> None:
    """The server closes, resets or keeps silent as scripted, and serves the next call."""
    running.app.faults.faults.append(Fault(kind))
    with pytest.raises(error):
        fetch(running, timeout=0.3)
    assert fetch(running).status_code == 200


def test_slow_and_dripping_answers_arrive_late(running: Running, contact: Contact) -> None:
    """The mount waits and takes its private headers off."""
    running.app.faults.faults.append(Fault(FaultKind.SLOW, seconds=0.15))
    running.app.faults.faults.append(Fault(FaultKind.DRIP, seconds=0.02, nth=2))
    began = time.monotonic()
    answer = fetch(running)
    assert time.monotonic() - began >= 0.15
    assert not [name for name in answer.headers if name.startswith("X-Sandbox")]
    assert fetch(running).json()["pagination"]["itemCount"] == 0


def test_reset_carries_what_arrived(world: World) -> None:
    """An in-process mount can replay the half body before it breaks."""
    call = struck(world, Fault(FaultKind.RESET))
    with pytest.raises(ResetMidBody) as caught:
        call.raw("GET", BASE + "/Invoices")
    assert 0 < len(caught.value.sent) < caught.value.length
