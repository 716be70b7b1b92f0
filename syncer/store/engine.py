"""Opening the database: file rights, checks before use, and how transactions begin.

A SQLite file belongs to the worker alone: mode 0600 in a directory of mode 0700. Writers
start with BEGIN IMMEDIATE, so that two never read the same state and both write. Nothing
is sent when the file cannot be trusted: opening it raises StateError first. It is read
through for that unless it is just as the worker left it (``seal``).
"""

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.util import LRUCache

from syncer.errors import ConfigError, StateError, StateLost
from syncer.store.creation import PAGE_BYTES, clear_drafts, create
from syncer.store.postgres import first_line, open_postgresql
from syncer.store.prepared import by_driver, unheard_sqlite
from syncer.store.room import no_room
from syncer.store.seal import Seal

BUSY_SECONDS_MAX = 30
"""How long a writer waits for another one before it fails."""

EMPTY_LOOKS_MAX = 10
EMPTY_LOOK_SECONDS = 0.05
"""How long a file that was just created may stay empty: half a second in all."""

CACHE_KIB = 7_000
"""Page cache per connection: a page of every batch that a million open items were stored in."""

CHECKPOINT_PAGES = 4_000
"""Pages in the write-ahead log before it is folded back: with fewer a large pull folds pages that
it writes again, with more the log outgrows what the system keeps in memory."""

READ_ONLY = "syncer_read"
"""Execution option of connections that only read: they start without the write lock."""

_BUGS = (ProgrammingError, IntegrityError, DataError, NotSupportedError)
"""Errors that tell of our statements, not of the database's health."""

_FULL = (errno.ENOSPC, errno.EDQUOT)

_MAGIC = b"SQLite format 3\x00"

_SEALS: WeakKeyDictionary[Engine, Seal] = WeakKeyDictionary()


class _Files(SQLiteDialect_pysqlite):
    """SQLite, the same for every file: what was compiled for one file serves the next.

    A process that opens its state once per simulated run or day compiles once all the same.
    """

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is _Files

    def __hash__(self) -> int:
        return hash(_Files)


registry.register("sqlite.files", __name__, _Files.__name__)

_COMPILED: LRUCache[Any, Any] = LRUCache(500)  # SQLAlchemy's own size, for all files at once


def parse_url(url: str) -> URL:
    """The database address; ConfigError when it is neither SQLite nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # ValueError: what stands where the port should. It may be half of a password, so it is
        # not even kept as the cause.
        raise ConfigError(
            "state.url is not a database address; write sqlite:////path/state.sqlite "
            "or postgresql://user@host/name, with @ : / in a password as %40 %3A %2F"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ConfigError(
                "state.url must name a SQLite file, such as sqlite:////data/state.sqlite: "
                "what was sent has to outlive the run"
            )
        return parsed.set(drivername="sqlite")
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigError(
        f"state.url asks for {parsed.get_backend_name()}; only sqlite and postgresql can be used"
    )


def open_engine(url: URL) -> Engine:
    """An engine whose database was seen to answer. Raises StateError with what to do."""
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(Path(str(url.database)))
    return open_postgresql(url)


def _open_sqlite(path: Path) -> Engine:
    _prepare_file(path)
    seal = Seal(path)
    if seal.lacks_log:
        missing = f"{path.name}-wal beside it is missing, and with it what was done last"
        raise _unusable(path, missing)
    if seal.foreign_log:
        other = (
            f"{path.name}-wal beside it is the log of a newer file; opened together they would mix"
        )
        raise _unusable(path, other)
    as_left = seal.holds()
    engine = create_engine(
        URL.create("sqlite+files", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS_MAX},
        execution_options={"compiled_cache": _COMPILED},
        pool_size=4,
        max_overflow=-1,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            _sort_beside(connection, path)
            _check_sqlite(connection, path, whole=not as_left)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        engine.dispose()
        raise _why(path, str(getattr(error, "orig", None) or error)) from error
    except StateError:
        engine.dispose()
        raise
    _SEALS[engine] = seal
    event.listen(engine, "engine_disposed", lambda _: seal.put())
    return engine


def _prepare_file(path: Path) -> None:
    """Create the file for its owner alone, or refuse one that cannot be a state file."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() and create(path):
            return
        _wait_for_content(path)
        _refuse_foreign(path)
        if not os.access(path.parent, os.W_OK):  # SQLite keeps its log beside the file
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        found = path.stat()
        if stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(0o600)
        if found.st_nlink > 1:
            clear_drafts(path)  # a start was killed between its two names for the file
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, sqlite3.Error) or error.errno in _FULL:
            raise _why(path, getattr(error, "strerror", None) or str(error)) from error
        raise StateError(
            f"the state file {path} cannot be opened: {error.strerror or error}. "
            "Give the worker's user write access to the file and its directory"
        ) from error


