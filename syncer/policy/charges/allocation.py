"""What a payment is set against: costs, interest and principal in the order that law or contract
gives.

A ledger sets every payment against the invoice. Where the order puts costs or interest first, a
payment that came after they were named paid them first, and as much of the invoice stays owed: what
is owed in all is the same, what bears interest is not. What is asked for never goes beyond the
ledger's balance: the order speaks in the working of interest alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from syncer.model.charge import ChargeKind
from syncer.model.ledger import Record
from syncer.model.money import ZERO, money_text, total
from syncer.policy.charges.interest import Paid
from syncer.policy.charges.rules import Debt, Earlier
from syncer.policy.law.rows import Part

PRINCIPAL_FIRST = (Part.PRINCIPAL, Part.COSTS, Part.INTEREST)


class Ordered(Record, kw_only=True, frozen=True, gc=True):
    """A debt as the order of allocation sees it, and in sentences what it did to payments."""

    debt: Debt
    working: tuple[str, ...] = ()


def allocate(
    payment: Decimal, owed: Mapping[Part, Decimal], order: Sequence[Part]
) -> dict[Part, Decimal]:
    """How ``payment`` is spread over ``owed``; a part is paid off before the next gets any.

    The parts used add up to the payment or, where less is owed, to all that is owed.
    """
    used: dict[Part, Decimal] = {}
    left = payment
    for part in order:
        used[part] = min(left, owed.get(part, ZERO))
        left -= used[part]
    return used


def in_order(
    debt: Debt, earlier: Sequence[Earlier], order: Sequence[Part], currency: str
) -> Ordered:
    """``debt`` with its payments set against what was charged ``earlier`` as ``order`` says."""
    own = [one for one in earlier if one.item_id == debt.item_id]
    if not own or order[0] is Part.PRINCIPAL:
        return Ordered(debt=debt)
    left = debt.principal + total([paid.amount for paid in debt.paid])
    settled = {Part.COSTS: ZERO, Part.INTEREST: ZERO}
    paid: list[Paid] = []
    working: list[str] = []
    for one in sorted(debt.paid, key=lambda paid: paid.on):
        named = _named(own, one.on)
        owed = {part: named[part] - settled[part] for part in settled} | {Part.PRINCIPAL: left}
        used = allocate(one.amount, owed, order)
        for part in settled:
            settled[part] += used[part]
        left -= used[Part.PRINCIPAL]
        paid.append(Paid(on=one.on, amount=used[Part.PRINCIPAL]))
        if used[Part.PRINCIPAL] != one.amount:
            working.append(_told(one, used, order, currency))
    return Ordered(debt=replace(debt, principal=left, paid=tuple(paid)), working=tuple(working))


def _named(earlier: Sequence[Earlier], day: date) -> dict[Part, Decimal]:
    """Costs and interest that had been named before ``day``."""
    sums = {Part.COSTS: ZERO, Part.INTEREST: ZERO}
    for one in earlier:
        if one.on < day:
            part = Part.INTEREST if one.kind is ChargeKind.INTEREST else Part.COSTS
            sums[part] += one.amount
    return sums


def _told(paid: Paid, used: Mapping[Part, Decimal], order: Sequence[Part], currency: str) -> str:
    parts = ", ".join(f"{money_text(used[part], currency)} to {part}" for part in order)
    return f"payment of {money_text(paid.amount, currency)} on {paid.on.isoformat()}: {parts}"
