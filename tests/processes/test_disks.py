"""Disks that are full, read-only, failing or lying: nothing is sent that could not be recorded.

Judged by the mailbox and the exit code; what the worker says has to name the file and what to
do. Small real file systems are mounted for it, where this machine lets us.
"""

import os
import random
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from .house import House
from .mounts import Mounts, fill, make_room
from .running import Nursery
from .scenes import XERO, Stage
from .tracing import missing, traced

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
FLIPS = 120 if FULL else 2
TRACER = missing()
STATE_ERROR = 2
ROOM_TO_OPEN = 100_000  # bytes: SQLite opens a file with them, and they do not take a copy of it
PREVIOUS = Path(__file__).parents[1] / "store" / "previous_release.sql"
PUT_OFF_SECONDS = 3600.0  # longer than a write waits that failed once


tracing = pytest.mark.skipif(bool(TRACER), reason=TRACER or "strace is here")


def _worked(house: House) -> None:
    code, said = house.run()
    assert code == 0, said
    assert len(house.delivered()) == 2


def _refused(house: House, *words: str) -> None:
    """The run says what is wrong with which file and what to do, and sends nothing."""
    before = len(house.delivered())
    code, said = house.run()
    assert code not in (0, 1, 7), said
    assert str(house.database) in said
    for word in words:
        assert word in said, said
    assert len(house.delivered()) == before


# --- torn files ------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.9] if not FULL else [n / 20 for n in range(20)])
def test_a_shortened_file_is_refused(house: House, share: float) -> None:
    """Cut anywhere, also to nothing: refused with the way out, on every try."""
    _worked(house)
    whole = house.database.read_bytes()
    house.database.write_bytes(whole[: int(len(whole) * share)])
    for _ in range(2):
        _refused(house, "backup")


def test_a_log_that_is_gone_is_refused(house: House) -> None:
    """Killed after the first message, and somebody tidied the log away: nothing more is sent."""
    house.post.at = lambda stage: house.end(signal.SIGKILL) if stage == "RSET" else None
    assert house.start().wait() == -signal.SIGKILL
    house.post.at = lambda _stage: None
    assert len(house.delivered()) == 1
    house.database.with_name("syncer.db-wal").unlink()
    house.database.with_name("syncer.db-shm").unlink()
    for _ in range(2):
        _refused(house, "syncer.db-wal beside it is missing", "rebuild")


def test_a_flipped_bit_sends_nothing_again(house: House, record_property) -> None:
    """Wherever it strikes: refused, or at least no second copy of what was sent."""
    _worked(house)
    whole, dice = house.database.read_bytes(), random.Random(11)
    refused = 0
    for _ in range(FLIPS):
        spot, bit = dice.randrange(len(whole)), 1 << dice.randrange(8)
        torn = bytearray(whole)
        torn[spot] ^= bit
        house.database.write_bytes(torn)
        for suffix in ("-wal", "-shm"):
            house.database.with_name(f"syncer.db{suffix}").unlink(missing_ok=True)
        code, _ = house.run()
        refused += code == STATE_ERROR
        assert len(house.delivered()) == 2, (spot, bit)
        assert len(house.side.notes()) == 2, (spot, bit)
    record_property("flips", [FLIPS, refused])


