"""What befalls the database becomes an error of ours, and nobody waits for it without end."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DatabaseError

from syncer.errors import StateError, StateLost
from syncer.store import open_store
from syncer.store.engine import open_engine, parse_url, reading, writing
from syncer.store.opening import _CREATING
from syncer.store.postgres import WAITS

SECRET = "a-pass-word-of-the-database"


@pytest.fixture
def engine(postgres_url):
    """An engine on an empty database."""
    made = open_engine(parse_url(postgres_url))
    yield made
    made.dispose()


def _end_all(url: str) -> None:
    """As a restart of the server does it: every connection of the database is ended."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_server_that_nobody_reaches_may_be_back_soon():
    """A passing fault (exit 5) that says why, and not the password."""
    with pytest.raises(StateLost, match=r"Connection refused.*Nothing was sent") as lost:
        open_store(f"postgresql://u:{SECRET}@127.0.0.1:1/syncer")
    assert lost.value.exit_code == 5
    assert SECRET not in str(lost.value)


def test_a_server_that_refuses_us_is_a_matter_of_the_configuration(postgres_url):
    """It is exit 2, with the server's own reason."""
    url = make_url(postgres_url).set(database="not_there")
    with pytest.raises(StateError, match=r"not_there.*does not exist") as refused:
        open_store(url.render_as_string(hide_password=False))
    assert refused.value.exit_code == 2


def test_a_database_that_cannot_keep_every_name_is_refused_at_once(postgres_server):
    """Not only when the first such customer comes: exit 2, with what to do."""
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(
            "CREATE DATABASE narrow ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
            " TEMPLATE template0"
        )
    url = make_url(postgres_server).set(database="narrow").render_as_string(hide_password=False)
    try:
        with pytest.raises(StateError, match=r"LATIN1.*ENCODING 'UTF8'") as refused:
            open_store(url)
        assert refused.value.exit_code == 2
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as server:
            server.execute("DROP DATABASE narrow WITH (FORCE)")


def test_a_restart_between_two_transactions_is_not_noticed(engine, postgres_url):
    """Each transaction begins on a connection that was seen to work."""
    _end_all(postgres_url)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    _end_all(postgres_url)
    with writing(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_connection_lost_while_the_tables_are_made_is_a_passing_fault(postgres_url):
    """A first start, or an upgrade, beside a server that is restarted: exit 5, and again."""
    with ThreadPoolExecutor(1) as pool, psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(f"SELECT pg_advisory_lock({_CREATING})")  # as a process that makes them
        start = pool.submit(open_store, postgres_url)
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not start.done() and other.execute(waits).fetchone() == (0,):
            time.sleep(0.02)
        _end_all(postgres_url)
        with pytest.raises(StateLost, match="left unchanged"):
            start.result()
    open_store(postgres_url).close()


@pytest.mark.parametrize("transaction", [reading, writing])
def test_a_connection_lost_inside_a_transaction_is_a_passing_fault(
    engine, postgres_url, transaction
):
    """Reading or writing: no bug of ours, and the next transaction works again."""

    def broken() -> None:
        with transaction(engine) as connection:
            connection.execute(text("SELECT 1"))
            _end_all(postgres_url)
            connection.execute(text("SELECT 1"))

    with pytest.raises(StateLost, match="terminating connection"):
        broken()
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_server_that_may_only_be_read_is_no_bug_of_ours(engine):
    """After a fail-over the address may lead to a copy that takes no writes."""
    create = text("SET TRANSACTION READ ONLY; CREATE TABLE t (n integer)")
    with pytest.raises(StateLost, match="read-only transaction"), writing(engine) as connection:
        connection.execute(create)


def test_nobody_waits_without_end(engine):
    """Neither for a lock of a process that sleeps, nor for a server that fell silent."""
    with reading(engine) as connection:
        asked = ("lock_timeout", "idle_in_transaction_session_timeout")
        assert [connection.execute(text(f"SHOW {name}")).scalar_one() for name in asked] == [
            "30s",
            "5min",
        ]
        driver = connection.connection.driver_connection
        assert driver is not None
        given = driver.info.get_parameters()
    assert {name: given.get(name) for name in WAITS} == {k: str(v) for k, v in WAITS.items()}


def test_a_page_found_damaged_in_the_middle_is_no_bug_of_ours(tmp_path: Path):
    """A file of SQLite's that turns out damaged when it is read: what to do, and exit 2."""
    engine = open_engine(parse_url(f"sqlite:///{tmp_path / 'state.db'}"))
    found = DatabaseError("SELECT", None, Exception("database disk image is malformed"))
    match = r"malformed.*restore it from a backup"
    with pytest.raises(StateError, match=match) as damaged, reading(engine):
        raise found
    assert damaged.value.exit_code == 2
    engine.dispose()
