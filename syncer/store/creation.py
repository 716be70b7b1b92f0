"""A SQLite file that was not there: it gets its name when it is whole, or not at all.

It is made under another name, in the mode that the worker uses (write-ahead log), synced, and
then linked to its own name. A link takes no file's place, so of two processes that start at
once the second finds the first one's. Killed before that, a start leaves a draft that the next
one clears away: never an empty state file, of which nobody could say what was lost with it.
"""

import errno
import fcntl
import glob
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

PAGE_BYTES = 8192
"""Size of a page in a new file: a decision of usual length fills half of one, not all of it."""

_DRAFT = ".draft"
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK)


def create(path: Path) -> bool:
    """Make an empty database for its owner alone; False where another process was quicker.

    Raises OSError or sqlite3.Error when the disk does not take it.
    """
    try:
        draft = _draft(path)
        try:
            _link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        clear_drafts(path)
        _sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        if path.exists():  # another process, which may have tidied our draft away
            return False
        if getattr(error, "errno", None) in _NO_LINKS:
            return _created_in_place(path)
        raise
    return True


def clear_drafts(path: Path) -> None:
    """Take away what killed starts left beside the file, also a second name of the file."""
    for left in path.parent.glob(f"{glob.escape(path.name)}.*{_DRAFT}*"):
        left.unlink(missing_ok=True)


def _draft(path: Path) -> Path:
    """A database without tables under a name of its own, whole on the disk."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=_DRAFT, dir=path.parent)
    os.close(handle)  # 0600
    try:
        with closing(sqlite3.connect(name, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")  # writes the first page
        _sync(Path(name))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _link(draft: Path, path: Path) -> None:
    """Give it its name, once the log of a file that is gone is out of its way.

    SQLite would fold that log into any file of this name. One starter at a time: the log that
    another one has begun to write is not moved.
    """
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # a disk without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            set_log_aside(path)
        os.link(draft, path)
    finally:
        os.close(folder)


def set_log_aside(path: Path) -> None:
    """Of a database that is not there: kept by another name, should the file be found again."""
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        os.replace(log, log.with_name(f"{log.name}.left"))


def _created_in_place(path: Path) -> bool:
    """As well as it goes without links: for a moment the file is empty."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return False
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
