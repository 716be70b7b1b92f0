"""Writing a plan: decisions into the journal when they changed, effects into the outbox."""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Dialect,
    and_,
    bindparam,
    delete,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from syncer.model.decision import Decision, Standing
from syncer.model.effect import Effect, EffectKind, EffectState, PlannedContact
from syncer.store.approvals import Known, with_approvals
from syncer.store.effects import FIELDS
from syncer.store.ids import among, batches, packed
from syncer.store.journal import Journals
from syncer.store.prepared import Batch, Encoder, Prepared
from syncer.store.tables import decision, event, latest_decision, outbox, standing
from syncer.store.types import print_instant

NO_LONGER_DUE = "no_longer_due"
"""Reason code of a reminder that a newer plan no longer asks for."""

_RENEWED = ("kind", "channel", "item_ids", "amount", "decision_digest", "not_before")
"""Of a contact that waits, what changes with its account, or with the policy: the way it goes,
and what notes and later decisions go by.
"""

_encode = msgspec.json.encode
_key = attrgetter("key")


def insert_for(dialect: Dialect) -> Any:
    """The engine's INSERT that knows ON CONFLICT."""
    if dialect.name != "postgresql":
        return sqlite.insert
    from sqlalchemy.dialects import postgresql  # loaded late: heavy, and rarely needed

    return postgresql.insert


