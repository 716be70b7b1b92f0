"""An open offer of a payment plan, as an explanation tells it: what would make a plan of it."""

from collections.abc import Iterator
from datetime import date

from syncer.model.counts import count_text
from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold
from syncer.model.ledger import ItemKind
from syncer.policy.agreements.kept import is_offer
from syncer.policy.finding import Finding
from syncer.policy.holding import active
from syncer.policy.position import by_age
from syncer.policy.text import day_text


def offer_findings(snapshot: AccountSnapshot, currency: str, today: date) -> Iterator[Finding]:
    """One line for each offer in a currency that can still be accepted."""
    for hold in snapshot.holds:
        if is_offer(hold) and hold.currency == currency and active(hold, today):
            yield _line(hold, snapshot)


def _line(offer: Hold, snapshot: AccountSnapshot) -> Finding:
    parts = offer.terms.instalments if offer.terms is not None else ()
    covers = {one.item_id: one for one in offer.terms.covers} if offer.terms is not None else {}
    there = [
        one
        for one in snapshot.items
        if one.kind is ItemKind.INVOICE and one.open > 0 and one.item_id in covers
    ]
    oldest = min(there, key=by_age, default=None)
    first = day_text(parts[0].due_on) if parts else ""
    now = "nothing of it is open"
    if oldest is not None:
        expected = day_text(oldest.expected_on) or "none"
        before = day_text(covers[oldest.item_id].expected_on) or "none"
        now = f"invoice {oldest.number}, expected payment date {expected}, at the offer {before}"
    return Finding(
        rule="offered plan",
        input=f"{count_text(len(parts), 'instalment')} offered on {offer.starts_on}; {now}",
        comparison=f"accepted once that date becomes {first}, or by a person",
        verdict="not accepted yet; it holds nothing",
    )
