"""What a payment plan means for its customer, worked out from the books and the plan's own words.

Payments fill the oldest instalment first; while none is missed nothing is asked of the invoices
that the plan is about, and of the next instalment only what is missing may be spoken of.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from syncer.model.hold import Hold, HoldKind
from syncer.sandbox.records import Document, Kind, Status

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Coming:
    """The next instalment of a plan that is kept: what is missing of it."""

    currency: str
    due_on: date
    missing: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """How a plan stands: which documents it holds, and what comes next."""

    held: frozenset[str] = frozenset()  # by the ids that the ledger tells
    coming: Coming | None = None
    days: frozenset[date] = frozenset()  # a promise for one of them is no promise beside the plan


def is_plan(hold: Hold) -> bool:
    """Whether it has instalments."""
    return hold.kind is HoldKind.PLAN and hold.terms is not None


def stands(hold: Hold, documents: Mapping[str, Document], today: date) -> Plan:
    """By the documents of its customer, as they are told today."""
    terms = hold.terms
    if terms is None:
        return Plan()
    own = {one: _left(doc) for one, doc in documents.items() if doc.kind is Kind.INVOICE}
    paid = sum((max(NOTHING, c.open - own.get(c.item_id, NOTHING)) for c in terms.covers), NOTHING)
    fresh = [
        doc
        for doc in _credits(documents.values(), hold.currency)
        if doc.issued_on >= hold.starts_on
    ]
    seen = paid + sum((doc.left for doc in fresh), NOTHING)
    promised = sum((one.open for one in terms.covers), NOTHING)
    held = frozenset(one.item_id for one in terms.covers)
    if seen >= promised:
        return Plan(held if paid < promised else frozenset())
    asked = NOTHING
    for part in terms.instalments:
        asked += part.amount
        if seen < asked:
            if part.due_on < today:
                return Plan()  # missed
            days = frozenset(one.due_on for one in terms.instalments)
            return Plan(held, Coming(hold.currency, part.due_on, asked - seen), days)
    return Plan(held)


def free_of(plan: Plan, held: AbstractSet[str], documents: Mapping[str, Document]) -> Coming | None:
    """What may be spoken of, where something else (``held``) keeps back some of its documents.

    Credits are deducted in the end: those from before the plan fill no instalment of it.
    """
    coming = plan.coming
    if coming is None:
        return None
    free = sum((_left(doc) for one, doc in documents.items() if one in plan.held - held), NOTHING)
    credit = sum((doc.left for doc in _credits(documents.values(), coming.currency)), NOTHING)
    missing = min(coming.missing + credit, free) - credit
    return replace(coming, missing=missing) if missing > 0 else None


def _left(doc: Document) -> Decimal:
    return doc.left if doc.status is Status.OPEN else NOTHING


def _credits(documents: Iterable[Document], currency: str) -> Iterator[Document]:
    for doc in documents:
        credit = doc.kind not in (Kind.INVOICE, Kind.BILL) and doc.status is Status.OPEN
        if credit and doc.currency == currency:
            yield doc
