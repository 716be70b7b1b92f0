"""Everything at hand while one ledger's effects are delivered, and the marker of an effect."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from syncer.flow.asking import AskSums
from syncer.flow.charge_sums import ChargeSums
from syncer.flow.worker import LedgerSetup, RunOptions
from syncer.model.charge import ChargeLine
from syncer.model.decision import LedgerContext
from syncer.model.doubt import Doubt
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.outcome import (
    AlreadyThere,
    Cancelled,
    Delivered,
    Outcome,
    Rejected,
    Retry,
    Snooze,
    Uncertain,
)
from syncer.ports import Capability, Clock, LedgerSession, Renderer, Source


class Budget:
    """How many contacts may still go out. Shared by the ledgers' threads."""

    def __init__(self, limit: int | None) -> None:
        self._left = limit
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Use one up; False when none is left."""
        with self._lock:
            if self._left is None:
                return True
            if self._left <= 0:
                return False
            self._left -= 1
            return True

    def give_back(self) -> None:
        """Return one that was taken but not used."""
        with self._lock:
            if self._left is not None:
                self._left += 1


@dataclass(slots=True)
class Tally:
    """What delivery did, for the report."""

    contacted: int = 0
    notes: int = 0
    tasks: int = 0
    charges: int = 0
    cancelled: int = 0
    rejected: int = 0
    uncertain: int = 0
    snoozed: int = 0
    errors: int = 0
    charged: ChargeSums = field(default_factory=ChargeSums)
    asks: AskSums = field(default_factory=AskSums)  # of messages that left in this run
    put_off: set[str] = field(default_factory=set)  # keys for which it was no hour

    def announce(self, lines: Iterable[ChargeLine]) -> None:
        """Charges that a delivered message named."""
        self.charged.named(lines)

    def count(self, effect: Effect, outcome: Outcome | None) -> None:
        """Add one settled effect; None (another run was quicker) counts nowhere."""
        match outcome:
            case Delivered() | AlreadyThere():
                self._count_done(effect.kind)
                if effect.kind is EffectKind.CHARGE and effect.amount is not None:
                    self.charged.raised(effect.channel, effect.currency, effect.amount)
            case Cancelled():
                self.cancelled += 1
            case Rejected():
                self.rejected += 1
            case Uncertain():
                self.uncertain += 1
            case Retry() | Snooze():
                self.snoozed += 1

    def _count_done(self, kind: EffectKind) -> None:
        match kind:
            case EffectKind.REMINDER:
                self.contacted += 1
            case EffectKind.NOTE:
                self.notes += 1
            case EffectKind.CHARGE:
                self.charges += 1
            case _:
                self.tasks += 1


@dataclass(slots=True)
class Memory:
    """What the state may not know of the ledger's past, as far as this run has found out."""

    doubt: Doubt | None = None
    looked: set[str] = field(default_factory=set)  # accounts whose notes were compared with it


@dataclass(slots=True)
class Streak:
    """How often the same thing failed since it last worked."""

    in_a_row: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """One ledger at work."""

    setup: LedgerSetup
    session: LedgerSession
    source: Source
    context: LedgerContext
    renderer: Renderer
    clock: Clock
    run_id: str
    options: RunOptions
    budgets: tuple[Budget, ...] = ()
    wanted: Callable[[Effect], bool] | None = None  # None = every pending effect
    keep_lease: Callable[[], None] = field(default=lambda: None)
    tally: Tally = field(default_factory=Tally)
    memory: Memory = field(default_factory=Memory)
    warn: Callable[[str], None] = field(default=lambda _: None)  # tell it with the run's result
    document_faults: Streak = field(default_factory=Streak)

    def can(self, capability: Capability) -> bool:
        """Whether the ledger's connector declares it."""
        return capability in self.setup.capabilities


def settle(
    desk: Desk, effect: Effect, outcome: Outcome, follow_ups: tuple[Effect, ...] = ()
) -> Outcome:
    """Record the outcome; returns what became of it.

    One more try may have been one too many: the store then gives the effect up, and a
    person has to look.
    """
    settled = desk.session.settle(effect.key, outcome, desk.clock(), follow_ups)
    if isinstance(outcome, Retry) and settled.state is EffectState.REJECTED:
        return Rejected(reason=f"given up after attempt {settled.attempt}: {outcome.reason}")
    return outcome


def marker(effect: Effect) -> str:
    """The text that finds an effect again in the ledger. Never changes for an effect."""
    return f"[{effect.key}]"
