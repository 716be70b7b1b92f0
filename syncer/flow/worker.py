"""The frozen worker that the composition root builds and every use case receives."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from secrets import token_hex

from syncer.model.effect import Message, PlannedContact
from syncer.model.hold import Hold
from syncer.model.run import LedgerResult, RunResult
from syncer.policy.credit import CreditLimit
from syncer.policy.debtor import DebtorRules
from syncer.policy.law.lawbook import LawBook
from syncer.policy.rules import Policy
from syncer.policy.volume import AlarmLimits
from syncer.ports import (
    Capability,
    Channel,
    Clock,
    Letterhead,
    Progress,
    Renderer,
    Selection,
    Source,
    Store,
)


class Mode(StrEnum):
    """``plan`` decides and shows; only ``live`` sends. A new ledger starts in ``plan``."""

    PLAN = "plan"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class LedgerSetup:
    """One configured ledger, with everything a cycle needs for it."""

    name: str
    connector: str  # the spec's name
    capabilities: frozenset[Capability]
    open_source: Callable[[], Source]  # called inside the ledger's own try: failures stay there
    mode: Mode
    policy: Policy
    letterhead: Letterhead
    channel: Channel | None  # where ``email`` steps go; None only in plan mode
    letters: Channel | None = None  # where ``letter`` steps go
    write_notes: bool = True
    pay_links: bool = False
    guard_age_max: timedelta = timedelta(seconds=60)
    sends_max: int | None = None  # per run, from the configuration
    alarm: AlarmLimits = field(default_factory=AlarmLimits)
    law: LawBook = field(default_factory=lambda: LawBook(()))  # what charges rest on
    holds: tuple[Hold, ...] = ()  # from YAML; account_id may be a name, item_id a number
    credit_limits: tuple[CreditLimit, ...] = ()  # from YAML; they come before the ledger's own
    debtors: DebtorRules = field(
        default_factory=DebtorRules
    )  # who is a debtor of other ledgers as well
    count_calls: Callable[[], int] = field(default=lambda: 0)  # calls made to the vendor so far
    # Seconds by which the vendor's server was ahead of this machine at its last answer.
    clock_skew: Callable[[], float | None] = field(default=lambda: None)
    clock_skew_max: timedelta = timedelta(minutes=10)  # further apart, nothing is sent
    server_here: bool = False  # on this machine: what it dates otherwise is its own time

    def way_out(self, message: Message) -> Channel | None:
        """The channel that a message leaves by: a letter has no receivers by mail."""
        return self.channel if message.to else self.letters


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how it goes: the composition root puts logs and Sentry behind it."""

    around_ledger: Callable[[str, str], AbstractContextManager[None]] = field(
        default=lambda _run_id, _ledger: nullcontext()
    )
    ledger_done: Callable[[LedgerResult, Exception | None], None] = field(
        default=lambda _result, _error: None
    )
    run_done: Callable[[RunResult], None] = field(default=lambda _: None)


@dataclass(frozen=True, slots=True)
class Worker:
    """Settings turned into parts. Built once per process, never changed."""

    ledgers: tuple[LedgerSetup, ...]
    store: Store
    renderer: Renderer
    clock: Clock
    config_digest: str
    lease_length: timedelta = timedelta(minutes=15)
    threads: int = 4  # ledgers at once; 0 = one after the other in this thread
    new_id: Callable[[], str] = field(default=partial(token_hex, 2))  # told apart from other runs
    close: Callable[[], None] = field(default=lambda: None)
    watch: Watch = field(default_factory=Watch)

    @property
    def names(self) -> frozenset[str]:
        """The names of all ledgers of the configuration."""
        return frozenset(setup.name for setup in self.ledgers)


@dataclass(frozen=True, slots=True)
class Approved:
    """What a saved plan allows: contacts by ledger and key, with the digest of their decision."""

    contacts: Mapping[str, Mapping[str, str]]
    claims: Mapping[str, Mapping[str, str]]  # the same with the mark of what they charge
    days: Mapping[str, date]  # each ledger's own day that was decided for


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asked for."""

    command: str = "run"  # run | plan | apply
    ledgers: tuple[str, ...] = ()  # names; empty = all
    selection: Selection = field(default_factory=Selection)
    as_of: date | None = None  # decide as if today were this day; forbids sending
    dry_run: bool = False  # decide and show, write nothing outside, enqueue nothing
    sends_max: int | None = None  # of all ledgers together, in their order
    progress: Progress = field(default_factory=Progress)
    on_contact: Callable[[PlannedContact], None] = field(default=lambda _: None)
    approved: Approved | None = None  # apply: nothing else may be sent
    stopping: Callable[[], bool] = field(default=lambda: False)  # asked between two effects

    @property
    def only_shows(self) -> bool:
        """Whether nothing may be sent, whatever mode a ledger is in."""
        sends = self.command in ("run", "apply")
        return not sends or self.dry_run or self.as_of is not None

    @property
    def narrowed(self) -> bool:
        """Whether the run is about some customers or invoices only."""
        return bool(self.selection.accounts or self.selection.items)


SELECTION = "selection"


def mode_of(setup: LedgerSetup, options: RunOptions) -> str:
    """What a run could do with a ledger: one that only shows is no run that could send."""
    if setup.mode is Mode.LIVE and options.only_shows:
        return Mode.PLAN
    return SELECTION if setup.mode is Mode.LIVE and options.narrowed else setup.mode
