"""What a connector is: how it declares itself, reads a ledger and writes into it.

Sources raise (``syncer.errors``); sinks return an ``Outcome``. A connector never sleeps,
retries or decides: that is the HTTP layer's and the flow's work.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from syncer.model.charge import Charge
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.ports.clock import Clock


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
    SENT_DAY = "sent_day"  # the day on which the ledger last mailed an invoice
    BANK_FRESHNESS = "bank_freshness"
    NOTE_ADD = "note_add"
    NOTE_LOOKUP = "note_lookup"  # notes can be read back, so a lost answer is resolved
    WRITE_KEY = "write_key"  # vendor honours an idempotency key on writes
    LEDGER_EMAIL = "ledger_email"  # the ledger itself mails the invoice
    TASK = "task"  # a task or note for a person
    DRAFT_CHARGE = "draft_charge"  # an invoice for a charge, for a person to look at
    BOOK_CHARGE = "book_charge"  # the same, owed at once
    PAY_LINK = "pay_link"
    INVOICE_PDF = "invoice_pdf"  # the invoice's own document can be fetched


@dataclass(frozen=True, slots=True)
class Limits:
    """A vendor's limits, with their source."""

    page_size: int
    calls_per_minute: int | None = None
    calls_per_second: int | None = None
    calls_at_once: int = 1
    batched_per_minute: int | None = None  # questions that share calls, counted one by one
    calls_per_day: int | None = None
    pages_max: int = 10_000  # a paging loop past this is a bug
    source: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What ``check`` found: one cheap call, in words for a person."""

    organisation: Organisation
    details: tuple[str, ...] = ()  # e.g. scopes, quota left
    warnings: tuple[str, ...] = ()  # e.g. a configured name that the ledger does not have
    reminders: str = ""  # what the ledger's people should do about its own reminders


@runtime_checkable
class Source(Protocol):
    """Reads a ledger."""

    def check(self) -> Health:
        """One cheap call that proves access. Raises AuthError, Transient, ContractError."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Yield the organisation first, then each stream's pages and its StreamEnd.

        ITEMS is read whole, or, from a ledger that tells every change and deletion, as what
        changed: then ``Page.gone`` names what is closed. A missing list raises ContractError;
        an empty one must be said by the vendor. Raises RateLimited when a quota is used up.
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
class NoteReader(Protocol):
    """Tells its own notes word for word, where a ledger keeps them readable."""

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """Texts of the notes and tasks that contain ``marker``: of the account, and of these items
        where notes stand on items. No more calls than places. Raises as every read does.
        """


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
    """Raises an invoice for a charge: a draft for a person to approve, or one owed at once."""

    def add_charge(self, charge: Charge) -> Outcome:
        """Create it once: one that ``charge.reference`` finds is left as it is.

        A sink without BOOK_CHARGE is never asked for a booked one.
        """


@runtime_checkable
class PayLinks(Protocol):
    """Fetches the page where a customer pays an invoice."""

    def pay_link(self, item_id: str) -> str:
        """An https address, or "" when there is none."""


@runtime_checkable
class InvoicePdfs(Protocol):
    """Fetches the document of an invoice as its customer knows it."""

    def invoice_pdf(self, item_id: str) -> bytes:
        """The whole PDF, from its ``%PDF-`` on; one call, and no write, in the ledger.

        Items of one document (instalments) give the same bytes, so that it is attached once.
        Raises RecordError, in one sentence, when the ledger has no document for this item (it
        is gone, or no invoice). What else goes wrong is raised as by every read: Transient,
        ContractError (an answer that is no PDF, once repeating did not help), RateLimited,
        AuthError.
        """


@dataclass(frozen=True, slots=True)
class ConnectorDeps:
    """What a connector is handed; it opens nothing else."""

    ledger: str
    config: Any  # an instance of the spec's config model
    http: Any  # syncer.http.client.HttpClient, or None for file connectors
    tokens: Any  # syncer.http.oauth.TokenKeeper, or None
    clock: Clock
    data_dir: Path
    as_of: date | None = None  # --as-of: facts of that day, where the connector can tell them


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """A platform's declaration: one per module, named SPEC."""

    name: str
    title: str
    config: type[Any]  # a pydantic model of the keys under ``ledgers[].settings``
    build: Callable[[ConnectorDeps], Source]
    capabilities: frozenset[Capability]
    limits: Limits
    # What a setting of the ledger switches on: the name of the key that has to be true.
    optional: Mapping[Capability, str] = field(default_factory=dict)
    proves_payment: bool = False  # tells of a closed invoice what money did not close (``Settled``)
    # The only hosts the HTTP client may speak to, beside those of the config's ``hosts()``.
    hosts: tuple[str, ...] = ()
    oauth: Callable[[Any], Any] | None = None  # config -> syncer.http.oauth.Provider, for a login

    def able(self, config: Any) -> frozenset[Capability]:
        """What it can do with these settings."""
        on = {one for one, key in self.optional.items() if getattr(config, key)}
        return self.capabilities | on
