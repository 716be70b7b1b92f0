"""Which part of each invoice is not to be asked for now, and why.

Holds a person entered, a promise date or a stop kept in the ledger, and invoices never sent.
Where a hold is unclear about its currency it holds more, not less: nobody is asked for doubtful
money.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from syncer.model.decision import Code, Reason
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind, OpenItem, Stop
from syncer.model.money import ZERO
from syncer.policy.agreements.speaking import Speaking
from syncer.policy.sentences import english
from syncer.policy.text import amount_text, day_text

_CODES = {
    HoldKind.DISPUTE: Code.DISPUTE,
    HoldKind.PROMISE: Code.PROMISE,
    HoldKind.PLAN: Code.PLAN,
    HoldKind.MANUAL: Code.MANUAL,
    HoldKind.EXCLUDE: Code.EXCLUDED,
}

_STOPPED = {
    Stop.DISPUTED: Reason(code=Code.DISPUTE, args=("marked so in the ledger", "", "")),
    Stop.PAYMENT_HELD: Reason(code=Code.MANUAL, args=("its payment came and is on hold", "", "")),
    Stop.BLOCKED: Reason(code=Code.MANUAL, args=("blocked in the ledger", "", "")),
    Stop.OTHER_CURRENCY: Reason(
        code=Code.MANUAL, args=("a payment in another currency stands on it", "", "")
    ),
}
"""What a ledger's own stop means: nobody entered an end, the ledger takes it away again."""


class Part(msgspec.Struct, kw_only=True):
    """The held part of one invoice. ``reason`` is the first hold that took some of it."""

    amount: Decimal
    reason: Reason
    others: tuple[Reason, ...] = ()  # what else stands on it, whether or not it took more

    @property
    def said(self) -> str:
        """All that stands on it, in sentences."""
        return " ".join([english(one) for one in (self.reason, *self.others)])


def active(hold: Hold, today: date) -> bool:
    """Whether ``hold`` speaks today: both its first and its last day belong to it."""
    return hold.starts_on <= today and (hold.ends_on is None or today <= hold.ends_on)


def rank(hold: Hold) -> tuple[bool, HoldKind, str]:
    """Sort key: which of several holds is named first. What holds all comes before a part."""
    return (hold.amount is not None, hold.kind, hold.hold_id)


def handed_over(hold: Hold) -> bool:
    """Whether the hold says that somebody else has the debt now."""
    return hold.terms is not None and bool(hold.terms.handed_to)


def in_force(holds: Sequence[Hold], items: Iterable[OpenItem]) -> Sequence[Hold]:
    """The holds without those about a debt that was handed over and is gone.

    It lasts while an invoice of any currency that was overdue on that day is open: once all of
    them are paid, credited or written off, the customer is as any other.
    """
    if not any(handed_over(hold) for hold in holds):
        return holds
    dues = [i.due_on for i in items if i.kind is ItemKind.INVOICE and i.open > ZERO and i.due_on]
    oldest = min(dues, default=date.max)
    return [hold for hold in holds if not handed_over(hold) or oldest < hold.starts_on]


def held_parts(
    invoices: Sequence[OpenItem],
    holds: Sequence[Hold],
    *,
    today: date,
    only_sent: bool,
) -> dict[str, Part]:
    """Held part by item id for invoices of one currency, given oldest first."""
    parts: dict[str, Part] = {}
    if holds:
        speaking = [hold for hold in holds if active(hold, today)]
        speaking.sort(key=rank)
        for hold in speaking:
            _apply(hold, invoices, parts)
    for item in invoices:
        if item.expected_on is not None and today <= item.expected_on:
            reason = Reason(code=Code.EXPECTED_DATE, args=(item.number, day_text(item.expected_on)))
            _take(parts, item, item.open, reason)
        if item.stop is not None:
            _take(parts, item, item.open, _STOPPED[item.stop])
        if only_sent and item.sent is not True:
            _take(parts, item, item.open, Reason(code=Code.NOT_SENT_YET, args=(item.number,)))
    return parts


def _apply(hold: Hold, invoices: Sequence[OpenItem], parts: dict[str, Part]) -> None:
    if hold.item_id:
        for item in invoices:
            if item.item_id == hold.item_id:
                _take(parts, item, _limit(hold, item), hold_reason(hold))
        return
    if hold.amount is None:
        for item in invoices:
            _take(parts, item, item.open, hold_reason(hold))
        return
    _spread(hold, hold.amount, invoices, parts)


def _limit(hold: Hold, item: OpenItem) -> Decimal:
    """A part in another currency than the invoice's cannot be compared: hold all of it."""
    if hold.amount is None or hold.currency not in ("", item.currency):
        return item.open
    return hold.amount


def _spread(
    hold: Hold, amount: Decimal, invoices: Sequence[OpenItem], parts: dict[str, Part]
) -> None:
    """Put an account's part amount on its oldest invoices first, which lowers the ask most."""
    left = amount
    for item in invoices:
        if left <= 0:
            return
        known = parts.get(item.item_id)
        if hold.currency in ("", item.currency) and (known is None or known.amount < item.open):
            left -= _take(parts, item, left, hold_reason(hold))


def _take(parts: dict[str, Part], item: OpenItem, amount: Decimal, reason: Reason) -> Decimal:
    """Hold up to ``amount`` more of ``item``; returns how much was still free to be held."""
    known = parts.get(item.item_id)
    before = known.amount if known is not None else ZERO
    taken = max(ZERO, min(amount, item.open - before))
    if known is not None and amount > ZERO:
        others = (*known.others, reason)
        parts[item.item_id] = Part(amount=before + taken, reason=known.reason, others=others)
    elif taken > 0:
        parts[item.item_id] = Part(amount=taken, reason=reason)
    return taken


def hold_reason(hold: Hold) -> Reason:
    """The hold as a reason: why, until when, and which part (empty = all).

    Where a grace is in its last day: also the day that was said, and the end of a plan.
    """
    part = "" if hold.amount is None else amount_text(hold.amount)
    own = hold.code if isinstance(hold, Speaking) else None
    code = Code.HANDED_OVER if handed_over(hold) else own or _CODES[hold.kind]
    args: tuple[str, ...] = (hold.reason, day_text(hold.ends_on), part)
    if isinstance(hold, Speaking) and hold.said_on is not None:
        args = (*args, day_text(hold.said_on), day_text(hold.plan_end))
    return Reason(code=code, args=args)
