"""What of a decision is late and can be charged for: its invoices, less credits and held parts."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from syncer.model.decision import AccountSnapshot, Decision, Line
from syncer.model.ledger import ItemKind, Settled
from syncer.model.money import ZERO, total
from syncer.policy.charges.interest import Paid
from syncer.policy.charges.own import is_own
from syncer.policy.charges.rules import Debt


def debts_of(decision: Decision, snapshot: AccountSnapshot) -> tuple[Debt, ...]:
    """The late invoices that ``decision`` asks for, oldest first; never one of our own charges.

    Together they are never more than is asked: credits pay the oldest first, as in the position.
    Of what was paid before, only what the ledger gives a day for splits the interest.
    """
    credit = -total([line.asked for line in decision.lines if line.kind is not ItemKind.INVOICE])
    late = [line for line in decision.lines if line.kind is ItemKind.INVOICE and line.days_late > 0]
    debts: list[Debt] = []
    for line in late:
        used = min(credit, line.asked)
        credit -= used
        debts += _debt(line, line.asked - used, snapshot.settled)
    return tuple(debts)


def _debt(line: Line, principal: Decimal, settled: Iterable[Settled]) -> Iterator[Debt]:
    if principal <= ZERO or line.due_on is None or is_own(line.number, line.reference):
        return
    yield Debt(
        item_id=line.item_id,
        number=line.number or line.reference,
        due_on=line.due_on,
        principal=principal,
        paid=_paid(line, settled),
    )


def _paid(line: Line, settled: Iterable[Settled]) -> tuple[Paid, ...]:
    """Payments with a day, the earliest first, up to what the ledger says was paid in all."""
    left = line.total - line.open
    paid: list[Paid] = []
    own = [one for one in settled if one.item_id == line.item_id and one.amount > ZERO]
    for one in sorted(own, key=lambda one: one.paid_on):
        if left <= ZERO:
            break
        part = Paid(on=one.paid_on, amount=min(one.amount, left))
        left -= part.amount
        paid.append(part)
    return tuple(paid)
