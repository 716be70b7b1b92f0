"""When an account must be left in peace: minimum gap, rolling caps, closed days.

All contacts count, in every currency and every episode, unsettled ones included: a message
that may have gone out has to be counted as gone out. So do those that other ledgers made with
the same debtor, where the configuration says who that is. And so does, for the gap, the mail by
which the ledger sent the invoice itself, where the ledger tells of it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from syncer.model.decision import AccountSnapshot, Code, Contact, Elsewhere, Reason
from syncer.model.ledger import OpenItem
from syncer.policy.calendar import closed, first_open_day
from syncer.policy.quiet import for_debtor
from syncer.policy.rules import Cap, Restraint

Made = Contact | Elsewhere


def all_contacts(snapshot: AccountSnapshot) -> Sequence[Made]:
    """What was said to the debtor, by this ledger and by others."""
    return (*snapshot.contacts, *snapshot.elsewhere) if snapshot.elsewhere else snapshot.contacts


def others_among(contacts: Iterable[Made]) -> str:
    """The other ledgers that made some of these contacts, by name; "" when none did."""
    return ", ".join(sorted({made.ledger for made in contacts if isinstance(made, Elsewhere)}))


def gap_days(restraint: Restraint) -> int:
    """Days between two contacts; never below 1, since an account gets one step a day."""
    return max(1, restraint.min_gap)


def gap_until(restraint: Restraint, contacts: Sequence[Made], today: date) -> date | None:
    """The first day after the minimum gap, or None when the gap is over."""
    if not contacts:
        return None
    last = max([contact.on for contact in contacts])
    free_on = last + timedelta(days=gap_days(restraint))
    return free_on if free_on > today else None


def own_mail(restraint: Restraint, item: OpenItem | None, today: date) -> date | None:
    """The day on which the ledger last mailed ``item`` itself; None where it does not tell.

    A ledger that only says that it was sent sent it when it was issued. Only the invoice that
    carries the step is asked: of a customer with an invoice a day there would never be a gap.
    """
    if item is None or not restraint.count_invoice_mail:
        return None
    mailed = item.sent_on or (item.issued_on if item.sent else None)
    return mailed if mailed is not None and mailed <= today else None


def mail_until(restraint: Restraint, item: OpenItem | None, today: date) -> date | None:
    """The first day after the minimum gap that the invoice's own mail began, or None."""
    mailed = own_mail(restraint, item, today)
    if mailed is None:
        return None
    free_on = mailed + timedelta(days=gap_days(restraint))
    return free_on if free_on > today else None


def counted(cap: Cap, contacts: Sequence[Made]) -> Sequence[Made]:
    """The contacts that count under ``cap``. Of another ledger's the channel is not known."""
    if not cap.channel:
        return contacts
    return [c for c in contacts if isinstance(c, Elsewhere) or c.channel == cap.channel]


def cap_until(cap: Cap, contacts: Sequence[Made], today: date) -> date | None:
    """The first day on which one more contact fits under ``cap``, or None when it fits today.

    A cap of no contacts at all never fits: the last day of the calendar stands for never.
    """
    contacts = counted(cap, contacts)
    if cap.contacts <= 0:
        return date.max
    if len(contacts) < cap.contacts:
        return None
    days = sorted([contact.on for contact in contacts])
    free_on = days[-cap.contacts] + timedelta(days=cap.days)
    return free_on if free_on > today else None


def pauses(
    restraint: Restraint,
    snapshot: AccountSnapshot,
    today: date,
    *,
    carrier: OpenItem | None = None,
    channel: str = "",
) -> tuple[list[Reason], date | None]:
    """Why there is no contact today, and the first day without these reasons (None: never).

    ``carrier`` is the invoice that carries the step, ``channel`` how the step reaches out.
    """
    restraint = for_debtor(restraint, snapshot.account.country)
    made = all_contacts(snapshot)
    reasons: list[Reason] = []
    until = today
    gap = gap_until(restraint, made, today)
    if gap is not None:
        reasons.append(_gap_reason(restraint, snapshot, made, gap))
        until = gap
    mailed = mail_until(restraint, carrier, today)
    if mailed is not None and carrier is not None and mailed > until:
        reasons.append(_mail_reason(restraint, carrier, today, mailed))
        until = mailed
    for cap in restraint.caps:
        free_on = cap_until(cap, made, today) if cap.channel in ("", channel) else None
        if free_on is not None:
            reasons.append(_cap_reason(cap, snapshot, today, free_on))
            until = max(until, free_on)
    shut = closed(restraint, today)
    if shut is not None:
        reasons.append(shut)
    if not reasons:
        return [], today
    return reasons, None if until == date.max else first_open_day(restraint, until)


def _mail_reason(restraint: Restraint, item: OpenItem, today: date, free_on: date) -> Reason:
    mailed = own_mail(restraint, item, today) or today
    args = (item.number, mailed.isoformat(), str(restraint.min_gap), free_on.isoformat())
    return Reason(code=Code.MIN_GAP_MAIL, args=args)


def _gap_reason(
    restraint: Restraint, snapshot: AccountSnapshot, made: Sequence[Made], gap: date
) -> Reason:
    """The account's own contact is named where it alone would hold as long."""
    last = max(contact.on for contact in made)
    args = (last.isoformat(), str(restraint.min_gap), gap.isoformat())
    if any(contact.on == last for contact in snapshot.contacts):
        return Reason(code=Code.MIN_GAP, args=args)
    others = others_among([contact for contact in made if contact.on == last])
    return Reason(code=Code.MIN_GAP_ELSEWHERE, args=(*args, others))


def _cap_reason(cap: Cap, snapshot: AccountSnapshot, today: date, free_on: date) -> Reason:
    args = (str(cap.contacts), str(cap.days), free_on.isoformat())
    if cap.channel:
        return Reason(code=Code.CAP_CHANNEL, args=(*args, cap.channel))
    if cap_until(cap, snapshot.contacts, today) == free_on:
        return Reason(code=Code.CAP, args=args)
    first = free_on - timedelta(days=cap.days)
    others = others_among([contact for contact in snapshot.elsewhere if contact.on >= first])
    return Reason(code=Code.CAP_ELSEWHERE, args=(*args, others))
