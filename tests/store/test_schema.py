"""Migrations arrive at the tables as declared; old, new and foreign databases are told apart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, inspect, text

from syncer.errors import StateError
from syncer.store import open_store, tables
from syncer.store.engine import open_engine, parse_url
from syncer.store.opening import MIGRATIONS, bring_up_to_date, upgrade


def _described(engine):
    """Every table with its columns, keys, CHECKs and indexes, predicates included."""
    found = {}
    inspector = inspect(engine)
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        columns = [
            (c["name"], str(c["type"]), c["nullable"], getattr(c["type"], "collation", None))
            for c in inspector.get_columns(table)
        ]
        indexes = sorted(
            (i["name"], tuple(i["column_names"]), i["unique"], _predicate(i.get("dialect_options")))
            for i in inspector.get_indexes(table)
        )
        keys = sorted(
            (k["name"], tuple(k["constrained_columns"]), k["referred_table"])
            for k in inspector.get_foreign_keys(table)
        )
        found[table] = {
            "columns": columns,
            "primary": inspector.get_pk_constraint(table),
            "foreign": keys,
            "unique": sorted(
                (u["name"], tuple(u["column_names"]))
                for u in inspector.get_unique_constraints(table)
            ),
            "checks": sorted(
                (c["name"], c["sqltext"]) for c in inspector.get_check_constraints(table)
            ),
            "indexes": indexes,
        }
    return found


def _predicate(options):
    return sorted((name, str(value)) for name, value in (options or {}).items())


def test_migrations_arrive_at_the_declared_tables(url):
    """``upgrade head`` equals ``create_all``, index predicates, CHECKs and names included."""
    engine = open_engine(parse_url(url))
    upgrade(engine, tables.REVISIONS[-1])
    migrated = _described(engine)
    with engine.begin() as connection:
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)
        tables.metadata.create_all(connection)
    declared = _described(engine)
    engine.dispose()
    assert migrated == declared
    assert any(checks["checks"] for checks in declared.values())
    assert any(predicate for t in declared.values() for *_, predicate in t["indexes"])


def test_every_constraint_has_a_name():
    """An unnamed constraint would be lost when SQLite rebuilds a table."""
    unnamed = [
        constraint
        for table in tables.metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name
    ]
    assert unnamed == []


def test_the_program_knows_its_own_migrations():
    """The listed revisions are the migrations, in their order."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    walked = ScriptDirectory.from_config(config).walk_revisions()
    assert [script.revision for script in reversed(list(walked))] == list(tables.REVISIONS)


def test_a_newer_schema_is_refused(url):
    """A database of a newer version is left alone, with a word on what to do."""
    open_store(url).close()
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StateError, match="newer version") as caught:
        open_store(url)
    assert "9999" in str(caught.value)
    assert "backup" in str(caught.value)


def test_a_foreign_database_is_refused(url):
    """Tables of another program are never mixed with ours."""
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE shop_order (id INTEGER)"))
    engine.dispose()
    with pytest.raises(StateError, match="shop_order"):
        open_store(url)


def test_an_older_sqlite_file_is_copied_before_its_upgrade(sqlite_url):
    """A failed upgrade names the copy beside the file, which is as it was, for its owner alone."""
    open_store(sqlite_url).close()
    engine = open_engine(parse_url(sqlite_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(StateError, match="could not be upgraded") as caught:
        bring_up_to_date(engine, ("0000", *tables.REVISIONS))
    engine.dispose()
    (copy,) = Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("*.before-*")
    assert str(copy) in str(caught.value)
    assert copy.stat().st_mode & 0o777 == 0o600
    engine = create_engine(f"sqlite:///{copy}")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    engine.dispose()
    assert found == "0000"


def test_holds_that_a_person_ended_are_marked_so(url):
    """Only the journal knew: without it, a promise ended early would read like a broken one."""
    engine = open_engine(parse_url(url))
    upgrade(engine, "0004")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO ledger (ledger_no, name) VALUES (1, 'north')"))
        for name in ("h1", "h2"):
            connection.execute(
                text(
                    "INSERT INTO hold (ledger_no, hold_id, kind, account_id, item_id, currency, "
                    "starts_on, ends_on, reason, author, source) VALUES (1, :name, 'promise', 'A', "
                    "'', '', '2026-01-01', '2026-01-05', 'said so', 'anna', 'cli')"
                ),
                {"name": name},
            )
        connection.execute(
            text(
                "INSERT INTO event (ledger_no, entry_no, at, what, key, body, hash) VALUES "
                "(1, 1, '2026-01-06', 'hold_ended', '', :body, 'x')"
            ),
            {"body": '{"author":"anna","hold":{"hold_id":"h2"}}'},
        )
    upgrade(engine, tables.REVISIONS[-1])
    with engine.connect() as connection:
        found = connection.execute(text("SELECT hold_id, terms FROM hold ORDER BY hold_id")).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("h1", None), ("h2", '{"ended":true}')]


def test_several_may_find_a_new_database_at_once(url):
    """Whoever opens an empty database together makes one schema, and all can use it."""
    if url.startswith("sqlite"):
        open_store(url).close()  # the file itself is made by one: an empty one is refused
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [url] * 4))
    assert {store.runs() == [] for store in stores} == {True}
    for store in stores:
        store.close()
