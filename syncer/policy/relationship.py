"""How long an account is known, by how many invoices, and how its paying has changed.

Plain counts with fixed formulas over what the ledger told: open invoices and paid ones, in every
currency. Only policies whose segments ask for it have it worked out.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from statistics import median_low

from syncer.model.ledger import ItemKind, OpenItem, Record, Settled
from syncer.policy.calendar import days_after
from syncer.policy.rules import Condition


class Relationship(Record, kw_only=True, frozen=True):
    """What is known of an account beyond its habit. None: too little is known to say."""

    since: date | None  # issue of the first invoice that is known, else its due date
    invoices: int  # open and paid, each once
    late_share: Decimal | None  # part of the paid invoices that were paid after their due date
    later_by: int | None  # days: median lateness of the newer half less that of the older half

    def known_for(self, today: date) -> int:
        """Days since the first invoice, never below 0; 0 while none is known."""
        return 0 if self.since is None else max(0, (today - self.since).days)


def relationship(
    items: Iterable[OpenItem], settled: Sequence[Settled], *, habit_min: int
) -> Relationship:
    """Describe the account; shares and changes need ``habit_min`` paid invoices, 2 at least."""
    invoices = [item for item in items if item.kind is ItemKind.INVOICE]
    began = [one.issued_on or one.due_on for one in invoices]
    began += [one.issued_on or one.due_on for one in settled]
    late = _lateness(settled)
    enough = len(late) >= max(2, habit_min)
    return Relationship(
        since=min((day for day in began if day is not None), default=None),
        invoices=len({one.item_id for one in invoices} | {one.item_id for one in settled}),
        late_share=Decimal(sum(1 for one in late if one > 0)) / len(late) if enough else None,
        later_by=_later_by(late) if enough else None,
    )


def _lateness(settled: Iterable[Settled]) -> list[int]:
    """Days late of each paid invoice by its last payment, in the order of these payments."""
    last: dict[str, tuple[date, str, int]] = {}
    for entry in settled:
        if entry.due_on is None:
            continue
        late = max(0, (entry.paid_on - entry.due_on).days)
        last[entry.item_id] = max(
            last.get(entry.item_id, (date.min, "", 0)), (entry.paid_on, entry.item_id, late)
        )
    return [late for _, _, late in sorted(last.values())]


def _later_by(late: Sequence[int]) -> int:
    """The newer half against the older one; of an odd number the middle one counts in neither."""
    half = len(late) // 2
    return median_low(late[-half:]) - median_low(late[:half])


def asks_for_it(when: Condition) -> bool:
    """Whether a condition needs a relationship."""
    asked = (
        when.known_for_at_least,
        when.known_for_below,
        when.first_invoice,
        when.late_share_at_least,
        when.late_share_below,
        when.later_by_at_least,
    )
    return any(one is not None for one in asked)


def fits(when: Condition, known: Relationship, today: date) -> bool:
    """Whether the account's relationship is as asked for; too little known fits nothing."""
    age = known.known_for(today)
    if when.known_for_at_least is not None and age < when.known_for_at_least:
        return False
    if when.known_for_below is not None and age >= when.known_for_below:
        return False
    if when.first_invoice is not None and when.first_invoice != (known.invoices == 1):
        return False
    return _share_fits(when, known.late_share) and _change_fits(when, known.later_by)


def _share_fits(when: Condition, share: Decimal | None) -> bool:
    if when.late_share_at_least is not None and (share is None or share < when.late_share_at_least):
        return False
    return when.late_share_below is None or (share is not None and share < when.late_share_below)


def _change_fits(when: Condition, later_by: int | None) -> bool:
    least = when.later_by_at_least
    return least is None or (later_by is not None and later_by >= least)


def ages_on(known: Relationship, conditions: Iterable[Condition]) -> Iterable[date]:
    """Days on which the account becomes old enough for, or too old for, one of the conditions."""
    if known.since is None:
        return
    for when in conditions:
        for age in (when.known_for_at_least, when.known_for_below):
            if age is not None:
                yield days_after(known.since, age)
