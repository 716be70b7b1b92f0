"""Opening the store: check the database, bring its schema up to date, or refuse it."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, func, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from syncer.errors import StateError
from syncer.store.engine import copy_sqlite, open_engine, parse_url, reading
from syncer.store.store import SqlStore
from syncer.store.tables import REVISIONS, metadata

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
    SQLite file copied beside itself first. Raises ConfigError for an address that cannot
    be used and StateError for a database that must not be trusted, with what to do.
    """
    engine = open_engine(parse_url(url))
    try:
        bring_up_to_date(engine, REVISIONS)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


def bring_up_to_date(engine: Engine, known: Sequence[str]) -> None:
    """Upgrade the schema to the last of the ``known`` revisions, in one transaction.

    Raises StateError for a newer or foreign schema, and when the upgrade fails.
    """
    found = _revision(engine)
    if found == known[-1]:
        return
    if found is not None and found not in known:
        raise StateError(
            f"the state database {_name(engine)} was written by a newer version of this program "
            f"(schema {found}, this one knows up to {known[-1]}). Nothing was sent. "
            "Use that version, or restore a backup from before the upgrade"
        )
    copied = ""
    if found is not None and engine.dialect.name == "sqlite":
        copied = f" The file as it was is kept at {_copy_aside(engine, found, known[-1])}"
    try:
        if found is None and known == REVISIONS:
            _create(engine)
        else:
            upgrade(engine, known[-1])
    except (SQLAlchemyError, UpgradeFailedError) as error:
        raise StateError(
            f"the state database {_name(engine)} could not be upgraded to schema {known[-1]} "
            f"({type(error).__name__}) and was left unchanged. Nothing was sent.{copied}"
        ) from error


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _revision(engine: Engine) -> str | None:
    """The schema's revision; None for an empty database. Raises StateError for a foreign one."""
    with reading(engine) as connection:
        tables = inspect(connection).get_table_names()
        if "alembic_version" in tables:
            row = connection.execute(text("SELECT version_num FROM alembic_version"))
            return row.scalar_one_or_none()
    if tables:
        raise StateError(
            f"the database {_name(engine)} has tables of another program "
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
    if not copy.exists():  # an upgrade that failed half-way left the true copy
        copy_sqlite(engine, copy)
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
