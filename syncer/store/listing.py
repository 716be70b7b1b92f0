"""The outbox as it is asked for: by ledger, account, run, state or key, newest first or by key."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    func,
    literal_column,
    select,
)

from syncer.model.effect import Effect, EffectState
from syncer.ports import OutboxFilter
from syncer.store import waiting
from syncer.store.effects import COLUMNS, effect_from
from syncer.store.prepared import Prepared
from syncer.store.tables import ledger, outbox

FILTERS_KEPT = 64
"""Kinds of question whose compiled statements are kept."""

_CHOOSING = ("ledger", "account_id", "key", "run_id", "key_start", "key_after")


def effects_of(connection: Connection, asked: OutboxFilter) -> Sequence[Effect]:
    """The effects that a filter chooses, newest plan first; behind a key in the order of keys."""
    given = {name: value for name in _CHOOSING if (value := getattr(asked, name))}
    states = tuple(map(EffectState, asked.states))
    rows = _by(tuple(given), states).all(connection, most=asked.limit, **given)
    return [effect_from(row, row.name) for row in rows]


@lru_cache(maxsize=FILTERS_KEPT)
def _by(given: tuple[str, ...], states: tuple[EffectState, ...]) -> Prepared:
    columns = outbox.c
    own: ColumnElement[int] = columns.ledger_no
    if "key_after" in given:  # found by its key: by the ledger each page would sort all of it
        own = columns.ledger_no + literal_column("0")
    query = select(ledger.c.name, *COLUMNS).join_from(outbox, ledger, ledger.c.ledger_no == own)
    for name in given:
        if name == "key_start":
            start: BindParameter[str] = bindparam(name)
            query = query.where(
                func.substr(columns.key, literal_column("1"), func.length(start)) == start
            )
        elif name == "key_after":
            query = query.where(columns.key > bindparam(name))
        else:
            column = ledger.c.name if name == "ledger" else columns[name]
            query = query.where(column == bindparam(name))
    if states:
        query = query.where(waiting.is_in(columns.state, states))
    order = (columns.key,) if "key_after" in given else (columns.created_at.desc(), columns.key)
    return Prepared(query.order_by(*order).limit(bindparam("most")))
