"""The three lists a ledger is read in, as tables: how a record is keyed, stored and found.

A shelf keeps one row per record, found by the ledger's own id. The row's digest says
whether a record read again is the same; the row's number marks it as seen in a sweep.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Dialect, Table, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from syncer.model.ledger import Account, ItemKind, OpenItem, Settled, Stream
from syncer.store.ids import among, batches, packed
from syncer.store.prepared import Batch, insert_batch, sql_text
from syncer.store.tables import account, item, settled
from syncer.store.types import canonical, is_canonical, to_units

LEDGER_SHIFT = 32
"""A row number is ``ledger_no << 32`` plus a running number within the ledger."""

PLACE_MASK = (1 << LEDGER_SHIFT) - 1
"""The running number within a row number."""

DIGEST_BYTES = 16

_encode = msgspec.json.Encoder(decimal_format="string").encode

Row = tuple[Any, ...]
"""The key and the columns after it, in the table's order, then body and digest."""


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


def _account_columns(record: Account) -> tuple[Account, Row]:
    return record, (record.account_id, record.name, record.merged_into)


def _item_columns(record: OpenItem) -> tuple[OpenItem, Row]:
    if not (is_canonical(record.open) and is_canonical(record.total)):
        record = replace(record, open=canonical(record.open), total=canonical(record.total))
    owed = to_units(record.open)
    return record, (
        record.item_id,
        record.account_id,
        record.number,
        record.currency,
        owed if record.kind is ItemKind.INVOICE else -owed,
    )


def _settled_columns(record: Settled) -> tuple[Settled, Row]:
    record = replace(record, amount=canonical(record.amount))
    paid_on = record.paid_on.isoformat()
    return record, (
        f"{record.item_id}|{paid_on}|{record.amount.normalize():f}",
        record.account_id,
        record.currency,
        to_units(record.amount),
        paid_on,
    )


class Shelf:
    """One stream's table with its statements, compiled for one engine."""

    def __init__(
        self,
        table: Table,
        columns: tuple[str, ...],
        columns_of: Callable[[Any], tuple[Any, Row]],
        dialect: Dialect,
    ) -> None:
        """``columns`` are the key and those beside it; ``columns_of`` gives a record as it is
        kept, and the columns' values."""
        self.table = table
        self._columns_of = columns_of
        self._dialect = dialect
        key = table.c[columns[0]]
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
        self._gone = Batch(
            update(table).where(number).values(gone_at=bindparam("new_gone_at"), digest=b""),
            dialect,
            ("digest", "new_gone_at", "old_row_no"),
        )

    def put(
        self, connection: Connection, ledger_no: int, records: Sequence[Any], *, seen: int = 0
    ) -> list[int]:
        """Store records whose content is new; the row number of every one, known or new.

        ``seen`` rows were met in this sweep before: when the table holds no others, these
        records are most likely new and are not looked for first.
        """
        rows = dict(map(self._row, records))
        numbers: list[int] = []
        for keys in batches(list(rows)):
            some = {key: rows[key] for key in keys}
            numbers += self._put_batch(connection, ledger_no, some, seen=seen + len(numbers))
        return numbers

    def _row(self, record: Any) -> tuple[str, Row]:
        kept, columns = self._columns_of(record)
        body = _encode(kept)
        return columns[0], (*columns, body.decode(), _digest(body))

    def _put_batch(
        self, connection: Connection, ledger_no: int, rows: Mapping[str, Row], *, seen: int
    ) -> list[int]:
        first = self._next_number(connection, ledger_no)
        if first & PLACE_MASK == seen:
            try:
                with connection.begin_nested():
                    return list(self._store_fresh(connection, first, list(rows.values())))
            except IntegrityError:
                pass  # the ledger gave a record twice: look for every one
        known = self._look_up(connection, ledger_no, rows)
        fresh = [row for key, row in rows.items() if key not in known]
        changed = [
            (*row, None, known[key][0])
            for key, row in rows.items()
            if key in known and known[key][1] != row[-1]
        ]
        self._update.run_rows(connection, changed)
        numbers = [row_no for row_no, _ in known.values()]
        return [*numbers, *self._store_fresh(connection, first, fresh)]

    def _look_up(
        self, connection: Connection, ledger_no: int, keys: Mapping[str, Any]
    ) -> dict[str, tuple[int, bytes]]:
        text, names = self._known
        given = {"ledger_no": ledger_no, "ids": packed(keys, self._dialect)}
        rows = connection.exec_driver_sql(text, tuple(given[name] for name in names))
        return {key: (row_no, digest) for key, row_no, digest in rows}

    def _store_fresh(self, connection: Connection, first: int, fresh: Sequence[Row]) -> range:
        numbers = range(first, first + len(fresh))
        ledger_no = first >> LEDGER_SHIFT
        self._insert.run_rows(
            connection,
            [(number, ledger_no, *row) for number, row in zip(numbers, fresh, strict=True)],
        )
        return numbers

    def _next_number(self, connection: Connection, ledger_no: int) -> int:
        first, beyond = ledger_no << LEDGER_SHIFT, (ledger_no + 1) << LEDGER_SHIFT
        number = self.table.c.row_no
        last = connection.execute(
            select(func.max(number)).where(number >= first, number < beyond)
        ).scalar_one()
        return first if last is None else int(last) + 1

    def close(self, connection: Connection, ledger_no: int, keys: Sequence[str], at: str) -> int:
        """These records are no longer in the ledger: how many that were. Unknown ones are not."""
        closed = 0
        for some in batches(keys):
            known = self._look_up(connection, ledger_no, dict.fromkeys(some))
            numbers = [number for number, digest in known.values() if digest]
            closed += self.mark_gone(connection, numbers, at)
        return closed

    def mark_gone(self, connection: Connection, numbers: Sequence[int], at: str) -> int:
        """These rows are no longer in the ledger: how many that were."""
        return self._gone.run_rows(connection, [(b"", at, number) for number in numbers])


def shelves(dialect: Dialect) -> Mapping[Stream, Shelf]:
    """Every stream's shelf."""
    beside_account = ("account_id", "name", "merged_into")
    beside_item = ("item_id", "account_id", "number", "currency", "owed")
    beside_settled = ("settled_key", "account_id", "currency", "amount", "paid_on")
    return {
        Stream.ITEMS: Shelf(item, beside_item, _item_columns, dialect),
        Stream.ACCOUNTS: Shelf(account, beside_account, _account_columns, dialect),
        Stream.SETTLED: Shelf(settled, beside_settled, _settled_columns, dialect),
    }
