"""The outbox: every move of an effect is one statement that refuses an illegal one.

A move names the states it may start from in its WHERE; a row count of zero means that
the effect is not there, and nothing was changed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, case, func, insert, literal, or_, select, update

from syncer.errors import InvariantError
from syncer.model.effect import Attempt, Effect, EffectKind, EffectState, Message
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
from syncer.store.tables import attempt, event, message, outbox
from syncer.store.types import Instant, print_instant

ATTEMPTS_MAX = 3
"""Failed attempts after which an effect is rejected instead of tried again."""

S = EffectState
_IN_FLIGHT = (S.CLAIMED, S.SENDING)

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
    """Move an effect out of one of ``sources``; None when it stands elsewhere."""
    row = connection.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state.in_(sources))
        .values(**changes)
        .returning(*COLUMNS)
    ).one_or_none()
    return None if row is None else effect_from(row, ledger_name)


def claim(connection: Connection, key: str, ledger_name: str, at: datetime) -> Effect | None:
    """pending -> claimed and attempt + 1; None when it is no longer pending."""
    return move(
        connection,
        key,
        (S.PENDING,),
        ledger_name,
        state=S.CLAIMED,
        attempt=outbox.c.attempt + 1,
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


def _keep(connection: Connection, key: str, sent: Message) -> dict[str, Any]:
    digest = sha256(sent.raw)
    count = select(func.count()).select_from(message).where(message.c.key == key)
    number = connection.execute(count).scalar_one() + 1
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
            return (*_IN_FLIGHT, S.UNCERTAIN), {"state": S.DELIVERED, **final}
        case Rejected():
            return _IN_FLIGHT, {"state": S.REJECTED, **final}
        case Uncertain():
            return (S.SENDING,), {"state": S.UNCERTAIN, **final}
        case Cancelled():
            return (S.PENDING, S.CLAIMED, S.UNCERTAIN), {"state": S.CANCELLED, **final}
        case Snooze():
            return _IN_FLIGHT, {
                "state": S.PENDING,
                "not_before": outcome.until,
                "attempt": outbox.c.attempt - 1,
                "detail": detail_of(outcome),
            }
        case Retry():
            return _IN_FLIGHT, {}


def _after_failure(outcome: Retry, at: datetime) -> dict[str, Any]:
    """Back to pending, or rejected once the attempts are used up: decided by the row itself."""
    spent, state = outbox.c.attempt >= ATTEMPTS_MAX, outbox.c.state.type
    return {
        "state": case((spent, literal(S.REJECTED, state)), else_=literal(S.PENDING, state)),
        "settled_at": case((spent, literal(at, Instant())), else_=None),
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


def pending(
    connection: Connection,
    ledger_no: int,
    ledger_name: str,
    now: datetime,
    limit: int,
    kinds: Collection[EffectKind],
) -> Sequence[Effect]:
    """Effects of ``kinds`` (none = all) that are ready: by priority, then oldest first."""
    query = select(*COLUMNS).where(
        outbox.c.ledger_no == ledger_no,
        outbox.c.state == S.PENDING,
        outbox.c.settled_at.is_(None),
        or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now),
    )
    if kinds:
        query = query.where(outbox.c.kind.in_(kinds))
    query = query.order_by(outbox.c.priority.desc(), outbox.c.created_at, outbox.c.key)
    return [effect_from(row, ledger_name) for row in connection.execute(query.limit(limit))]


def in_flight(connection: Connection, ledger_no: int, ledger_name: str) -> Sequence[Effect]:
    """Effects that an earlier run left claimed or sending, oldest first."""
    query = (
        select(*COLUMNS)
        .where(
            outbox.c.ledger_no == ledger_no,
            outbox.c.state.in_(_IN_FLIGHT),
            outbox.c.settled_at.is_(None),
        )
        .order_by(outbox.c.claimed_at, outbox.c.key)
    )
    return [effect_from(row, ledger_name) for row in connection.execute(query)]
