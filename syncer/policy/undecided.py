"""What is said of an account at whose facts the rules themselves failed: nobody contacts it.

Such a failure is a fault of this program. Its account is held with every item accounted for, so
that the sums of the run still add up, and no other account waits for it to be mended.
"""

from decimal import Decimal

from syncer.model.decision import (
    AccountSnapshot,
    Action,
    Code,
    Decision,
    ItemOutcome,
    Position,
    Reason,
)
from syncer.model.ledger import ItemKind, OpenItem
from syncer.model.money import ZERO


def undecided(snapshot: AccountSnapshot) -> tuple[Decision, ...]:
    """A hold per currency, sorted; the outcomes add up to the account's signed open total."""
    currencies = sorted({item.currency for item in snapshot.items})
    return tuple([_held(snapshot, currency) for currency in currencies])


def _held(snapshot: AccountSnapshot, currency: str) -> Decision:
    items = sorted(
        (item for item in snapshot.items if item.currency == currency),
        key=lambda item: item.item_id,
    )
    outcomes = [
        ItemOutcome(item_id=item.item_id, code=Code.UNDECIDED, amount=_signed(item))
        for item in items
    ]
    invoices = sum([one.amount for one in outcomes if one.amount > 0], ZERO)
    lowering = -sum([one.amount for one in outcomes if one.amount < 0], ZERO)
    return Decision(
        account_id=snapshot.account.account_id,
        currency=currency,
        action=Action.HOLD,
        reasons=(Reason(code=Code.UNDECIDED),),
        position=Position(
            currency=currency,
            open_invoices=invoices,
            overdue=ZERO,  # that, too, was for the rules to say
            held=invoices,
            credits=lowering,
            net=-lowering,
            asked=ZERO,
        ),
        outcomes=tuple(outcomes),
    )


def _signed(item: OpenItem) -> Decimal:
    return item.open if item.kind is ItemKind.INVOICE else -item.open
