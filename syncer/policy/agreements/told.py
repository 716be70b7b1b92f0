"""How an agreement stands, in one word for lists."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from syncer.model.agreement import Instalment
from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import ItemKind, Record
from syncer.model.money import ZERO
from syncer.policy.agreements.kept import (
    Standing,
    State,
    is_offer,
    kept_in_time,
    standing,
    under_plans,
)
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.speaking import past_deadline
from syncer.policy.calendar import days_after

OVERDUE, SETTLED, OFFERED = "overdue", "settled", "offered"
WAITING = (State.BROKEN, State.PART_KEPT, OVERDUE)  # what a person may want to see to
_STATED = (HoldKind.PROMISE, HoldKind.PLAN)


class Part(Record, kw_only=True, frozen=True):
    """One instalment, and what of all that came fills it: the oldest is filled first."""

    due_on: date
    amount: Decimal
    paid: Decimal
    state: str  # paid, part paid, to come, due (its grace runs), missed, ended, offered


class Told(Record, kw_only=True, frozen=True, gc=True):
    """How it stands; of a promise or a plan also what came, in the currency."""

    state: str  # of State, offered, or overdue or settled of a dispute; "" = nothing to tell
    paid: Decimal | None = None
    currency: str = ""
    next_on: date | None = None  # of a plan: the day of the oldest instalment that is not paid
    held_until: date | None = None  # of a promise or a plan that runs: with its grace
    parts: tuple[Part, ...] = ()  # of a plan or an offer: its schedule


def told(hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date) -> Told:
    """How an agreement stands today. What was paid in full, but late, is broken."""
    if is_offer(hold):
        return _offered(hold, today)
    if hold.kind in _STATED:
        found = standing(hold, snapshot, rules, today)
        kept = kept_in_time(hold, snapshot, rules, today)
        part = found.following or found.missed
        return Told(
            state=kept if hold.kind is HoldKind.PROMISE else found.state,
            paid=found.progress.seen,
            currency=found.progress.currency,
            next_on=part.due_on if part is not None else None,
            held_until=_held_until(hold, found, rules),
            parts=tuple(_parts(hold, found, rules, today)),
        )
    if hold.kind is HoldKind.DISPUTE:
        return Told(state=_dispute(hold, snapshot, today))
    return Told(state="")


def _held_until(hold: Hold, found: Standing, rules: Agreements) -> date | None:
    """The last day on which a promise or a plan that runs holds; its grace is in it."""
    following = found.following
    said = hold.ends_on if following is None else following.due_on
    if found.state is not State.OPEN or said is None:
        return None
    grace = rules.promise_grace if hold.kind is HoldKind.PROMISE else rules.plan_grace
    return days_after(said, grace)


def _offered(hold: Hold, today: date) -> Told:
    over = hold.ends_on is not None and hold.ends_on < today
    state = State.ENDED if over or _ended(hold) else OFFERED
    parts = hold.terms.instalments if hold.terms is not None else ()
    return Told(
        state=state,
        currency=hold.currency,
        parts=tuple(
            [Part(due_on=one.due_on, amount=one.amount, paid=ZERO, state=state) for one in parts]
        ),
    )


def _ended(hold: Hold) -> bool:
    return hold.terms is not None and hold.terms.ended


def _parts(hold: Hold, found: Standing, rules: Agreements, today: date) -> Iterator[Part]:
    """The schedule of a plan: payments fill its oldest instalments first."""
    left = found.progress.seen
    for one in hold.terms.instalments if hold.terms is not None else ():
        came = min(left, one.amount)
        left -= came
        state = _of_part(one, came, rules, today)
        if found.state is State.ENDED and came < one.amount:
            state = State.ENDED.value
        yield Part(due_on=one.due_on, amount=one.amount, paid=came, state=state)


def _of_part(part: Instalment, paid: Decimal, rules: Agreements, today: date) -> str:
    if paid >= part.amount:
        return "paid"
    if today > days_after(part.due_on, rules.plan_grace):
        return "missed"
    if today > part.due_on:
        return "due"
    return "part paid" if paid > ZERO else "to come"


def _dispute(hold: Hold, snapshot: AccountSnapshot, today: date) -> str:
    if _ended(hold):
        return State.ENDED
    if not still_open(hold, snapshot):
        return SETTLED
    return OVERDUE if past_deadline(hold, today) else State.OPEN


def still_open(hold: Hold, snapshot: AccountSnapshot) -> bool:
    """Whether an invoice that the hold is about is open."""
    covers = {one.item_id for one in hold.terms.covers} if hold.terms is not None else set()
    return any(
        item.kind is ItemKind.INVOICE
        and item.open > ZERO
        and (hold.item_id in ("", item.item_id))
        and (not covers or item.item_id in covers)
        for item in snapshot.items
    )


def expected(snapshot: AccountSnapshot) -> Iterator[Hold]:
    """The days that the ledger itself expects payment on, as promises; not those under a plan."""
    planned = under_plans(snapshot.holds)
    for item in snapshot.items:
        stated = item.expected_on is not None and item.item_id not in planned
        if stated and item.kind is ItemKind.INVOICE:
            yield Hold(
                hold_id=f"ledger-{item.item_id}",
                kind=HoldKind.PROMISE,
                account_id=snapshot.account.account_id,
                item_id=item.item_id,
                currency=item.currency,
                starts_on=item.issued_on or date.min,
                ends_on=item.expected_on,
                reason="expected on this day by the ledger",
                source=HoldSource.LEDGER,
            )
