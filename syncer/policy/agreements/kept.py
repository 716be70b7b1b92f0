"""Whether a promise or a payment plan was kept, from what is open now and nothing else.

An agreement remembers what was open when it was made. What was paid towards it is the difference
to what is open now, so that every ledger can tell it, whatever it says of single payments. Where
nothing was remembered, the payments that the ledger does tell count instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from enum import StrEnum

from syncer.model.agreement import Covered, Instalment
from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind, OpenItem, Record
from syncer.model.money import ZERO, total
from syncer.policy.agreements.rules import Agreements
from syncer.policy.calendar import days_after

_INVOICE = ItemKind.INVOICE


class State(StrEnum):
    """How an agreement stands."""

    OPEN = "open"  # its day has not passed, or on a plan nothing is missed
    KEPT = "kept"
    PART_KEPT = "part_kept"  # its day passed, and some of it was paid
    BROKEN = "broken"  # its day passed and nothing was paid; of a plan: an instalment is missed
    ENDED = "ended"  # a person ended it early


class Progress(Record, kw_only=True, frozen=True, gc=True):
    """What an agreement is about, and what was paid towards it, in one currency."""

    item_ids: frozenset[str]
    currency: str  # "" = nothing tells it
    promised: Decimal
    paid: Decimal  # off the invoices themselves
    waiting: Decimal  # money and credits that came since and are on no invoice yet

    @property
    def seen(self) -> Decimal:
        """All that has come: who paid has kept the word, wherever the money stands."""
        return self.paid + self.waiting


class Standing(Record, kw_only=True, frozen=True, gc=True):
    """How an agreement stands today."""

    state: State
    progress: Progress
    broken_on: date | None = None  # the first day on which it counts as broken
    missed: Instalment | None = None  # the oldest instalment that was not paid in time
    following: Instalment | None = None  # the oldest that is not paid, while the plan is kept


def covering(invoices: Iterable[OpenItem], *, currency: str = "") -> tuple[Covered, ...]:
    """What an agreement about these invoices has to remember; of one currency, if given."""
    return tuple(
        Covered(
            item_id=item.item_id,
            open=item.open,
            currency=item.currency,
            expected_on=item.expected_on,
        )
        for item in invoices
        if item.kind is _INVOICE and item.open > ZERO and currency in ("", item.currency)
    )


def progress(hold: Hold, snapshot: AccountSnapshot) -> Progress:
    """What was paid towards a promise, a plan or a claim to have paid.

    Two currencies are never added up: of a word about both, the one that is kept least counts.
    """
    there = {item.item_id: item for item in snapshot.items if item.kind is _INVOICE}
    covers = hold.terms.covers if hold.terms is not None else ()
    item_ids = frozenset(one.item_id for one in covers) or frozenset(
        item.item_id for item in there.values() if _in_scope(hold, item)
    )
    currencies = _currencies(hold, covers, [there[one] for one in item_ids if one in there])
    found = [_in_one(hold, covers, item_ids, snapshot, there, of) for of in sorted(currencies)]
    return min(found, key=lambda one: (one.seen >= one.promised, one.seen > ZERO))


def _currencies(
    hold: Hold, covers: Sequence[Covered], items: Iterable[OpenItem]
) -> AbstractSet[str]:
    if hold.currency:
        return {hold.currency}
    named = {one.currency for one in covers if one.currency}
    return named or {item.currency for item in items} or {""}


def _in_one(
    hold: Hold,
    covers: Sequence[Covered],
    item_ids: frozenset[str],
    snapshot: AccountSnapshot,
    there: Mapping[str, OpenItem],
    currency: str,
) -> Progress:
    if covers:
        own = [one for one in covers if "" in (currency, one.currency) or one.currency == currency]
        was = total(one.open for one in own)
        paid = total(_drop(one, there.get(one.item_id)) for one in own)
    else:
        paid = _told_paid(hold, snapshot, currency)
        left = [there[one] for one in item_ids if currency in ("", there[one].currency)]
        was = total(item.open for item in left) + paid
    return Progress(
        item_ids=item_ids,
        currency=currency,
        promised=was if hold.amount is None else hold.amount,
        paid=paid,
        waiting=_waiting(hold, snapshot.items, currency),
    )


def _drop(was: Covered, now: OpenItem | None) -> Decimal:
    return max(ZERO, was.open - (now.open if now is not None else ZERO))


def _in_scope(hold: Hold, item: OpenItem) -> bool:
    """Whether the agreement speaks of the invoice, as far as its own words tell."""
    if hold.item_id:
        return item.item_id == hold.item_id
    known = item.issued_on is None or item.issued_on <= hold.starts_on
    return known and hold.currency in ("", item.currency)


def _told_paid(hold: Hold, snapshot: AccountSnapshot, currency: str) -> Decimal:
    """Payments since the agreement's first day, on what it speaks of."""
    return total(
        one.amount
        for one in snapshot.settled
        if one.paid_on >= hold.starts_on
        and (not hold.item_id or one.item_id == hold.item_id)
        and currency in ("", one.currency)
    )


