"""The three lists a ledger is read in, as tables: how a record is keyed, stored and read.

A shelf keeps one row per record, found by the ledger's own id. The row's digest says
whether a record read again is the same; the row's number marks it as seen in a sweep.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Table, bindparam, func, select, update

from syncer.model.ledger import Account, OpenItem, Settled, Stream
from syncer.store.ids import among, batches, packed
from syncer.store.prepared import Batch, Encoder, insert_batch, sql_text
from syncer.store.tables import account, item, settled

LEDGER_SHIFT = 32
"""A row number is ``ledger_no << 32`` plus a running number within the ledger."""

DIGEST_BYTES = 16

_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


def _digest(record: msgspec.Struct) -> bytes:
    return hashlib.blake2b(_encode(record), digest_size=DIGEST_BYTES).digest()


def _settled_key(record: Settled) -> str:
    return f"{record.item_id}|{record.paid_on.isoformat()}|{record.amount.normalize():f}"


class Shelf:
    """One stream's table with its statements, compiled for one engine."""

    def __init__(
        self,
        table: Table,
        key: str,
        key_of: Callable[[Any], str],
        record: type[msgspec.Struct],
        dialect: Dialect,
    ) -> None:
        self.table = table
        self._key = key
        self._key_of = key_of
        self._dialect = dialect
        fields = [table.c[name] for name in record.__struct_fields__]
        self._encoder = Encoder(fields, dialect)
        stored = dict.fromkeys(("row_no", "ledger_no", key, *self._encoder.names, "digest"))
        self._insert = insert_batch(table, stored, dialect)
        changes: dict[str, Any] = {
            name: bindparam(f"new_{name}") for name in (*self._encoder.names, "digest")
        }
        self._update = Batch(
            update(table)
            .where(table.c.row_no == bindparam("old_row_no"))
            .values(changes | {"gone_at": None}),
            dialect,
        )
        self._known = sql_text(
            select(table.c[key], table.c.row_no, table.c.digest).where(
                table.c.ledger_no == bindparam("ledger_no"), among(table.c[key], dialect)
            ),
            dialect,
        )
        self._gone = Batch(
            update(table)
            .where(table.c.row_no == bindparam("old_row_no"))
            .values(gone_at=bindparam("new_gone_at"), digest=b""),
            dialect,
        )

    def put(self, connection: Connection, ledger_no: int, records: Sequence[Any]) -> list[int]:
        """Store records whose content is new; the row number of every one, known or new."""
        seen: list[int] = []
        unique = {self._key_of(record): record for record in records}
        for keys in batches(list(unique)):
            seen += self._put_batch(connection, ledger_no, {key: unique[key] for key in keys})
        return seen

    def _put_batch(
        self, connection: Connection, ledger_no: int, records: Mapping[str, Any]
    ) -> list[int]:
        known = self._look_up(connection, ledger_no, records)
        digests = list(map(_digest, records.values()))
        fresh: list[tuple[str, Any, bytes]] = []
        changed: list[tuple[int, Any, bytes]] = []
        seen: list[int] = []
        for (key, record), digest in zip(records.items(), digests, strict=True):
            found = known.get(key)
            if found is None:
                fresh.append((key, record, digest))
                continue
            seen.append(found[0])
            if found[1] != digest:
                changed.append((found[0], record, digest))
        if changed:
            self._store_changed(connection, changed)
        if fresh:
            seen += self._store_fresh(connection, ledger_no, fresh)
        return seen

    def _look_up(
        self, connection: Connection, ledger_no: int, keys: Mapping[str, Any]
    ) -> dict[str, tuple[int, bytes]]:
        text, names = self._known
        given = {"ledger_no": ledger_no, "ids": packed(keys, self._dialect)}
        rows = connection.exec_driver_sql(text, tuple(given[name] for name in names))
        return {key: (row_no, digest) for key, row_no, digest in rows}

    def _store_changed(
        self, connection: Connection, changed: Sequence[tuple[int, Any, bytes]]
    ) -> None:
        numbers, records, digests = zip(*changed, strict=True)
        columns = {f"new_{k}": v for k, v in self._encoder.columns(records).items()}
        columns |= {"old_row_no": numbers, "new_digest": digests, "gone_at": repeat(None)}
        self._update.run(connection, columns)

    def _store_fresh(
        self, connection: Connection, ledger_no: int, fresh: Sequence[tuple[str, Any, bytes]]
    ) -> range:
        keys, records, digests = zip(*fresh, strict=True)
        first = self._next_number(connection, ledger_no)
        numbers = range(first, first + len(keys))
        columns = dict(self._encoder.columns(records))
        columns |= {
            "row_no": numbers,
            "ledger_no": repeat(ledger_no),
            self._key: keys,
            "digest": digests,
        }
        self._insert.run(connection, columns)
        return numbers

    def _next_number(self, connection: Connection, ledger_no: int) -> int:
        first, beyond = ledger_no << LEDGER_SHIFT, (ledger_no + 1) << LEDGER_SHIFT
        number = self.table.c.row_no
        last = connection.execute(
            select(func.max(number)).where(number >= first, number < beyond)
        ).scalar_one()
        return first if last is None else int(last) + 1

    def mark_gone(self, connection: Connection, numbers: Sequence[int], at: str) -> int:
        """These rows are no longer in the ledger: how many that were."""
        if not numbers:
            return 0
        columns = {"old_row_no": numbers, "new_gone_at": repeat(at), "digest": repeat(b"")}
        return self._gone.run(connection, columns)


def shelves(dialect: Dialect) -> Mapping[Stream, Shelf]:
    """Every stream's shelf."""
    return {
        Stream.ITEMS: Shelf(item, "item_id", lambda r: str(r.item_id), OpenItem, dialect),
        Stream.ACCOUNTS: Shelf(
            account, "account_id", lambda r: str(r.account_id), Account, dialect
        ),
        Stream.SETTLED: Shelf(settled, "settled_key", _settled_key, Settled, dialect),
    }
