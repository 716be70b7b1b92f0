"""What the flow needs from the world outside, as Protocols. Adapters implement, flow calls.

Sources raise (``syncer.errors``); sinks and channels return an ``Outcome``. Nothing here
sleeps, retries or decides: that is the HTTP layer's and the flow's work.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from syncer.model.decision import AccountSnapshot, Decision, LedgerContext
from syncer.model.effect import Attachment, Attempt, Effect, EffectKind, Message, PlannedContact
from syncer.model.hold import Hold
from syncer.model.ledger import (
    AccountFacts,
    Organisation,
    Page,
    Quarantined,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Outcome
from syncer.model.run import LedgerResult, OutcomeTotal, RunResult

Clock = Callable[[], datetime]
"""Returns aware UTC. The composition root passes the real one; tests move theirs by hand."""


class Capability(StrEnum):
    """What a connector can do. Each is proven by at least one check of the connector suite."""

    DELTA = "delta"  # reads only what changed since a cursor
    READ_ACCOUNTS = "read_accounts"  # the guard's fresh read of single accounts
    CREDITS = "credits"  # unapplied credits and payments are visible
    PAYMENT_HISTORY = "payment_history"  # settled invoices with payment dates
    CONTACT_PEOPLE = "contact_people"  # more than one recipient per account
    DO_NOT_CHASE = "do_not_chase"  # a flag, group or tag of the ledger
    EXPECTED_DATE = "expected_date"  # a promise date kept in the ledger
    SENT_FLAG = "sent_flag"  # invoices marked as sent
    BANK_FRESHNESS = "bank_freshness"
    NOTE_ADD = "note_add"
    NOTE_LOOKUP = "note_lookup"  # notes can be read back, so a lost answer is resolved
    WRITE_KEY = "write_key"  # vendor honours an idempotency key on writes
    LEDGER_EMAIL = "ledger_email"  # the ledger itself mails the invoice
    TASK = "task"  # a task or note for a person
    DRAFT_CHARGE = "draft_charge"  # late-fee invoice as draft
    PAY_LINK = "pay_link"


@dataclass(frozen=True, slots=True)
class Limits:
    """A vendor's limits, with their source."""

    page_size: int
    calls_per_minute: int | None = None
    calls_at_once: int = 1
    calls_per_day: int | None = None
    pages_max: int = 10_000  # a paging loop past this is a bug
    source: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What ``check`` found: one cheap call, in words for a person."""

    organisation: Organisation
    details: tuple[str, ...] = ()  # e.g. scopes, quota left
    warnings: tuple[str, ...] = ()  # e.g. the ledger's own reminders are on


@runtime_checkable
class Source(Protocol):
    """Reads a ledger."""

    def check(self) -> Health:
        """One cheap call that proves access. Raises AuthError, Transient, ContractError."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Yield the organisation first, then each stream's pages and its StreamEnd.

        ITEMS is always read whole. A missing list raises ContractError; an empty one must
        be said by the vendor. Raises RateLimited when the day's quota is used up.
        """

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Everything open on these accounts now; an id the ledger no longer knows is absent."""


@runtime_checkable
class NoteSink(Protocol):
    """Writes notes a bookkeeper sees in the ledger, and finds its own again."""

    note_length_max: int

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """Write ``text`` (it already carries the marker for ``key``)."""

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether a note containing ``marker`` is there."""


@runtime_checkable
class TaskSink(Protocol):
    """Gives a person something to do, inside the ledger."""

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """Create the task; ``text`` carries the marker for ``key``."""


@runtime_checkable
class LedgerMailer(Protocol):
    """Lets the ledger mail one of its own invoices with its own wording."""

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Ask the ledger to send it. Cannot be looked up: unclear answers are Uncertain."""


@runtime_checkable
class ChargeSink(Protocol):
    """Raises a late-fee invoice as a draft for a person to approve."""

    def draft_charge(
        self,
        *,
        account_id: str,
        amount: Decimal,
        currency: str,
        description: str,
        on: date,
        reference: str,
        key: str,
    ) -> Outcome:
        """Create it once; ``reference`` finds it again."""


