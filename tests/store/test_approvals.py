"""Approvals on both databases: of several the first, once, and never at odds with a run."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import event, select

from syncer.errors import StateError
from syncer.model.effect import UNTIL_APPROVED, WAITS_FOR_APPROVAL, EffectState, PlannedContact
from syncer.model.outcome import Delivered
from syncer.ports import OutboxFilter, Store
from syncer.store import open_store
from syncer.store.engine import reading
from syncer.store.tables import event as journal
from syncer.testing.store_cases import LATER, LEDGER, NOW, contact, lease, plan, send

A_MOMENT = 0.3  # seconds in which a person's word would have been written
PATIENCE = 20  # seconds after which a thread that still waits hangs


def waiting(key: str = "K1", account_id: str = "A") -> PlannedContact:
    """A contact of a step that somebody has to approve."""
    planned = contact(key, account_id)
    waits = replace(planned.effect, not_before=UNTIL_APPROVED, detail=WAITS_FOR_APPROVAL)
    return PlannedContact(decision=planned.decision, effect=waits)


@pytest.fixture
def stores(url: str) -> Iterator[Callable[[], Store]]:
    """Stores on one database, each as a process of its own would have it."""
    opened: list[Store] = []

    def make() -> Store:
        opened.append(open_store(url))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


def approvals(store: Store) -> list[Any]:
    """What the journal says of approvals."""
    query = select(journal.c.key).where(journal.c.what == "approved")
    with reading(store._engine) as connection:  # type: ignore[attr-defined]
        return list(connection.execute(query))


def approve(store: Store, author: str, at: datetime = LATER) -> str:
    """Approve the one contact: who did it, or what is said instead."""
    try:
        return store.approve("K1", author=author, note="", at=at).detail
    except StateError as refused:
        return str(refused)


def test_of_two_approvals_at_once_one_counts(stores: Callable[[], Store]) -> None:
    """Both people press the key: one is told that the other was quicker, the journal has one."""
    first = stores()
    session = lease(first)
    plan(session, waiting())
    session.release()
    people = {f"p{number}": stores() for number in range(4)}
    together = threading.Barrier(len(people))

    def press(name: str) -> str:
        together.wait(PATIENCE)
        return approve(people[name], name)

    with ThreadPoolExecutor(len(people)) as pool:
        said = list(pool.map(press, people))
    assert sorted(one.startswith("approved by p") for one in said) == [False, False, False, True]
    assert sum("does not wait for approval any more" in one for one in said) == 3
    (effect,) = first.effects(OutboxFilter(ledger=LEDGER))
    assert (effect.state, effect.not_before, effect.detail) == (
        EffectState.PENDING,
        LATER,
        next(one for one in said if one.startswith("approved by")),
    )
    assert len(approvals(first)) == 1
    assert not first.verify_journal()


def test_an_approval_waits_for_a_run_that_is_writing(stores: Callable[[], Store]) -> None:
    """Never each for the other: the run cancels one contact and renews the approved one."""
    runs, person = stores(), stores()
    session = lease(runs)
    plan(session, waiting(), waiting("K2", "B"))
    reached, go_on, moved = threading.Event(), threading.Event(), threading.Event()

    def pause(_: Any, __: Any, statement: str, *more: Any) -> None:
        if "INSERT INTO event" in statement and not reached.is_set():
            reached.set()  # the run holds the journal now, and has yet to renew the contact
            go_on.wait(PATIENCE)

    def note(_: Any, __: Any, statement: str, *more: Any) -> None:
        if statement.startswith("UPDATE outbox"):
            moved.set()

    event.listen(runs._engine, "before_cursor_execute", pause)  # type: ignore[attr-defined]
    event.listen(person._engine, "after_cursor_execute", note)  # type: ignore[attr-defined]
    decisions = [waiting("K1", "A").decision, replace(waiting("K2", "B").decision, key="")]
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(
            session.write_plan,
            run_id="r2",
            decisions=decisions,
            planned=[waiting()],
            at=NOW + timedelta(minutes=1),
        )
        assert reached.wait(PATIENCE)
        said = pool.submit(approve, person, "anna")
        assert not moved.wait(A_MOMENT)  # it would hold the contact, and wait for the journal
        go_on.set()
        writing.result(PATIENCE)
        assert said.result(PATIENCE) == "approved by anna"
    assert not runs.verify_journal()
    assert send(session, "K1", Delivered()).state is EffectState.DELIVERED


def test_what_was_approved_or_sent_is_not_approved_again(stores: Callable[[], Store]) -> None:
    """A second word changes neither the time, nor the name, nor the journal."""
    store = stores()
    session = lease(store)
    plan(session, waiting())
    assert approve(store, "anna") == "approved by anna"
    assert "does not wait" in approve(store, "bert", LATER + timedelta(hours=1))
    assert session.pending(LATER, 10)[0].detail == "approved by anna"
    send(session, "K1", Delivered())
    assert "does not wait" in approve(store, "bert")
    assert len(approvals(store)) == 1
    with pytest.raises(StateError, match="no effect"):
        store.approve("K9", author="a", note="", at=LATER)
