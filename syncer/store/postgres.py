"""PostgreSQL: how its server is reached, how long it is waited for, and what its failures mean.

A server may be restarted, fail over or fall silent while a run is at work. A connection is
tried before each transaction, so that a restart between two of them costs nothing; nobody
waits without end for an answer, or for a lock of a process that sleeps.
"""

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from syncer.errors import StateError, StateLost

WAITS = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,  # seconds of silence until the server is asked for a sign of life
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds that what was sent may stay unconfirmed
}
"""libpq's own words (PostgreSQL documentation, "Parameter Key Words"); those in the address win."""

ENCODING = "UTF8"
"""A database in any other refuses some names, or (SQL_ASCII) gives back bytes instead of text."""

LOCK_SECONDS_MAX = 30
"""How long a transaction waits for another process's, as with SQLite."""

ASLEEP_SECONDS_MAX = 300
"""After so long inside a transaction without a word the server ends it: its process sleeps."""

_REFUSED = "FATAL"  # the server itself answered; libpq leaves this word as it is in most languages
_NOT_NOW = ("starting up", "shutting down", "recovery mode", "not accepting", "too many")


def open_postgresql(url: URL) -> Engine:
    """An engine whose server was seen to answer. Raises StateError, StateLost if it may yet."""
    waits = {name: value for name, value in WAITS.items() if name not in url.query}
    engine = create_engine(
        url,
        paramstyle="format",
        pool_size=4,
        max_overflow=-1,
        pool_pre_ping=True,
        connect_args=waits,
    )
    event.listen(engine, "connect", _set_up)
    written = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            encoding = driver.info.parameter_status("server_encoding")
    except OperationalError as error:
        engine.dispose()
        said = first_line(error, url)
        kind = StateLost if _may_pass(said) else StateError
        raise kind(
            f"the database {written} does not answer ({said}). "
            "Nothing was sent. Check state.url and the server"
        ) from None
    if encoding != ENCODING:
        engine.dispose()
        raise StateError(
            f"the database {written} keeps text as {encoding}, which has no place for every "
            f"customer's name. Nothing was sent. Create one with ENCODING '{ENCODING}' TEMPLATE "
            "template0, and name it in state.url"
        )
    return engine


def first_line(error: DBAPIError, url: URL) -> str:
    """The server's or libpq's own words, less the password."""
    said = (str(error.orig).splitlines() or [""])[0].strip() or type(error.orig).__name__
    return said.replace(url.password, "***") if url.password else said


def _may_pass(said: str) -> bool:
    return _REFUSED not in said or any(words in said for words in _NOT_NOW)


def _set_up(connection: Any, _record: Any) -> None:
    from syncer.store.postgres_text import Storable  # late: SQLite needs no psycopg

    connection.adapters.register_dumper(str, Storable)
    before, connection.autocommit = connection.autocommit, True
    connection.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{ASLEEP_SECONDS_MAX}s'")
    connection.autocommit = before