def _waiting(hold: Hold, items: Iterable[OpenItem], currency: str) -> Decimal:
    return total(
        item.open
        for item in items
        if item.kind is not _INVOICE
        and (item.issued_on is None or item.issued_on >= hold.starts_on)
        and currency in ("", item.currency)
    )


def standing(hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date) -> Standing:
    """How a promise or a payment plan stands. One without instalments is like a promise."""
    found = progress(hold, snapshot)
    if hold.terms is not None and hold.terms.ended:
        return Standing(state=State.ENDED, progress=found)
    if found.seen >= found.promised:
        return Standing(state=State.KEPT, progress=found)
    if has_instalments(hold):
        return _plan(hold, found, rules, today)
    grace = rules.promise_grace if hold.kind is HoldKind.PROMISE else rules.plan_grace
    if hold.ends_on is None or today <= days_after(hold.ends_on, grace):
        return Standing(state=State.OPEN, progress=found)
    state = State.PART_KEPT if found.seen > ZERO else State.BROKEN
    return Standing(state=state, progress=found, broken_on=days_after(hold.ends_on, grace + 1))


def has_instalments(hold: Hold) -> bool:
    """Whether it is a payment plan that says what is to be paid on which day; an offer is none."""
    known = hold.kind is HoldKind.PLAN and not is_offer(hold)
    return known and hold.terms is not None and bool(hold.terms.instalments)


def under_plans(holds: Iterable[Hold]) -> frozenset[str]:
    """The invoices of payment plans that nobody ended."""
    return frozenset(
        one.item_id
        for hold in holds
        if has_instalments(hold) and hold.terms is not None and not hold.terms.ended
        for one in hold.terms.covers
    )


def is_offer(hold: Hold) -> bool:
    """Whether it is a payment plan that was only offered: it holds nothing."""
    return hold.terms is not None and hold.terms.offered


def _plan(hold: Hold, found: Progress, rules: Agreements, today: date) -> Standing:
    """Payments fill the oldest instalments first; one that is not full in time is missed."""
    first = unpaid(hold.terms.instalments if hold.terms else (), found.seen)
    if first is None:
        return Standing(state=State.KEPT, progress=found)
    on = days_after(first.due_on, rules.plan_grace + 1)
    if today >= on:
        return Standing(state=State.BROKEN, progress=found, broken_on=on, missed=first)
    return Standing(state=State.OPEN, progress=found, following=first)


def unpaid(instalments: Sequence[Instalment], paid: Decimal) -> Instalment | None:
    """The oldest instalment that ``paid`` does not fill."""
    for one in instalments:
        paid -= one.amount
        if paid < ZERO:
            return one
    return None


def kept_in_time(hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date) -> State:
    """The state for the share of promises kept: what was paid in full, but late, was not kept.

    Late is known only where the ledger tells on which day it was paid, and only of what was
    promised whole: the last payment on an invoice says nothing of an earlier part.
    """
    found = standing(hold, snapshot, rules, today)
    if found.state is not State.KEPT or hold.ends_on is None or hold.amount is not None:
        return found.state
    last = days_after(hold.ends_on, rules.promise_grace)
    about = found.progress.item_ids | {hold.item_id}
    days = [one.paid_on for one in snapshot.settled if one.item_id in about]
    return State.BROKEN if days and max(days) > last else State.KEPT