@runtime_checkable
class PayLinks(Protocol):
    """Fetches the page where a customer pays an invoice."""

    def pay_link(self, item_id: str) -> str:
        """An https address, or "" when there is none."""


class Channel(Protocol):
    """Delivers a ready message."""

    name: str

    def send(self, message: Message) -> Outcome:
        """Deliver once. Only a certain failure may be Retry; a lost answer is Uncertain.

        Raises AuthError when the channel refuses us (password, certificate, no TLS offered):
        nothing was handed over, and no other message can go out either.
        """

    def find(self, message_id: str) -> bool | None:
        """Whether it was delivered; None = this channel cannot tell."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, per ledger, for the templates."""

    sender: str  # address
    sender_name: str
    reply_to: str
    signature: str = ""
    bank_details: str = ""
    language: str = "en"


class Renderer(Protocol):
    """Turns a decision into a message. Pure given its templates."""

    def render(
        self,
        *,
        decision: Decision,
        snapshot: AccountSnapshot,
        context: LedgerContext,
        letterhead: Letterhead,
        tone: str,
        template: str,
        recipients: Sequence[str],
        pay_links: Mapping[str, str],
        at: datetime,
        attachments: Sequence[Attachment] = (),
    ) -> Message:
        """``at`` is the run's now (aware) and becomes the Date header.

        Raises RecordError when the account has no usable address or a template fails.
        """

    def note(self, *, message: Message, decision: Decision, context: LedgerContext) -> str:
        """The sentence a bookkeeper reads in the ledger, without the marker."""

    def task_text(
        self, *, decision: Decision, snapshot: AccountSnapshot, context: LedgerContext
    ) -> str:
        """What a person of ours needs for a TASK step (a phone call), without the marker."""


@dataclass(frozen=True, slots=True)
class ConnectorDeps:
    """What a connector is handed; it opens nothing else."""

    ledger: str
    config: Any  # an instance of the spec's config model
    http: Any  # syncer.http.client.HttpClient, or None for file connectors
    tokens: Any  # syncer.http.oauth.TokenKeeper, or None
    clock: Clock
    data_dir: Path


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """A platform's declaration: one per module, named SPEC."""

    name: str
    title: str
    config: type[Any]  # a pydantic model of the keys under ``ledgers[].settings``
    build: Callable[[ConnectorDeps], Source]
    capabilities: frozenset[Capability]
    limits: Limits
    hosts: tuple[str, ...] = ()  # the only hosts the HTTP client may speak to
    oauth: Callable[[Any], Any] | None = None  # config -> syncer.http.oauth.Provider, for a login


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


