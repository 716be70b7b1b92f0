"""Contacts that a person has to approve before they go out."""

from collections.abc import Iterator
from dataclasses import replace

from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup, Worker
from syncer.model.decision import Action, Decision
from syncer.model.effect import DECLINED, UNTIL_APPROVED, Effect, EffectState, PlannedContact
from syncer.policy.beside import step_taken
from syncer.policy.rules import Policy
from syncer.ports import OutboxFilter, Store

_APPROVED_BY = "approved by"
_AT_ONCE = 2_000
"""Effects in memory at a time: a limit may leave a large ledger's every customer for later."""

_BEFORE_ALL = " "  # comes before every key


def waits(effect: Effect) -> bool:
    """Whether the contact goes out only after somebody approved it."""
    return effect.state is EffectState.PENDING and effect.not_before == UNTIL_APPROVED


def can_decline(effect: Effect) -> bool:
    """Whether a person may say no: it waits for approval, or was approved and is not sent yet."""
    approved = effect.state is EffectState.PENDING and effect.detail.startswith(_APPROVED_BY)
    return waits(effect) or approved


def decline(worker: Worker, effect: Effect, *, author: str, note: str) -> Effect:
    """Say no: it is cancelled, and this step of this debt is not planned again.

    Raises ConfigError unless a person was asked for approval.
    """
    if not can_decline(effect):
        raise ConfigError(f"'{effect.key}' is {effect.state} and waits for no approval")
    return worker.store.decline(effect.key, author=author, note=note, at=worker.clock())


def not_declined(
    store: Store, policy: Policy, contacts: list[PlannedContact]
) -> list[PlannedContact]:
    """The contacts of a plan without those to which a person said no."""
    if not contacts or not asks_anybody(policy):
        return contacts
    gone = store.declined([one.effect.key for one in contacts])
    return [one for one in contacts if one.effect.key not in gone]


def asks_anybody(policy: Policy) -> bool:
    """Whether any step of the policy waits for approval."""
    return any(step.approval for ladder in policy.ladders for step in ladder.steps)


def word_on(store: Store, decision: Decision, policy: Policy) -> str:
    """What stands about the approval of the contact that a decision asks for; "" = none is asked.

    A short phrase, as behind a semicolon.
    """
    if decision.action is not Action.CONTACT or not step_taken(decision, policy).approval:
        return ""
    for effect in store.effects(OutboxFilter(key=decision.key)):
        if waits(effect):
            return f"it waits for approval (syncer outbox approve {effect.key})"
        if effect.state is EffectState.PENDING:
            return f"{effect.detail}, and not sent yet"
        if effect.detail.startswith(DECLINED):
            said = effect.detail.removeprefix(DECLINED).removeprefix(": ")
            return f"but not sent: a person said no to it ({said})"
    return "once a person has approved it"


def waiting_for_approval(store: Store, setup: LedgerSetup) -> int:
    """How many wait; nothing is looked up where no step of the policy asks for approval."""
    if not asks_anybody(setup.policy):
        return 0
    return sum(waits(effect) for effect in pending(store, setup.name))


def waiting(store: Store, ledger: str) -> list[Effect]:
    """What waits for approval in a ledger, newest plan first."""
    found = [effect for effect in pending(store, ledger) if waits(effect)]
    return sorted(found, key=lambda effect: effect.planned_on, reverse=True)


def pending(store: Store, ledger: str, *, at_once: int = _AT_ONCE) -> Iterator[Effect]:
    """Everything that is to leave some time, however much it is, in the order of keys."""
    query = OutboxFilter(
        ledger=ledger, states=(EffectState.PENDING,), limit=at_once, key_after=_BEFORE_ALL
    )
    while some := store.effects(query):
        yield from some
        query = replace(query, key_after=some[-1].key)


def approve(worker: Worker, effect: Effect, *, author: str, note: str) -> Effect:
    """Let it go at the next run, if it is still due then. Raises ConfigError unless it waits."""
    if not waits(effect):
        told = f" ({effect.detail})" if effect.detail else ""
        raise ConfigError(f"'{effect.key}' is {effect.state}{told} and waits for no approval")
    return worker.store.approve(effect.key, author=author, note=note, at=worker.clock())