class Planner:
    """The statements of a plan, compiled for one engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepare(dialect)
        self._encoder = Encoder([outbox.c[name] for name in FIELDS], dialect)
        insert = insert_for(dialect)
        names = ("ledger_no", *FIELDS, "created_at")
        self._enqueue = Batch(
            insert(outbox).values({n: bindparam(n) for n in names}).on_conflict_do_nothing(),
            dialect,
        )
        self._revive = Batch(
            update(outbox)
            .where(
                outbox.c.key == bindparam("old_key"),
                outbox.c.state == literal_column(f"'{EffectState.CANCELLED}'"),
            )
            .values(
                {n: bindparam(f"new_{n}") for n in (*FIELDS, "created_at")}
                | {"claimed_at": null(), "sent_at": null()}
            ),
            dialect,
        )
        self._renew = Batch(
            update(outbox)
            .where(
                outbox.c.key == bindparam("old_key"),
                outbox.c.state == literal_column(f"'{EffectState.PENDING}'"),
            )
            .values({name: bindparam(f"new_{name}") for name in _RENEWED}),
            dialect,
        )
        keyed = ("ledger_no", "account_id", "currency", "digest", "entry_no")
        latest = insert(latest_decision).values({name: bindparam(name) for name in keyed})
        self._latest = Batch(
            latest.on_conflict_do_update(
                index_elements=["ledger_no", "account_id", "currency"],
                set_={"digest": latest.excluded.digest, "entry_no": latest.excluded.entry_no},
            ),
            dialect,
        )
        kept = ("ledger_no", "account_id", "ground", "facts", "contacts", "outcomes")
        stands = insert(standing).values({name: bindparam(name) for name in kept})
        self._standing = Batch(
            stands.on_conflict_do_update(
                index_elements=["ledger_no", "account_id"],
                set_={name: stands.excluded[name] for name in kept[2:]},
            ),
            dialect,
            kept,
        )

    def _prepare(self, dialect: Dialect) -> None:
        """The questions that come before writing."""
        chosen = outbox.c.ledger_no == bindparam("number"), _waits()
        self._unwanted = Prepared(
            select(outbox.c.key).where(*chosen, among(outbox.c.account_id, dialect))
        )
        self._keys = Prepared(
            select(outbox.c.key, outbox.c.state, outbox.c.not_before, outbox.c.detail).where(
                among(outbox.c.key, dialect)
            )
        )
        known = latest_decision.c
        self._digests = Prepared(
            select(known.account_id, known.currency, known.digest).where(
                known.ledger_no == bindparam("number"), among(known.account_id, dialect)
            )
        )

    def keep_standings(
        self,
        connection: Connection,
        ledger_no: int,
        decisions: Sequence[Decision],
        standings: Sequence[Standing],
    ) -> None:
        """What was decided of these accounts, in the place of what stood there before.

        Where nothing is to stand (a plan only looked at, a selection), nothing stands either:
        the journal's latest word is another than the one that was counted on.
        """
        rows = [
            (
                ledger_no,
                one.account_id,
                one.ground,
                one.facts,
                one.contacts,
                _encode(one.outcomes).decode(),
            )
            for one in standings
        ]
        self._standing.run_rows(connection, rows)
        kept = {one.account_id for one in standings}
        for ids in batches(sorted({d.account_id for d in decisions} - kept)):
            connection.execute(
                delete(standing).where(
                    standing.c.ledger_no == ledger_no,
                    among(standing.c.account_id, self._dialect),
                ),
                {"ids": packed(ids, self._dialect)},
            )

    def write_decisions(
        self,
        connection: Connection,
        journals: Journals,
        ledger_no: int,
        run_id: str,
        decisions: Sequence[Decision],
        at: datetime,
    ) -> None:
        """Journal each decision that differs from the latest of its account and currency."""
        latest = self._latest_digests(connection, ledger_no, decisions)
        changed = [d for d in decisions if latest.get((d.account_id, d.currency)) != d.digest]
        if not changed:
            return
        stamp = print_instant(at)
        entries = [
            (stamp, run_id, d.account_id, d.currency, d.digest, _encode(d).decode())
            for d in changed
        ]
        first = journals.append(decision, entries)
        self._latest.run(
            connection,
            {
                "ledger_no": repeat(ledger_no),
                "account_id": [d.account_id for d in changed],
                "currency": [d.currency for d in changed],
                "digest": [d.digest for d in changed],
                "entry_no": range(first, first + len(changed)),
            },
        )

    def _latest_digests(
        self, connection: Connection, ledger_no: int, decisions: Sequence[Decision]
    ) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for ids in batches(sorted({d.account_id for d in decisions})):
            some = packed(ids, self._dialect)
            rows = self._digests.all(connection, number=ledger_no, ids=some)
            found.update({(row[0], row[1]): row[2] for row in rows})
        return found

    def enqueue(
        self,
        connection: Connection,
        journals: Journals,
        ledger_no: int,
        effects: Sequence[Effect],
        at: datetime,
    ) -> int:
        """Add effects that are new, or were cancelled before: how many. One event has the keys.

        A key is used once for ever: what was delivered, refused or may have arrived is left
        alone. A cancelled effect never reached anyone and may become due again, unless it was
        cancelled by a person who was asked for approval. One that waits
        keeps its place and learns what it is about by now.
        """
        unique = {effect.key: effect for effect in sorted(effects, key=_key)}  # as the index lies
        known = self._known(connection, list(unique))
        fresh = [effect for key, effect in unique.items() if key not in known]
        moved = with_approvals(connection, ledger_no, unique, known)
        again = [moved[key] for key, row in known.items() if row.revivable]
        waiting = [moved[key] for key, row in known.items() if row.state is EffectState.PENDING]
        if waiting:
            written = self._encoder.columns(waiting)
            columns = {f"new_{name}": written[name] for name in _RENEWED}
            self._renew.run(connection, columns | {"old_key": [one.key for one in waiting]})
        if not fresh and not again:
            return 0
        stamp, added = print_instant(at), 0
        if fresh:
            columns = dict(self._encoder.columns(fresh))
            columns |= {"ledger_no": repeat(ledger_no), "created_at": repeat(stamp)}
            added += self._enqueue.run(connection, columns)
        if again:
            columns = {f"new_{k}": v for k, v in self._encoder.columns(again).items()}
            columns |= {"old_key": [e.key for e in again], "new_created_at": repeat(stamp)}
            added += self._revive.run(connection, columns)
        body = _encode({"keys": [effect.key for effect in (*fresh, *again)]}).decode()
        journals.append(event, [(stamp, "enqueued", "", body)])
        return added

    def _known(self, connection: Connection, keys: Sequence[str]) -> dict[str, Known]:
        found: dict[str, Known] = {}
        for some in batches(keys):
            rows = self._keys.all(connection, ids=packed(some, self._dialect))
            found.update({row.key: Known(row.state, row.not_before, row.detail) for row in rows})
        return found

    def cancel_unwanted(
        self,
        connection: Connection,
        journals: Journals,
        ledger_no: int,
        plan: tuple[Sequence[Decision], Sequence[PlannedContact]],
        at: datetime,
    ) -> None:
        """Cancel pending contacts of the decided accounts that the plan no longer asks for."""
        decisions, planned = plan
        wanted = {contact.effect.key for contact in planned}
        dropped: list[str] = []
        for ids in batches(sorted({d.account_id for d in decisions})):
            some = packed(ids, self._dialect)
            rows = self._unwanted.all(connection, number=ledger_no, ids=some)
            dropped += [row.key for row in rows if row.key not in wanted]
        for key in dropped:
            connection.execute(
                update(outbox)
                .where(outbox.c.key == key, outbox.c.state == EffectState.PENDING)
                .values(state=EffectState.CANCELLED, detail=NO_LONGER_DUE, settled_at=at)
            )
        body = _encode({"outcome": "cancelled", "reason": NO_LONGER_DUE}).decode()
        stamp = print_instant(at)
        journals.append(event, [(stamp, "settled", key, body) for key in dropped])


def _waits() -> Any:
    """Pending contacts that a plan asked for, as against what followed from a delivery."""
    return and_(
        outbox.c.state == EffectState.PENDING,
        or_(
            outbox.c.kind == EffectKind.REMINDER,
            and_(outbox.c.kind == EffectKind.TASK, outbox.c.step != "", outbox.c.caused_by == ""),
        ),
    )
