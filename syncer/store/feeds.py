"""What an account's facts are read from: one feed per table, all in account order.

A feed gives driver rows; only when an account's records are wanted are its rows decoded.
Its ``stamp`` of a row changes whenever the record does, so that an account whose facts are
those of its last decision is recognised without decoding anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Dialect, Table, func, literal_column, or_

from syncer.model.effect import EffectState
from syncer.model.hold import Hold
from syncer.model.ledger import Account, OpenItem, Settled
from syncer.store.effects import CONTACT_COLUMNS, contact_builder, is_contact
from syncer.store.prepared import Decoder
from syncer.store.tables import account, hold, item, outbox, settled, standing

Row = Sequence[Any]
"""A row of driver values; the first is the account's id."""

FEEDS_KEPT = 32
"""Feeds made for an engine, and a time zone, that are kept with their compiled queries."""

_encode = msgspec.json.Encoder().encode
_digest: Callable[[Row], bytes] = itemgetter(1)


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """One kind of record, read in account order. ``columns`` start with the account's id."""

    table: Table
    columns: tuple[ColumnElement[Any], ...]
    where: tuple[ColumnElement[bool], ...]
    read: Callable[[Sequence[Row]], tuple[Any, ...]]
    stamp: Callable[[Row], bytes]


def _body_reader(record: type[msgspec.Struct]) -> Callable[[Sequence[Row]], tuple[Any, ...]]:
    decode = msgspec.json.Decoder(record).decode

    def read(rows: Sequence[Row]) -> tuple[Any, ...]:
        return tuple([decode(row[2]) for row in rows])

    return read


def whole(row: Row) -> bytes:
    """A stamp of all that the row holds."""
    return _encode(tuple(row))


def _facts(table: Table, record: type[msgspec.Struct]) -> Feed:
    """The open records of a table of facts."""
    columns = (table.c.account_id, table.c.digest, table.c.body)
    return Feed(table, columns, (table.c.gone_at.is_(None),), _body_reader(record), _digest)


_read_accounts = _body_reader(Account)


def _accounts(rows: Sequence[Row]) -> tuple[Account, ...]:
    """An account; of one that the ledger no longer lists, only the name and where it went."""
    return tuple(
        Account(account_id=one.account_id, name=one.name, merged_into=one.merged_into)
        if row[3] is not None
        else one
        for row, one in zip(rows, _read_accounts(rows), strict=True)
    )


ITEMS = _facts(item, OpenItem)
ITEM_STAMPS = Feed(
    item,
    (item.c.account_id, item.c.digest),
    (func.length(item.c.digest) > literal_column("0"),),  # not gone
    tuple,
    _digest,
)
"""The open items without what they say, out of an index alone."""

SETTLED = _facts(settled, Settled)
ACCOUNTS = Feed(
    account,
    (account.c.account_id, account.c.digest, account.c.body, account.c.gone_at),
    (),
    _accounts,
    _digest,
)


def _first_account(columns: Sequence[ColumnElement[Any]], table: Table) -> Any:
    return (table.c.account_id, *columns)


@lru_cache(maxsize=FEEDS_KEPT)
def holds_feed(dialect: Dialect) -> Feed:
    """Holds, past ones included."""
    names = Hold.__struct_fields__
    columns = tuple(hold.c[name] for name in names)

    def build(*values: Any) -> Hold:
        return Hold(**dict(zip(names, values, strict=True)))

    decoder = Decoder(columns, dialect, build)

    def read(rows: Sequence[Row]) -> tuple[Any, ...]:
        return tuple(decoder.records([row[1:] for row in rows]))

    return Feed(hold, _first_account(columns, hold), (), read, whole)


@lru_cache(maxsize=FEEDS_KEPT)
def contacts_feed(dialect: Dialect, time_zone: str) -> Feed:
    """Contacts, dated in the ledger's time zone.

    Cancelled ones are no contacts, but they are facts: what was cancelled may be planned again.
    """
    cancelled = f"'{EffectState.CANCELLED}'"
    state = outbox.c.state
    decoder = Decoder(CONTACT_COLUMNS, dialect, contact_builder(time_zone))

    def read(rows: Sequence[Row]) -> tuple[Any, ...]:
        made = [row[2:] for row in rows if row[1] != EffectState.CANCELLED.value]
        return tuple(decoder.records(made)) if made else ()

    columns = (outbox.c.account_id, state, *CONTACT_COLUMNS)
    where = or_(is_contact(), state == literal_column(cancelled))
    return Feed(outbox, columns, (where,), read, whole)


STANDING = Feed(
    standing,
    (
        standing.c.account_id,
        standing.c.ground,
        standing.c.facts,
        standing.c.contacts,
        standing.c.outcomes,
    ),
    (),
    tuple,
    whole,
)
"""What was decided last; its rows are compared as they are, and decoded only when they hold."""
