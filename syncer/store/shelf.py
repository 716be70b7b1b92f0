"""The three lists a ledger is read in, as tables: how a record is keyed, stored and found.

A shelf keeps one row per record, found by the ledger's own id. The row's digest says
whether a record read again is the same; the row's number marks it as seen in a sweep.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    Connection,
    Dialect,
    Index,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, DropIndex

from syncer.model.ledger import Account, ItemKind, OpenItem, Settled, Stream
from syncer.model.money import CENT
from syncer.store.ids import among, batches, packed
from syncer.store.prepared import Batch, Prepared, fetch, insert_batch, sql_text
from syncer.store.tables import account, item, settled
from syncer.store.types import canonical, to_units

LEDGER_SHIFT = 32
"""A row number is ``ledger_no << 32`` plus a running number within the ledger."""

PLACE_MASK = (1 << LEDGER_SHIFT) - 1
"""The running number within a row number."""

DIGEST_BYTES = 16

_encode = msgspec.json.Encoder(decimal_format="string").encode

Row = tuple[Any, ...]
"""The key and the columns after it, in the table's order, then body and digest."""

_Digested = tuple[Any, bytes, bytes]
"""A record as it is kept, its JSON, and the digest of that."""


def _digested(record: Any) -> _Digested:
    record = _plain(record)
    body = _encode(record)
    return record, body, hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


def _plain(record: Any) -> Any:
    """With amounts written in one way: 100, 100.0 and 100.00 are the same content."""
    if isinstance(record, Settled):
        return replace(record, amount=canonical(record.amount))
    if not isinstance(record, OpenItem):
        return record
    if record.open.same_quantum(CENT) and record.total.same_quantum(CENT):
        return record
    return replace(record, open=canonical(record.open), total=canonical(record.total))


def _beside_account(record: Account) -> Row:
    return record.name, record.merged_into


def _beside_item(record: OpenItem) -> Row:
    owed = to_units(record.open)
    signed = owed if record.kind is ItemKind.INVOICE else -owed
    return record.account_id, record.number, record.currency, signed


def _beside_settled(record: Settled) -> Row:
    paid_on = record.paid_on.isoformat()
    return record.account_id, record.currency, to_units(record.amount), paid_on


def _settled_key(record: Settled) -> str:
    return f"{record.item_id}|{record.paid_on.isoformat()}|{record.amount.normalize():f}"


