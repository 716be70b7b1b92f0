"""Contacts that an earlier state made, taken over from the notes it left in the ledger."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from syncer.model.effect import Effect, EffectState
from syncer.model.outcome import AlreadyThere, Outcome, Uncertain
from syncer.store import outbox
from syncer.store.journal import Journals

_UNKNOWN_BEFORE = tuple(state for state in EffectState if state is not EffectState.DELIVERED)


def adopt(
    connection: Connection, journals: Journals, found: Effect, time_zone: str, at: datetime
) -> bool:
    """Settle an enqueued effect as ``found`` says, on its day; False when that was known.

    A note proves a delivery, whatever this state believed. What is uncertain proves nothing
    and settles only what was enqueued for it.
    """
    outcome: Outcome
    if found.state is EffectState.DELIVERED:
        sources, outcome = _UNKNOWN_BEFORE, AlreadyThere(detail=found.detail)
    else:
        sources, outcome = (EffectState.PENDING,), Uncertain(evidence=found.detail)
    moved = outbox.move(
        connection,
        found.key,
        sources,
        found.ledger,
        state=found.state,
        sent_at=_noon(found.planned_on, time_zone),
        settled_at=at,
        detail=found.detail,
    )
    if moved is not None:
        outbox.journal_outcome(journals, moved, outcome, at)
    return moved is not None


def _noon(day: date, time_zone: str) -> datetime:
    """A moment of that day wherever the ledger is."""
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(time_zone))
