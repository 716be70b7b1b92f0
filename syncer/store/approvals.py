"""Contacts that a person has to approve first: who did, and what that means for their rows.

A contact that waits has ``not_before`` at the end of time. An approval is an event in the journal;
it holds for the contact's key for ever, also when the contact is cancelled over a weekend and
planned anew. So does a person's no: the contact is cancelled, and its row says by whom.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, select

from syncer.model.effect import DECLINED, UNTIL_APPROVED, WAITS_FOR_APPROVAL, Effect, EffectState
from syncer.store.journal import Journals
from syncer.store.outbox import move
from syncer.store.tables import event, outbox
from syncer.store.types import print_instant

APPROVED = "approved"
"""What the journal calls it."""

_KEYS_AT_ONCE = 500


class Known(NamedTuple):
    """How a planned contact stands in the outbox already."""

    state: EffectState
    not_before: datetime | None
    detail: str = ""

    @property
    def revivable(self) -> bool:
        """Whether it may become due again: it reached nobody, and nobody said no to it."""
        return self.state is EffectState.CANCELLED and not self.detail.startswith(DECLINED)


def declined(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of the contacts to which a person said no."""
    wanted, found = sorted(keys), set[str]()
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        query = select(outbox.c.key).where(
            outbox.c.key.in_(wanted[start : start + _KEYS_AT_ONCE]),
            outbox.c.state == EffectState.CANCELLED,
            outbox.c.detail.startswith(DECLINED),
        )
        found.update(connection.execute(query).scalars())
    return found


def approve(
    connection: Connection,
    journals: Journals,
    key: str,
    ledger_name: str,
    *,
    author: str,
    note: str,
    at: datetime,
) -> Effect | None:
    """Let a waiting contact go at the next run; None when it does not wait: of two who approve
    it at once, one is told that the other did.
    """
    query = select(outbox.c.not_before).where(outbox.c.key == key).with_for_update()
    if connection.execute(query).scalar() != UNTIL_APPROVED:
        return None
    done = move(
        connection,
        key,
        (EffectState.PENDING,),
        ledger_name,
        not_before=at,
        detail=f"approved by {author}",
    )
    if done is not None:
        body = msgspec.json.encode({"author": author, "note": note}).decode()
        journals.append(event, [(print_instant(at), APPROVED, key, body)])
    return done


def with_approvals(
    connection: Connection,
    ledger_no: int,
    planned: Mapping[str, Effect],
    known: Mapping[str, Known],
) -> dict[str, Effect]:
    """The planned contacts that are known, each with the time from which on it may go."""
    doubtful = [
        key
        for key, row in known.items()
        if planned[key].not_before == UNTIL_APPROVED and row.not_before != UNTIL_APPROVED
    ]
    cancelled = [
        key
        for key, row in known.items()
        if planned[key].not_before == UNTIL_APPROVED and row.state is EffectState.CANCELLED
    ]
    approved = _approved(connection, ledger_no, {*doubtful, *cancelled})
    return {key: _told(planned[key], row, approved=key in approved) for key, row in known.items()}


def _told(effect: Effect, row: Known, *, approved: bool) -> Effect:
    if effect.not_before == UNTIL_APPROVED and not approved:
        return effect
    waiting = row.state is EffectState.PENDING and row.not_before != UNTIL_APPROVED
    detail = "" if effect.detail == WAITS_FOR_APPROVAL else effect.detail
    return replace(effect, not_before=row.not_before if waiting else None, detail=detail)


def _approved(connection: Connection, ledger_no: int, keys: Collection[str]) -> set[str]:
    """Those of the keys that somebody approved once. Asked only where an approval is needed."""
    if not keys:
        return set()
    query = select(event.c.key).where(event.c.ledger_no == ledger_no, event.c.what == APPROVED)
    return set(connection.execute(query).scalars()) & set(keys)
