"""The store: state that outlives a run, and one run's leased view of one ledger."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from syncer.model.decision import AccountSnapshot, Decision, LedgerContext, Standing
from syncer.model.doubt import Doubt, Why
from syncer.model.effect import Attempt, Effect, EffectKind, Message, PlannedContact
from syncer.model.evidence import Evidence
from syncer.model.hold import Hold
from syncer.model.ledger import (
    AccountFacts,
    Organisation,
    Page,
    Quarantined,
    Record,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Outcome
from syncer.model.run import LedgerResult
from syncer.ports.by_hand import ByHand
from syncer.ports.charged import ChargeHistory, ChargeMemory
from syncer.ports.closed import ClosedHistory, ClosedMemory
from syncer.ports.history import History


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a ledger until ``until``. ``generation`` fences a slow old owner."""

    ledger: str
    owner: str
    generation: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PullState:
    """A sweep in progress."""

    stream: Stream
    sweep: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A narrowing given on the command line; empty = everything."""

    accounts: tuple[str, ...] = ()  # account ids or exact names
    items: tuple[str, ...] = ()  # item ids or numbers


@dataclass(frozen=True, slots=True)
class OutboxFilter:
    """Which effects to list."""

    ledger: str = ""
    states: tuple[str, ...] = ()
    account_id: str = ""
    key: str = ""
    run_id: str = ""
    limit: int = 1000
    key_start: str = ""  # keys that begin so
    key_after: str = ""  # keys behind this one, in the order of keys: page after page


class Surveyed(Record, gc=True, frozen=True):
    """An account with open items: what was decided last where that stands, else its facts."""

    facts: bytes  # fingerprint of everything a snapshot of the account holds
    snapshot: AccountSnapshot | None
    standing: Standing | None  # exactly one of the two


class WroteElsewhereError(Exception):
    """Another ledger wrote to the same debtor since the account was looked at."""


class LedgerSession(ChargeMemory, ClosedMemory, Protocol):
    """The store as one run sees it for one ledger, under its lease.

    Each method is one transaction that first checks the lease's generation and raises
    LeaseHeld when another owner took over. Times are aware UTC and given by the caller.
    """

    lease: Lease

    def renew(self, until: datetime) -> None:
        """Extend the lease."""

    def release(self) -> None:
        """Give the lease back."""

    def cursors(self) -> Mapping[Stream, str]:
        """Where the last finished sweep of each list ended."""

    def save_organisation(
        self, organisation: Organisation, at: datetime, *, configured: Collection[str] = ()
    ) -> None:
        """Keep the owner's own facts. Raises ConfigError when the ledger had another owner, or
        its owner another name of a ledger, one that is not among those ``configured`` now.
        """

    def sync_debtors(
        self,
        named: Mapping[str, str],
        *,
        by_tax_number: bool,
        by_address: bool = False,
        adding: bool = False,
    ) -> None:
        """Make the ledger's accounts the debtors that they are by these rules.

        ``named`` has a debtor's name by account id; ``by_tax_number`` matches the rest by tax
        number and e-mail domain (``policy.debtor``). Accounts of several ledgers with the same
        debtor share their contacts (``AccountSnapshot.elsewhere``), and ``by_address`` all
        accounts with an address in common, of one ledger too. No rules = nothing shared.
        ``adding`` only finds the debtors of accounts that had none, and changes nobody's.
        """

    def begin_stream(self, stream: Stream) -> PullState:
        """Start a sweep of one list."""

    def store_page(self, state: PullState, page: Page, at: datetime) -> None:
        """Upsert one page and mark its rows as seen."""

    def finish_stream(self, state: PullState, end: StreamEnd, at: datetime) -> int:
        """Save the cursor; when ``end.full``, close what the sweep did not see: how many."""

    def context(self, today: date) -> LedgerContext:
        """What is the same for every account on ``today``."""

    def snapshots(self, selection: Selection = Selection()) -> Iterator[AccountSnapshot]:
        """Every account with open items, streamed in account_id order, memory flat."""

    def snapshot(self, account_id: str) -> AccountSnapshot | None:
        """One account now; None when nothing is open on it."""

    def open_totals(self) -> Mapping[str, Decimal]:
        """Signed open total per currency: invoices minus credits."""

    def refresh_account(self, facts: AccountFacts) -> None:
        """Upsert what the guard just read."""

    def survey(self, ground: bytes) -> Iterator[Surveyed]:
        """Every account with open items, streamed in account_id order, memory flat.

        ``standing`` is what ``write_plan`` was given last, where it was given on this ground
        and nothing that a snapshot holds has changed since, nor a planned contact been
        cancelled.
        """

    def write_plan(
        self,
        *,
        run_id: str,
        decisions: Sequence[Decision],
        planned: Sequence[PlannedContact] | None,
        standings: Sequence[Standing] = (),
        at: datetime,
    ) -> int:
        """Journal the decisions, enqueue the effects: how many new. Keep what stands.

        A known key is left alone, unless its effect was cancelled and so reached nobody.
        Pending reminders of these accounts whose key is no longer wanted are cancelled.
        ``planned`` None is a plan that is only looked at: the outbox stays as it is.
        """

    def pending(
        self, now: datetime, limit: int, kinds: Sequence[EffectKind] = ()
    ) -> Sequence[Effect]:
        """Effects of these kinds (empty = all) that are ready: by priority, then oldest first."""

    def put_off(self, now: datetime, kinds: Sequence[EffectKind]) -> int:
        """How many effects of these kinds wait for a moment after ``now``."""

    def claim(self, key: str, at: datetime) -> Effect | None:
        """pending -> claimed and attempt + 1 in one statement; None if no longer pending."""

    def start_sending(
        self,
        key: str,
        message: Message | None,
        at: datetime,
        *,
        text: str = "",
        elsewhere: Collection[str] | None = None,
    ) -> None:
        """claimed -> sending, with the message kept as it will go out. Commits before the call.

        ``text`` of a reminder is the note that will be written once it is delivered: kept
        here so that a run that finds the reminder after a crash can still write it.
        ``elsewhere`` are the keys of other ledgers' contacts with the same debtor that were
        counted (None: nothing is shared). When there is another one by now, nothing is changed
        and WroteElsewhereError is raised: of two ledgers at work at once, one gets here first.
        """

    def settle(
        self, key: str, outcome: Outcome, at: datetime, follow_ups: Sequence[Effect] = ()
    ) -> Effect:
        """Record the outcome and enqueue what follows from it in the same transaction."""

    def in_flight(self) -> Sequence[Effect]:
        """Effects left claimed or sending by an earlier run."""

    def message(self, key: str) -> Message | None:
        """The message as it was kept before its send."""

    def doubt(self) -> Doubt | None:
        """What this state may not know of the ledger's past; None = it knows all."""

    def suspect(self, why: Why, at: datetime, *, anew: bool = False) -> None:
        """Doubt what is known of the past, unless that is doubted already.

        ``anew``: what was looked up under an earlier doubt counts no more.
        """

    def end_doubt(self) -> None:
        """Every account was looked up: the past is known."""

    def was_looked_up(self, account_id: str) -> bool:
        """Whether the account's notes were read since the doubt arose."""

    def adopt(self, account_id: str, found: Sequence[Effect], at: datetime) -> int:
        """Keep what the account's notes tell, and that they were read, in one transaction.

        Each effect has the state that it gets, delivered or uncertain, and ``planned_on`` as
        the day of the contact. One that is known is settled by it unless it is delivered;
        an uncertain one never changes what is known. Returns how many were news.
        """

    def finish_run(self, run_id: str, result: LedgerResult) -> None:
        """Keep this ledger's part of a run."""


