"""Delivers one contact: claim, guard, render, commit, send, settle.

``_hand_over`` holds the one irreversible line. Everything before it is a value that can
be printed; after it, an answer that proves nothing is kept as uncertain for a person.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from syncer.errors import (
    AuthError,
    InvariantError,
    RateLimited,
    RecordError,
    StateError,
    SyncerError,
    Transient,
    Unreachable,
)
from syncer.flow.charging import charges_of, claim_for, not_as_planned
from syncer.flow.clock import refuse_wrong_clock
from syncer.flow.desk import Desk, marker, settle
from syncer.flow.documents import Enclosed, Fetched, enclose, fetch, told
from syncer.flow.fence import Passed, pass_guard, start_sending, step_of
from syncer.flow.giving import giving_away
from syncer.flow.recall import recall
from syncer.flow.write_back import note_for
from syncer.model.charge import ChargeLine, Claim
from syncer.model.effect import Effect, EffectKind, Message
from syncer.model.outcome import (
    AlreadyThere,
    Delivered,
    Outcome,
    Rejected,
    Snooze,
    Uncertain,
)
from syncer.model.run import Fate
from syncer.policy.beside import THANK_YOU
from syncer.policy.combine import template_for
from syncer.policy.rules import Step, StepChannel
from syncer.ports import Capability, LedgerMailer, PayLinks, TaskSink

PAY_LINKS_MAX = 25  # items per message that get a link: one call each at most vendors


def remind(desk: Desk, effect: Effect) -> Outcome | None:
    """Take one pending contact to an end; None when another run was quicker.

    Raises SyncerError when the ledger or the channel as a whole cannot go on; the effect is
    then back where it was, with no attempt used up, unless the state could not be written.
    """
    claimed = desk.session.claim(effect.key, desk.clock())
    if claimed is None:
        return None
    try:
        outcome = _attempt(desk, claimed)
    except RateLimited as limited:
        _put_back(desk, claimed, Snooze(until=desk.clock(), reason=str(limited)))  # flow.parking
        raise
    except (InvariantError, StateError):
        raise  # it may have left already, unrecorded: the next run looks it up
    except SyncerError as error:
        _put_back(desk, claimed, Snooze(until=desk.clock(), reason=type(error).__name__))
        raise
    return outcome


def _put_back(desk: Desk, effect: Effect, outcome: Snooze) -> None:
    desk.session.settle(effect.key, outcome, desk.clock())


def _attempt(desk: Desk, effect: Effect) -> Outcome:
    before = recall(desk, effect)
    if before is not None:
        return before  # settled with what was found
    fetched = fetch(desk, effect)  # before the guard: its read is the last thing before a send
    if not isinstance(fetched, Fetched):
        return _settle(desk, effect, fetched)
    links = _pay_links(desk, effect)
    verdict = pass_guard(desk, effect)
    if not isinstance(verdict, Passed):
        return _settle(desk, effect, verdict)
    refuse_wrong_clock(desk.setup)
    effect = replace(effect, amount=verdict.decision.position.asked)  # what it says by now
    step = step_of(desk, verdict.decision)
    if effect.kind is EffectKind.TASK:
        return _give_task(desk, effect, verdict)
    if step.channel is StepChannel.LEDGER_EMAIL:
        return _let_ledger_mail(desk, effect, verdict)
    enclosed = enclose(fetched, verdict.decision, step)
    try:
        claim = claim_for(
            desk.setup, desk.session, desk.context, verdict.decision, verdict.snapshot
        )
        other = not_as_planned(desk, effect, claim)
        if other is not None:
            return _settle(desk, effect, other)
        message = _render(desk, verdict, step, links, enclosed, claim)
    except RecordError as error:
        return _settle(desk, effect, Rejected(reason=str(error)))
    return _hand_over(desk, effect, message, verdict, enclosed)


def _render(
    desk: Desk,
    passed: Passed,
    step: Step,
    links: Mapping[str, str],
    enclosed: Enclosed,
    claim: Claim,
) -> Message:
    return desk.renderer.render(
        decision=passed.decision,
        snapshot=passed.snapshot,
        context=desk.context,
        letterhead=desk.setup.letterhead,
        tone=step.tone,
        template=template_for(desk.setup.policy, step, passed.decision),
        recipients=step.recipients,
        spoken=step.language,
        letter=step.channel is StepChannel.LETTER,
        pay_links=links,
        at=desk.clock(),
        attachments=enclosed.attachments,
        not_attached=enclosed.without,
        claim=claim,
    )


def _hand_over(
    desk: Desk, effect: Effect, message: Message, passed: Passed, enclosed: Enclosed
) -> Outcome:
    channel = desk.setup.way_out(message)
    if channel is None:
        missing = "mail channel" if message.to else "folder of letters (mail.letters)"
        return _settle(desk, effect, Rejected(reason=f"no {missing} is configured"))
    text = desk.renderer.note(message=message, decision=passed.decision, context=desk.context)
    late = start_sending(desk, effect, passed, message, text=text)
    if late is not None:
        return _settle(desk, effect, late)
    try:
        outcome = channel.send(message)
    except (AuthError, Unreachable):
        # The channel states that nothing was handed over and nothing else can be: ``remind``
        # puts the effect back, and the ledger ends here.
        raise
    except Exception as error:  # noqa: BLE001  whatever it was, it may have gone out
        outcome = Uncertain(evidence=f"the channel failed with {type(error).__name__}")
        desk.tally.errors += 1
    done = told(desk, enclosed, outcome)
    return _settle(desk, effect, done, text=text, charged=message.charges)


def _let_ledger_mail(desk: Desk, effect: Effect, passed: Passed) -> Outcome:
    if not isinstance(desk.source, LedgerMailer):
        return _settle(desk, effect, Rejected(reason="this ledger cannot send e-mail itself"))
    decision = passed.decision
    on = desk.context.today.isoformat()
    text = f"Reminder '{decision.step}' asked of the ledger's own e-mail on {on}."
    late = start_sending(desk, effect, passed, None, text=text)
    if late is not None:
        return _settle(desk, effect, late)
    mail = partial(desk.source.email_item, item_id=decision.lines[0].item_id, key=effect.key)
    return _settle(desk, effect, _ask_ledger(mail), text=text)


def _give_task(desk: Desk, effect: Effect, passed: Passed) -> Outcome:
    if not isinstance(desk.source, TaskSink):
        return _settle(desk, effect, Rejected(reason="this ledger cannot take a task"))
    text = desk.renderer.task_text(
        decision=passed.decision,
        snapshot=passed.snapshot,
        context=desk.context,
        **giving_away(desk, passed),
    )
    late = start_sending(desk, effect, passed, None)
    if late is not None:
        return _settle(desk, effect, late)
    add = partial(
        desk.source.add_task,
        account_id=effect.account_id,
        item_ids=effect.item_ids,
        text=f"{text} {marker(effect)}",
        due_on=desk.context.today,
        key=effect.key,
    )
    return _settle(desk, effect, _ask_ledger(add))


def _ask_ledger(write: Callable[[], Outcome]) -> Outcome:
    """A refusal before the act is raised on; anything unclear after it counts as uncertain."""
    try:
        return write()
    except (RateLimited, AuthError):
        raise
    except SyncerError as error:
        return Uncertain(evidence=f"{type(error).__name__}: {error}")


def _settle(
    desk: Desk,
    effect: Effect,
    outcome: Outcome,
    *,
    text: str = "",
    charged: Sequence[ChargeLine] = (),
) -> Outcome:
    """Record the outcome; a delivered reminder brings its note and charges into being with it."""
    if not isinstance(outcome, Delivered | AlreadyThere):
        return settle(desk, effect, outcome)
    note = note_for(desk.setup, effect, text, run_id=desk.run_id)
    desk.tally.announce(charged)
    desk.tally.asks.add(effect, desk.setup.policy, Fate.SENT)
    charges = charges_of(desk.setup, effect, charged, run_id=desk.run_id)
    return settle(desk, effect, outcome, (*((note,) if note else ()), *charges))


def _pay_links(desk: Desk, effect: Effect) -> Mapping[str, str]:
    """Links are a convenience: a failed look-up leaves them out. Fetched before the guard."""
    source = desk.source
    if effect.step == THANK_YOU.name or not (
        desk.setup.pay_links and desk.can(Capability.PAY_LINK) and isinstance(source, PayLinks)
    ):
        return {}
    links: dict[str, str] = {}
    for item_id in effect.item_ids[:PAY_LINKS_MAX]:
        try:
            links[item_id] = source.pay_link(item_id)
        except (Transient, RecordError):
            continue
    return {item_id: link for item_id, link in links.items() if link}
