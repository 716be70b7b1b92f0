"""One run's view of one ledger: every call is one transaction under the run's lease."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import msgspec
from sqlalchemy import Connection, Dialect, Engine, bindparam, select

from syncer.errors import InvariantError
from syncer.model.charge import Announced
from syncer.model.decision import AccountSnapshot, Decision, LedgerContext, Standing
from syncer.model.doubt import Doubt, Why
from syncer.model.effect import Effect, EffectKind, EffectState, Message, PlannedContact
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.model.run import LedgerResult
from syncer.ports import Lease, PullState, Selection, Surveyed
from syncer.store import announced, debtors, doubts, ledgers, outbox, recall, runs, sweep, waiting
from syncer.store.engine import reading, writing
from syncer.store.journal import Journals
from syncer.store.ledgers import LedgerRef
from syncer.store.owners import keep_owner
from syncer.store.paid import TellsPaid
from syncer.store.planning import Planner
from syncer.store.prepared import Prepared
from syncer.store.scope import Stretch
from syncer.store.shelf import shelves
from syncer.store.snapshots import SnapshotReader
from syncer.store.tables import stream

EVERYTHING = Selection()

_CURSORS = Prepared(
    select(stream.c.stream, stream.c.cursor).where(
        stream.c.ledger_no == bindparam("number"), stream.c.cursor.is_not(None)
    )
)


class Statements:
    """What is compiled once per kind of database and shared by all sessions."""

    def __init__(self, dialect: Dialect) -> None:
        self.shelves = shelves(dialect)
        self.planner = Planner(dialect)


@lru_cache(maxsize=2)
def statements_for(dialect: Dialect) -> Statements:
    """The statements; every SQLite file is the same kind."""
    return Statements(dialect)


class SqlLedgerSession(TellsPaid):
    """``syncer.ports.LedgerSession`` on a SQL database."""

    def __init__(
        self, engine: Engine, statements: Statements, ref: LedgerRef, lease: Lease
    ) -> None:
        self.lease = lease
        self._engine = engine
        self._shelves = statements.shelves
        self._planner = statements.planner
        self._ref = ref
        self._sweeps: dict[Stream, sweep.Sweep] = {}

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with writing(self._engine) as connection:
            ledgers.check_lease(connection, self._ref, self.lease, lock=True)
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with reading(self._engine) as connection:
            ledgers.check_lease(connection, self._ref, self.lease, lock=False)
            yield connection

    def _journals(self, connection: Connection) -> Journals:
        return Journals(connection, self._ref.number, self._ref.name)

    def renew(self, until: datetime) -> None:
        """Keep the lease until ``until``."""
        with self._write() as connection:
            ledgers.move_lease(connection, self._ref, owner=self.lease.owner, until=until)
        self.lease = replace(self.lease, until=until)

    def release(self) -> None:
        """Give the lease back; the session cannot be used afterwards."""
        with self._write() as connection:
            ledgers.move_lease(connection, self._ref, owner="", until=ledgers.RELEASED)

    def cursors(self) -> Mapping[Stream, str]:
        """Where each finished stream may go on; a stream never finished is absent."""
        with self._read() as connection:
            rows = _CURSORS.all(connection, number=self._ref.number)
        return {row.stream: row.cursor for row in rows if row.cursor}

    def save_organisation(
        self, organisation: Organisation, at: datetime, *, configured: Collection[str] = ()
    ) -> None:
        """Remember what the ledger says of its owner; ConfigError where that is another one."""
        with self._write() as connection:
            keep_owner(connection, self._ref, organisation, at, configured=configured)

    def sync_debtors(
        self,
        named: Mapping[str, str],
        *,
        by_tax_number: bool,
        by_address: bool = False,
        adding: bool = False,
    ) -> None:
        """Make the accounts the debtors that these rules say; ``adding``: those of none so far."""
        with self._write() as connection:
            debtors.sync(
                connection,
                self._ref.number,
                named,
                by_tax_number=by_tax_number,
                by_address=by_address,
                adding=adding,
            )

    def begin_stream(self, stream: Stream) -> PullState:
        """Start a sweep; an earlier unfinished one of this stream is forgotten."""
        with self._write() as connection:
            shelf = self._shelves[stream]
            begun = sweep.begin(connection, self._ref.number, stream, shelf)
        self._sweeps[stream] = begun
        return begun.state

    def store_page(self, state: PullState, page: Page, at: datetime) -> None:
        """Take one page; pages are written a few at a time, at the latest by finish_stream."""
        current = self._current(state)
        if not current.take(page):
            with self._read():  # a run that was overtaken learns it at its next page
                return
        with self._write() as connection:
            shelf = self._shelves[state.stream]
            sweep.write_waiting(connection, self._ref.number, shelf, current, at)
        current.waiting.clear()

    def finish_stream(self, state: PullState, end: StreamEnd, at: datetime) -> int:
        """Write what waits, save the cursor, close what a full sweep did not see: how many.

        Raises ContractError when the ledger counted fewer records than were read.
        """
        current = self._current(state)
        with self._write() as connection:
            shelf = self._shelves[state.stream]
            closed = sweep.finish(connection, self._ref.number, shelf, current, end, at)
        del self._sweeps[state.stream]
        return closed

    def _current(self, state: PullState) -> sweep.Sweep:
        current = self._sweeps.get(state.stream)
        if current is None or current.state != state:
            raise InvariantError(f"sweep {state.sweep} of {state.stream} is not in progress")
        return current

    def context(self, today: date) -> LedgerContext:
        """Facts common to all accounts. Raises StateError before the first pull."""
        with self._read() as connection:
            return ledgers.context(connection, self._ref, today)

    @contextmanager
    def _reader(self) -> Iterator[SnapshotReader]:
        with self._read() as connection:
            zone = ledgers.time_zone(connection, self._ref)
            yield SnapshotReader(connection, self._ref.number, self._ref.name, zone)

    def _stretches(self) -> Iterator[tuple[SnapshotReader, Stretch]]:
        """All accounts with open items, some thousands at a time, each from a view of its own."""
        after: str | None = ""
        while after is not None:
            with self._reader() as reader:
                stretch = reader.stretch(after)
                yield reader, stretch
            after = stretch.upto

    def snapshots(self, selection: Selection = EVERYTHING) -> Iterator[AccountSnapshot]:
        """Accounts with open items in account order; each as it stood at one moment."""
        if selection != EVERYTHING:
            with self._reader() as reader:
                yield from reader.some(selection)
            return
        for reader, stretch in self._stretches():
            yield from reader.all(stretch)

    def survey(self, ground: bytes) -> Iterator[Surveyed]:
        """The same accounts, decoded only where what was decided on ``ground`` does not stand."""
        for reader, stretch in self._stretches():
            yield from reader.survey(stretch, ground)

    def snapshot(self, account_id: str) -> AccountSnapshot | None:
        """One account, even with nothing open; None when it is unknown."""
        with self._reader() as reader:
            return reader.one(account_id)

    def open_totals(self) -> Mapping[str, Decimal]:
        """Signed open total per currency."""
        with self._read() as connection:
            return ledgers.open_totals(connection, self._ref)

    def refresh_account(self, facts: AccountFacts) -> None:
        """Store a fresh read: the account's open items are now exactly these."""
        with self._write() as connection:
            items, accounts = self._shelves[Stream.ITEMS], self._shelves[Stream.ACCOUNTS]
            sweep.refresh(connection, self._ref.number, items, accounts, facts)

    def write_plan(
        self,
        *,
        run_id: str,
        decisions: Sequence[Decision],
        planned: Sequence[PlannedContact] | None,
        standings: Sequence[Standing] = (),
        at: datetime,
    ) -> int:
        """Journal changed decisions, enqueue new effects (how many), cancel unwanted ones.

        ``planned`` None leaves the outbox alone.
        """
        number = self._ref.number
        with self._write() as connection:
            journals = self._journals(connection)
            self._planner.write_decisions(connection, journals, number, run_id, decisions, at)
            self._planner.keep_standings(connection, number, decisions, standings)
            if planned is None:
                return 0
            plan, effects = (decisions, planned), [contact.effect for contact in planned]
            self._planner.cancel_unwanted(connection, journals, number, plan, at)
            return self._planner.enqueue(connection, journals, number, effects, at)

    def pending(
        self, now: datetime, limit: int, kinds: Sequence[EffectKind] = ()
    ) -> Sequence[Effect]:
        """Effects of these kinds (none = all) ready to go: by priority, then oldest first."""
        ref = self._ref
        with self._read() as connection:
            return waiting.pending(connection, ref.number, ref.name, now, limit, kinds)

    def put_off(self, now: datetime, kinds: Sequence[EffectKind]) -> int:
        """How many effects of these kinds wait for a moment after ``now``."""
        with self._read() as connection:
            return waiting.put_off(connection, self._ref.number, now, kinds)

    def claim(self, key: str, at: datetime) -> Effect | None:
        """pending -> claimed, attempt + 1; None when it is no longer pending."""
        with self._write() as connection:
            return outbox.claim(connection, key, self._ref.name, at)

    def start_sending(
        self,
        key: str,
        message: Message | None,
        at: datetime,
        *,
        text: str = "",
        elsewhere: Collection[str] | None = None,
    ) -> None:
        """claimed -> sending; InvariantError otherwise. Durable before it returns.

        Raises WroteElsewhereError when the debtor's contacts in other ledgers are not those
        ``elsewhere``.
        """
        with self._write() as connection:
            if elsewhere is not None:
                debtors.refuse_overtaken(connection, self._ref.number, key, elsewhere)
            journals = self._journals(connection)
            outbox.start_sending(connection, journals, key, message, at, text=text)

    def settle(
        self, key: str, outcome: Outcome, at: datetime, follow_ups: Sequence[Effect] = ()
    ) -> Effect:
        """Record the outcome and enqueue what follows, in one transaction."""
        with self._write() as connection:
            journals = self._journals(connection)
            done = outbox.settle(connection, journals, key, outcome, self._ref.name, at)
            self._planner.enqueue(connection, journals, self._ref.number, follow_ups, at)
            return done

    def in_flight(self) -> Sequence[Effect]:
        """Effects left claimed or sending."""
        with self._read() as connection:
            return waiting.in_flight(connection, self._ref.number, self._ref.name)

    def announced(self, account_ids: Sequence[str]) -> Sequence[Announced]:
        """Every reminder to these accounts that may have arrived, oldest first."""
        with self._read() as connection:
            return announced.announced(connection, self._ref.number, account_ids)

    def left_behind(self) -> Sequence[Effect]:
        """Raised charges whose late invoice is closed and of which nobody was told."""
        with self._read() as connection:
            return announced.left_behind(connection, self._ref.number, self._ref.name)

    def enqueue(self, effects: Sequence[Effect], at: datetime) -> int:
        """Put effects into the outbox that no decision asks for: how many were new."""
        with self._write() as connection:
            journals = self._journals(connection)
            return self._planner.enqueue(connection, journals, self._ref.number, effects, at)

    def message(self, key: str) -> Message | None:
        """The message as it last went out."""
        with self._read() as connection:
            return outbox.kept_message(connection, key)

    def doubt(self) -> Doubt | None:
        """What this state may not know of the ledger's past; None = it knows all."""
        with self._read() as connection:
            return doubts.of(connection, self._ref.number)

    def suspect(self, why: Why, at: datetime, *, anew: bool = False) -> None:
        """Doubt what is known of the past; ``anew`` also where that is doubted already."""
        with self._write() as connection:
            doubts.suspect(connection, self._ref.number, why, at, anew=anew)

    def end_doubt(self) -> None:
        """Every account was looked up."""
        with self._write() as connection:
            doubts.end(connection, self._ref.number)

    def was_looked_up(self, account_id: str) -> bool:
        """Whether the account's notes were read since the doubt arose."""
        with self._read() as connection:
            return doubts.was_looked(connection, self._ref.number, account_id)

    def adopt(self, account_id: str, found: Sequence[Effect], at: datetime) -> int:
        """Keep what the account's notes tell, and that they were read: how many were unknown."""
        ref = self._ref
        with self._write() as connection:
            journals = self._journals(connection)
            waiting = [msgspec.structs.replace(one, state=EffectState.PENDING) for one in found]
            self._planner.enqueue(connection, journals, ref.number, waiting, at)
            zone = ledgers.time_zone(connection, ref)
            news = [recall.adopt(connection, journals, one, zone, at) for one in found]
            doubts.note_looked(connection, ref.number, account_id)
        return sum(news)

    def finish_run(self, run_id: str, result: LedgerResult) -> None:
        """Store this ledger's part of the run and its outcome totals."""
        with self._write() as connection:
            runs.finish_ledger(connection, self._ref, run_id, result)
