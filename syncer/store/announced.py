"""What an account's messages charged, read back from the messages themselves as they were kept."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
from sqlalchemy import Connection, bindparam, exists, func, literal_column, select

from syncer.model.charge import BOOKED, VOID, Announced, ChargeLine
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.policy.rules import StepChannel
from syncer.store.effects import COLUMNS, effect_from
from syncer.store.ledgers import LedgerRef
from syncer.store.prepared import Prepared
from syncer.store.tables import item, message, outbox

_REACHED = (
    EffectState.CLAIMED,
    EffectState.SENDING,
    EffectState.DELIVERED,
    EffectState.UNCERTAIN,
)
"""States in which a customer may have read it; who refused it or never got it owes nothing."""


class _Kept(msgspec.Struct):
    charges: tuple[ChargeLine, ...] = ()


class _Named(msgspec.Struct):
    number: str = ""
    reference: str = ""


_named = msgspec.json.Decoder(_Named).decode
_kept = msgspec.json.Decoder(_Kept).decode


def announced(
    connection: Connection, ledger_no: int, account_ids: Sequence[str]
) -> tuple[Announced, ...]:
    """Every reminder to these accounts that may have arrived, oldest first.

    One whose text is not here was only found in the ledger's notes, after a state was lost.
    """
    at = func.coalesce(outbox.c.sent_at, outbox.c.claimed_at, outbox.c.settled_at)
    query = (
        select(
            outbox.c.key,
            outbox.c.step,
            outbox.c.currency,
            outbox.c.item_ids,
            outbox.c.channel,
            at,
        )
        .where(
            outbox.c.ledger_no == ledger_no,
            outbox.c.account_id.in_(account_ids),
            outbox.c.kind == EffectKind.REMINDER,
            outbox.c.state.in_(_REACHED),
        )
        .order_by(at, outbox.c.key)
    )
    rows = connection.execute(query).all()
    texts = _texts(connection, [row.key for row in rows])
    return tuple(
        [
            Announced(
                key=row.key,
                step=row.step,
                currency=row.currency,
                at=row[5],
                lines=texts.get(row.key, ()),
                item_ids=row.item_ids,
                kept=row.key in texts or row.channel == StepChannel.LEDGER_EMAIL,
            )
            for row in rows
        ]
    )


def _texts(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[ChargeLine, ...]]:
    """The charges of each message as it went out last."""
    query = (
        select(message.c.key, message.c.fields)
        .where(message.c.key.in_(keys))
        .order_by(message.c.key, message.c.number)
    )
    return {row.key: _kept(row.fields).charges for row in connection.execute(query)}


_told = outbox.alias("told")
_RAISED = Prepared(
    select(*COLUMNS)
    .where(
        outbox.c.ledger_no == bindparam("number"),
        outbox.c.kind == literal_column(f"'{EffectKind.CHARGE}'"),
        outbox.c.state == literal_column(f"'{EffectState.DELIVERED}'"),
        ~exists().where(_told.c.key == outbox.c.key + literal_column(f"'{VOID}'")),
    )
    .order_by(outbox.c.created_at, outbox.c.key)
)


def left_behind(connection: Connection, ledger_no: int, ledger_name: str) -> list[Effect]:
    """Raised charges whose late invoice is closed and of which nobody was told, oldest first."""
    found = _RAISED.all(connection, number=ledger_no)
    raised = [effect_from(row, ledger_name) for row in found]
    if not raised:
        return []
    late = _open_ids(connection, ledger_no, [one.item_ids[0] for one in raised])
    booked = {one.account_id for one in raised if one.channel == BOOKED}
    own = _open_names(connection, ledger_no, sorted(booked)) if booked else set()
    return [
        one
        for one in raised
        if one.item_ids[0] not in late and (one.channel != BOOKED or one.key in own)
    ]


def _open_ids(connection: Connection, ledger_no: int, item_ids: Sequence[str]) -> set[str]:
    query = select(item.c.item_id).where(
        item.c.ledger_no == ledger_no, item.c.item_id.in_(item_ids), func.length(item.c.digest) > 0
    )
    return set(connection.execute(query).scalars())


def _open_names(connection: Connection, ledger_no: int, account_ids: Sequence[str]) -> set[str]:
    """Numbers and references of all that is open on these accounts."""
    query = select(item.c.body).where(
        item.c.ledger_no == ledger_no,
        item.c.account_id.in_(account_ids),
        func.length(item.c.digest) > 0,
    )
    found = [_named(body) for body in connection.execute(query).scalars()]
    return {name for one in found for name in (one.number, one.reference)}


class TellsAnnounced:
    """The store's look at what was charged, without a lease."""

    _reading: Callable[[str], AbstractContextManager[tuple[Connection, LedgerRef | None]]]

    def announced(self, ledger: str, account_ids: Sequence[str]) -> Sequence[Announced]:
        """Every reminder to these accounts that may have arrived, oldest first."""
        with self._reading(ledger) as (connection, ref):
            return announced(connection, ref.number, account_ids) if ref else ()
