"""What the previous release wrote to PostgreSQL opens in this one, and nothing is sent again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, insert, select

from syncer.model.effect import EffectState
from syncer.ports import OutboxFilter
from syncer.store import open_store
from syncer.store.engine import open_engine, parse_url
from syncer.store.opening import upgrade
from tests.flow.conftest import Bench

DUMP = Path(__file__).with_name("previous_release.sql")
SCHEMA = "0002"


@pytest.fixture
def taken_over(postgres_url: str, tmp_path: Path) -> Iterator[Bench]:
    """The dump's rows in a PostgreSQL database of the previous schema, opened by this release."""
    path = tmp_path / "previous.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    engine = open_engine(parse_url(postgres_url))
    upgrade(engine, SCHEMA)
    source, tables, target = create_engine(f"sqlite:///{path}"), MetaData(), MetaData()
    tables.reflect(source)
    target.reflect(engine)
    with source.connect() as old, engine.begin() as new:
        for table in target.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [dict(row) for row in old.execute(select(tables.tables[table.name])).mappings()]
            if rows:
                new.execute(insert(table), rows)
    source.dispose()
    engine.dispose()
    bench = Bench(store=open_store(postgres_url))
    yield bench
    bench.store.close()


def test_postgresql_is_taken_over_with_nothing_sent_again(taken_over: Bench) -> None:
    """Upgraded in place: both steps of the ladder are known, a new customer is written to."""
    bench = taken_over
    bench.owes("I1", "A1", late=10)
    bench.next_day(7)
    bench.run()
    assert bench.book.mailbox == []
    sent = bench.store.effects(OutboxFilter(states=(EffectState.DELIVERED,)))
    assert len([one for one in sent if one.kind == "reminder"]) == 2
    bench.next_day(10)
    bench.run()
    assert bench.book.mailbox == []
    bench.owes("I3", "A3", late=0)
    bench.run()
    assert len(bench.book.mailbox) == 1
    assert list(bench.store.verify_journal()) == []
