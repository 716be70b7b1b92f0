"""Settles what an earlier run left in flight, before anything new is done.

A claimed effect had not left: it goes back. One that was being sent is looked up where it
should have arrived. Where nothing can prove it either way it stays uncertain for a person:
never sent again by itself.
"""

from datetime import timedelta

from syncer.flow.charging import charges_of
from syncer.flow.desk import Desk, settle
from syncer.flow.write_back import is_there, note_for
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.outcome import AlreadyThere, Outcome, Rejected, Retry, Uncertain
from syncer.policy.rules import StepChannel
from syncer.ports import Capability

AT_ONCE = timedelta(0)


def rescue(desk: Desk) -> int:
    """Settle every effect in flight; returns how many. Raises what a look-up raises."""
    effects = desk.session.in_flight()
    for effect in effects:
        outcome = _find_out(desk, effect)
        follow_ups = _follow_ups(desk, effect) if isinstance(outcome, AlreadyThere) else ()
        outcome = settle(desk, effect, outcome, follow_ups)
        if isinstance(outcome, Rejected | Uncertain):  # what an earlier run did is not counted
            desk.tally.count(effect, outcome)
    return len(effects)


def _follow_ups(desk: Desk, effect: Effect) -> tuple[Effect, ...]:
    """What its own run would have written behind it: the note, and the charges it named."""
    if effect.kind is not EffectKind.REMINDER:
        return ()
    note = note_for(desk.setup, effect, effect.text, run_id=desk.run_id)
    message = desk.session.message(effect.key)
    lines = message.charges if message else ()
    charges = charges_of(desk.setup, effect, lines, run_id=desk.run_id)
    return (*((note,) if note else ()), *charges)


def _find_out(desk: Desk, effect: Effect) -> Outcome:
    if effect.state is EffectState.CLAIMED:
        return Retry(after=AT_ONCE, reason="interrupted before anything was sent")
    if effect.kind is EffectKind.REMINDER:
        return _find_message(desk, effect)
    if effect.kind is EffectKind.CHARGE:
        return Retry(after=AT_ONCE, reason="looked for by its reference before it is raised again")
    return _find_in_ledger(desk, effect)


def _find_message(desk: Desk, effect: Effect) -> Outcome:
    message = desk.session.message(effect.key)
    channel = None if message is None else desk.setup.way_out(message)
    if message is None or effect.channel == StepChannel.LEDGER_EMAIL or channel is None:
        return _unproven(effect)
    match channel.find(message.message_id if message.to else message.key):
        case True:
            return AlreadyThere(detail="found where the channel delivers")
        case False:
            return Retry(after=AT_ONCE, reason="looked up: it had not been delivered")
        case None:
            return _unproven(effect)


def _find_in_ledger(desk: Desk, effect: Effect) -> Outcome:
    if not desk.can(Capability.NOTE_LOOKUP):
        return _unproven(effect)
    if is_there(desk, effect):
        return AlreadyThere(detail="found by its marker in the ledger")
    return Retry(after=AT_ONCE, reason="looked up: the ledger does not have it")


def _unproven(effect: Effect) -> Uncertain:
    return Uncertain(
        evidence=f"interrupted while sending (attempt {effect.attempt}); nothing can prove "
        "whether it arrived: look in the mailbox, then confirm or discard it"
    )
