"""What decisions come to: the open items by outcome code and currency, and what is asked of them.

Every item counts once with its signed amount, so the amounts add up to the ledger. Beside it
stands what is left out when it is asked for: credits, and parts that are disputed or promised.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import attrgetter

import msgspec

from syncer.model.decision import Action, Code, Decision
from syncer.model.money import ZERO
from syncer.model.run import OutcomeTotal

Sums = dict[tuple[str, str], list[Decimal]]
"""By code and currency: items, amount, credits, held parts."""

_code = attrgetter("code")


def come_to(decisions: Iterable[Decision]) -> tuple[OutcomeTotal, ...]:
    """The totals of one account's decisions: one a currency."""
    sums: Sums = {}
    for decision in decisions:
        for code in set(map(_code, decision.outcomes)):
            amounts = [outcome.amount for outcome in decision.outcomes if outcome.code == code]
            items = Decimal(len(amounts))
            sums[code, decision.currency] = [items, sum(amounts, ZERO), ZERO, ZERO]
        row = sums.get((decision.reasons[0].code, decision.currency))
        if row is not None:
            row[2:] = _left_out(decision, row[1])
    return totals(sums)


def _left_out(decision: Decision, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Credits and held parts of the invoices, ``amount`` in all, that the decision is about."""
    asked = decision.position.asked
    if decision.action is Action.CONTACT:
        code = decision.reasons[0].code
        about = {one.item_id for one in decision.outcomes if one.code == code}
        held = sum([line.held for line in decision.lines if line.item_id in about], ZERO)
        return asked + held - amount, held
    used = sum([one.amount for one in decision.outcomes if one.code == Code.NETTED], ZERO)
    lowered = max(used, min(asked - amount, ZERO)) if used else ZERO
    waits = asked and decision.action is Action.NONE  # overdue, and its step is not due yet
    return lowered, (amount + lowered - asked if waits else ZERO)


def add_up(known: Iterable[OutcomeTotal], sums: Sums) -> None:
    """Add what an account came to."""
    for one in known:
        row = sums[one.code, one.currency]
        row[0] += one.items
        row[1] += one.amount
        if one.credits or one.held:
            row[2] += one.credits
            row[3] += one.held


def totals(sums: Sums) -> tuple[OutcomeTotal, ...]:
    """The sums as records, by code and currency."""
    return tuple([_total(*key, row) for key, row in sorted(sums.items())])


def _total(code: str, currency: str, row: Sequence[Decimal]) -> OutcomeTotal:
    items, amount, lowered, held = row
    plain = OutcomeTotal(code=code, currency=currency, items=int(items), amount=amount)
    if not lowered and not held:
        return plain  # its defaults are not written out: a standing is kept for every account
    return msgspec.structs.replace(plain, credits=lowered, held=held)