class Secrets(Protocol):
    """Encrypted values by name, such as a ledger's login tokens."""

    def load_secret(self, name: str) -> bytes | None:
        """An encrypted value (tokens), as stored."""

    def save_secret(
        self, name: str, value: bytes, at: datetime, *, replaces: bytes | None = None
    ) -> bool:
        """Commit durably before returning; True = saved.

        With ``replaces``, the value read before, nothing is saved unless that is still the
        stored one: of several processes that replace the same value, one is told True.
        """


class Store(Secrets, History, ChargeHistory, ClosedHistory, ByHand, Protocol):
    """State that outlives a run. What losing it means stands in docs/operating.md."""

    def take_lease(
        self, ledger: str, *, owner: str, now: datetime, until: datetime
    ) -> LedgerSession:
        """Raises LeaseHeld while another owner's lease has not expired."""

    def lease(self, ledger: str) -> Lease | None:
        """The lease as it stands, expired or not; None when it was given back."""

    def break_lease(self, held: Lease, *, author: str, at: datetime) -> bool:
        """End it for its owner, journaled; False when it is no longer as it was seen."""

    def holds(self, ledger: str, *, account_id: str = "", on: date | None = None) -> Sequence[Hold]:
        """Holds of a ledger; ``on`` = only those active that day."""

    def add_hold(self, ledger: str, hold: Hold, at: datetime) -> None:
        """Keep a new hold."""

    def end_hold(self, ledger: str, hold_id: str, *, on: date, author: str, at: datetime) -> Hold:
        """End a hold with ``on`` as its last day. Raises ConfigError for an unknown one."""

    def sync_config_holds(self, ledger: str, holds: Sequence[Hold], at: datetime) -> None:
        """Make the holds that come from YAML exactly these."""

    def sync_debtors(
        self,
        ledger: str,
        named: Mapping[str, str],
        *,
        by_tax_number: bool,
        by_address: bool = False,
        unsure: Collection[str] = (),
    ) -> None:
        """The same as a session's, for a ledger that is not being run and so without a lease.

        An account that was one of the ``unsure`` debtors stays so, though ``named`` lacks it.
        """

    def find_account(self, ledger: str, *texts: str) -> Sequence[tuple[str, str]]:
        """(account_id, name) by id, exact name, or the number of one of its invoices.

        Accounts merged into one count as one; those the ledger no longer lists are found only
        where no other is called so.
        """

    def spellings(self, ledger: str) -> Generator[tuple[str, str], None, None]:
        """(text, account_id) of all that a person may call an account: id, name, open invoice.

        Read from the database while it is asked for: as many as a ledger has need no memory.
        """

    def account_names(self, ledger: str, account_ids: Sequence[str]) -> Mapping[str, str]:
        """The names of these accounts; an id that nobody knows is absent."""

    def peek(self, ledger: str, account_id: str) -> AccountSnapshot | None:
        """A snapshot without a lease, for explain."""

    def peek_all(self, ledger: str) -> Iterator[AccountSnapshot]:
        """Every account that is known, with or without anything open, in account_id order.

        Without a lease, memory flat. Close the iterator, or read it to its end.
        """

    def peek_context(self, ledger: str, today: date) -> LedgerContext | None:
        """The context without a lease; None before the first pull."""

    def effects(self, query: OutboxFilter) -> Sequence[Effect]:
        """Rows of the outbox, newest first."""

    def attempts(self, key: str) -> Sequence[Attempt]:
        """Every try at an effect, oldest first."""

    def evidence(self, ledger: str, account_id: str) -> Evidence | None:
        """All that is kept about an account: messages, journal rows; None when nobody knows it."""

    def quarantine(self, ledger: str) -> Sequence[Quarantined]:
        """Records of the last finished or running sweep that could not be read."""

    def doubt(self, ledger: str) -> tuple[Doubt, int] | None:
        """What is doubtful, with the number of accounts looked up since; None = nothing."""

    def trust(self, ledger: str, *, author: str, at: datetime) -> bool:
        """A person says that everything sent is known, journaled; False = it was not doubted.

        A ledger that was never run is trusted from its first run on.
        """

    def verify_journal(self) -> Sequence[str]:
        """Problems found in the hash chains, in sentences; empty = intact."""

    def close(self) -> None:
        """Let go of the database."""
