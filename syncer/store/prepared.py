"""Whole batches in and out of a table at the driver's speed, by the types of its columns.

Statements are written in SQLAlchemy Core and compiled once; rows then go to the driver as
plain tuples. Conversions come from the column types, applied column by column, so a batch
costs one call per column instead of one per value where nothing needs converting.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Table,
    bindparam,
    insert,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from syncer.errors import InvariantError

Convert = Callable[[Any], Any]

FETCH_ROWS = 1000
"""Rows taken from a cursor at once: large enough to be cheap, small enough for flat memory."""


def sql_text(statement: ClauseElement, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """The statement as the driver wants it, and the names of its parameters in order."""
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):  # pragma: no cover - only queries are passed
        raise TypeError("not a query")
    return str(compiled), tuple(compiled.positiontup or ())


def _converts(found: Iterable[Convert | None]) -> tuple[tuple[int, Convert], ...]:
    return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def _apply(columns: list[Iterable[Any]], converts: Iterable[tuple[int, Convert]]) -> None:
    for place, convert in converts:
        columns[place] = map(convert, columns[place])


class Encoder:
    """Turns records into columns of driver values, for the table columns named like fields."""

    def __init__(self, columns: Sequence[Column[Any]], dialect: Dialect) -> None:
        self.names = tuple(column.name for column in columns)
        self._fields = attrgetter(*self.names)
        self._converts = _converts(column.type.bind_processor(dialect) for column in columns)

    def columns(self, records: Sequence[Any]) -> dict[str, Iterable[Any]]:
        """Each column's values, one per record; ``records`` is not empty."""
        columns: list[Iterable[Any]] = list(zip(*map(self._fields, records), strict=True))
        _apply(columns, self._converts)
        return dict(zip(self.names, columns, strict=True))


class Decoder:
    """Turns rows of driver values into records by calling ``build`` with the columns."""

    def __init__(
        self, columns: Sequence[ColumnElement[Any]], dialect: Dialect, build: Callable[..., Any]
    ) -> None:
        self._converts = _converts(
            column.type.result_processor(dialect, None) for column in columns
        )
        self._build = build

    def records(self, rows: Sequence[Sequence[Any]]) -> Iterator[Any]:
        """One record per row."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        _apply(columns, self._converts)
        return map(self._build, *columns)


class Batch:
    """One compiled statement run for many rows of driver values.

    ``order`` names what the tuples given to ``run_rows`` hold; a statement that wants another
    order is refused when it is made rather than filled wrongly.
    """

    def __init__(
        self, statement: ClauseElement, dialect: Dialect, order: Sequence[str] = ()
    ) -> None:
        self._text, self._names = sql_text(statement, dialect)
        if order and self._names != tuple(order):
            raise InvariantError(f"rows hold {tuple(order)}, the statement wants {self._names}")

    def run(self, connection: Connection, columns: Mapping[str, Iterable[Any]]) -> int:
        """How many rows it changed; the columns are of one length."""
        return self.run_rows(
            connection, list(zip(*(columns[name] for name in self._names), strict=False))
        )

    def run_rows(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """How many rows it changed; none for no rows."""
        if not rows:
            return 0
        return connection.exec_driver_sql(self._text, rows).rowcount


def insert_batch(table: Table, names: Sequence[str], dialect: Dialect) -> Batch:
    """INSERT of the named columns, in this order."""
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return Batch(insert(table).values(values), dialect, names)


def fetch(
    connection: Connection, text: str, values: tuple[Any, ...]
) -> Iterator[Sequence[Sequence[Any]]]:
    """Run a compiled query and give its rows in batches, without reading them all at once.

    SQLite's come from the driver's own cursor: plain tuples, at half the cost of SQLAlchemy's
    rows. PostgreSQL's have to pass through the buffer that streams them.
    """
    if unheard_sqlite(connection):
        cursor = by_driver(connection, text, values)
        try:
            while rows := cursor.fetchmany(FETCH_ROWS):
                yield rows
        finally:
            cursor.close()
        return
    streams = connection.dialect.name == "postgresql"
    result = connection.exec_driver_sql(text, values, execution_options={"stream_results": streams})
    try:
        source = result if streams or result.cursor is None else result.cursor
        while rows := source.fetchmany(FETCH_ROWS):
            yield rows
    finally:
        result.close()


def unheard_sqlite(connection: Connection) -> bool:
    """SQLite's, and nobody listens to what is run: then its driver can be spoken to directly."""
    heard = connection.dispatch.before_cursor_execute
    return connection.dialect.name == "sqlite" and not heard


