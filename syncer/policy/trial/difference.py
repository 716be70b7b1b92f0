"""Who would be treated differently today by another policy, and how."""

from collections.abc import Iterator

from syncer.model.decision import AccountSnapshot, Action, Decision, LedgerContext
from syncer.model.ledger import Record
from syncer.policy.decide import decide
from syncer.policy.rules import Policy


class Treatment(Record, kw_only=True, frozen=True):
    """What a policy does about one currency of an account today, in codes."""

    action: Action
    step: str
    reason: str
    asked: str


class Change(Record, kw_only=True, frozen=True, gc=True):
    """One account and currency on which two policies part."""

    account_id: str
    account: str
    currency: str
    before: Treatment
    after: Treatment


def changes(
    snapshot: AccountSnapshot, one: Policy, other: Policy, context: LedgerContext
) -> Iterator[Change]:
    """Each currency of the account that ``other`` treats differently from ``one`` today."""
    after = {found.currency: found for found in decide(snapshot, other, context)}
    for found in decide(snapshot, one, context):
        old, new = _treatment(found), _treatment(after[found.currency])
        if old != new:
            yield Change(
                account_id=snapshot.account.account_id,
                account=snapshot.account.name,
                currency=found.currency,
                before=old,
                after=new,
            )


def _treatment(found: Decision) -> Treatment:
    contact = found.action is Action.CONTACT
    return Treatment(
        action=found.action,
        step=found.step if contact else "",
        reason=found.reasons[0].code.value,
        asked=str(found.position.asked) if contact else "",
    )
