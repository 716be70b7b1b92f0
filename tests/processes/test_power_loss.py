"""Power loss at every moment of a run, by the writes and syncs that the run really made.

The run is traced once. At each sync, and where a message or a call left, the disk images that
a loss of power might leave are built and opened: whole, and no intent lost of what had left.
From images of different content the work goes on, and nothing goes out twice.
"""

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.store import open_store

from .disk import OPTIONS, Disk, Op, operations
from .house import House
from .ledgers import Side, restored, saved, xero
from .post import Post
from .scenes import XERO, Stage
from .tracing import missing, traced

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
WHY_NOT = missing()
NAMES = ("syncer.db", "syncer.db-wal", "syncer.db-journal")
CHOICES = 40 if FULL else 5  # disk images at each moment, beside nothing and everything
RESTARTS = 120 if FULL else 6

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "strace is here")


@dataclass(frozen=True)
class Image:
    """A disk's files, and what had left the machine by then."""

    files: dict[str, bytes]
    messages: int
    calls: int


@dataclass
class Recorded:
    """One healthy run: its steps, the messages it sent, the ledger after each call."""

    before: dict[str, bytes]
    ops: list[Op]
    messages: list[bytes]
    keys: list[str]
    worlds: list[bytes]


def _record(stage: Stage, *, known: bool) -> Recorded:
    """``known``: a ledger that was worked on before; else a first start on an empty volume."""
    with stage.opened(XERO) as house:
        world = house.side.world
        assert world is not None
        worlds = [saved(world)]
        house.side.gate.after = lambda _nth: worlds.append(saved(world))
        if known:
            with closing(open_store(f"sqlite:///{house.database}")) as store:
                store.trust("north", author="test", at=datetime.now(UTC))
        before = {p.name: p.read_bytes() for p in house.home.iterdir() if p.name in NAMES}
        trace = house.home / "trace"
        process = house.start(wait=True)
        with traced(process, *OPTIONS, out=trace):
            assert process.wait() == 0, process.said()
        house.judge("recorded")
        folder = str(house.home)
        ops = [_moved(op, folder) for op in operations(trace)]
        made = Recorded(before, ops, list(house.post.received), house.post.keys(), worlds)
        disk = _disk(made)
        for op in ops:
            disk.take(op)
        final = next(disk.images(random.Random(0), some=0))
        assert final["syncer.db"] == house.database.read_bytes(), "the record misses writes"
        return made


def _moved(op: Op, folder: str) -> Op:
    data = op.data.replace(folder.encode(), b"/home") if op.kind == "link" else op.data
    return Op(op.kind, op.path.replace(folder, "/home"), data, op.at)


def _disk(made: Recorded) -> Disk:
    disk = Disk("/home", NAMES, safe=dict(made.before))
    disk.existing = set(made.before)
    return disk


def _images(made: Recorded) -> Iterator[Image]:
    disk, dice = _disk(made), random.Random(5)
    messages = calls = 0
    for op in made.ops:
        if op.kind in ("sync", "said"):
            for files in disk.images(dice, some=CHOICES):
                yield Image(files, messages, calls)
        if op.kind == "said":
            messages += op.data == b".\r\n"
            calls += op.data.startswith((b"GET ", b"PUT ", b"POST "))
        disk.take(op)
    for files in disk.images(dice, some=CHOICES):
        yield Image(files, messages, calls)


def _look(home: Path, image: Image) -> tuple[str, ...]:
    """Open it as SQLite does after a crash; what the outbox holds, ("none",) without tables."""
    for name in NAMES:
        (home / name).unlink(missing_ok=True)
    (home / "syncer.db-shm").unlink(missing_ok=True)
    for name, content in image.files.items():
        (home / name).write_bytes(content)
    if "syncer.db" not in image.files:
        return ("no file",)
    assert image.files["syncer.db"], "an empty state file: nobody could say what it knew"
    with closing(sqlite3.connect(home / "syncer.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if "outbox" not in tables:
            return ("none",)
        rows = connection.execute("SELECT key, state, attempt FROM outbox ORDER BY key")
        return tuple(f"{key} {state} {attempt}" for key, state, attempt in rows)


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("known", [True, False] if FULL else [True])
def test_power_is_lost_at_any_moment(stage: Stage, known: bool, record_property) -> None:
    """Every image opens whole; what had left is known as left; going on sends nothing twice."""
    made = _record(stage, known=known)
    assert len(made.keys) == 2
    home = stage.folder / "images"
    home.mkdir(exist_ok=True)
    seen: dict[tuple[object, ...], Image] = {}
    tried = 0
    for image in _images(made):
        tried += 1
        found = _look(home, image)
        for key in made.keys[: image.messages]:
            states = [row.split()[1] for row in found if row.startswith(f"{key} ")]
            assert states, f"the intent of a message that left is lost: {found}"
            assert states[0] in ("sending", "delivered"), f"it would be sent again: {found}"
        seen.setdefault((found, image.messages, image.calls), image)
    different = list(seen.values())
    chosen = different[:: max(1, len(different) // RESTARTS)]
    doubts = sum(_go_on(stage, made, image) for image in chosen)
    record_property("power", ["known" if known else "first", tried, len(chosen), doubts])
    assert tried > 200
    assert len(different) > 20, len(different)


def _go_on(stage: Stage, made: Recorded, image: Image) -> int:
    """Power is back: the same disk, mailbox and ledger; returns the doubts left."""
    home = stage.folder / "after-power"
    home.mkdir()
    stage.post.forget()
    stage.post.received.extend(made.messages[: image.messages])
    try:
        with xero(restored(made.worlds[min(image.calls, len(made.worlds) - 1)])) as side:
            return _judged(home, side, stage.post, stage, image)
    finally:
        for path in sorted(home.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        home.rmdir()


def _judged(home: Path, side: Side, post: Post, stage: Stage, image: Image) -> int:
    house = House(home, side, post, stage.nursery)
    for name, content in image.files.items():
        (home / name).write_bytes(content)
    house.until_quiet()
    return house.judge(image.messages)
