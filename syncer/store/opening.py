"""Opening the store: check the database, bring its schema up to date, or refuse it."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from syncer.errors import StateError
from syncer.store.engine import copy_sqlite, open_engine, parse_url, reading
from syncer.store.store import SqlStore
from syncer.store.tables import REVISIONS

MIGRATIONS = Path(__file__).parent / "migrations"


def open_store(url: str) -> SqlStore:
    """Open ``sqlite:////path/file`` or ``postgresql://user@host/name``.

    A missing SQLite file is created for its owner alone; an older schema is upgraded, a
    SQLite file copied beside itself first. Raises ConfigError for an address that cannot
    be used and StateError for a database that must not be trusted, with what to do.
    """
    engine = open_engine(parse_url(url))
    try:
        _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine)


def _bring_up_to_date(engine: Engine) -> None:
    found = _revision(engine)
    if found == REVISIONS[-1]:
        return
    where = engine.url.render_as_string(hide_password=True)
    if found is not None and found not in REVISIONS:
        raise StateError(
            f"the state database {where} was written by a newer version of this program "
            f"(schema {found}, this one knows up to {REVISIONS[-1]}). Nothing was sent. "
            "Use that version, or restore a backup from before the upgrade"
        )
    if found is not None and engine.dialect.name == "sqlite":
        _copy_aside(engine, found)
    upgrade(engine, REVISIONS[-1])


def _revision(engine: Engine) -> str | None:
    """The schema's revision; None for an empty database. Raises StateError for a foreign one."""
    with reading(engine) as connection:
        tables = inspect(connection).get_table_names()
        if "alembic_version" in tables:
            row = connection.execute(text("SELECT version_num FROM alembic_version"))
            return row.scalar_one_or_none()
    if tables:
        where = engine.url.render_as_string(hide_password=True)
        raise StateError(
            f"the database {where} has tables of another program ({', '.join(tables[:3])}); "
            "name a database of its own in state.url"
        )
    return None


def _copy_aside(engine: Engine, revision: str) -> None:
    path = Path(str(engine.url.database))
    copy = path.with_name(f"{path.name}.before-{revision}-to-{REVISIONS[-1]}")
    if not copy.exists():  # an upgrade that failed half-way left the true copy
        copy_sqlite(engine, copy)


def upgrade(engine: Engine, revision: str) -> None:
    """Run the migrations up to ``revision``, all in one transaction."""
    from alembic import command  # imported late: heavy, and rarely needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
