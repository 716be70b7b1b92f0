"""Stop the worker at every commit, call and send; restart; count what the world holds.

The judge looks at the mailbox and the ledger alone. Each cut is made before the call takes
effect and after it; the process that died never comes back, the next one starts with the same
state file once the lease has run out.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from syncer.channels.render import TemplateRenderer
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions
from syncer.ports import OutboxFilter
from syncer.testing import builders
from syncer.testing.memory import (
    ALL_CAPABILITIES,
    Book,
    BookSource,
    BoxChannel,
    Crash,
    HandClock,
    Tripped,
    Tripwire,
)
from syncer.testing.sim.state import State

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
RUNS_MAX = 2  # healthy runs after the crashes: everything must be at rest by then
RENDERER = TemplateRenderer(None)


class TrippedStore(Tripped):
    """A store whose sessions go through the same wire."""

    def take_lease(self, *args, **kwargs):
        """Each transaction of the session is a point where the process may die."""
        session = self._wire.pull("take_lease", lambda: self._target.take_lease(*args, **kwargs))
        return Tripped(session, self._wire)


def make_book() -> Book:
    """Two accounts with something overdue."""
    book = Book()
    for number in (1, 2):
        account_id = f"A{number}"
        book.accounts[account_id] = builders.account(account_id)
        due = START.date() - timedelta(days=3 + number)
        item = builders.invoice(f"I{number}", account_id, due=due)
        book.items[item.item_id] = item
    return book


def run_once(state: State, book: Book, clock: HandClock, wire: Tripwire, *, proves: bool) -> None:
    """One process: opens the state, runs, and may be cut."""
    with state.opened() as store:
        worker = builders.worker(
            store=TrippedStore(store, wire),
            source=WiredSource(book, clock, wire),
            channel=WiredChannel(book, wire, proves=proves),
            renderer=RENDERER,
            clock=clock,
            capabilities=ALL_CAPABILITIES,
        )
        run_cycle(worker, now=clock(), options=RunOptions())


class WiredSource(BookSource):
    """A source whose calls can be the last thing a process does."""

    def __init__(self, book, clock, wire):
        super().__init__(book, clock)
        self.wire = wire

    def read_accounts(self, account_ids):
        """The guard's read."""
        return self.wire.pull("read_accounts", lambda: BookSource.read_accounts(self, account_ids))

    def add_note(self, **note):
        """The note's write."""
        return self.wire.pull("add_note", lambda: BookSource.add_note(self, **note))


class WiredChannel(BoxChannel):
    """A channel whose send can be the last thing a process does."""

    def __init__(self, book, wire, *, proves):
        super().__init__(book, proves=proves)
        self.wire = wire

    def send(self, message):
        """The irreversible line."""
        return self.wire.pull("send", lambda: BoxChannel.send(self, message))


def play(state: State, cuts: list[tuple[int, bool]], *, proves: bool) -> tuple[Book, list, int]:
    """Run with these cuts, one per process, then until quiet: book, effects, calls of run one."""
    state.begin()
    book, clock = make_book(), HandClock(START)
    calls = 0
    for run in range(len(cuts) + RUNS_MAX):
        index, after = cuts[run] if run < len(cuts) else (-1, False)
        wire = Tripwire(cut_at=index, after=after)
        with suppress(Crash):
            run_once(state, book, clock, wire, proves=proves)
        calls = calls or len(wire.calls)
        clock.now += timedelta(minutes=20)  # the dead owner's lease has run out
    with state.opened() as store:
        effects = list(store.effects(OutboxFilter()))
        problems = list(store.verify_journal())
    assert problems == []
    return book, effects, calls


def judge(book: Book, effects: list, *, proves: bool, where: object) -> int:
    """What must hold whatever was cut. Returns how many messages are uncertain."""
    sent = [message.to[0].email for message in book.mailbox]
    assert len(sent) == len(set(sent)), f"a message went out twice: {where}"
    uncertain = [effect for effect in effects if effect.state == "uncertain"]
    assert not (proves and uncertain), f"a channel that can prove left a doubt: {where}"
    accounts = {f"{effect.account_id.lower()}@customer.example" for effect in uncertain}
    missing = {"a1@customer.example", "a2@customer.example"} - set(sent) - accounts
    assert not missing, f"lost without a word: {missing} {where}"
    states = {effect.state for effect in effects}
    assert states <= {"delivered", "uncertain"}, f"not at rest: {states} {where}"
    noted = sorted(account_id for account_id, _ in book.notes)
    told = sorted(e.account_id for e in effects if e.kind == "reminder" and e.state == "delivered")
    assert noted == told, f"notes {noted}, delivered {told}: {where}"
    return len(uncertain)


def count_calls(state: State, *, proves: bool) -> int:
    """How many points a healthy run has."""
    _, _, calls = play(state, [], proves=proves)
    return calls


@pytest.mark.parametrize("proves", [True, False], ids=["provable", "smtp-like"])
def test_every_single_crash(state, proves):
    """At every point: never twice, never lost, a note for each delivered one.

    Before a point the world is as it was after the one before: only the full run plays both.
    """
    calls = count_calls(state, proves=proves)
    assert calls > 30, "the sweep must see the whole run"
    doubts = 0
    for index in range(0, calls, 1 if FULL else 2):  # test_points has each, through a connector
        for after in (False, True) if FULL else (True,):
            book, effects, _ = play(state, [(index, after)], proves=proves)
            doubts += judge(book, effects, proves=proves, where=(index, after))
    assert proves or doubts > 0, "SMTP must leave doubts somewhere, else nothing was tested"


@pytest.mark.slow
@pytest.mark.parametrize("proves", [True, False], ids=["provable", "smtp-like"])
def test_every_pair_of_crashes_around_the_send(state, proves):
    """Two crashes in a row, at pairs of points from the first claim on; all with the full run."""
    calls = count_calls(state, proves=proves)
    first = calls - 24  # claim of the first message and everything after it
    points = [(index, after) for index in range(first, calls) for after in (False, True)]
    firsts, seconds = (points, points) if FULL else (points[::12], points[1::12])
    for one in firsts:
        for two in seconds:
            book, effects, _ = play(state, [one, two], proves=proves)
            judge(book, effects, proves=proves, where=(one, two))
