"""What becomes of the state between two runs: it is lost, torn, or an older one is put back.

As people and disks do it, with the files that lie beside the state as they would be then: the
write-ahead log that a killed process left, and the seal. Whatever has to be done by hand
afterwards is done through what the commands use (``state backup``, ``restore``, ``rebuild``).
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from syncer.errors import LeaseHeld, StateError
from syncer.sandbox.faults import FaultPlan
from syncer.store.backup import back_up, put_back
from syncer.testing.sim.forms import NOTE
from syncer.testing.sim.rig import Rig

END = "end of a run"
ENDS = (END, "send", "settle", NOTE)
"""What the process before a loss did last: it ended in order, or died right after this."""


class Loss(StrEnum):
    """What becomes of the state."""

    DELETED = "state deleted"  # the file; its log and its seal stay where they are
    EMPTIED = "disk lost"  # with everything beside it: this looks like a first start
    OLDER = "older state"  # a copy in the place of file and log; the seal stays
    ROLLED_BACK = "older disk"  # file, log and seal as they were: nothing shows it
    RESTORED = "state restored"  # by the commands for it
    TORN = "state torn"  # shortened: refused, and then replaced by a copy, or moved away
    REBUILT = "state rebuilt"  # deleted, and rebuilt before anything else


_OF_COPIES = frozenset({Loss.OLDER, Loss.ROLLED_BACK, Loss.RESTORED, Loss.TORN})
SEEN = frozenset({Loss.DELETED, Loss.OLDER, Loss.RESTORED, Loss.TORN})
"""Of which every run says that it happened, until all is known again; unless no run was lost."""


def ends(form: int) -> Iterator[tuple[Loss, str]]:
    """What must be met at the ledger of that number: each loss after a run that ended in order, and
    after one death; over the ledgers, after every death.
    """
    deaths = ENDS[1:]
    for number, loss in enumerate(Loss):
        yield loss, END
        yield loss, deaths[(form + number) % len(deaths)]


@dataclass(frozen=True, slots=True)
class Lost:
    """Before the run, the state is lost; a copy of it was made before run number ``since``."""

    what: Loss
    since: int = 0


class Losses:
    """Does it to a rig's state."""

    def __init__(self, rig: Rig, events: tuple[Lost, ...]) -> None:
        """``events`` are all of the story: only copies that are used are made."""
        self._rig = rig
        self._wanted = {(one.since, one.what) for one in events if one.what in _OF_COPIES}
        self._made: dict[tuple[int, Loss], Path] = {}

    def keep(self, number: int) -> None:
        """Run ``number`` is to begin: somebody makes the copies of that moment."""
        state = self._rig.state
        for since, what in sorted(self._wanted):
            if since != number:
                continue
            there = state.home / "copies" / f"{since} {what}"
            there.mkdir(parents=True)
            self._made[since, what] = there
            if what in (Loss.RESTORED, Loss.TORN):
                back_up(state.url, there / state.path.name, at=self._rig.now())
            else:
                with state.left(killed=self._rig.killed):
                    _copy_all(state.path, there)

    def lose(self, event: Lost, lost: Callable[[bool], None]) -> str:
        """Do it, and what a person does then; what happened, "" = it could not be.

        ``lost`` is called when another state has taken the place, before anything is looked up,
        with whether the worker can see that.
        """
        state = self._rig.state
        copy = self._made.get((event.since, event.what))
        if copy is None and event.what in _OF_COPIES:
            return ""
        told, runs = str(event.what), self._runs()
        with state.left(killed=self._rig.killed):
            try:
                told += self._befall(event.what, copy)
            except LeaseHeld:
                return ""  # a person would wait: that is another story
        state.reopen()
        self._rig.killed = False
        lost(event.what in SEEN and self._runs() < runs)
        self._afterwards(event.what)
        return told

    def _runs(self) -> int:
        with closing(sqlite3.connect(self._rig.state.path)) as state:
            found: int = state.execute("SELECT count(*) FROM run").fetchone()[0]
            return found

    def _befall(self, what: Loss, copy: Path | None) -> str:
        path = self._rig.state.path
        match what:
            case Loss.DELETED | Loss.REBUILT:
                path.unlink()
            case Loss.EMPTIED:
                _tidy(path, *_BESIDE)
            case Loss.OLDER if copy:
                _tidy(path, "-wal", "-shm")
                shutil.copyfile(copy / path.name, path)
                _put(copy, path, "-wal")
            case Loss.ROLLED_BACK if copy:
                _tidy(path, *_BESIDE)
                _put(copy, path, *_BESIDE)
            case Loss.RESTORED if copy:
                put_back(self._rig.state.url, copy / path.name, at=self._rig.now())
            case Loss.TORN if copy:
                return self._torn(path, copy)
        return ""

    def _torn(self, path: Path, copy: Path) -> str:
        os.truncate(path, path.stat().st_size // 3)
        try:
            self._rig.state.reopen()
        except StateError:
            put_back(self._rig.state.url, copy / path.name, at=self._rig.now())
            return ", refused and restored"
        return ""  # all that is missing stands in the log

    def _afterwards(self, what: Loss) -> None:
        rig = self._rig
        for side in rig.sides:
            side.app.faults = FaultPlan()
            rig.log_in(side)
        if what is Loss.REBUILT:
            rig.rebuild()
        rig.enter_holds_again()


_BESIDE = ("", "-wal", "-shm", ".seal")


def _copy_all(path: Path, there: Path) -> None:
    for suffix in ("", "-wal", ".seal"):
        beside = path.with_name(f"{path.name}{suffix}")
        if beside.exists():
            shutil.copy2(beside, there)


def _put(copy: Path, path: Path, *suffixes: str) -> None:
    for suffix in suffixes:
        kept = copy / f"{path.name}{suffix}"
        if kept.exists():
            shutil.copy2(kept, path.parent)


def _tidy(path: Path, *suffixes: str) -> None:
    for suffix in suffixes:
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
