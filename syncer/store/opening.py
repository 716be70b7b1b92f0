"""Opening the store: check the database, bring its schema up to date, or refuse it."""

import glob
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, func, inspect, select, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from syncer.errors import StateError, StateLost
from syncer.model.doubt import Why
from syncer.store import doubts
from syncer.store.engine import (
    address,
    copy_sqlite,
    failure,
    open_engine,
    parse_url,
    reading,
    writing,
)
from syncer.store.room import no_room
from syncer.store.seal import Seal
from syncer.store.store import SqlStore
from syncer.store.tables import REVISIONS, ledger, metadata, run

_CREATING = 0x5C  # the advisory lock of whoever changes the schema; any number of ours

MIGRATIONS = Path(__file__).parent / "migrations"

_stamp = Table(  # Alembic's own, as it makes it
    "alembic_version",
    MetaData(naming_convention={"pk": "%(table_name)s_pkc"}),
    Column("version_num", String(32), primary_key=True),
)


class UpgradeFailedError(Exception):
    """Alembic could not find its way from the schema that was found."""


def open_store(url: str) -> SqlStore:
    """Open ``sqlite:////path/file`` or ``postgresql://user@host/name``.

    A missing SQLite file is created for its owner alone; an older schema is upgraded, a
    SQLite file copied beside itself first. One that took the place of another is doubted
    (``syncer.store.doubts``). Raises ConfigError for an address that cannot be used and
    StateError for a database that must not be trusted, with what to do.
    """
    parsed = parse_url(url)
    seal, why = _before(parsed)
    engine = open_engine(parsed)
    try:
        bring_up_to_date(engine, REVISIONS)
        if seal is not None:
            _doubt(engine, seal, why)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


def _before(url: URL) -> tuple[Seal | None, Why | None]:
    """The seal that lies beside a SQLite file, and what is wrong with the file by its looks."""
    if url.get_backend_name() != "sqlite":
        return None, None
    path = Path(str(url.database))
    seal = Seal(path)
    if not seal.exists:
        return None, None
    if not path.exists():
        return seal, Why.LOST
    return seal, Why.RESTORED if seal.other_file else None


def _doubt(engine: Engine, seal: Seal, why: Why | None) -> None:
    """Keep that the database is not the one, or older than the one, that was closed here last."""
    if why is None and _lacks(engine, seal.last_run):
        why = Why.RESTORED
    if why is None:
        return
    doubt_everything(engine, why)
    seal.forget()  # told once


def _lacks(engine: Engine, run_id: str) -> bool:
    if not run_id:
        return False
    with reading(engine) as connection:
        query = select(run.c.run_id).where(run.c.run_id == run_id)
        return connection.execute(query).scalar_one_or_none() is None


def doubt_everything(engine: Engine, why: Why) -> None:
    """From now on each customer is looked up in its ledger before it is contacted first."""
    with writing(engine) as connection:
        known = connection.execute(select(ledger.c.ledger_no)).scalars()
        doubts.suspect_all(connection, why, list(known))


def bring_up_to_date(engine: Engine, known: Sequence[str]) -> None:
    """Upgrade the schema to the last of the ``known`` revisions, in one transaction.

    Raises StateError for a newer or foreign schema, and when the upgrade fails.
    """
    found = revision(engine)
    if found == known[-1]:
        return
    if found is not None and found not in known:
        raise StateError(
            f"the state database {address(engine)} was written by a newer version of this program "
            f"(schema {found}, this one knows up to {known[-1]}). Nothing was sent. "
            "Use that version, or restore a backup from before the upgrade"
        )
    copied, copy = "", None
    if found is not None and engine.dialect.name == "sqlite":
        copy = _copy_aside(engine, found, known[-1])
        copied = f" The file as it was is kept at {copy}"
    try:
        if found is None and known == REVISIONS:
            _create(engine)
        else:
            upgrade(engine, known[-1])
    except (SQLAlchemyError, UpgradeFailedError) as error:
        why = type(error).__name__
        if isinstance(error, SQLAlchemyError):
            why = f"{why}: {failure(engine, error)}"
        lost = isinstance(error, OperationalError) and engine.dialect.name == "postgresql"
        raise (StateLost if lost else StateError)(
            f"the state database {address(engine)} could not be upgraded to schema {known[-1]} "
            f"({why}) and was left unchanged. Nothing was sent.{copied}"
        ) from error
    if found is not None:
        _tell_upgraded(engine, (found, known[-1]), copy)


def _tell_upgraded(engine: Engine, schemas: tuple[str, str], copy: Path | None) -> None:
    """Say so in the log, and let older copies go: one way back is kept."""
    from syncer.log.library import structlog  # imported late: rarely needed

    way_back = f" It is kept as it was at {copy}." if copy else ""
    structlog.get_logger("syncer.store").info(
        "state_upgraded",
        say=f"the state database {address(engine)} was upgraded from schema {schemas[0]} to "
        f"{schemas[1]}.{way_back}",
    )
    if copy is None:
        return
    for older in copy.parent.glob(f"{glob.escape(Path(str(engine.url.database)).name)}.before-*"):
        if older != copy:
            older.unlink()


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def revision(engine: Engine) -> str | None:
    """The schema's revision; None for an empty database. Raises StateError for a foreign one."""
    with reading(engine) as connection:
        tables = inspect(connection).get_table_names()
        if "alembic_version" in tables:
            row = connection.execute(text("SELECT version_num FROM alembic_version"))
            return row.scalar_one_or_none()
    if tables:
        raise StateError(
            f"the database {address(engine)} has tables of another program "
            f"({', '.join(tables[:3])}); name a database of its own in state.url"
        )
    return None


def _create(engine: Engine) -> None:
    """The tables as declared, for an empty database: what every migration would arrive at."""
    with engine.begin() as connection:
        _wait_for_others(connection)
        if inspect(connection).has_table(_stamp.name):
            return  # another process was faster
        metadata.create_all(connection)
        _stamp.create(connection)
        connection.execute(_stamp.insert().values(version_num=REVISIONS[-1]))


def _wait_for_others(connection: Connection) -> None:
    """Of several processes that start at once one changes the schema; the rest find it changed."""
    if connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyway
        connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))


def _copy_aside(engine: Engine, old: str, new: str) -> Path:
    path = Path(str(engine.url.database))
    copy = path.with_name(f"{path.name}.before-{old}-to-{new}")
    if copy.exists():  # an upgrade that failed half-way left the true copy
        return copy
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        copy_sqlite(engine, part)
        os.replace(part, copy)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        full = no_room(copy.parent)
        raise StateError(
            f"the state database {address(engine)} is to be upgraded, and could not be copied to "
            f"{copy} before: {full or error}. Nothing was changed, nothing was sent. "
            "Make room there for a second file of its size, and run again"
        ) from error
    return copy


def upgrade(engine: Engine, revision: str) -> None:
    """Run the migrations up to ``revision``, all in one transaction."""
    from alembic import command  # imported late: heavy, and rarely needed
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        _wait_for_others(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise UpgradeFailedError(str(error)) from error
