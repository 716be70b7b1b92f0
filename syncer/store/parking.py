"""Keeps that a person ended the parking of a ledger: an entry of its journal names the run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from syncer.model.effect import EffectKind, EffectState
from syncer.store.journal import Journals
from syncer.store.ledgers import LedgerRef
from syncer.store.tables import event, outbox
from syncer.store.types import print_instant

_WHAT = "unparked"


class EndsParking:
    """The part of a store that is asked about it."""

    _reading: Callable[[str], AbstractContextManager[tuple[Connection, LedgerRef | None]]]
    _changing: Callable[[str], AbstractContextManager[tuple[Connection, LedgerRef, Journals]]]

    def parking_ended(self, ledger: str, run_id: str) -> bool:
        """Whether a person ended what this run began."""
        with self._reading(ledger) as (connection, ref):
            return ref is not None and _ended(connection, ref, run_id)

    def end_parking(self, ledger: str, run_id: str, *, author: str, at: datetime) -> bool:
        """Note who ended what this run began; False when somebody had.

        A connector may have put notes off until the limit ends: they are ready again.
        """
        with self._changing(ledger) as (connection, ref, journals):
            if _ended(connection, ref, run_id):
                return False
            said = msgspec.json.encode({"author": author}).decode()
            journals.append(event, [(print_instant(at), _WHAT, run_id, said)])
            connection.execute(
                update(outbox)
                .where(
                    outbox.c.ledger_no == ref.number,
                    outbox.c.kind == EffectKind.NOTE,
                    outbox.c.state == EffectState.PENDING,
                )
                .values(not_before=None)
            )
            return True


def _ended(connection: Connection, ref: LedgerRef, run_id: str) -> bool:
    found = select(event.c.entry_no).where(
        event.c.ledger_no == ref.number, event.c.what == _WHAT, event.c.key == run_id
    )
    return connection.execute(found.limit(1)).scalar_one_or_none() is not None
