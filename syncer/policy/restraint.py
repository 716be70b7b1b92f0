"""When an account must be left in peace: minimum gap, rolling caps, closed days.

All contacts count, in every currency and every episode, unsettled ones included: a message
that may have gone out has to be counted as gone out.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from syncer.model.decision import Code, Contact, Reason
from syncer.policy.calendar import closed, first_open_day
from syncer.policy.rules import Cap, Restraint


def gap_days(restraint: Restraint) -> int:
    """Days between two contacts; never below 1, since an account gets one step a day."""
    return max(1, restraint.min_gap)


def gap_until(restraint: Restraint, contacts: Sequence[Contact], today: date) -> date | None:
    """The first day after the minimum gap, or None when the gap is over."""
    if not contacts:
        return None
    last = max([contact.on for contact in contacts])
    free_on = last + timedelta(days=gap_days(restraint))
    return free_on if free_on > today else None


def cap_until(cap: Cap, contacts: Sequence[Contact], today: date) -> date | None:
    """The first day on which one more contact fits under ``cap``, or None when it fits today.

    A cap of no contacts at all never fits: the last day of the calendar stands for never.
    """
    if cap.contacts <= 0:
        return date.max
    if len(contacts) < cap.contacts:
        return None
    days = sorted([contact.on for contact in contacts])
    free_on = days[-cap.contacts] + timedelta(days=cap.days)
    return free_on if free_on > today else None


def pauses(
    restraint: Restraint, contacts: Sequence[Contact], today: date
) -> tuple[list[Reason], date | None]:
    """Why there is no contact today, and the first day without these reasons (None: never)."""
    reasons: list[Reason] = []
    until = today
    gap = gap_until(restraint, contacts, today)
    if gap is not None:
        last = max(contact.on for contact in contacts)
        args = (last.isoformat(), str(restraint.min_gap), gap.isoformat())
        reasons.append(Reason(code=Code.MIN_GAP, args=args))
        until = gap
    for cap in restraint.caps:
        free_on = cap_until(cap, contacts, today)
        if free_on is not None:
            args = (str(cap.contacts), str(cap.days), free_on.isoformat())
            reasons.append(Reason(code=Code.CAP, args=args))
            until = max(until, free_on)
    shut = closed(restraint, today)
    if shut is not None:
        reasons.append(shut)
    if not reasons:
        return [], today
    return reasons, None if until == date.max else first_open_day(restraint, until)
