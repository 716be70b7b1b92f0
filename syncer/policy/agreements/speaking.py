"""Which holds speak today, and for how much, once it is counted what was paid towards them.

What: the holds that people entered as they stand now, and those that notes in the ledger stand for.
Not here: which part of which invoice they take (``policy.holding``), and what follows when a word
was not kept (``agreements.raised``).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from msgspec.structs import asdict

from syncer.model.agreement import SAYS_PAID, UnpaidCause
from syncer.model.decision import AccountSnapshot, Code
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import OpenItem
from syncer.model.money import ZERO
from syncer.policy.agreements.kept import (
    State,
    has_instalments,
    is_offer,
    progress,
    standing,
)
from syncer.policy.agreements.marker import read_marker
from syncer.policy.agreements.rules import Agreements, DisputeOverdue
from syncer.policy.calendar import days_after


class Speaking(Hold, kw_only=True, frozen=True):
    """A hold as it stands today. ``code`` None: that of its kind."""

    code: Code | None = None
    said_on: date | None = None  # the day that was agreed; ``ends_on`` has the grace as well
    plan_end: date | None = None  # of a plan in instalments: the day of its last


def speaking(snapshot: AccountSnapshot, rules: Agreements, today: date) -> Sequence[Hold]:
    """The holds to go by today, those that begin or ended on another day among them."""
    found: list[Hold] = []
    if snapshot.holds:
        for hold in snapshot.holds:
            found += _entered(hold, snapshot, rules, today)
    if rules.hold_marker:
        found += _noted(snapshot, rules.hold_marker)
    if rules.promise_grace:
        found += _expected(snapshot.items, rules.promise_grace, today)
    return found


def _entered(
    hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date
) -> Iterable[Hold]:
    if is_offer(hold):
        return ()
    match hold.kind:
        case HoldKind.PROMISE:
            return _promise(hold, snapshot, rules)
        case HoldKind.PLAN if has_instalments(hold):
            return _plan(hold, snapshot, rules, today)
        case HoldKind.PLAN if rules.plan_grace and not _ended(hold):
            return (_until(hold, rules.plan_grace),)
        case HoldKind.DISPUTE if rules.dispute_overdue is DisputeOverdue.HOLD:
            return (_stays(hold) if past_deadline(hold, today) else hold,)
        case HoldKind.MANUAL if hold.terms is not None and hold.terms.cause:
            return _said(hold, snapshot)
        case _:
            return (hold,)


def _ended(hold: Hold) -> bool:
    return hold.terms is not None and hold.terms.ended


def _promise(hold: Hold, snapshot: AccountSnapshot, rules: Agreements) -> Iterable[Hold]:
    """It holds through its day and the grace, and of a part only what has not come yet."""
    if _ended(hold):
        return (hold,)
    held = _until(hold, rules.promise_grace)
    if hold.amount is None:
        return (held,)
    rest = hold.amount - progress(hold, snapshot).paid
    return (_changed(held, amount=rest),) if rest > ZERO else ()


def _plan(hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date) -> Iterator[Hold]:
    """All it is about, while it is kept: the rest is not asked for before an instalment is missed.

    What has come and is on no invoice yet stays with the plan until somebody allocates it.
    """
    found = standing(hold, snapshot, rules, today)
    of_it = found.progress
    kept = found.state is State.KEPT and of_it.paid < of_it.promised
    if found.state is not State.OPEN and not kept:
        return
    last = None
    if found.following is not None:
        last = days_after(found.following.due_on, rules.plan_grace)
    said = None if found.following is None else found.following.due_on
    end = None if hold.terms is None else hold.terms.instalments[-1].due_on
    whole = _changed(hold, ends_on=last, amount=None, said_on=said, plan_end=end)
    if hold.item_id or not (hold.terms and hold.terms.covers):
        yield whole
        return
    for item_id in sorted(of_it.item_ids):
        yield _changed(whole, item_id=item_id)


def past_deadline(hold: Hold, today: date) -> bool:
    """Whether a dispute should have been settled by now, and nobody said that it was."""
    over = hold.ends_on is not None and hold.ends_on < today
    return hold.kind is HoldKind.DISPUTE and over and not _ended(hold)


def _stays(hold: Hold) -> Hold:
    reason = f"{hold.reason}; it was to be settled by {hold.ends_on}"
    return _changed(hold, ends_on=None, reason=reason, code=Code.DISPUTE_OVERDUE)


def _said(hold: Hold, snapshot: AccountSnapshot) -> Iterable[Hold]:
    """What a customer said. A claim to have paid ends when the money is seen."""
    if hold.terms is None or hold.terms.cause != UnpaidCause.PAID_CLAIM or _ended(hold):
        return (hold,)
    found = progress(hold, snapshot)
    if found.promised > ZERO and found.seen >= found.promised:
        return ()
    note = hold.reason.removeprefix(SAYS_PAID).removeprefix(": ")  # its sentence begins so
    return (_changed(hold, item_id="", amount=None, code=Code.PAID_CLAIM, reason=note),)


def _until(hold: Hold, grace: int) -> Hold:
    if hold.ends_on is None or not grace:
        return hold
    return _changed(hold, ends_on=days_after(hold.ends_on, grace), said_on=hold.ends_on)


def _changed(hold: Hold, **changes: object) -> Speaking:
    return Speaking(**(asdict(hold) | changes))


def _noted(snapshot: AccountSnapshot, marker: str) -> Iterator[Hold]:
    """The notes that begin with the marker, on the account or on an invoice."""
    if snapshot.account.note:
        yield from _note(snapshot, "", snapshot.account.note, marker)
    for item in snapshot.items:
        if item.note:
            yield from _note(snapshot, item.item_id, item.note, marker)


def _note(snapshot: AccountSnapshot, item_id: str, note: str, marker: str) -> Iterator[Hold]:
    found = read_marker(note, marker)
    if found is None:
        return
    yield Speaking(
        hold_id=f"note-{item_id}",
        kind=HoldKind.MANUAL,
        account_id=snapshot.account.account_id,
        item_id=item_id,
        starts_on=date.min,
        ends_on=found.until,
        reason=found.reason,
        source=HoldSource.LEDGER,
        code=Code.MARKER_UNREADABLE if found.until is None else None,
    )


def _expected(items: Iterable[OpenItem], grace: int, today: date) -> Iterator[Hold]:
    """A day on which the ledger expected payment has the same grace as a promise."""
    for item in items:
        on = item.expected_on
        if on is not None and on < today <= days_after(on, grace):
            yield Speaking(
                hold_id=f"expected-{item.item_id}",
                kind=HoldKind.PROMISE,
                account_id=item.account_id,
                item_id=item.item_id,
                starts_on=date.min,
                ends_on=days_after(on, grace),
                reason=f"the ledger expected payment on {on.isoformat()}",
                source=HoldSource.LEDGER,
                code=Code.EXPECTED_DATE,
                said_on=on,
            )


def turns(snapshot: AccountSnapshot, rules: Agreements, today: date) -> Iterator[date]:
    """Days after ``today`` on which a hold begins or stops to speak, or a word is broken."""
    for hold in speaking(snapshot, rules, today):
        if hold.starts_on > today:
            yield hold.starts_on
        if hold.ends_on is not None and hold.ends_on >= today:
            yield days_after(hold.ends_on, 1)
    for hold in snapshot.holds:
        if hold.kind in (HoldKind.PROMISE, HoldKind.PLAN) and not _ended(hold):
            yield from _breaks(hold, snapshot, rules, today)
    for item in snapshot.items:
        if item.expected_on is not None:
            over = days_after(item.expected_on, rules.promise_grace + 1)
            if over > today:
                yield over


def _breaks(
    hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date
) -> Iterator[date]:
    found = standing(hold, snapshot, rules, today)
    if found.state is State.OPEN and found.following is not None:
        yield days_after(found.following.due_on, rules.plan_grace + 1)
        if rules.remind_instalment is not None:  # its reminder begins to be due, and lapses
            yield found.following.due_on - timedelta(days=rules.remind_instalment)
            yield days_after(found.following.due_on, 1)
    elif found.state is State.OPEN and hold.ends_on is not None:
        yield days_after(hold.ends_on, rules.promise_grace + 1)
