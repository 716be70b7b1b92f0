"""A payment plan that was offered, and whether the ledger says that it was accepted.

What: who accepts an offer on the telephone often notes only the first day, as the day on which the
ledger expects payment. That day, entered after the offer, makes the plan.
Why so strict: a day that stood there before the offer, or another day than the one that was
offered, is no answer to the offer. It goes on as what it is, a promise for its own invoice.
"""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from syncer.model.agreement import Covered, Terms
from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import ItemKind
from syncer.model.money import ZERO, total
from syncer.policy.position import by_age

OFFER = "offer-"
"""How the id of an offer begins; the plan that comes of it has the rest of it."""


def taken_up(offer: Hold, snapshot: AccountSnapshot) -> bool:
    """Whether the ledger's expected payment dates say that the offer was accepted.

    The oldest invoice of the offer that is still open (it carries the next message) is expected
    on the first day that was offered, and was not when the offer was made; and no other invoice
    of it is since expected on a day that was not offered.
    """
    terms = offer.terms
    if terms is None or not terms.instalments or snapshot.quarantined:
        return False
    before = {one.item_id: one.expected_on for one in terms.covers}
    there = [
        item
        for item in snapshot.items
        if item.item_id in before and item.kind is ItemKind.INVOICE and item.open > ZERO
    ]
    new = {
        item.item_id: item.expected_on
        for item in there
        if item.expected_on is not None and item.expected_on != before[item.item_id]
    }
    offered = {part.due_on for part in terms.instalments}
    if not there or not offered.issuperset(new.values()):
        return False
    carrier = min(there, key=by_age)
    return new.get(carrier.item_id) == terms.instalments[0].due_on


def plan_of(
    offer: Hold, *, today: date, reason: str, author: str, source: HoldSource, said_by: str = ""
) -> Hold:
    """The plan that comes of an accepted offer: once, whoever finds it first."""
    terms = offer.terms or Terms()
    return Hold(
        hold_id=f"{HoldKind.PLAN}-{offer.hold_id.removeprefix(OFFER)}",
        kind=HoldKind.PLAN,
        account_id=offer.account_id,
        item_id=offer.item_id,
        amount=_amount(terms),
        currency=offer.currency,
        starts_on=today,
        ends_on=terms.instalments[-1].due_on,
        reason=reason,
        author=author,
        source=source,
        terms=replace(terms, offered=False, ended=False, covers=_plain(terms), said_by=said_by),
    )


def _amount(terms: Terms) -> Decimal:
    return total(part.amount for part in terms.instalments)


def _plain(terms: Terms) -> tuple[Covered, ...]:
    return tuple([replace(one, expected_on=None) for one in terms.covers])