class LedgerSession(Protocol):
    """The store as one run sees it for one ledger, under its lease.

    Each method is one transaction that first checks the lease's generation and raises
    LeaseHeld when another owner took over. Times are aware UTC and given by the caller.
    """

    lease: Lease

    def renew(self, until: datetime) -> None: ...
    def release(self) -> None: ...

    def cursors(self) -> Mapping[Stream, str]: ...
    def save_organisation(self, organisation: Organisation, at: datetime) -> None: ...
    def begin_stream(self, stream: Stream) -> PullState: ...
    def store_page(self, state: PullState, page: Page, at: datetime) -> None: ...
    def finish_stream(self, state: PullState, end: StreamEnd, at: datetime) -> int:
        """Save the cursor; when ``end.full``, close what the sweep did not see: how many."""

    def context(self, today: date) -> LedgerContext: ...
    def snapshots(self, selection: Selection = Selection()) -> Iterator[AccountSnapshot]:
        """Every account with open items, streamed in account_id order, memory flat."""

    def snapshot(self, account_id: str) -> AccountSnapshot | None: ...
    def open_totals(self) -> Mapping[str, Decimal]:
        """Signed open total per currency: invoices minus credits."""

    def refresh_account(self, facts: Any) -> None:
        """Upsert what the guard just read (AccountFacts)."""

    def write_plan(
        self,
        *,
        run_id: str,
        decisions: Sequence[Decision],
        planned: Sequence[PlannedContact],
        at: datetime,
    ) -> int:
        """Journal the decisions, enqueue the effects: how many new.

        A known key is left alone, unless its effect was cancelled and so reached nobody.
        Pending reminders of these accounts whose key is no longer wanted are cancelled.
        """

    def pending(
        self, now: datetime, limit: int, kinds: Sequence[EffectKind] = ()
    ) -> Sequence[Effect]:
        """Effects of these kinds (empty = all) that are ready: by priority, then oldest first."""

    def claim(self, key: str, at: datetime) -> Effect | None:
        """pending -> claimed and attempt + 1 in one statement; None if no longer pending."""

    def start_sending(
        self, key: str, message: Message | None, at: datetime, *, text: str = ""
    ) -> None:
        """claimed -> sending, with the message kept as it will go out. Commits before the call.

        ``text`` of a reminder is the note that will be written once it is delivered: kept
        here so that a run that finds the reminder after a crash can still write it.
        """

    def settle(
        self, key: str, outcome: Outcome, at: datetime, follow_ups: Sequence[Effect] = ()
    ) -> Effect:
        """Record the outcome and enqueue what follows from it in the same transaction."""

    def in_flight(self) -> Sequence[Effect]:
        """Effects left claimed or sending by an earlier run."""

    def message(self, key: str) -> Message | None: ...
    def finish_run(self, run_id: str, result: LedgerResult) -> None: ...


class Store(Protocol):
    """State that outlives a run. Losing it is survivable, see docs/operating.md."""

    def take_lease(self, ledger: str, *, owner: str, now: datetime, until: datetime) -> LedgerSession:
        """Raises LeaseHeld while another owner's lease has not expired."""

    def begin_run(self, run_id: str, *, command: str, at: datetime, config_digest: str) -> None: ...
    def finish_run(self, result: RunResult) -> None: ...
    def runs(self, *, limit: int = 20, ledger: str = "") -> Sequence[RunResult]: ...

    def holds(self, ledger: str, *, account_id: str = "", on: date | None = None) -> Sequence[Hold]: ...
    def add_hold(self, ledger: str, hold: Hold, at: datetime) -> None: ...
    def end_hold(self, ledger: str, hold_id: str, *, on: date, author: str, at: datetime) -> Hold: ...
    def sync_config_holds(self, ledger: str, holds: Sequence[Hold], at: datetime) -> None:
        """Make the holds that come from YAML exactly these."""

    def find_account(self, ledger: str, text: str) -> Sequence[tuple[str, str]]:
        """(account_id, name) by id, exact name, or the number of one of its invoices."""

    def peek(self, ledger: str, account_id: str) -> AccountSnapshot | None:
        """A snapshot without a lease, for explain."""

    def peek_context(self, ledger: str, today: date) -> LedgerContext | None: ...
    def outcome_totals(self, ledger: str, run_id: str) -> Sequence[OutcomeTotal]: ...

    def effects(self, query: OutboxFilter) -> Sequence[Effect]: ...
    def attempts(self, key: str) -> Sequence[Attempt]: ...
    def resolve(self, key: str, *, delivered: bool, author: str, note: str, at: datetime) -> Effect:
        """A person settles an uncertain effect: it went out, or it did not."""

    def quarantine(self, ledger: str) -> Sequence[Quarantined]:
        """Records of the last finished or running sweep that could not be read."""

    def verify_journal(self) -> Sequence[str]:
        """Problems found in the hash chains, in sentences; empty = intact."""

    def load_secret(self, name: str) -> bytes | None:
        """An encrypted value (tokens), as stored."""

    def save_secret(self, name: str, value: bytes, at: datetime) -> None:
        """Commit durably before returning."""

    def close(self) -> None: ...


@dataclass(slots=True)
class Progress:
    """A hook for progress on long work; the CLI shows it, tests ignore it."""

    tell: Callable[[str, int, int | None], None] = field(default=lambda *_: None)