def test_pages_of_garbage_are_refused(house: House) -> None:
    """Eight pages in the middle, as a bad sector leaves them."""
    _worked(house)
    size = house.database.stat().st_size
    with house.database.open("r+b") as file:
        file.seek(size // 3 // 8192 * 8192)
        file.write(random.Random(3).randbytes(8 * 8192))
    _refused(house, "backup", "Nothing was sent")


# --- full disks ------------------------------------------------------------------------------


@dataclass
class Volume:
    """An installation whose state lies on a small disk, and a nursery that sees that disk."""

    mounts: Mounts
    stage: Stage
    nursery: Nursery
    size: str = "4m"

    def play(self, story: Callable[[House, Path], None]) -> None:
        """Tell ``story`` with an empty disk."""

        def told() -> None:
            with self.stage.opened(XERO) as house:
                disk = self.mounts.disk
                story(replace(house, state=disk, nursery=self.nursery), disk)

        self.mounts.apart(told, size=self.size)


@pytest.fixture(scope="module")
def volume(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Volume]:
    """Skips where nothing can be mounted."""
    folder = tmp_path_factory.mktemp("apart")
    try:
        mounts = Mounts(folder / "disk")
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    nursery = mounts.apart(lambda: Nursery(folder), size="64k")
    yield Volume(mounts, stage, nursery)
    nursery.close()
    mounts.close()


@pytest.mark.parametrize("leave", [0, 16_384] if not FULL else range(0, 400_000, 16_384))
def test_a_disk_that_is_full_before_anything_was_sent(volume: Volume, leave: int) -> None:
    """No intent, no message: with room again the next run sends each message once."""

    def story(house: House, disk: Path) -> None:
        code, said = house.run("plan")
        assert code == 0, said
        fill(disk, leave=leave)
        code, said = house.run()
        sent = len(house.delivered())
        assert code != 0 or sent == 2, said
        if code:
            assert "is full" in said or "No space left on device" in said, said
            assert "from a backup" not in said, said
        make_room(disk)
        house.until_quiet()
        house.judge(("full", leave, sent))

    volume.play(story)


def test_a_first_start_on_a_full_disk(volume: Volume) -> None:
    """The disk is named and nothing half made is left: with room the same start goes well."""

    def story(house: House, disk: Path) -> None:
        fill(disk)
        code, said = house.run()
        assert code == STATE_ERROR, said
        assert "takes no more: No space left on device" in said, said
        make_room(disk)
        house.until_quiet()
        assert house.judge("full from the start") == 0

    volume.play(story)


def test_no_room_for_the_copy_before_an_upgrade(volume: Volume) -> None:
    """Half a copy is none: the state stays as it was, and is upgraded once there is room."""

    def story(house: House, disk: Path) -> None:
        with closing(sqlite3.connect(house.database)) as old:
            old.executescript(PREVIOUS.read_text(encoding="utf-8"))
        fill(disk, leave=ROOM_TO_OPEN)
        code, said = house.run()
        assert code == STATE_ERROR, said
        assert "could not be copied" in said, said
        assert "No space left on device" in said or "is full" in said, said
        assert not list(disk.glob("*.before-*"))
        make_room(disk)
        house.until_quiet()
        assert [copy.stat().st_size > ROOM_TO_OPEN for copy in disk.glob("*.before-*")] == [True]
        house.check_state("upgraded")

    volume.play(story)


def test_a_disk_that_fills_while_a_message_is_sent(volume: Volume) -> None:
    """The result cannot be recorded: the run stops at once; that message waits for a person."""

    def story(house: House, disk: Path) -> None:
        seen = Path(f"/proc/self/task/{threading.get_native_id()}/root{disk}")
        house.post.at = lambda heard: fill(seen) if heard == "BODY" else None
        code, said = house.run()
        house.post.at = lambda _stage: None
        assert code not in (0, 1), said
        assert "full" in said, said
        assert len(house.delivered()) == 1, "it went on sending"
        make_room(disk)
        house.until_quiet()
        assert house.judge("full at the result") == 1

    volume.play(story)


def test_a_full_disk_under_the_reports_does_not_stop_a_run(volume: Volume) -> None:
    """The messages are the job; a report that cannot be written is said, nothing is repeated."""

    def story(house: House, disk: Path) -> None:
        fill(disk)
        (house.home / "reports").symlink_to(disk)
        here = replace(house, state=None)
        _, said = here.run()
        assert len(here.delivered()) == len(here.side.notes()) == 2, said
        assert "space" in said, said
        here.run()
        here.judge("no room for reports")

    volume.play(story)


def test_a_read_only_volume(volume: Volume) -> None:
    """Nothing can be recorded, so nothing is sent; the path is named."""

    def story(house: House, _disk: Path) -> None:
        _worked(house)
        volume.mounts.remount("ro")
        _refused(house, "Read-only file system")

    volume.play(story)


def test_a_log_that_cannot_be_written_never_stops_a_run(house: House) -> None:
    """/dev/full stands for the disk of the logs."""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    process = house.start(out="/dev/full")
    process.wait()
    house.until_quiet()
    assert house.judge("log") == 0
    assert len(house.delivered()) == 2


# --- disks that fail -------------------------------------------------------------------------


@tracing
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("nth", range(5, 34, 2) if FULL else (29,))
@pytest.mark.parametrize("lasting", [True, False])
def test_a_sync_that_fails_is_no_commit(house: House, nth: int, *, lasting: bool) -> None:
    """EIO from one fdatasync, or from all from then on: loud, and never taken for done."""
    process = house.start(wait=True)
    inject = f"inject=fdatasync:error=EIO:when={nth}{'+' if lasting else ''}"
    with traced(process, "-e", "trace=fdatasync", "-e", inject):
        code = process.wait()
    sent = len(house.delivered())
    if sent < 2 or lasting:
        assert code != 0, process.said()
    house.until_quiet()
    assert house.run(clock=PUT_OFF_SECONDS)[0] in (0, 1)  # a note that was put off is written now
    house.judge(("EIO", nth, lasting, sent))
