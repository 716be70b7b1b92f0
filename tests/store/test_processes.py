"""Processes that die or race leave the state before or after a step, never between."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from syncer.model.effect import EffectState
from syncer.model.outcome import Delivered
from syncer.ports import OutboxFilter
from syncer.store import open_store
from syncer.store.engine import open_engine, parse_url
from syncer.store.opening import upgrade
from syncer.testing.store_cases import LATER, LEDGER, contact, lease, plan

ROOT = Path(__file__).parents[2]

CRASH = """
import os, signal, sys
from sqlalchemy import event
from syncer.store import open_store
from syncer.model.effect import EffectKind
from syncer.model.outcome import Delivered
from syncer.testing.store_cases import NOW, contact, effect, lease, message, plan, send

store = open_store(sys.argv[1])
session = lease(store)
left = int(sys.argv[2])

def count(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(store._engine, "before_cursor_execute", count)
event.listen(store._engine, "commit", count)
plan(session, contact(), contact("K2", "B"))
send(session, "K1", Delivered(), effect("N1", kind=EffectKind.NOTE))
print("done", flush=True)
"""

CLAIM = """
import sys
from datetime import timedelta
from syncer.store import open_store
from syncer.testing.store_cases import NOW
from syncer.ports import Lease
from syncer.store.outbox import claim
from syncer.store.engine import writing

store = open_store(sys.argv[1])
sys.stdin.readline()
for number in range(60):
    with writing(store._engine) as connection:
        if claim(connection, f"K{number}", "acme", NOW) is not None:
            print(f"K{number}", flush=True)
"""


def _run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize("left", range(0, 46, 3))  # at 45 it lives to the end
def test_a_killed_process_leaves_before_or_after(sqlite_url, left):
    """Killed at any statement or commit: journals intact, and note if and only if delivered."""
    process = _run(CRASH, sqlite_url, str(left))
    out, _ = process.communicate(timeout=60)
    assert out == "done\n" or process.returncode == -signal.SIGKILL
    store = open_store(sqlite_url)
    assert store.verify_journal() == []
    states = {e.key: e.state for e in store.effects(OutboxFilter(ledger=LEDGER))}
    assert ("K1" in states) == ("K2" in states)
    assert ("N1" in states) == (states.get("K1") is EffectState.DELIVERED)
    assert len(store.attempts("K1")) == (states.get("K1") is EffectState.DELIVERED)
    session = lease(store, "run-2", LATER)
    in_flight = [e for e in session.in_flight() if e.state is EffectState.SENDING]
    assert all(session.message(e.key) is not None for e in in_flight)
    for effect in in_flight:
        session.settle(effect.key, Delivered(), LATER)
    assert store.verify_journal() == []
    store.close()


def test_two_processes_never_share_a_claim(sqlite_url):
    """Even without a lease between them, each effect is claimed by exactly one."""
    store = open_store(sqlite_url)
    keys = [f"K{number}" for number in range(60)]
    plan(lease(store), *(contact(key) for key in keys))
    workers = [_run(CLAIM, sqlite_url) for _ in range(2)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    claimed = [line for w in workers for line in w.communicate(timeout=60)[0].split()]
    assert sorted(claimed) == sorted(keys)
    assert {e.attempt for e in store.effects(OutboxFilter(ledger=LEDGER))} == {1}
    store.close()


OPEN = """
import sys
from syncer.store import open_store

sys.stdin.readline()
open_store(sys.argv[1]).close()
print("opened", flush=True)
"""


def test_processes_that_create_one_state_file_at_once_all_work(tmp_path: Path) -> None:
    """Whoever comes a moment later waits for the first, and is not told that the file is empty."""
    for attempt in range(3):
        url = f"sqlite:///{tmp_path}/fresh{attempt}.db"
        racing = [
            subprocess.Popen(
                [sys.executable, "-c", OPEN, url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=ROOT,
                text=True,
            )
            for _ in range(4)
        ]
        for one in racing:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        said = [one.communicate(timeout=60) for one in racing]
        assert [out for out, _ in said] == ["opened\n"] * len(racing), said


def test_a_file_that_is_empty_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    """Another process has created the file and not yet written its first page."""
    path, made = tmp_path / "state.db", tmp_path / "made.db"
    open_store(f"sqlite:///{made}").close()
    path.touch(mode=0o600)
    writer = threading.Timer(0.3, lambda: path.write_bytes(made.read_bytes()))
    writer.start()
    open_store(f"sqlite:///{path}").close()
    writer.join()


def test_processes_that_upgrade_one_server_database_at_once_all_work(postgres_url: str) -> None:
    """After an update several start together: one upgrades, the rest find it done."""
    engine = open_engine(parse_url(postgres_url))
    upgrade(engine, "0002")
    with engine.connect() as holding, engine.connect() as looking:
        holding.execute(text("LOCK TABLE secret IN ACCESS EXCLUSIVE MODE"))
        racing = [_run(OPEN, postgres_url) for _ in range(3)]
        for one in racing:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        _until_all_wait(looking, len(racing))
        holding.rollback()
    engine.dispose()
    said = [one.communicate(timeout=60)[0] for one in racing]
    assert [out.splitlines()[-1:] for out in said] == [["opened"]] * len(said), said


def _until_all_wait(connection: Connection, number: int) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(300):
        if connection.execute(text(waiting)).scalar_one() == number:
            return
        connection.rollback()
        time.sleep(0.1)
    pytest.fail("the processes do not all wait")
