"""The outbox: every move of an effect is one statement that refuses an illegal one.

A move names the states it may start from in its WHERE; a row count of zero means that
the effect is not there, and nothing was changed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement as Column
from sqlalchemy import (
    Connection,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
    update,
)

from syncer.errors import InvariantError
from syncer.model.effect import (
    Attempt,
    Effect,
    EffectState,
    Message,
)
from syncer.model.outcome import (
    AlreadyThere,
    Cancelled,
    Delivered,
    Outcome,
    Rejected,
    Retry,
    Snooze,
    Uncertain,
)
from syncer.store.effects import COLUMNS, effect_from
from syncer.store.journal import SENDING, Journals, sha256
from syncer.store.prepared import Prepared
from syncer.store.tables import attempt, event, message, outbox
from syncer.store.types import Instant, print_instant
from syncer.store.waiting import IN_FLIGHT, STATEMENTS_KEPT, is_in

ATTEMPTS_MAX = 3
"""Failed attempts after which an effect is rejected instead of tried again."""

S = EffectState

_ONE_MORE: Column[Any] = outbox.c.attempt + literal_column("1")
_ONE_LESS: Column[Any] = outbox.c.attempt - literal_column("1")
_SPENT = outbox.c.attempt >= literal_column(str(ATTEMPTS_MAX))
# After a failure the row itself decides: back to pending, or rejected once its attempts are used.
_REJECTED_IF_SPENT: Column[Any] = case(
    (_SPENT, literal_column(f"'{S.REJECTED}'")), else_=literal_column(f"'{S.PENDING}'")
)
_SETTLED_IF_SPENT: Column[Any] = case((_SPENT, bindparam("failed_at", type_=Instant())), else_=None)

_tag: dict[type, str] = {
    kind: str(kind.__struct_config__.tag)
    for kind in (Delivered, AlreadyThere, Retry, Snooze, Cancelled, Rejected, Uncertain)
}


def move(
    connection: Connection,
    key: str,
    sources: Collection[EffectState],
    ledger_name: str,
    **changes: Any,
) -> Effect | None:
    """Move an effect out of one of ``sources``; None when it stands elsewhere.

    ``changes`` are columns; an expression among them that needs a value has it beside them.
    """
    columns = {name: changes[name] for name in changes if name in outbox.c}
    made = {name: one for name, one in columns.items() if isinstance(one, Column)}
    given = {name: one for name, one in changes.items() if name not in columns}
    given |= {f"new_{name}": one for name, one in columns.items() if name not in made}
    shape = tuple((name, made.get(name)) for name in columns)
    row = _move(tuple(sources), shape).first(connection, moved=key, **given)
    return None if row is None else effect_from(row, ledger_name)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _move(
    sources: tuple[EffectState, ...], shape: tuple[tuple[str, Column[Any] | None], ...]
) -> Prepared:
    values: dict[str, Any] = {
        name: bindparam(f"new_{name}") if made is None else made for name, made in shape
    }
    chosen = (outbox.c.key == bindparam("moved"), is_in(outbox.c.state, sources))
    return Prepared(update(outbox).where(*chosen).values(values).returning(*COLUMNS))


def claim(connection: Connection, key: str, ledger_name: str, at: datetime) -> Effect | None:
    """pending -> claimed and attempt + 1; None when it is no longer pending."""
    return move(
        connection,
        key,
        (S.PENDING,),
        ledger_name,
        state=S.CLAIMED,
        attempt=_ONE_MORE,
        claimed_at=at,
    )


def start_sending(
    connection: Connection,
    journals: Journals,
    key: str,
    sent: Message | None,
    at: datetime,
    *,
    text: str,
) -> None:
    """claimed -> sending, keeping the message as it goes out, and ``text`` unless empty."""
    changes: dict[str, Any] = {"state": S.SENDING, "sent_at": at}
    if text:
        changes["text"] = text
    effect = move(connection, key, (S.CLAIMED,), "", **changes)
    if effect is None:
        raise InvariantError(f"effect {key} is not claimed and must not be sent")
    body: dict[str, Any] = {"attempt": effect.attempt}
    if sent is not None:
        body |= _keep(connection, key, sent)
    journals.append(event, [_entry(at, SENDING, key, body)])


_KEPT = Prepared(select(func.count()).select_from(message).where(message.c.key == bindparam("key")))


def _keep(connection: Connection, key: str, sent: Message) -> dict[str, Any]:
    digest = sha256(sent.raw)
    number = _KEPT.value(connection, key=key) + 1
    fields = msgspec.json.encode(msgspec.structs.replace(sent, raw=b"")).decode()
    connection.execute(
        insert(message).values(key=key, number=number, fields=fields, raw=sent.raw, sha256=digest)
    )
    return {
        "message": number,
        "message_id": sent.message_id,
        "sha256": digest,
        "fields_sha256": sha256(fields),
    }


def kept_message(connection: Connection, key: str) -> Message | None:
    """The message kept last, as it went out."""
    query = select(message.c.fields, message.c.raw).where(message.c.key == key)
    row = connection.execute(query.order_by(message.c.number.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    fields = msgspec.json.decode(row.fields, type=Message)
    return msgspec.structs.replace(fields, raw=bytes(row.raw))


def settle(
    connection: Connection,
    journals: Journals,
    key: str,
    outcome: Outcome,
    ledger_name: str,
    at: datetime,
) -> Effect:
    """Record an outcome; InvariantError when the effect cannot have it from where it stands."""
    sources, changes = _consequence(outcome, at)
    if isinstance(outcome, Retry):
        changes |= _after_failure(outcome, at)
    effect = move(connection, key, sources, ledger_name, **changes)
    if effect is None:
        raise InvariantError(f"effect {key} cannot become {_tag[type(outcome)]} now")
    journal_outcome(journals, effect, outcome, at)
    return effect


def resolve(
    connection: Connection,
    key: str,
    sources: Collection[EffectState],
    outcome: Outcome,
    ledger_name: str,
    at: datetime,
) -> Effect | None:
    """A person's word: like ``settle``, from ``sources`` alone; None when it stands elsewhere."""
    _, changes = _consequence(outcome, at)
    return move(connection, key, sources, ledger_name, **changes)


