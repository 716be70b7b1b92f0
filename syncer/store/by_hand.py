"""What a person says about an effect: it went out, it did not, try it again, it may go.

Each is one transaction with its entry in the journal.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select

from syncer.errors import StateError
from syncer.model.effect import DECLINED, Effect, EffectState
from syncer.model.outcome import Cancelled, Delivered, Retry
from syncer.store import outbox
from syncer.store.approvals import approve, declined
from syncer.store.engine import reading, writing
from syncer.store.journal import Journals
from syncer.store.ledgers import LedgerRef
from syncer.store.session import Statements
from syncer.store.tables import lease, ledger
from syncer.store.tables import outbox as outbox_table


class SettledByHand:
    """The part of ``syncer.ports.Store`` that a person's word is written down with."""

    _engine: Engine
    _statements: Statements

    def resolve(
        self,
        key: str,
        *,
        delivered: bool,
        author: str,
        note: str,
        at: datetime,
        follow_ups: Sequence[Effect] = (),
    ) -> Effect:
        """A person settles what is uncertain or rejected. Raises StateError for anything else."""
        said = f"{author}: {note}" if note else author
        outcome = (
            Delivered(detail=f"confirmed by {said}")
            if delivered
            else Cancelled(reason="discarded", detail=said)
        )
        with writing(self._engine) as connection:
            owner = _owner_alone(connection, key)
            waiting = (EffectState.UNCERTAIN, EffectState.REJECTED)
            done = owner and outbox.resolve(connection, key, waiting, outcome, owner.name, at)
            if not owner or not done:
                raise StateError(
                    f"effect {key} does not wait for a person; `syncer outbox` lists what does"
                )
            journals = Journals(connection, owner.number, owner.name)
            outbox.journal_outcome(journals, done, outcome, at)
            self._statements.planner.enqueue(connection, journals, owner.number, follow_ups, at)
            return done

    def put_back(self, key: str, *, author: str, note: str, at: datetime) -> Effect:
        """A person lets a refused effect be tried again. StateError when it was not refused."""
        said = f"{author}: {note}" if note else author
        outcome = Retry(after=timedelta(0), reason=f"put back by {said}")
        with writing(self._engine) as connection:
            owner = _owner_alone(connection, key)
            done = owner and outbox.put_back(connection, key, outcome, owner.name, at)
            if not owner or not done:
                raise StateError(f"effect {key} was not refused; `syncer outbox` lists what was")
            journals = Journals(connection, owner.number, owner.name)
            outbox.journal_outcome(journals, done, outcome, at)
            return done

    def approve(self, key: str, *, author: str, note: str, at: datetime) -> Effect:
        """A person lets a waiting contact go. StateError when it is not pending."""
        with writing(self._engine) as connection:
            owner = _owner_alone(connection, key)
            if owner is None:
                raise StateError(f"there is no effect {key}; `syncer outbox` lists what there is")
            journals = Journals(connection, owner.number, owner.name)
            done = approve(connection, journals, key, owner.name, author=author, note=note, at=at)
            if done is None:
                raise StateError(
                    f"effect {key} does not wait for approval any more: somebody else approved it, "
                    "or it is no longer due; `syncer outbox show` says which"
                )
            return done

    def decline(self, key: str, *, author: str, note: str, at: datetime) -> Effect:
        """A person says no to a contact that waits or was approved; StateError for any other."""
        said = f"{author}: {note}" if note else author
        outcome = Cancelled(reason=DECLINED, detail=said)
        with writing(self._engine) as connection:
            owner = _owner_alone(connection, key)
            pending = (EffectState.PENDING,)
            done = owner and outbox.resolve(connection, key, pending, outcome, owner.name, at)
            if not owner or not done:
                raise StateError(f"effect {key} is not pending any more; look with outbox show")
            journals = Journals(connection, owner.number, owner.name)
            outbox.journal_outcome(journals, done, outcome, at)
            return done

    def declined(self, keys: Collection[str]) -> set[str]:
        """Those of the contacts to which a person said no."""
        with reading(self._engine) as connection:
            return declined(connection, keys)


def _owner_alone(connection: Connection, key: str) -> LedgerRef | None:
    """The ledger of an effect, with everybody else's writing to it shut out until the commit.

    A run locks the same row first. In another order the two could wait for each other for ever:
    the run for the contact, the person's word for the journal.
    """
    owner = owner_of(connection, key)
    if owner is not None:
        query = select(lease.c.ledger_no).where(lease.c.ledger_no == owner.number)
        connection.execute(query.with_for_update())
    return owner


def owner_of(connection: Connection, key: str) -> LedgerRef | None:
    """The ledger of an effect; None when nobody knows the key."""
    query = (
        select(ledger.c.ledger_no, ledger.c.name)
        .join_from(outbox_table, ledger)
        .where(outbox_table.c.key == key)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else LedgerRef(row.ledger_no, row.name)
