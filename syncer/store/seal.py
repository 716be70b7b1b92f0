"""Whether a SQLite file is just as the worker left it, so that it need not be read through.

What: a small file beside the database. It is written when the last connection was closed in
order, and keeps the database's size, time of change and inode, and the last run in it.
Why: ``quick_check`` reads the whole file, so its price grows with the ledger. A crash leaves a
write-ahead log behind, and a restored, copied or torn file differs from what was kept: then,
and after 24 openings in any case, the file is read through. A seal beside a file that is new,
another one, or older than its last run says that a state was lost or restored. While commits stand
in the write-ahead log alone the seal says so: a file without its log does not know what was sent,
and an older file under a newer one's log would be a mixture of both.
Not here: the reading (``engine``), and what follows from a loss (``doubts``). Losing the seal
costs one reading, and a loss of the database with it is not seen.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

OPENINGS_MAX = 24
"""Openings without a reading through: every command and every health check is one."""

_WHOLE = "PRAGMA quick_check(1)"
_NEWER_THAN_ANY = "\U0010ffff"


class _Left(msgspec.Struct, frozen=True, kw_only=True):
    """The database file when it was closed in order. ``changed`` is in nanoseconds."""

    size: int
    changed: int
    inode: int
    openings: int  # since it was last read through
    last_run: str = ""  # the newest run that the database knew
    has_log: bool = False  # commits stand in the write-ahead log, the file alone is not whole
    closed_run: str = ""  # the newest run that the file knows without the log


class Seal:
    """The seal of one database file."""

    def __init__(self, database: Path) -> None:
        self._database = database.resolve()  # SQLite puts its log beside the file itself
        self._path = self._database.with_name(f"{self._database.name}.seal")
        self._openings = 0

    def holds(self) -> bool:
        """Whether nobody touched the file since it was closed in order. Ask before opening it."""
        kept = self._kept()
        if kept is None or kept.openings >= OPENINGS_MAX or self._has_log():
            return False
        now = self._database.stat()
        if not _same(kept, now):
            return False
        self._openings = kept.openings + 1
        return True

    @property
    def exists(self) -> bool:
        """Whether a database was closed in order here before."""
        return self._kept() is not None

    @property
    def other_file(self) -> bool:
        """Whether the database is another file than the one that was closed here last.

        Ask before it is opened. One of the same size and time of change was only moved.
        """
        kept = self._kept()
        if kept is None or not self._database.exists():
            return False
        now = self._database.stat()
        moved = (now.st_size, now.st_mtime_ns) == (kept.size, kept.changed)
        return now.st_ino != kept.inode and not moved

    @property
    def lacks_log(self) -> bool:
        """Whether the write-ahead log is gone that holds what was committed last.

        Ask before the database is opened. A log that was folded back changed the file.
        """
        kept = self._kept()
        if kept is None or not kept.has_log or self._has_log() or not self._database.exists():
            return False
        return _same(kept, self._database.stat())

    @property
    def foreign_log(self) -> bool:
        """Whether an older file was put under the log of a newer one. Ask before it is opened.

        A file that a killed process was just folding its log into is not sound without it.
        """
        kept = self._kept()
        if kept is None or not kept.has_log or not self._has_log() or not self._database.exists():
            return False
        if not kept.closed_run or _same(kept, self._database.stat()):
            return False
        return self._newest_run(whole=True) < kept.closed_run

    @property
    def last_run(self) -> str:
        """The newest run of the database that was closed here last; "" = it had none."""
        kept = self._kept()
        return "" if kept is None else kept.last_run

    def forget(self) -> None:
        """Take the seal away: what it told of a loss was kept."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def changed(self, run_id: str = "") -> None:
        """Something was committed, which the log alone may hold: perhaps that a run began."""
        with suppress(OSError):
            kept, now = self._kept(), self._database.stat()
            if run_id or kept is None or not kept.has_log or not _same(kept, now):
                left = _left(now, openings=OPENINGS_MAX, last_run=kept.last_run if kept else "")
                closed = kept.closed_run if kept else ""
                newest = run_id or left.last_run
                self._write(replace(left, last_run=newest, closed_run=closed, has_log=True))

    def put(self) -> None:
        """Seal the file, once every connection of ours is closed; not while others work on it."""
        with suppress(OSError):
            kept = self._kept()
            if not (kept and kept.has_log and self._has_log()):  # what tells of a log stays with it
                self._path.unlink(missing_ok=True)
            if not self._has_log():
                now, newest = self._database.stat(), self._newest_run()
                left = _left(now, openings=self._openings, last_run=newest)
                self._write(replace(left, closed_run=newest))

    def _kept(self) -> _Left | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Left)
        except (OSError, msgspec.MsgspecError):
            return None  # none yet, or half of one: as good as none

    def _has_log(self) -> bool:
        return self._database.with_name(f"{self._database.name}-wal").exists()

    def _newest_run(self, *, whole: bool = False) -> str:
        """Read past SQLite's locks and log, both of which a file closed in order has not.

        ``whole``: of a file that is not, the answer is one that no run is newer than.
        """
        address = f"file:{quote(str(self._database))}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                sound = not whole or connection.execute(_WHOLE).fetchall() == [("ok",)]
                row = connection.execute("SELECT max(run_id) FROM run").fetchone()
        except sqlite3.Error:
            sound, row = not whole, None
        if not sound:
            return _NEWER_THAN_ANY
        return row[0] or "" if row else ""

    def _write(self, left: _Left) -> None:
        """Whole or not at all."""
        draft = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(left))
        os.replace(draft, self._path)


def _left(now: os.stat_result, *, openings: int, last_run: str) -> _Left:
    return _Left(
        size=now.st_size,
        changed=now.st_mtime_ns,
        inode=now.st_ino,
        openings=openings,
        last_run=last_run,
    )


def _same(kept: _Left, now: os.stat_result) -> bool:
    return (now.st_size, now.st_mtime_ns, now.st_ino) == (kept.size, kept.changed, kept.inode)