def by_driver(connection: Connection, text: str, values: tuple[Any, ...] = ()) -> Any:
    """The cursor of SQLite's own driver, once it ran this; its failures are SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    failed: Any = connection.dialect.loaded_dbapi.Error
    try:
        return driver.execute(text, values)
    except failed as error:
        raise _as_sqlalchemy(text, values, error, connection) from error


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement as one kind of database runs it."""

    text: str
    binds: tuple[tuple[str, Convert | None], ...]
    fixed: Mapping[str, Any]  # values that stand in the statement itself
    reads: Callable[..., Any]
    converts: tuple[tuple[int, Convert], ...]
    asks: bool  # whether it only reads

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        known = {**self.fixed, **given}
        return tuple(
            known[name] if convert is None else convert(known[name]) for name, convert in self.binds
        )

    def row(self, found: Sequence[Any]) -> Any:
        values = list(found)
        for place, convert in self.converts:
            values[place] = convert(values[place])
        return self.reads(*values)


class Prepared:
    """A statement that every run makes often: written and compiled once, run with named values.

    SQLAlchemy works out anew what a statement is each time one is written down, which costs
    several times what SQLite needs to run it. Types convert as ever. A statement that only
    reads goes to SQLite's own driver; failures are SQLAlchemy's either way.
    """

    def __init__(self, statement: Executable) -> None:
        """``statement`` has a ``bindparam`` for each value that is given later."""
        self._statement: Any = statement
        self._plans: dict[str, _Plan] = {}  # by kind of database

    def all(self, connection: Connection, **given: Any) -> list[Any]:
        """Every row, its columns by name."""
        plan = self._plan(connection.dialect)
        return [plan.row(one) for one in self._rows(connection, plan, plan.values(given))]

    def first(self, connection: Connection, **given: Any) -> Any:
        """The first row, or None."""
        found = self.all(connection, **given)
        return found[0] if found else None

    def value(self, connection: Connection, **given: Any) -> Any:
        """The first column of the first row; None where there is none."""
        found = self.all(connection, **given)
        return found[0][0] if found else None

    def run(self, connection: Connection, **given: Any) -> int:
        """Change something: how many rows."""
        plan = self._plan(connection.dialect)
        return connection.exec_driver_sql(plan.text, plan.values(given)).rowcount

    def _rows(
        self, connection: Connection, plan: _Plan, values: tuple[Any, ...]
    ) -> Sequence[Sequence[Any]]:
        if plan.asks and unheard_sqlite(connection):
            found: Sequence[Sequence[Any]] = by_driver(connection, plan.text, values).fetchall()
            return found
        result = connection.exec_driver_sql(plan.text, values)
        return result.fetchall() if result.cursor is None else result.cursor.fetchall()

    def _plan(self, dialect: Dialect) -> _Plan:
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = self._plans[dialect.name] = _planned(self._statement, dialect)
        return plan


def _as_sqlalchemy(
    text: str, values: tuple[Any, ...], error: Exception, connection: Connection
) -> BaseException:
    """What SQLAlchemy would have raised for the driver's error."""
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, values, error, base, dialect=connection.dialect)


def _planned(statement: Any, dialect: Dialect) -> _Plan:
    text, names = sql_text(statement, dialect)
    compiled = statement.compile(dialect=dialect)
    columns = list(statement.exported_columns)
    kinds = {name: bind.type for name, bind in compiled.binds.items()}
    return _Plan(
        text=text,
        binds=tuple(
            (name, kinds[name].dialect_impl(dialect).bind_processor(dialect)) for name in names
        ),
        fixed={name: bind.effective_value for name, bind in compiled.binds.items()},
        reads=namedtuple("Found", [one.key or "" for one in columns], rename=True),
        converts=_converts(
            one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns
        ),
        asks=bool(statement.is_select),
    )
