"""Charges that are not asked for any more: their late invoice was paid, and the policy waives."""

from datetime import date

from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.policy.charges.own import left_behind
from syncer.policy.charges.rules import ChargeRules, WhenPaid

_ALWAYS = date.min
REASON = "its late invoice was paid, so this charge is waived"


def waived(snapshot: AccountSnapshot, rules: ChargeRules) -> tuple[Hold, ...]:
    """A hold on each such invoice; () under a policy that charges nothing or keeps charges."""
    if not rules.steps or rules.when_paid is not WhenPaid.WAIVE:
        return ()
    left = left_behind(snapshot.items)
    if not left:
        return ()
    return tuple(
        [
            Hold(
                hold_id=f"waived:{item.item_id}",
                kind=HoldKind.MANUAL,
                account_id=item.account_id,
                item_id=item.item_id,
                starts_on=_ALWAYS,
                reason=REASON,
                source=HoldSource.LEDGER,
            )
            for item in snapshot.items
            if item.item_id in left
        ]
    )
