"""Copies of a SQLite state, and one of them put back in its place.

A copy is made by SQLite's own backup, so it is whole also while a run is at work, and it is
read through before it counts. What is put back is marked: what was sent since is looked up in
the ledgers (``syncer.store.doubts``). The file that it replaces stays beside it.
PostgreSQL has tools of its own for both, and is refused here with their names.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from syncer.errors import ConfigError, LeaseHeld, StateError
from syncer.model.doubt import Why
from syncer.store.creation import set_log_aside
from syncer.store.engine import copy_sqlite, open_engine, parse_url, writing
from syncer.store.opening import bring_up_to_date, doubt_everything
from syncer.store.tables import REVISIONS, lease, ledger

SWAP = timedelta(minutes=5)
"""How long the file that is replaced is kept from being run on."""

_STAMP = "%Y%m%dT%H%M%SZ"
_BESIDE = ("-wal", "-shm")
_PG = (
    "the state is a PostgreSQL database, which has its own tools: {how}. Afterwards, where an "
    "older state was put back: syncer state rebuild"
)


def database_file(url: str, *, how: str) -> Path:
    """The SQLite file behind ``url``. Raises ConfigError that says ``how`` for PostgreSQL."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(_PG.format(how=how))
    return Path(str(parsed.database))


def back_up(url: str, target: Path | None, *, at: datetime, replace: bool = False) -> Path:
    """Copy the state to ``target`` and read the copy through.

    In a folder, and by default beside the state, it is named by the time. Mode 0600.
    Raises ConfigError when the file is there already and must not be replaced, and
    StateError when there is nothing to copy or it cannot be written.
    """
    path = database_file(url, how="pg_dump --format=custom --file=state.dump, with its address")
    if not path.exists():
        raise StateError(f"there is no state at {path} yet, so nothing to back up")
    named = f"{path.name}.backup-{at:{_STAMP}}"
    target = target / named if target and target.is_dir() else target or path.with_name(named)
    if target.resolve() == path.resolve():
        raise ConfigError(f"{target} is the state itself; name another file")
    if target.exists() and not replace:
        raise ConfigError(f"{target} exists already; choose another name or add --force")
    if not target.parent.is_dir():
        raise ConfigError(f"there is no folder {target.parent}; nothing was copied")
    engine = open_engine(parse_url(url))
    try:
        _made_whole(lambda made: copy_sqlite(engine, made), target, of=path)
    finally:
        engine.dispose()
    return target


def put_back(url: str, source: Path, *, at: datetime) -> Path | None:
    """Make the copy ``source`` the state; returns where the replaced file is kept.

    The copy is read through, upgraded and marked before anything is moved. None = there was no
    state. Raises StateError for a file that is no state of ours, and LeaseHeld while a run
    works on the state that would be replaced.
    """
    path = database_file(url, how="pg_restore --clean --dbname=... state.dump")
    if not source.is_file():
        raise ConfigError(f"there is no file {source}")
    if source.resolve() == path.resolve():
        raise ConfigError(f"{source} is the state itself; name a copy of it")
    check(source)
    fresh = path.with_name(f"{path.name}.restoring")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _made_whole(lambda made: _copy(source, made), fresh, of=source)
    try:
        _prepare(fresh)
        kept = _set_aside(path, at) if path.exists() else None
        set_log_aside(path)  # of a file that is gone
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    path.with_name(f"{path.name}.seal").unlink(missing_ok=True)  # of the file that was here
    _sync(path.parent)
    return kept


def describe(url: str) -> tuple[str, int | None, str]:
    """Where the state is (no password), how many bytes (None: the server knows), its schema."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return parsed.render_as_string(hide_password=True), None, REVISIONS[-1]
    path = Path(str(parsed.database))
    beside = path.with_name(f"{path.name}-wal")
    size = path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)
    return str(path), size, REVISIONS[-1]


def check(path: Path, *, called: Path | None = None) -> None:
    """Read a SQLite file through. Raises StateError unless it is a whole state of ours.

    ``called`` is what it is a copy of, which an error speaks of.
    """
    try:
        with closing(_reading(path)) as connection:
            problems = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise StateError(f"{called or path} is no usable copy of a state: {error}") from error
    if problems != ["ok"]:
        why = problems[0] if problems else "no answer"
        raise StateError(f"{called or path} is damaged ({why})")
    if row is None or row[0] not in REVISIONS:
        raise StateError(
            f"{called or path} was written by another version of this program (schema "
            f"{row[0] if row else 'unknown'}, this one knows up to {REVISIONS[-1]}); copy and "
            "restore it with that version"
        )


def _reading(path: Path) -> sqlite3.Connection:
    """Also from a place that cannot be written, as long as no write-ahead log lies there."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    options = "mode=ro&immutable=1" if alone else "mode=rw"
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?{options}", uri=True)


def _copy(source: Path, target: Path) -> None:
    """Also what its write-ahead log holds, where there is one."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(_reading(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _made_whole(copy: Callable[[Path], None], target: Path, *, of: Path) -> None:
    """Write beside ``target``, read through, and only then give it its name."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        copy(unfinished)
        check(unfinished, called=of)
        _sync(unfinished)
        os.replace(unfinished, target)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"cannot write {target}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(target.parent)


def _prepare(path: Path) -> None:
    """Upgrade the copy and mark it, so that it is never the state without its mark."""
    engine = open_engine(URL.create("sqlite", database=str(path)))
    try:
        bring_up_to_date(engine, REVISIONS)
        doubt_everything(engine, Why.RESTORED)
    finally:
        engine.dispose()
    for name in (".seal", ".before-*"):
        for left in path.parent.glob(f"{path.name}{name}"):
            left.unlink()


def _set_aside(path: Path, at: datetime) -> Path:
    """Move the state away, with the log of one that cannot be opened any more."""
    with suppress(StateError, DatabaseError):
        engine = open_engine(URL.create("sqlite", database=str(path)))
        try:
            _keep_from_running(engine, at)
        finally:
            engine.dispose()
    kept = path.with_name(f"{path.name}.replaced-{at:{_STAMP}}")
    for suffix in ("", *_BESIDE):
        beside = path.with_name(f"{path.name}{suffix}")
        if beside.exists():
            os.replace(beside, kept.with_name(f"{kept.name}{suffix}"))
    return kept


def _keep_from_running(engine: Engine, at: datetime) -> None:
    """Take the leases of the file that goes away. Raises LeaseHeld when a run has one."""
    with writing(engine) as connection:
        at_work = (lease.c.owner != "", lease.c.until > at)
        held = connection.execute(
            select(ledger.c.name, lease.c.owner, lease.c.until).join_from(lease, ledger)
            .where(*at_work).order_by(ledger.c.name)
        ).first()  # fmt: skip
        if held is not None:
            raise LeaseHeld(
                f"ledger {held.name} is being worked on by {held.owner} until "
                f"{held.until:%Y-%m-%d %H:%M:%S} UTC; nothing was restored. If that run is gone "
                f"for good: syncer unlock {held.name}"
            )
        taken = {"owner": "state restore", "until": at + SWAP, "generation": lease.c.generation + 1}
        connection.execute(update(lease).values(**taken))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
