"""Whether a SQLite file is just as the worker left it, so that it need not be read through.

What: a small file beside the database. It is written when the last connection was closed in
order, and keeps the database's size, time of change and inode.
Why: ``quick_check`` reads the whole file, so its price grows with the ledger. A crash leaves a
write-ahead log behind, and a restored, copied or torn file differs from what was kept: then,
and after 24 openings in any case, the file is read through.
Not here: the reading (``engine``). Losing the seal costs one reading, nothing else.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

OPENINGS_MAX = 24
"""Openings without a reading through: every command and every health check is one."""


class _Left(msgspec.Struct, frozen=True, kw_only=True):
    """The database file when it was closed in order. ``changed`` is in nanoseconds."""

    size: int
    changed: int
    inode: int
    openings: int  # since it was last read through


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
        if self._seen(kept.openings) != kept:
            return False
        self._openings = kept.openings + 1
        return True

    def put(self) -> None:
        """Seal the file, once every connection of ours is closed; not while others work on it."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            if not self._has_log():
                self._write(msgspec.json.encode(self._seen(self._openings)))

    def _kept(self) -> _Left | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Left)
        except (OSError, msgspec.MsgspecError):
            return None  # none yet, or half of one: as good as none

    def _has_log(self) -> bool:
        return self._database.with_name(f"{self._database.name}-wal").exists()

    def _seen(self, openings: int) -> _Left:
        now = self._database.stat()
        return _Left(size=now.st_size, changed=now.st_mtime_ns, inode=now.st_ino, openings=openings)

    def _write(self, content: bytes) -> None:
        with os.fdopen(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
