"""The crash sweep through the real connector: cut, stall or act at every point of a run.

A point is a transaction of the store, an HTTP exchange or a message handed over. The judges
look at the sandbox and the mailbox alone.
"""

import os
from functools import partial

import pytest

from syncer.sandbox import people
from syncer.sandbox.records import Status
from syncer.store.session import SqlLedgerSession
from syncer.testing.sim import book
from syncer.testing.sim.rig import Rig
from syncer.testing.sim.state import State
from syncer.testing.sim.sweep import Cut, play_acts, play_cuts, play_stalls
from syncer.testing.sim.wire import SESSION_WRITES

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
POINTS = 53  # of a healthy run over the small book; test_a_healthy_run keeps it honest
CHUNKS = 5
READS = {
    *("cursors", "context", "snapshots", "snapshot", "open_totals", "pending", "in_flight"),
    *("put_off",),
    *("message", "survey", "doubt", "was_looked_up", "announced", "left_behind"),
    *("paid_up", "closed_items"),
}
CHANNELS = pytest.mark.parametrize("provable", [True, False], ids=["folder", "smtp-like"])
IN_CHUNKS = pytest.mark.parametrize("chunk", range(CHUNKS))


CLAIM = 26  # the point of the first claim; test_a_healthy_run keeps it honest


def points(chunk: int, *, provable: bool) -> range:
    """Every ``CHUNKS``-th point, so that several processes can share a sweep.

    The channel is nothing to a run before its first claim: both play those with the full run.
    """
    first = 0 if FULL or provable else CLAIM
    return range(first + chunk, POINTS, CHUNKS)


def test_every_transaction_of_the_store_is_accounted_for() -> None:
    """A method added to the store's session is either a point of the sweep or only reads."""
    methods = {name for name in vars(SqlLedgerSession) if not name.startswith("_")}
    assert methods - SESSION_WRITES <= READS
    assert methods >= SESSION_WRITES


@CHANNELS
def test_a_healthy_run_is_the_measure(state: State, provable: bool) -> None:
    """Nothing cut: two messages, two notes, all judges silent, and as many points as swept."""
    played = play_cuts(state, [], provable=provable)
    assert played.problems == []
    assert (len(played.mails), played.notes, played.uncertain) == (2, 2, 0)
    assert len(played.points) == POINTS, played.points
    assert played.points.index("claim") == CLAIM


@CHANNELS
@IN_CHUNKS
def test_killed_at_every_point(state: State, provable: bool, chunk: int) -> None:
    """After every point: no second copy, nothing lost in silence, notes as told.

    Before a point the world is as it was after the one before: only the full run plays both.
    """
    doubts = 0
    for index in points(chunk, provable=provable):
        for after in (False, True) if FULL or index == 0 else (True,):
            played = play_cuts(state, [Cut(index, after)], provable=provable)
            where = f"cut {'after' if after else 'before'} {index} {played.points[-1]}"
            assert played.problems == [], where
            assert len(played.mails) + played.uncertain >= 2, where
            doubts += played.uncertain
    assert not (provable and doubts), "a folder can always prove what it holds"


def test_smtp_leaves_a_doubt_exactly_around_the_send(state: State) -> None:
    """At most once: a cut between the commit and the recorded answer waits for a person."""
    names = play_cuts(state, [], provable=False).points
    sends = [index for index, name in enumerate(names) if name == "send"]
    doubtful = {
        index + shift: play_cuts(state, [Cut(index + shift, after=False)], provable=False)
        for index in sends
        for shift in (-1, 0, 1, 2)
    }
    for index, played in doubtful.items():
        around = index in sends or index - 1 in sends
        assert played.uncertain == around, (index, names[index])


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="every pair of cuts is played with SYNCER_SIM_FULL=1")
@CHANNELS
def test_killed_twice_in_a_row(state: State, provable: bool) -> None:
    """All pairs: every cut from the first claim on, followed by every cut of the next run."""
    first = play_cuts(state, [], provable=provable).points.index("claim")
    for one in range(first, POINTS):
        for two in range(POINTS):
            cuts = [Cut(one, after=True), Cut(two, after=True)]
            assert play_cuts(state, cuts, provable=provable).problems == [], cuts


@CHANNELS
@IN_CHUNKS
def test_a_process_that_slept_past_its_lease(state: State, provable: bool, chunk: int) -> None:
    """Another run took over meanwhile: no second message; only a note under way may repeat.

    What was already let out of our hands cannot be fenced or looked at again: a note, or the one
    message that was just being handed over. See docs/reliability.md.
    """
    excused = {"PUT": "notes tell of", "send": " a look "}
    for index in points(chunk, provable=provable):
        played = play_stalls(state, index, provable=provable)
        excuse = excused.get(played.points[index].split(" ")[0], "no excuse")
        problems = [one for one in played.problems if excuse not in one]
        assert problems == [], (index, played.points[index])


def test_nothing_leaves_on_an_old_look(state: State) -> None:
    """A process that dozes between its look and the hand-over looks again, within its lease."""

    def doze_and_pay(rig: Rig) -> None:
        rig.sleep(300)
        _pays_everything(rig, 1)

    first = 0 if FULL else play_cuts(state, [], provable=False).points.index("claim")
    for index in range(first, POINTS, 1 if FULL else 2):
        played = play_acts(state, index, doze_and_pay)
        if played.points[index] != "send":  # dozing in the hand-over itself: nothing can tell
            assert played.problems == [], (index, played.points[index])


def _pays_everything(rig: Rig, number: int) -> None:
    ledger = rig.sides[0].world.main
    for doc in _invoices(rig, number):
        ledger.pay(doc)


def _is_credited(rig: Rig, number: int) -> None:
    ledger, docs = rig.sides[0].world.main, _invoices(rig, number)
    amount = sum(doc.left for doc in docs)
    book.credit(ledger, ledger.contact(docs[0].contact_id), str(amount))


def _voids(rig: Rig, number: int) -> None:
    for doc in _invoices(rig, number):
        rig.sides[0].world.main.move(doc, Status.VOID)


def _opts_out(rig: Rig, number: int) -> None:
    ledger = rig.sides[0].world.main
    [group] = ledger.books.groups.values()
    people.join_group(ledger, group.group_id, _invoices(rig, number)[0].contact_id)


def _is_archived(rig: Rig, number: int) -> None:
    people.archive(rig.sides[0].world.main, _invoices(rig, number)[0].contact_id)


def _gets_more_time(rig: Rig, number: int) -> None:
    ledger = rig.sides[0].world.main
    for doc in _invoices(rig, number):
        ledger.change_document(doc, due_on=ledger.today())


def _invoices(rig: Rig, number: int) -> list:
    ledger = rig.sides[0].world.main
    wanted = f"Customer {number} Ltd"
    return [d for d in ledger.open_invoices() if ledger.contact(d.contact_id).name == wanted]


ACTS = (_pays_everything, _is_credited, _voids, _opts_out, _is_archived, _gets_more_time)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__.strip("_"))
def test_somebody_acts_at_every_point(state: State, act) -> None:
    """P1: whenever a customer stops owing, only a message already past its last look goes out."""
    stride = 1 if FULL else 9
    for number in (1, 2):
        for index in range(number % stride, POINTS, stride):
            played = play_acts(state, index, partial(act, number=number))
            assert played.problems == [], (index, played.points[index])
