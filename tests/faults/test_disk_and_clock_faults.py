"""Faults 31 to 36: the state file, the disk and the clock let the worker down."""

import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import Engine, event

from syncer.errors import StateError, Transient
from syncer.model.decision import Code
from syncer.model.effect import EffectState
from syncer.model.run import LedgerStatus
from syncer.policy.rules import Cap, CatchUp, Ladder, Policy, Step, Tone, policy_version
from syncer.testing import builders
from syncer.testing.sim import book

from .outside import Outside
from .sides import ONE_OF_THEM
from .workshop import Workshop

S = EffectState
HELD, STATE = 3, 2


# --- 31: the state file --------------------------------------------------------------------------


def _cut_to_nothing(state: Path) -> None:
    state.write_bytes(b"")


def _cut_in_half(state: Path) -> None:
    state.write_bytes(state.read_bytes()[: state.stat().st_size // 2])


def _flip_bits(state: Path) -> None:
    """In the page where the outbox begins, which nothing reads before the first message."""
    _flip(state, "outbox")


def _flip_bits_of_holds(state: Path) -> None:
    """In a page that a run without holds has no need to read."""
    _flip(state, "hold")


def _flip(state: Path, table: str) -> None:
    with closing(sqlite3.connect(state)) as opened:
        [size] = opened.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        [page] = opened.execute(query, (table,)).fetchone()
    content = bytearray(state.read_bytes())
    content[(page - 1) * size] ^= 0xFF
    state.write_bytes(content)


@pytest.mark.parametrize("damage", [_cut_to_nothing, _cut_in_half, _flip_bits, _flip_bits_of_holds])
def test_fault_31_state_file_corrupt(home: Path, damage: Callable[[Path], None]) -> None:
    """A damaged state is refused at the start with its path and the way back; nothing is sent."""
    made = Workshop(home)
    made.side.late(1)
    made.run()
    backup = home / "backup.db"
    shutil.copyfile(made.state, backup)
    made.side.late(2)
    damage(made.state)
    with pytest.raises(StateError, match="Restore it from a backup") as refused:
        made.run()
    assert str(made.state) in str(refused.value)
    assert len(made.keys()) == 1
    _put_back(made, backup)
    made.finish()
    assert len(made.keys()) == 2  # the first of them was not written to again


def _put_back(made: Workshop, backup: Path) -> None:
    for beside in ("-wal", "-shm", ".seal"):
        made.state.with_name(f"{made.state.name}{beside}").unlink(missing_ok=True)
    shutil.copyfile(backup, made.state)


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_31_log_of_the_state_missing(home: Path, connector: str) -> None:
    """A state whose write-ahead log is gone is refused; begun anew, it repeats nothing."""
    made = Workshop(home, connector)
    made.side.late(1)
    made.run()  # ended in order: a seal says how the file was left
    made.pass_time(minutes=20)
    made.side.late(2)
    left: dict[Path, tuple[bytes, os.stat_result]] = {}

    def take_aside() -> None:  # as a kill would leave them, but for the log
        for path in (made.state, made.state.with_name("state.db.seal")):
            left[path] = path.read_bytes(), path.stat()

    made.run(made.at("finish_run", take_aside))
    assert len(made.keys()) == 2
    for path, (content, stat) in left.items():
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(StateError, match="-wal beside it is missing"):
        made.run()
    made.state.unlink()  # moved away, as the refusal says
    made._log_in()
    made.finish()
    assert len(made.keys()) == 2


# --- 32 and 33: no room, no writing ---------------------------------------------------------------


@contextmanager
def _full_from(point: str, *, lasts: bool = True) -> Iterator[list[str]]:
    """The disk takes nothing more from the first transaction on that changes ``point``.

    Unless it ``lasts``, that one transaction alone fails.
    """
    hit: list[str] = []

    def before(_connection, cursor, statement, _parameters, _context, _many) -> None:
        strikes = re.search(point, statement) and (lasts or not hit)
        if strikes:
            hit.append(statement)
        if (strikes or (hit and lasts)) and not re.match("SELECT|PRAGMA|BEGIN|ROLLBACK", statement):
            state: sqlite3.Connection = cursor.connection
            [pages] = state.execute("PRAGMA page_count").fetchone()
            state.execute(f"PRAGMA max_page_count = {pages}")
            state.execute("CREATE TABLE more AS SELECT zeroblob(1000000) AS bytes")

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield hit
    finally:
        event.remove(Engine, "before_cursor_execute", before)


INTENT, RESULT = r"UPDATE outbox SET .*sent_at=", r"UPDATE outbox SET .*settled_at="


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_32_disk_full_at_the_intent(home: Path, connector: str) -> None:
    """An intent that cannot be committed sends nothing; with room again it is sent once."""
    made = Workshop(home, connector)
    made.side.late(1)
    with _full_from(INTENT) as hit, pytest.raises(StateError, match="full"):
        made.run()
    assert hit
    assert made.keys() == []
    made.pass_time(minutes=20)
    made.finish()
    assert len(made.keys()) == 1


@pytest.mark.parametrize("lasts", [True, False], ids=["lasting", "for a moment"])
@pytest.mark.parametrize("provable", [True, False], ids=["folder", "smtp"])
def test_fault_32_disk_full_at_the_result(home: Path, *, provable: bool, lasts: bool) -> None:
    """A result that cannot be committed stops the sending at once; its row stays ``sending``.

    Afterwards it is looked up where that is possible, and else waits for a person.
    """
    made = Workshop(home, provable=provable)
    made.side.late(1)
    made.side.late(2)
    with _full_from(RESULT, lasts=lasts) as hit:
        if lasts:
            with pytest.raises(StateError, match="full"):
                made.run()
        else:
            assert made.run().exit_code == STATE
            assert "full" in made.last().error
    assert hit
    assert len(made.keys()) == 1
    assert sorted(one.state for one in made.effects()) == [S.PENDING, S.SENDING]
    made.pass_time(minutes=20)
    made.finish()
    assert len(made.keys()) == 2
    assert len(made.effects(S.UNCERTAIN)) == (0 if provable else 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_fault_32_log_cannot_be_written(outside: Outside) -> None:
    """A log on a full disk is lost; the run that it tells of goes on and ends as it would have."""
    assert outside.run(log="/dev/full") == 0
    assert (outside.mails(), outside.notes()) == (2, 2)


TRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e")


def _can_trace() -> bool:
    return bool(shutil.which("strace")) and not subprocess.call([*TRACE, "trace=none", "true"])


@pytest.mark.skipif(not _can_trace(), reason="strace is missing, or may not trace here")
@pytest.mark.parametrize(
    "inject",
    [
        pytest.param("openat:error=EROFS:when=1+", id="read-only"),
        pytest.param("fdatasync:error=EIO:when=1+", id="fsync-never"),
        pytest.param("fdatasync:error=EIO:when=15+", id="fsync-no-more"),
    ],
)
def test_fault_33_read_only_or_fsync_fails(outside: Outside, inject: str) -> None:
    """Without a durable intent nothing is sent, the exit code tells, and no failure is success."""
    state = str(outside.home / "state.db")
    before = outside.mails()
    call = inject.partition(":")[0]
    where = ("-P", state, "-P", f"{state}-wal")
    code = outside.run(*TRACE, f"trace={call}", "-e", f"inject={inject}", *where)
    assert code == STATE
    if inject.endswith("when=1+"):
        assert outside.mails() == before
    assert outside.mails() <= before + 1, "it went on after a commit that failed"
    time.sleep(1)  # the lease of the process that failed
    assert outside.run() == 0
    assert (outside.mails(), outside.notes()) == (2, 2)


# --- 34 to 36: the clock --------------------------------------------------------------------------

JUMPS = {
    "a-day-ahead": timedelta(days=1),
    "a-day-behind": timedelta(days=-1),
    "1970": datetime(1970, 1, 1, tzinfo=UTC) - datetime(2026, 11, 16, tzinfo=UTC),
}


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_34_clock_is_off(home: Path, connector: str, jump: str) -> None:
    """A clock that disagrees with the server's Date sends nothing and says so until it is right."""
    made = Workshop(home, connector)
    made.changes["server_here"] = False
    made.side.late(1)
    made.ahead = JUMPS[jump]
    assert made.run().exit_code == HELD
    assert made.last().status is LedgerStatus.HELD
    assert "clock" in made.last().error
    assert made.keys() == []
    made.ahead = timedelta(minutes=3)  # within the limit
    made.pass_time(minutes=20)
    made.finish()
    assert len(made.keys()) == 1


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_34_clock_jumps_mid_run(home: Path, connector: str) -> None:
    """A jump between plan and send stops the sending; "today" stays the day the run began with."""
    made = Workshop(home, connector)
    made.changes["server_here"] = False
    made.side.late(1)
    made.side.late(2)

    def jump() -> None:
        made.ahead = timedelta(days=1)

    result = made.run(made.at("claim", jump, nth=2))
    assert result.exit_code == Transient.exit_code
    assert made.last().today == date(2026, 11, 16)
    assert len(made.keys()) == 1
    made.ahead = timedelta(0)
    made.pass_time(days=1)  # the lease was renewed by the wrong clock
    made.finish()
    assert len(made.keys()) == 2


@pytest.mark.parametrize("back", [1, 2, 300])
def test_fault_34_a_step_back_reopens_nothing(home: Path, back: int) -> None:
    """Whole computers set back, server and all: a step that was sent is not sent again."""
    made = Workshop(home)
    made.side.late(1, days=30)
    made.run()
    made.pass_time(days=5)
    made.run()
    assert len(made.keys()) == 2  # friendly and firm
    made.clock.set(made.clock() - timedelta(days=back))
    made.daily(2)
    made.judge()
    assert len(made.keys()) == 2


NIGHTS = {
    # London's clocks go back at 02:00 to 01:00: 01:30 comes twice
    "twice": [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)],
    # and from 01:00 to 02:00 in spring: that night has no 01:30
    "skipped": [datetime(2027, 3, 27, 1, 30, tzinfo=UTC), datetime(2027, 3, 29, 0, 30, tzinfo=UTC)],
}


@pytest.mark.parametrize("night", NIGHTS)
def test_fault_35_night_of_the_clock_change(home: Path, night: str) -> None:
    """Cron that fires twice or never sends each step once: its day is the ledger's civil day."""
    made = Workshop(home)
    zone = ZoneInfo(made.side.world.main.org.time_zone)
    first = NIGHTS[night][0].astimezone(zone).date()
    contact = book.customer(made.side.world.main, 1)
    made.clock.set(NIGHTS[night][0] - timedelta(days=1))
    due_on = first - timedelta(days=1)  # friendly on the very night
    book.invoice(
        made.side.world.main, contact, "100.00", late=(made.side.world.main.today() - due_on).days
    )
    days = []
    for at in NIGHTS[night]:
        made.clock.set(at)
        made.run()
        days.append(made.last().today)
    assert days == [at.astimezone(zone).date() for at in NIGHTS[night]]
    assert len(made.keys()) == 1
    made.clock.set(NIGHTS[night][-1] + timedelta(days=1))
    made.finish()
    assert len(made.keys()) == 1


@pytest.mark.parametrize(("utc", "mails"), [(10, 0), (11, 1), (12, 1)])
def test_fault_35_host_in_utc(home: Path, utc: int, mails: int) -> None:
    """Whatever zone the host is in, a step's day begins at the ledger's own midnight."""
    made = Workshop(home)
    made.side.world.main.org.time_zone = "Pacific/Auckland"  # UTC + 13 in November
    due = made.side.world.main
    contact = book.customer(due, 1)
    made.clock.set(datetime(2026, 11, 16, utc, 30, tzinfo=UTC))
    book.invoice(due, contact, "100.00", late=(due.today() - date(2026, 11, 16)).days)
    made.run()
    assert made.last().today == due.today()
    assert len(made.keys()) == mails


def test_fault_35_missed_days_are_no_burst(home: Path) -> None:
    """After two nights without a run the latest step alone goes out, one message in all."""
    made = Workshop(home)
    made.changes["policy"] = _three_steps(CatchUp.LATEST_ONLY)
    made.side.late(1, days=0)
    made.run()
    made.pass_time(days=4)  # every step's day passed meanwhile
    assert [one.contacted for one in (made.run().ledgers[0], made.run().ledgers[0])] == [1, 0]
    assert made.effect("third")


def _three_steps(catch_up: CatchUp) -> Policy:
    tones = (Tone.FRIENDLY, Tone.FIRM, Tone.FORMAL)
    steps = [
        Step(name=name, tone=tone, after_due=day)
        for name, tone, day in zip(("first", "second", "third"), tones, (1, 2, 3), strict=True)
    ]
    ladder = Ladder(name="usual", steps=tuple(steps))
    return builders.policy(ladders=(ladder,), catch_up=catch_up)


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_36_down_for_ten_days(home: Path, connector: str) -> None:
    """With ``latest_only`` the highest step due goes out alone, and says which it passed over."""
    made = Workshop(home, connector)
    made.changes["policy"] = _three_steps(CatchUp.LATEST_ONLY)
    made.side.late(1, days=0)
    made.run()
    assert made.keys() == []
    made.pass_time(days=10)
    made.run()
    assert [one.step for one in made.effects() if one.kind == "reminder"] == ["third"]
    with made.store() as store:
        [account] = {one.account_id for one in made.effects()}
        [decision] = store.latest_decisions(made.side.name, account)
    said = {reason.code: reason.args for reason in decision.reasons}
    assert said[Code.PASSED_OVER] == ("first, second", "third")
    made.daily(5)
    assert len(made.keys()) == 1
    made.judge()


def test_fault_36_in_order_keeps_the_gap_and_the_cap(home: Path) -> None:
    """With ``in_order``, the default, no step is left out, and gap and cap hold all the same."""
    made = Workshop(home)
    rules = _three_steps(CatchUp.IN_ORDER)
    restraint = changed(rules.restraint, min_gap=2, caps=(Cap(contacts=2, days=7),))
    rules = changed(rules, restraint=restraint)
    made.changes["policy"] = changed(rules, version=policy_version(rules))
    made.side.late(1, days=0)
    made.run()
    made.pass_time(days=10)
    contacted = [result.ledgers[0].contacted for result in made.daily(9)]
    assert contacted == [1, 0, 1, 0, 0, 0, 0, 1, 0]
