"""What waits in the outbox, or was left under way: questions that every run puts to it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement as Column
from sqlalchemy import Connection, bindparam, func, literal_column, or_, select

from syncer.model.effect import UNTIL_APPROVED, Effect, EffectKind, EffectState
from syncer.store.effects import COLUMNS, effect_from
from syncer.store.prepared import Prepared
from syncer.store.tables import outbox

STATEMENTS_KEPT = 64
"""Moves and questions that differ in what they change or choose by; a worker has some twenty."""

S = EffectState
IN_FLIGHT = (S.CLAIMED, S.SENDING)


def is_in(column: Column[Any], words: Collection[str]) -> Column[bool]:
    """Its words stand in the statement itself, so that it is compiled once."""
    return column.in_([literal_column(f"'{word!s}'") for word in words])


def pending(
    connection: Connection,
    ledger_no: int,
    ledger_name: str,
    now: datetime,
    limit: int,
    kinds: Collection[EffectKind],
) -> Sequence[Effect]:
    """Effects of ``kinds`` (none = all) that are ready: by priority, then oldest first."""
    query = _pending(tuple(kinds))
    rows = query.all(connection, number=ledger_no, now=now, most=limit)
    return [effect_from(row, ledger_name) for row in rows]


def put_off(
    connection: Connection, ledger_no: int, now: datetime, kinds: Collection[EffectKind]
) -> int:
    """How many effects of ``kinds`` wait for a later moment than ``now``; not for an approval."""
    given = {"number": ledger_no, "now": now, "approval": UNTIL_APPROVED}
    count: int = _put_off(tuple(kinds)).value(connection, **given)
    return count


@lru_cache(maxsize=STATEMENTS_KEPT)
def _put_off(kinds: tuple[EffectKind, ...]) -> Prepared:
    later = (
        outbox.c.not_before > bindparam("now"),
        outbox.c.not_before < bindparam("approval"),
    )
    return Prepared(
        select(func.count()).where(*_waits(S.PENDING), *later, is_in(outbox.c.kind, kinds))
    )


@lru_cache(maxsize=STATEMENTS_KEPT)
def _pending(kinds: tuple[EffectKind, ...]) -> Prepared:
    query = select(*COLUMNS).where(
        *_waits(S.PENDING),
        or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("now")),
        *([is_in(outbox.c.kind, kinds)] if kinds else []),
    )
    query = query.order_by(outbox.c.priority.desc(), outbox.c.created_at, outbox.c.key)
    return Prepared(query.limit(bindparam("most")))


def _waits(*states: EffectState) -> tuple[Column[bool], ...]:
    return (
        outbox.c.ledger_no == bindparam("number"),
        is_in(outbox.c.state, states),
        outbox.c.settled_at.is_(None),
    )


_FLYING = Prepared(
    select(*COLUMNS).where(*_waits(*IN_FLIGHT)).order_by(outbox.c.claimed_at, outbox.c.key)
)


def in_flight(connection: Connection, ledger_no: int, ledger_name: str) -> Sequence[Effect]:
    """Effects that an earlier run left claimed or sending, oldest first."""
    rows = _FLYING.all(connection, number=ledger_no)
    return [effect_from(row, ledger_name) for row in rows]
