"""The store: what outlives a run, on SQLite or PostgreSQL."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import msgspec
from sqlalchemy import (
    Connection,
    Engine,
    select,
)

from syncer.model.decision import AccountSnapshot, Decision, LedgerContext
from syncer.model.doubt import Doubt
from syncer.model.effect import Attempt, Effect
from syncer.model.evidence import Evidence
from syncer.model.hold import Hold
from syncer.model.ledger import OpenItem, Quarantined
from syncer.model.run import OutcomeTotal, RunResult
from syncer.ports import Lease, OutboxFilter, PastRun
from syncer.store import (
    closed,
    debtors,
    doubts,
    holds,
    journal,
    ledgers,
    names,
    outbox,
    owners,
    runs,
    secrets,
)
from syncer.store.announced import TellsAnnounced
from syncer.store.by_hand import SettledByHand, owner_of
from syncer.store.engine import reading, writing
from syncer.store.evidence import evidence as evidence_of
from syncer.store.journal import Journals
from syncer.store.ledgers import LedgerRef
from syncer.store.listing import effects_of
from syncer.store.parking import EndsParking
from syncer.store.session import SqlLedgerSession, statements_for
from syncer.store.snapshots import SnapshotReader
from syncer.store.tables import decision, event, latest_decision, quarantine
from syncer.store.types import print_instant


class SqlStore(TellsAnnounced, SettledByHand, EndsParking):
    """``syncer.ports.Store`` on a SQL database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = statements_for(engine.dialect)

    def take_lease(
        self, ledger: str, *, owner: str, now: datetime, until: datetime
    ) -> SqlLedgerSession:
        """Start working on a ledger. Raises LeaseHeld while another run's lease is valid."""
        with writing(self._engine) as connection:
            ref = ledgers.find_or_add(connection, ledger)
            lease = ledgers.take_lease(connection, ref, owner=owner, now=now, until=until)
        return SqlLedgerSession(self._engine, self._statements, ref, lease)

    def lease(self, ledger: str) -> Lease | None:
        """The lease as it stands, expired or not; None when it was given back."""
        with self._reading(ledger) as (connection, ref):
            return ledgers.held_lease(connection, ref) if ref else None

    def break_lease(self, held: Lease, *, author: str, at: datetime) -> bool:
        """End it for its owner; False when it is no longer as it was seen."""
        with self._changing(held.ledger) as (connection, ref, journals):
            return ledgers.break_lease(connection, journals, ref, held, author=author, at=at)

    def begin_run(self, run_id: str, *, command: str, at: datetime, config_digest: str) -> None:
        """Note that a run started."""
        with writing(self._engine, begins=run_id) as connection:
            runs.begin(connection, run_id, command=command, at=at, config_digest=config_digest)

    def finish_run(self, result: RunResult) -> None:
        """Store the result of a begun run."""
        with writing(self._engine) as connection:
            runs.finish(connection, result)

    def runs(self, *, limit: int = 20, ledger: str = "") -> Sequence[RunResult]:
        """Finished runs, newest first."""
        with reading(self._engine) as connection:
            return runs.listed(connection, limit=limit, ledger_name=ledger)

    def past(
        self, ledger: str, *, limit: int, statuses: Sequence[str] = (), before: str = ""
    ) -> Sequence[PastRun]:
        """One ledger's parts of earlier runs, newest first."""
        with self._reading(ledger) as (connection, ref):
            if ref is None:
                return ()
            return runs.past(connection, ref, limit=limit, statuses=statuses, before=before)

    def began_on(self, ledger: str = "") -> datetime | None:
        """When the first run that is known began; None = never."""
        with self._reading(ledger) as (connection, ref):
            return None if ledger and ref is None else runs.began_on(connection, ref)

    @contextmanager
    def _reading(self, name: str) -> Iterator[tuple[Connection, LedgerRef | None]]:
        with reading(self._engine) as connection:
            yield connection, ledgers.find(connection, name)

    @contextmanager
    def _changing(self, name: str) -> Iterator[tuple[Connection, LedgerRef, Journals]]:
        with writing(self._engine) as connection:
            ref = ledgers.find_or_add(connection, name)
            yield connection, ref, Journals(connection, ref.number, ref.name)

    def holds(self, ledger: str, *, account_id: str = "", on: date | None = None) -> Sequence[Hold]:
        """Holds, of one account and active on one day if given."""
        with self._reading(ledger) as (connection, ref):
            return holds.listed(connection, ref, account_id=account_id, on=on) if ref else ()

    def add_hold(self, ledger: str, hold: Hold, at: datetime) -> None:
        """Add a hold. Raises StateError when its id is taken."""
        with self._changing(ledger) as (connection, ref, journals):
            holds.add(connection, journals, ref, hold, at)

    def end_hold(self, ledger: str, hold_id: str, *, on: date, author: str, at: datetime) -> Hold:
        """Make ``on`` its last day. Raises StateError when there is no such hold."""
        with self._changing(ledger) as (connection, ref, journals):
            return holds.end(connection, journals, ref, hold_id, on=on, author=author, at=at)

    def sync_config_holds(self, ledger: str, holds_: Sequence[Hold], at: datetime) -> None:
        """Make the holds that come from the configuration exactly these."""
        with self._changing(ledger) as (connection, ref, journals):
            holds.sync_config(connection, journals, ref, holds_, at)

    def sync_debtors(
        self,
        ledger: str,
        named: Mapping[str, str],
        *,
        by_tax_number: bool,
        by_address: bool = False,
        unsure: Collection[str] = (),
    ) -> None:
        """Make the accounts of a ledger that is not being run the debtors that these rules say."""
        if not named and not by_tax_number and not by_address:
            with self._reading(ledger) as (connection, ref):
                if ref is None or not debtors.any_known(connection, ref.number):
                    return
        with self._changing(ledger) as (connection, ref, _):
            debtors.sync(
                connection,
                ref.number,
                named,
                by_tax_number=by_tax_number,
                by_address=by_address,
                unsure=unsure,
            )

    def find_account(self, ledger: str, *texts: str) -> Sequence[tuple[str, str]]:
        """(account_id, name) by id, exact name, or the id or number of one of its items."""
        with self._reading(ledger) as (connection, ref):
            return names.find_account(connection, ref, texts) if ref else ()

    def spellings(self, ledger: str) -> Generator[tuple[str, str], None, None]:
        """(text, account_id) of accounts' names and ids, then open items' numbers and ids."""
        with self._reading(ledger) as (connection, ref):
            yield from names.spellings(connection, ref) if ref else ()

    def account_names(self, ledger: str, account_ids: Sequence[str]) -> Mapping[str, str]:
        """Names by id; an id that nobody knows is absent."""
        with self._reading(ledger) as (connection, ref):
            return names.account_names(connection, ref, account_ids) if ref else {}

    def peek(self, ledger: str, account_id: str) -> AccountSnapshot | None:
        """A snapshot without a lease."""
        with self._reading(ledger) as (connection, ref):
            if ref is None:
                return None
            zone = ledgers.time_zone(connection, ref)
            return SnapshotReader(connection, ref.number, ref.name, zone).one(account_id)

    def peek_all(self, ledger: str) -> Iterator[AccountSnapshot]:
        """Every known account, without a lease."""
        with self._reading(ledger) as (connection, ref):
            if ref is not None:
                zone = ledgers.time_zone(connection, ref)
                yield from SnapshotReader(connection, ref.number, ref.name, zone).everyone()

    def closed_items(self, ledger: str, item_ids: Collection[str]) -> Sequence[OpenItem]:
        """Those of these items that are no longer open, as they last were."""
        with self._reading(ledger) as (connection, ref):
            return closed.closed_items(connection, ref.number, item_ids) if ref else ()

    def peek_context(self, ledger: str, today: date) -> LedgerContext | None:
        """The ledger's common facts without a lease; None before its first pull."""
        with self._reading(ledger) as (connection, ref):
            if ref is None or ledgers.organisation(connection, ref) is None:
                return None
            return ledgers.context(connection, ref, today)

    def outcome_totals(self, ledger: str, run_id: str) -> Sequence[OutcomeTotal]:
        """How the ledger's open items came out in a run."""
        with self._reading(ledger) as (connection, ref):
            return runs.outcome_totals(connection, ref, run_id) if ref else ()

    def quarantine(self, ledger: str) -> Sequence[Quarantined]:
        """Records that could not be read, those of no known account (account_id "") first."""
        with self._reading(ledger) as (connection, ref):
            return _quarantined(connection, ref) if ref else ()

    def doubt(self, ledger: str) -> tuple[Doubt, int] | None:
        """What is doubtful, with the number of accounts looked up since; None = nothing."""
        with self._reading(ledger) as (connection, ref):
            if ref is None or not ledgers.was_leased(connection, ref):
                return doubts.of_any_other(connection), 0
            found = doubts.of(connection, ref.number)
            return None if found is None else (found, doubts.looked_count(connection, ref.number))

    def trust(self, ledger: str, *, author: str, at: datetime) -> bool:
        """A person says that everything sent is known, journaled; False when nothing was doubted.

        A ledger that was never leased is trusted from its first run on.
        """
        with self._changing(ledger) as (connection, ref, journals):
            ended = doubts.end(connection, ref.number) or ledgers.call_known(connection, ref)
            owners.take_any(connection, ref)
            if ended:
                said = msgspec.json.encode({"author": author}).decode()
                journals.append(event, [(print_instant(at), "trusted", "", said)])
            return ended

    def evidence(self, ledger: str, account_id: str) -> Evidence | None:
        """All that is kept about an account; None when nobody knows it."""
        with self._reading(ledger) as (connection, ref):
            return evidence_of(connection, ref, account_id) if ref else None

    def latest_decisions(self, ledger: str, account_id: str) -> Sequence[Decision]:
        """The latest decision per currency of an account, as journalled."""
        with self._reading(ledger) as (connection, ref):
            return _latest_decisions(connection, ref, account_id) if ref else ()

    def effects(self, query: OutboxFilter) -> Sequence[Effect]:
        """Effects of the outbox, newest plan first."""
        with reading(self._engine) as connection:
            return effects_of(connection, query)

    def attempts(self, key: str) -> Sequence[Attempt]:
        """Every attempt at an effect, oldest first."""
        with reading(self._engine) as connection:
            owner = owner_of(connection, key)
            return outbox.attempts(connection, owner.number, key) if owner else ()

    def verify_journal(self) -> Sequence[str]:
        """Problems in the hash chains and the messages kept; empty = intact."""
        with reading(self._engine) as connection:
            return list(journal.verify(connection))

    def load_secret(self, name: str) -> bytes | None:
        """The value saved last."""
        with reading(self._engine) as connection:
            return secrets.load(connection, name)

    def save_secret(
        self, name: str, value: bytes, at: datetime, *, replaces: bytes | None = None
    ) -> bool:
        """Save an encrypted value, durable before it returns; False when ``replaces`` is gone."""
        with writing(self._engine) as connection:
            return secrets.save(connection, name, value, at, replaces=replaces)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def _quarantined(connection: Connection, ref: LedgerRef) -> Sequence[Quarantined]:
    columns = quarantine.c
    query = (
        select(
            columns.record_id,
            columns.account_id,
            columns.place,
            columns.problem,
            columns.amount,
            columns.currency,
        )
        .where(columns.ledger_no == ref.number)
        .order_by(columns.account_id, columns.record_id, columns.sweep.desc())
    )
    latest: dict[tuple[str, str], Quarantined] = {}
    for row in connection.execute(query):
        found = Quarantined(**dict(zip(Quarantined.__struct_fields__, row, strict=True)))
        latest.setdefault((found.account_id, found.record_id), found)
    return list(latest.values())


def _latest_decisions(
    connection: Connection, ref: LedgerRef, account_id: str
) -> Sequence[Decision]:
    query = (
        select(decision.c.body)
        .join_from(latest_decision, decision)
        .where(
            latest_decision.c.ledger_no == ref.number, latest_decision.c.account_id == account_id
        )
        .order_by(latest_decision.c.currency)
    )
    bodies = connection.execute(query).scalars()
    return [msgspec.json.decode(body, type=Decision) for body in bodies]
