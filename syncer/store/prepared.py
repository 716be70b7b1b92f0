"""Whole batches in and out of a table at the driver's speed, by the types of its columns.

Statements are written in SQLAlchemy Core and compiled once; rows then go to the driver as
plain tuples. Conversions come from the column types, applied column by column, so a batch
costs one call per column instead of one per value where nothing needs converting.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Table, bindparam, insert
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
    streams = connection.dialect.name == "postgresql"
    result = connection.exec_driver_sql(text, values, execution_options={"stream_results": streams})
    try:
        source = result if streams or result.cursor is None else result.cursor
        while rows := source.fetchmany(FETCH_ROWS):
            yield rows
    finally:
        result.close()
