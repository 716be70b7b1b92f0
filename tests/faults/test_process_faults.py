"""Faults 1 to 9: starts that meet, processes that die, and what the next run makes of it.

A process is cut in this process here, at a named point: before it took effect, or after it did
and before the worker heard of it. Real processes are killed in ``tests/processes``.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.flow.worker import RunOptions
from syncer.model.effect import EffectState
from syncer.model.run import LedgerStatus
from syncer.ports import OutboxFilter
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.serve import start
from syncer.sandbox.world import WorldClock
from syncer.sandbox.xero.limits import UNLIMITED
from syncer.store import open_store
from syncer.testing.sim import book
from syncer.testing.sim.wire import Wire

from .house import CONFIG, LEDGER, House
from .outside import Outside
from .sides import ONE_OF_THEM

PARTIAL, LOCKED = 1, 6  # exit codes
_ALL = OutboxFilter()
CUSTOMERS = 3
ROOT = Path(__file__).parents[2]


def _owing(house: House) -> House:
    """Three customers who are to be reminded."""
    for number in range(1, CUSTOMERS + 1):
        house.side.late(number, days=3 + number)
    return house


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_01_two_starts_at_the_same_second(house, connector: str) -> None:
    """Of two starts in one second one takes the lease, the other says so and leaves (exit 6)."""
    made = _owing(house(connector))
    both, done = threading.Barrier(2), threading.Event()
    ended: list[int] = []

    def meanwhile(_: int, point: str) -> None:
        if point == "take_lease":
            both.wait(timeout=20)
        elif "/" in point:  # the first call outside: this one has the lease
            assert done.wait(timeout=20), "the other start neither worked nor left"

    def start() -> None:
        result = made.run(Wire(meanwhile=meanwhile))
        ended.append(result.exit_code)
        done.set()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert ended == [LOCKED, 0]
    [turned_away] = [one.ledgers[0] for one in made.results if one.exit_code == LOCKED]
    assert turned_away.status is LedgerStatus.LOCKED
    assert "being worked on" in turned_away.error
    assert turned_away.calls == 0
    assert len(made.keys()) == CUSTOMERS
    made.finish()
    assert len(made.keys()) == CUSTOMERS


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_02_a_start_while_the_last_run_hangs(house, connector: str) -> None:
    """A hanging run keeps its ledger until its lease ends; then it can commit nothing more."""
    made = _owing(house(connector))
    others: list[tuple[int, LedgerStatus]] = []

    def another() -> None:
        result = made.run()
        others.append((result.exit_code, result.ledgers[0].status))

    def hang_for_hours() -> None:
        made.pass_time(minutes=14)
        another()
        made.pass_time(hours=3)
        another()

    result = made.run(made.at("start_sending", hang_for_hours))
    assert others == [(LOCKED, LedgerStatus.LOCKED), (0, LedgerStatus.OK)]
    assert result.exit_code == LOCKED
    assert result.ledgers[0].error_kind == "LeaseHeld"
    assert result.ledgers[0].contacted == 0
    assert len(made.keys()) == CUSTOMERS
    made.finish()
    assert len(made.keys()) == CUSTOMERS


@pytest.mark.parametrize("connector", ONE_OF_THEM)
@pytest.mark.parametrize("volume", ["empty", "older"])
def test_fault_03_a_second_container_with_another_volume(
    house, home, connector: str, volume: str
) -> None:
    """A state that is empty or older than the ledger sends nothing again, and says loudly why."""
    made = _owing(house(connector))
    older = home / "older"
    shutil.copytree(home, older)  # the whole volume, seal and all: nothing shows its age
    assert made.run().exit_code == 0
    made.pass_time(hours=1)
    for file in home.glob("state.db*"):
        file.unlink()
    if volume == "older":
        for file in older.glob("state.db*"):
            shutil.copy2(file, home / file.name)
    else:
        made._log_in()
    result = made.run()
    assert "younger than the ledger" in " ".join(result.ledgers[0].warnings)
    assert result.ledgers[0].contacted == 0
    assert len(made.keys()) == len(made.notes()) == CUSTOMERS
    assert result.ledgers[0].cancelled == CUSTOMERS
    made.finish()
    assert len(made.keys()) == CUSTOMERS


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_03_two_containers_side_by_side(house, home, connector: str) -> None:
    """Two volumes worked on in turn for nine days: whichever comes second sends no step again."""
    made = _owing(house(connector))
    volumes = [home / "a", home / "b"]
    for volume in volumes:
        volume.mkdir()
        for file in home.glob("state.db*"):
            shutil.copy2(file, volume)
    for _ in range(9):
        for volume in volumes:
            _swap(home, volume)
            made.run()
            _keep(home, volume)
            made.pass_time(hours=2)
        made.pass_time(hours=20)
    steps = len(made.keys())
    assert steps > CUSTOMERS
    assert len(set(made.keys())) == steps


def _swap(home, volume) -> None:
    for file in home.glob("state.db*"):
        file.unlink()
    for file in volume.iterdir():
        shutil.copy2(file, home / file.name)


def _keep(home, volume) -> None:
    for file in home.glob("state.db*"):
        shutil.copy2(file, volume / file.name)


@pytest.mark.parametrize("connector", ONE_OF_THEM)
@pytest.mark.parametrize("provable", [True, False], ids=["folder", "smtp"])
def test_fault_04_killed_once_the_mail_was_accepted(house, connector: str, provable: bool) -> None:
    """A mail accepted and not recorded is looked up; what cannot be, waits for a person."""
    made = _owing(house(connector, provable=provable))
    made.cut("^send$", after=True)
    [key] = made.keys()
    [sending] = made.effects(EffectState.SENDING)
    assert sending.key == key
    handed = Wire()
    result = made.run(handed)
    assert handed.calls.count("send") == CUSTOMERS - 1, "it was handed over a second time"
    assert made.keys().count(key) == 1
    assert len(made.keys()) == CUSTOMERS
    if provable:
        assert (result.exit_code, made.notes().count(key)) == (0, 1)
        assert not made.effects(EffectState.UNCERTAIN)
    else:
        assert (result.exit_code, made.notes().count(key)) == (PARTIAL, 0)
        assert [effect.key for effect in made.effects(EffectState.UNCERTAIN)] == [key]
        assert made.last().waiting == 1
    made.finish()


@pytest.mark.parametrize("connector", ONE_OF_THEM)
@pytest.mark.parametrize(
    ("point", "after"), [("^claim$", True), ("^start_sending$", True), ("^send$", False)]
)
def test_fault_05_killed_before_the_mail_left(
    house, connector: str, point: str, after: bool
) -> None:
    """What had not left is sent exactly once by the next run, where the channel can say so."""
    made = _owing(house(connector, provable=True))
    made.cut(point, after=after)
    assert made.keys() == []
    assert made.run().exit_code == 0
    assert len(made.keys()) == CUSTOMERS
    made.finish()


@pytest.mark.parametrize("after", [False, True], ids=["before the intent", "after it"])
def test_fault_05_killed_before_the_mail_left_by_smtp(house, after: bool) -> None:
    """A mail server cannot say that it has nothing: after the intent the mail waits for a word."""
    made = _owing(house())
    made.cut("^start_sending$", after=after)
    assert made.run().exit_code == (PARTIAL if after else 0)
    assert len(made.keys()) == CUSTOMERS - after
    assert len(made.effects(EffectState.UNCERTAIN)) == made.last().waiting == after
    made.finish()


@pytest.mark.parametrize("connector", ONE_OF_THEM)
@pytest.mark.parametrize(
    "cut", ["mail and note", "last mail and note", "claim and note", "note and its record"]
)
def test_fault_06_killed_between_mail_and_note(house, connector: str, cut: str) -> None:
    """Killed between the mail and its note, or the note and its record: each of them once."""
    made = _owing(house(connector))
    note = made.side.calls.note
    point, after, nth = {
        "mail and note": ("^settle$", True, 1),
        "last mail and note": ("^settle$", True, 2 * CUSTOMERS - 1),  # each with its note
        "claim and note": ("^claim$", True, 2),
        "note and its record": (f"^{note.method} .*{note.path}", True, 1),
    }[cut]
    made.cut(point, after=after, nth=nth)
    key = made.keys()[-1]
    assert made.notes().count(key) == (cut == "note and its record")
    assert made.run().exit_code == 0
    assert (made.keys().count(key), made.notes().count(key)) == (1, 1)
    made.finish()
    assert len(made.keys()) == len(made.notes()) == CUSTOMERS


def test_fault_07_killed_inside_a_commit(house, home) -> None:
    """However much of a commit reached the disk, the state is the one before or the one after."""
    made = _owing(house(provable=True))
    files = [home / "state.db", home / "state.db-wal"]
    taken: dict[str, list[bytes]] = {}

    def take(name: str) -> None:
        taken[name] = [file.read_bytes() for file in files]

    seen = 0

    def meanwhile(_: int, point: str) -> None:
        nonlocal seen
        seen += point == "settle" or bool(seen)
        if seen in (1, 2):  # right before the mail's record, and right after it
            take("before" if seen == 1 else "after")

    made.run(Wire(meanwhile=meanwhile))
    key = made.keys()[0]
    database, before = taken["before"]
    grown, log = taken["after"]
    assert grown == database, "the commit was to be in the log alone"
    assert log[: len(before)] == before
    assert len(log) > len(before)
    lengths = [*range(len(before), len(log), 1024), len(log) - 1, len(log)]
    found = [_state_of(home / f"torn{length}", database, log[:length], key) for length in lengths]
    first = found.index(EffectState.DELIVERED)
    assert set(found[:first]) == {EffectState.SENDING}
    assert set(found[first:]) == {EffectState.DELIVERED}
    assert 0 < first < len(found)


def _state_of(folder, database: bytes, log: bytes, key: str) -> EffectState:
    """Open a state of which only this much reached the disk; the effect of ``key`` in it."""
    folder.mkdir()
    (folder / "state.db").write_bytes(database)
    (folder / "state.db-wal").write_bytes(log)
    store = open_store(f"sqlite:///{folder / 'state.db'}")  # reads it through: a log was left
    try:
        assert list(store.verify_journal()) == []
        effects = {effect.key: effect for effect in store.effects(_ALL)}
        delivered = effects[key].state is EffectState.DELIVERED
        assert (f"{key}-note" in effects) == delivered, "the record without the note it asks for"
        return effects[key].state
    finally:
        store.close()
        shutil.rmtree(folder)


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_08_asked_to_stop_in_the_middle(house, connector: str) -> None:
    """Asked to stop, a run finishes what is in flight, takes nothing new and frees its ledger."""
    made = _owing(house(connector))
    asked = threading.Event()
    began = made.monotonic()
    stopped = made.run(made.at("^send$", asked.set), RunOptions(stopping=asked.is_set))
    assert (stopped.ledgers[0].contacted, stopped.ledgers[0].error_kind) == (1, "")
    assert made.monotonic() - began < 10
    [key] = made.keys()
    assert key in {effect.key for effect in made.effects(EffectState.DELIVERED)}
    assert not made.effects(EffectState.CLAIMED, EffectState.SENDING)
    waiting = made.effects(EffectState.PENDING)
    assert len([effect for effect in waiting if effect.key != f"{key}-note"]) == CUSTOMERS - 1
    made.pass_time(seconds=2)  # far within the lease, which is no longer in the way
    assert made.run().exit_code == 0
    assert len(made.keys()) == CUSTOMERS
    made.finish()


@pytest.mark.parametrize("point", ["^store_page$", "^write_plan$"])
@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_08_asked_to_stop_before_anything_was_sent(house, connector: str, point: str) -> None:
    """Asked to stop while it reads or plans, a run sends nothing, and is no success (exit 1)."""
    made = _owing(house(connector))
    asked = threading.Event()
    stopped = made.run(made.at(point, asked.set), RunOptions(stopping=asked.is_set))
    told = stopped.ledgers[0]
    if point == "^store_page$":
        assert (stopped.exit_code, told.error_kind) == (PARTIAL, "Interrupted")
        assert "the next run goes on from here" in told.error
    assert made.keys() == []
    made.pass_time(seconds=2)
    assert made.run().exit_code == 0
    assert len(made.keys()) == CUSTOMERS
    made.finish()


def test_fault_08_sigterm_to_a_process(outside: Outside, home) -> None:
    """SIGTERM in a real process: over within ten seconds, exit code 143, its ledger given back."""
    guard = r"/Contacts/[^/]+$"
    outside.running.app.faults.faults = [Fault(FaultKind.SLOW, "GET", guard, seconds=1.5)]
    with outside.start(log=str(home / "log")) as process:
        until = time.monotonic() + 30
        while not any(re.search(guard, call.path) for call in list(outside.world.calls)):
            assert time.monotonic() < until, (home / "log").read_text(encoding="utf-8")
            time.sleep(0.02)
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
    assert outside.mails() <= 1
    assert outside.run() == 0  # at once: no lease is in the way
    assert (outside.mails(), outside.notes()) == (2, 2)


@pytest.mark.parametrize("connector", ONE_OF_THEM)
@pytest.mark.parametrize(
    ("point", "after"),
    [("^store_page$", False), ("^store_page$", True), ("^finish_stream$", False)],
)
def test_fault_09_killed_in_the_middle_of_a_page(
    house, connector: str, point: str, after: bool
) -> None:
    """Killed for its memory while a page is read or kept, a run leaves nothing half done."""
    made = _owing(house(connector))
    made.cut(point, after=after)
    assert made.effects() == []
    result = made.run()
    assert (result.exit_code, result.ledgers[0].closed) == (0, 0)
    assert len(made.keys()) == CUSTOMERS
    made.finish()


LIMIT_KILOBYTES = 128 * 1024
PAGE = 1000  # rows


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
def test_fault_09_a_page_and_its_memory(home) -> None:
    """A run of a process of its own fits into 128 MB, and two pages take no more than one."""
    clock = WorldClock(datetime.now(UTC))
    peaks = []
    for pages in (1, 2):
        world = book.new_world(clock, seed=pages)
        patient = book.customer(world.main, 9)
        for _ in range(pages * PAGE - 1):
            book.invoice(world.main, patient, "10.00", late=-20)
        with start(world, allowance=UNLIMITED) as running:
            peaks.append(_peak_of_a_run(home / str(pages), running.base_url))
    assert max(peaks) < LIMIT_KILOBYTES, peaks
    assert peaks[1] - peaks[0] < 10 * 1024, peaks


def _peak_of_a_run(home, url: str) -> int:
    """Kilobytes that a run took at most; its data may not grow over the limit."""
    home.mkdir()
    reached = f'base_url: "{url}", identity_url: "{url}", history_months: 0'
    login = "client_id: sandbox-custom, client_secret: sandbox-custom-secret"
    own = f"flow: custom_connection, {login}, {reached}"
    text = CONFIG.format(home=home) + LEDGER.format(name="n", connector="xero", settings=own)
    (home / "syncer.yaml").write_text(text, encoding="utf-8")
    measured = f"""
import atexit, resource
from pathlib import Path
from syncer.__main__ import main

resource.setrlimit(resource.RLIMIT_DATA, ({LIMIT_KILOBYTES * 1024},) * 2)
atexit.register(lambda: print(Path("/proc/self/status").read_text()))
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", measured, "--config", str(home / "syncer.yaml"), "run", "--json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"items_read": ' in done.stdout
    return int(re.findall(r"VmHWM:\s+(\d+) kB", done.stdout)[0])
