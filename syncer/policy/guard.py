"""The last look before a message leaves: is this very contact still wanted?"""

from syncer.model.decision import AccountSnapshot, Action, Code, Decision, LedgerContext, Reason
from syncer.model.effect import Effect
from syncer.policy.decide import decide
from syncer.policy.rules import Policy


def still_due(
    fresh: AccountSnapshot, effect: Effect, policy: Policy, context: LedgerContext
) -> Decision | Reason:
    """Decide again on the facts just read.

    Returns the fresh decision when it asks for the same contact; its amount may have
    changed, and the message is to be built from the fresh figures. Otherwise the reason why
    the contact is no longer wanted. ``fresh`` must not contain the effect's own contact.
    """
    for decision in decide(fresh, policy, context):
        if decision.currency == effect.currency:
            return _same_contact(decision, effect)
    return Reason(code=Code.NOTHING_OPEN)


def _same_contact(decision: Decision, effect: Effect) -> Decision | Reason:
    if decision.action is not Action.CONTACT:
        return decision.reasons[0]
    if decision.key != effect.key:
        return Reason(code=Code.STEP_CHANGED, args=(effect.step, decision.step))
    return decision