def put_back(
    connection: Connection, key: str, outcome: Retry, ledger_name: str, at: datetime
) -> Effect | None:
    """A refused effect starts anew, with all its attempts; None when it was not refused."""
    return move(
        connection,
        key,
        (S.REJECTED,),
        ledger_name,
        state=S.PENDING,
        attempt=0,
        not_before=at,
        settled_at=None,
        detail=outcome.reason,
    )


def _consequence(outcome: Outcome, at: datetime) -> tuple[tuple[EffectState, ...], dict[str, Any]]:
    """The states it may come from, and what changes."""
    final: dict[str, Any] = {"settled_at": at, "detail": detail_of(outcome)}
    match outcome:
        case Delivered() | AlreadyThere():
            return (*IN_FLIGHT, S.UNCERTAIN), {"state": S.DELIVERED, **final}
        case Rejected():
            return IN_FLIGHT, {"state": S.REJECTED, **final}
        case Uncertain():
            return (S.SENDING,), {"state": S.UNCERTAIN, **final}
        case Cancelled():
            return (S.PENDING, S.CLAIMED, S.UNCERTAIN), {"state": S.CANCELLED, **final}
        case Snooze():
            return IN_FLIGHT, {
                "state": S.PENDING,
                "not_before": outcome.until,
                "attempt": _ONE_LESS,
                "detail": detail_of(outcome),
            }
        case Retry():
            return IN_FLIGHT, {}


def _after_failure(outcome: Retry, at: datetime) -> dict[str, Any]:
    """Back to pending, or rejected once the attempts are used up: decided by the row itself."""
    return {
        "state": _REJECTED_IF_SPENT,
        "settled_at": _SETTLED_IF_SPENT,
        "failed_at": at,
        "not_before": at + outcome.after,
        "detail": outcome.reason,
    }


def detail_of(outcome: Outcome) -> str:
    """The outcome's reason, evidence or remote id, as the row shows it."""
    match outcome:
        case Delivered() | AlreadyThere():
            return outcome.detail or outcome.remote_id
        case Cancelled():
            return f"{outcome.reason}: {outcome.detail}" if outcome.detail else outcome.reason
        case Uncertain():
            return outcome.evidence
        case Rejected() | Retry() | Snooze():
            return outcome.reason


def journal_outcome(journals: Journals, effect: Effect, outcome: Outcome, at: datetime) -> None:
    """One attempt row, unless no attempt was used, and one event with the new state."""
    tag, detail = _tag[type(outcome)], detail_of(outcome)
    if not isinstance(outcome, Snooze) and effect.attempt > 0:
        tried = {"number": effect.attempt, "outcome": tag, "detail": detail}
        body = msgspec.json.encode(tried).decode()
        journals.append(attempt, [(print_instant(at), effect.key, body)])
    said = {"outcome": tag, "state": effect.state, "detail": detail}
    if isinstance(outcome, Delivered | AlreadyThere):
        said["remote_id"] = outcome.remote_id
    journals.append(event, [_entry(at, "settled", effect.key, said)])


def _entry(at: datetime, what: str, key: str, body: Any) -> tuple[str, str, str, str]:
    return print_instant(at), what, key, msgspec.json.encode(body).decode()


def attempts(connection: Connection, ledger_no: int, key: str) -> Sequence[Attempt]:
    """Every attempt at an effect, oldest first."""
    query = (
        select(attempt.c.at, attempt.c.body)
        .where(attempt.c.ledger_no == ledger_no, attempt.c.key == key)
        .order_by(attempt.c.entry_no)
    )
    return [
        Attempt(key=key, at=row.at, **msgspec.json.decode(row.body))
        for row in connection.execute(query)
    ]
