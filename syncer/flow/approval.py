"""Contacts that a person has to approve before they go out."""

from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup, Worker
from syncer.model.effect import UNTIL_APPROVED, Effect, EffectState
from syncer.ports import OutboxFilter, Store

_MANY = 100_000  # contacts of one ledger that can wait at once


def waits(effect: Effect) -> bool:
    """Whether the contact goes out only after somebody approved it."""
    return effect.state is EffectState.PENDING and effect.not_before == UNTIL_APPROVED


def waiting_for_approval(store: Store, setup: LedgerSetup) -> int:
    """How many wait; nothing is looked up where no step of the policy asks for approval."""
    if not any(step.approval for ladder in setup.policy.ladders for step in ladder.steps):
        return 0
    return len(waiting(store, setup.name))


def waiting(store: Store, ledger: str) -> list[Effect]:
    """What waits for approval in a ledger, newest plan first."""
    query = OutboxFilter(ledger=ledger, states=(EffectState.PENDING,), limit=_MANY)
    return [effect for effect in store.effects(query) if waits(effect)]


def approve(worker: Worker, effect: Effect, *, author: str, note: str) -> Effect:
    """Let it go at the next run, if it is still due then. Raises ConfigError unless it waits."""
    if not waits(effect):
        told = f" ({effect.detail})" if effect.detail else ""
        raise ConfigError(f"'{effect.key}' is {effect.state}{told} and waits for no approval")
    return worker.store.approve(effect.key, author=author, note=note, at=worker.clock())
