"""A message that waits, as it would be sent now: for whoever is to approve it. Nothing is written.

It is built from what the last run read. Documents and links to pay come from the ledger only when
it is sent, right behind the last look.
"""

from datetime import date
from functools import partial

from syncer.flow.thanking import with_closed
from syncer.flow.worker import LedgerSetup, Worker
from syncer.model.charge import NOTHING, Claim
from syncer.model.decision import AccountSnapshot, Action, Decision, LedgerContext
from syncer.model.effect import Effect, EffectKind, EffectState, Message
from syncer.policy.beside import step_taken
from syncer.policy.charges.on_step import charging, claim_of, on_step
from syncer.policy.combine import template_for
from syncer.policy.decide import decide
from syncer.policy.explain import sentence
from syncer.policy.rules import StepChannel


def preview(worker: Worker, effect: Effect, *, today: date) -> Message | str:
    """The message, or in a sentence why there is none to show. Raises RecordError as a run does."""
    setup = next((one for one in worker.ledgers if one.name == effect.ledger), None)
    known = worker.store.peek(effect.ledger, effect.account_id)
    context = worker.store.peek_context(effect.ledger, today)
    if effect.state is not EffectState.PENDING or effect.kind is not EffectKind.REMINDER:
        return "No message of it was kept: nothing has left so far."
    if setup is None or known is None or context is None:
        return "Nothing is open on the account any more, so it would not be sent."
    look = partial(worker.store.closed_items, effect.ledger)
    snapshot = with_closed(look, known, setup.policy, today)
    made = [
        one for one in decide(snapshot, setup.policy, context) if one.currency == effect.currency
    ]
    if not made or made[0].action is not Action.CONTACT or made[0].key != effect.key:
        why = f" {sentence(made[0].reasons[0])}" if made else ""
        return f"It would not be sent on {today}.{why}"
    if step_taken(made[0], setup.policy).channel is StepChannel.LEDGER_EMAIL:
        return "The ledger itself writes this message, in its own words."
    return _rendered(worker, setup, made[0], snapshot, context)


def _rendered(
    worker: Worker,
    setup: LedgerSetup,
    decision: Decision,
    snapshot: AccountSnapshot,
    context: LedgerContext,
) -> Message:
    step = step_taken(decision, setup.policy)
    return worker.renderer.render(
        decision=decision,
        snapshot=snapshot,
        context=context,
        letterhead=setup.letterhead,
        tone=step.tone,
        template=template_for(setup.policy, step, decision),
        recipients=step.recipients,
        spoken=step.language,
        letter=step.channel is StepChannel.LETTER,
        pay_links={},
        at=worker.clock(),
        attachments=(),
        not_attached=(),
        claim=_claim(worker, setup, decision, snapshot, context),
    )


def _claim(
    worker: Worker,
    setup: LedgerSetup,
    decision: Decision,
    snapshot: AccountSnapshot,
    context: LedgerContext,
) -> Claim:
    if not charging(decision, setup.policy):
        return NOTHING
    rules = setup.policy.charges
    accounts = {snapshot.account.account_id, *(item.account_id for item in snapshot.items)}
    past = worker.store.announced(setup.name, sorted(accounts))
    found = on_step(decision, snapshot, context, rules, setup.law, past)
    return claim_of(found, decision, snapshot, context, rules, past)