def _wait_for_content(path: Path) -> None:
    """Where it cannot be made whole at once (``creation``), a file is empty for a moment."""
    for _ in range(EMPTY_LOOKS_MAX):
        if path.stat().st_size:
            return
        time.sleep(EMPTY_LOOK_SECONDS)


def _refuse_foreign(path: Path) -> None:
    if path.is_dir():
        raise StateError(f"the state file {path} is a directory; name a file in state.url")
    with path.open("r+b") as handle:  # also proves that it may be written
        head = handle.read(len(_MAGIC))
    if not head:
        raise StateError(
            f"the state file {path} is empty, so what was sent before is unknown. "
            "Restore it from a backup; only if this is a new installation, delete the file"
        )
    if head != _MAGIC:
        raise _unusable(path, "it is not a SQLite file")


def _unusable(path: Path, why: str) -> StateError:
    return StateError(
        f"the state file {path} cannot be used: {why}. Nothing was sent. "
        "Restore it from a backup, or move it away and rebuild (docs/operating.md)"
    )


def _why(path: Path, reason: str) -> StateError:
    """What keeps a file from being opened, by SQLite's words and by a look at the disk."""
    if "locked" in reason:
        return _in_use(path)
    if full := no_room(path.parent):
        return StateError(
            f"the state file {path} cannot be opened, because its disk takes no more: {full}. "
            "Nothing was sent. Make room there and run again; the file need not be restored"
        )
    return _unusable(path, reason)


def _in_use(path: Path) -> StateError:
    return StateError(
        f"the state file {path} is in use: another process was writing for {BUSY_SECONDS_MAX} "
        "seconds. Nothing was sent; try again when it has finished"
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Switch the driver's own transactions off and make commits durable."""
    connection.isolation_level = None
    for pragma in (
        f"page_size = {PAGE_BYTES}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{CACHE_KIB}",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READ_ONLY, False)
    text = "BEGIN" if reads else "BEGIN IMMEDIATE"
    if unheard_sqlite(connection):
        by_driver(connection, text)
    else:
        connection.exec_driver_sql(text)


def _sort_beside(connection: Connection, path: Path) -> None:
    """Large sorts go to disk beside the database: a container's /tmp may be small, or absent.

    A build of SQLite without this (deprecated) setting ignores it.
    """
    directory = str(path.resolve().parent).replace("'", "''")
    connection.exec_driver_sql(f"PRAGMA temp_store_directory = '{directory}'")


def _check_sqlite(connection: Connection, path: Path, *, whole: bool) -> None:
    connection.exec_driver_sql("PRAGMA schema_version")  # reads the header, or raises
    if not whole:
        return
    problems = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars().all()
    if problems != ["ok"]:
        raise _unusable(path, f"it is damaged ({problems[0] if problems else 'no answer'})")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One unchanging view of the data; never waits for writers, never blocks them."""
    with _told(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            connection = connection.execution_options(**{READ_ONLY: True})
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine, *, begins: str = "") -> Iterator[Connection]:
    """One transaction; a full disk or a lost server becomes StateError. ``begins``: of this run."""
    with _told(engine):
        with engine.begin() as connection:
            yield connection
        if engine in _SEALS:
            _SEALS[engine].changed(begins)


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """What befalls the database, as an error of ours; a bug of ours stays what it is."""
    try:
        yield
    except _BUGS:
        raise
    except DBAPIError as error:
        said = (
            f"the state database {address(engine)} failed: {failure(engine, error)}. "
            "Nothing more was sent for this ledger"
        )
        if engine.dialect.name == "postgresql":
            raise StateLost(said) from error
        if not isinstance(error, OperationalError):
            said += ". The file is damaged: restore it from a backup (docs/operating.md)"
        raise StateError(said) from error


def address(engine: Engine) -> str:
    """``state.url`` as a person writes it, less its password."""
    url = engine.url.set(drivername=engine.url.get_backend_name())
    return url.render_as_string(hide_password=True)


def failure(engine: Engine, error: SQLAlchemyError) -> str:
    """Why a statement failed, in words: the database's own, and whether its disk is full."""
    if isinstance(error, DBAPIError) and engine.dialect.name == "postgresql":
        return first_line(error, engine.url)
    said = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
    if engine.dialect.name == "sqlite":
        full = no_room(Path(str(engine.url.database)).parent)
        return f"{said}; its disk takes no more ({full}): make room there" if full else said
    return said


def copy_sqlite(engine: Engine, path: Path) -> None:
    """Copy the database to a new file, mode 0600, by SQLite's own backup.

    Raises StateError when the file is there already or cannot be written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StateError(f"cannot write the copy {path}: {error.strerror}") from error
    with engine.connect() as connection:
        source = connection.connection.driver_connection
        with closing(sqlite3.connect(path)) as target:
            source.backup(target)  # type: ignore[union-attr]