class Shelf:
    """One stream's table with its statements, compiled for one engine."""

    def __init__(
        self,
        table: Table,
        columns: tuple[str, ...],
        key_of: Callable[[Any], str],
        beside: Callable[[Any], Row],
        dialect: Dialect,
    ) -> None:
        """``columns`` are the key, given by ``key_of``, and those that ``beside`` fills."""
        self.table = table
        by_account = [one for one in table.indexes if one.name == f"ix_{table.name}_account"]
        there = by_account and dialect.name == "sqlite"
        self._drop, self._create = _index_texts(by_account[0], dialect) if there else ("", "")
        self._any = Prepared(select(table.c.row_no).limit(literal_column("1")))
        place = table.c.row_no
        inside = (place >= bindparam("first"), place < bindparam("beyond"))
        self._last = Prepared(select(func.max(place)).where(*inside))
        self._key_of = key_of
        self._beside = beside
        self._dialect = dialect
        key = table.c[columns[0]]
        self._account_of = itemgetter(columns.index("account_id"))
        self._insert = insert_batch(
            table, ("row_no", "ledger_no", *columns, "body", "digest"), dialect
        )
        number = table.c.row_no == bindparam("old_row_no")
        changed = (*columns, "body", "digest", "gone_at")
        changes: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed}
        order = (*(f"new_{name}" for name in changed), "old_row_no")
        self._update = Batch(update(table).where(number).values(changes), dialect, order)
        self._known = sql_text(
            select(key, table.c.row_no, table.c.digest).where(
                table.c.ledger_no == bindparam("ledger_no"), among(key, dialect)
            ),
            dialect,
        )
        self._open = sql_text(
            select(table.c.row_no).where(
                table.c.row_no >= bindparam("first"),
                table.c.row_no < bindparam("beyond"),
                table.c.gone_at.is_(None),
            ),
            dialect,
        )
        self._gone = Batch(
            update(table).where(number).values(gone_at=bindparam("new_gone_at"), digest=b""),
            dialect,
            ("digest", "new_gone_at", "old_row_no"),
        )

    def put_index_off(self, connection: Connection) -> None:
        """Take the index by account off an empty table of SQLite's.

        Made over all rows at once, in their order, it costs a fraction of what a million single
        places in it cost. A run that dies before that leaves it to the next sweep that ends.
        """
        if self._drop and self._any.first(connection) is None:
            connection.exec_driver_sql(self._drop)

    def make_index(self, connection: Connection) -> None:
        """Make the index by account where it is missing."""
        if self._create:
            connection.exec_driver_sql(self._create)

    def put(
        self,
        connection: Connection,
        ledger_no: int,
        records: Sequence[Any],
        *,
        seen: int = 0,
        back: list[str] | None = None,
    ) -> list[int]:
        """Store records whose content is new; the row number of every one, known or new.

        ``seen`` rows were met in this sweep before: when the table holds no others, these
        records are most likely new and are not looked for first. ``back`` learns the keys of
        those that were gone, and are there again.
        """
        unique = {self._key_of(record): record for record in records}
        numbers: list[int] = []
        for keys in batches(list(unique)):
            some = {key: _digested(unique[key]) for key in keys}
            numbers += self._put_batch(connection, ledger_no, some, back, seen=seen + len(numbers))
        return numbers

    def _put_batch(
        self,
        connection: Connection,
        ledger_no: int,
        records: Mapping[str, _Digested],
        back: list[str] | None,
        *,
        seen: int,
    ) -> list[int]:
        first = self._next_number(connection, ledger_no)
        if first & PLACE_MASK == seen:
            try:
                with connection.begin_nested():
                    return list(self._store_fresh(connection, first, records))
            except IntegrityError:
                pass  # the ledger gave a record twice: look for every one
        known = self._look_up(connection, ledger_no, records)
        if back is not None:
            back.extend(key for key, (_, digest) in known.items() if not digest)
        changed = [
            (*self._row(key, records[key]), None, number)
            for key, (number, digest) in known.items()
            if digest != records[key][2]
        ]
        self._update.run_rows(connection, changed)
        numbers = [number for number, _ in known.values()]
        fresh = {key: record for key, record in records.items() if key not in known}
        return [*numbers, *self._store_fresh(connection, first, fresh)]

    def _row(self, key: str, digested: _Digested) -> Row:
        record, body, digest = digested
        return (key, *self._beside(record), body.decode(), digest)

    def _look_up(
        self, connection: Connection, ledger_no: int, keys: Mapping[str, Any]
    ) -> dict[str, tuple[int, bytes]]:
        text, names = self._known
        given = {"ledger_no": ledger_no, "ids": packed(keys, self._dialect)}
        rows = chain.from_iterable(fetch(connection, text, tuple(given[name] for name in names)))
        return {key: (row_no, digest) for key, row_no, digest in rows}

    def _store_fresh(
        self, connection: Connection, first: int, fresh: Mapping[str, _Digested]
    ) -> range:
        """Store them in account order, which is how they are read back.

        Each page of the file is then read a few times and not once for every record on it.
        """
        numbers = range(first, first + len(fresh))
        ledger_no = first >> LEDGER_SHIFT
        in_order = sorted([self._row(*one) for one in fresh.items()], key=self._account_of)
        rows = [(number, ledger_no, *row) for number, row in zip(numbers, in_order, strict=True)]
        self._insert.run_rows(connection, rows)
        return numbers

    def _next_number(self, connection: Connection, ledger_no: int) -> int:
        first, beyond = ledger_no << LEDGER_SHIFT, (ledger_no + 1) << LEDGER_SHIFT
        last = self._last.value(connection, first=first, beyond=beyond)
        return first if last is None else int(last) + 1

    def close(self, connection: Connection, ledger_no: int, keys: Sequence[str], at: str) -> int:
        """These records are no longer in the ledger: how many that were. Unknown ones are not."""
        closed = 0
        for some in batches(keys):
            known = self._look_up(connection, ledger_no, dict.fromkeys(some))
            numbers = [number for number, digest in known.values() if digest]
            closed += self.mark_gone(connection, numbers, at)
        return closed

    def open_numbers(self, connection: Connection, ledger_no: int) -> Iterator[int]:
        """The row numbers of all records that are not gone."""
        text, names = self._open
        given = {"first": ledger_no << LEDGER_SHIFT, "beyond": (ledger_no + 1) << LEDGER_SHIFT}
        for rows in fetch(connection, text, tuple(given[name] for name in names)):
            yield from (row[0] for row in rows)

    def mark_gone(self, connection: Connection, numbers: Sequence[int], at: str) -> int:
        """These rows are no longer in the ledger: how many that were."""
        return self._gone.run_rows(connection, [(b"", at, number) for number in numbers])


def _index_texts(index: Index, dialect: Dialect) -> tuple[str, str]:
    """DROP and CREATE, where it is there and where it is not."""
    gone, made = DropIndex(index, if_exists=True), CreateIndex(index, if_not_exists=True)
    return str(gone.compile(dialect=dialect)), str(made.compile(dialect=dialect))


def shelves(dialect: Dialect) -> Mapping[Stream, Shelf]:
    """Every stream's shelf."""
    accounts = ("account_id", "name", "merged_into")
    items = ("item_id", "account_id", "number", "currency", "owed")
    paid = ("settled_key", "account_id", "currency", "amount", "paid_on")
    return {
        Stream.ITEMS: Shelf(item, items, attrgetter("item_id"), _beside_item, dialect),
        Stream.ACCOUNTS: Shelf(
            account, accounts, attrgetter("account_id"), _beside_account, dialect
        ),
        Stream.SETTLED: Shelf(settled, paid, _settled_key, _beside_settled, dialect),
    }
