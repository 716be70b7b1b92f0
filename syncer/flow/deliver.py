"""Works through the outbox of one ledger: waiting notes first, then contacts by priority."""

from collections.abc import Iterator

from syncer.errors import InvariantError
from syncer.flow.desk import Budget, Desk
from syncer.flow.remind import remind
from syncer.flow.write_back import write_note
from syncer.model.effect import Effect, EffectKind
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
from syncer.policy.calendar import send_window_open
from syncer.flow.pull import local_time

EFFECTS_PER_LOOK = 100
_CONTACTS = (EffectKind.REMINDER, EffectKind.TASK)


def deliver(desk: Desk) -> None:
    """Deliver until nothing is ready, the budget is spent or a stop was asked for.

    Raises what ends the whole ledger: RateLimited, AuthError, Transient, ContractError.
    """
    for note in _ready(desk, (EffectKind.NOTE,)):
        _count(desk, note, write_note(desk, note))
    if not _window_open(desk):
        desk.tally.snoozed += len(desk.session.pending(desk.clock(), EFFECTS_PER_LOOK, _CONTACTS))
        return
    for contact in _ready(desk, _CONTACTS):
        if not _window_open(desk) or not _take(desk.budgets):
            return
        outcome = remind(desk, contact)
        if not isinstance(outcome, Delivered | AlreadyThere | Uncertain):
            _give_back(desk.budgets)
        _count(desk, contact, outcome)


def _ready(desk: Desk, kinds: tuple[EffectKind, ...]) -> Iterator[Effect]:
    """Pending effects in order, each at most once: every one must leave ``pending``."""
    seen: set[str] = set()
    while batch := desk.session.pending(desk.clock(), EFFECTS_PER_LOOK, kinds):
        for effect in batch:
            if desk.options.stopping():
                return
            if effect.key in seen:
                raise InvariantError(f"effect {effect.key} came back although it was settled")
            seen.add(effect.key)
            yield effect


def _window_open(desk: Desk) -> bool:
    return send_window_open(
        desk.setup.policy, local_time(desk.context.organisation, desk.clock)
    )


def _take(budgets: tuple[Budget, ...]) -> bool:
    taken: list[Budget] = []
    for budget in budgets:
        if not budget.take():
            _give_back(tuple(taken))
            return False
        taken.append(budget)
    return True


def _give_back(budgets: tuple[Budget, ...]) -> None:
    for budget in budgets:
        budget.give_back()


def _count(desk: Desk, effect: Effect, outcome: Outcome | None) -> None:
    tally = desk.tally
    match outcome:
        case Delivered() | AlreadyThere() if effect.kind is EffectKind.REMINDER:
            tally.contacted += 1
        case Delivered() | AlreadyThere() if effect.kind is EffectKind.TASK:
            tally.tasks += 1
        case Delivered() | AlreadyThere():
            tally.notes += 1
        case Cancelled():
            tally.cancelled += 1
        case Rejected():
            tally.rejected += 1
        case Uncertain():
            tally.uncertain += 1
        case Retry() | Snooze():
            tally.snoozed += 1
