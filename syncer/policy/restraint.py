"""When an account must be left in peace: minimum gap, rolling caps, closed days.

All contacts count, in every currency and every episode, unsettled ones included: a message
that may have gone out has to be counted as gone out. So do those that other ledgers made with
the same debtor, where the configuration says who that is. And so does what the ledger mailed
itself, where it tells of it (``ledger_mail``): for the gap always, for the caps where asked for.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from syncer.model.decision import AccountSnapshot, Code, Contact, Elsewhere, Reason
from syncer.model.ledger import OpenItem
from syncer.policy.calendar import closed, first_open_day
from syncer.policy.ledger_mail import Mailed, last_mail, reminded_on
from syncer.policy.quiet import for_debtor
from syncer.policy.rules import Cap, Restraint, StepChannel

Made = Contact | Elsewhere | Mailed
_MAILS = (StepChannel.EMAIL, StepChannel.LEDGER_EMAIL)


def all_contacts(snapshot: AccountSnapshot) -> Sequence[Made]:
    """What was said to the debtor, by this ledger and by others."""
    return (*snapshot.contacts, *snapshot.elsewhere) if snapshot.elsewhere else snapshot.contacts


def others_among(contacts: Iterable[Made]) -> str:
    """The other ledgers that made some of these contacts, by name; "" when none did.

    Of this ledger's other customers, who share an address, the id is told.
    """
    return ", ".join(sorted({_whose(made) for made in contacts if isinstance(made, Elsewhere)}))


def _whose(made: Elsewhere) -> str:
    return f"{made.ledger} (customer {made.account_id})" if made.account_id else made.ledger


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


def mail_counted(
    restraint: Restraint, carrier: OpenItem | None, items: Iterable[OpenItem], today: date
) -> Mailed | None:
    """What the ledger mailed last, where the gap counts that; ``carrier`` is the step's invoice."""
    return last_mail(carrier, items, today) if restraint.count_invoice_mail else None


def mail_until(restraint: Restraint, mail: Mailed | None, today: date) -> date | None:
    """The first day after the minimum gap that a mail of the ledger began, or None."""
    return None if mail is None else gap_until(restraint, [mail], today)


def capped(restraint: Restraint, snapshot: AccountSnapshot, today: date) -> Sequence[Made]:
    """What the caps count: all contacts and, where asked for, the ledger's own reminders."""
    made = all_contacts(snapshot)
    if not restraint.caps_count_reminders:
        return made
    return (*made, *reminded_on(snapshot, today))


def counted(cap: Cap, contacts: Sequence[Made]) -> Sequence[Made]:
    """The contacts that count under ``cap``. Of another ledger's the channel is not known, and a
    mail is a mail, whichever way the cap's own leaves.
    """
    if not cap.channel:
        return contacts
    return [made for made in contacts if _by_channel(cap, made)]


def _by_channel(cap: Cap, made: Made) -> bool:
    if isinstance(made, Elsewhere):
        return True
    return cap.channel in _MAILS if isinstance(made, Mailed) else made.channel == cap.channel


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
    restraint = for_debtor(restraint, snapshot.account.country, snapshot.account.region)
    made = all_contacts(snapshot)
    reasons: list[Reason] = []
    until = today
    gap = gap_until(restraint, made, today)
    if gap is not None:
        reasons.append(_gap_reason(restraint, snapshot, made, gap))
        until = gap
    mail = mail_counted(restraint, carrier, snapshot.items, today)
    mailed = mail_until(restraint, mail, today)
    if mailed is not None and mail is not None and mailed > until:
        reasons.append(_mail_reason(restraint, mail, mailed))
        until = mailed
    made = capped(restraint, snapshot, today) if restraint.caps else made
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


def _mail_reason(restraint: Restraint, mail: Mailed, free_on: date) -> Reason:
    args = (mail.number, mail.on.isoformat(), str(restraint.min_gap), free_on.isoformat())
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
    if cap_until(cap, all_contacts(snapshot), today) != free_on:
        return Reason(code=Code.CAP_MAIL, args=args)
    first = free_on - timedelta(days=cap.days)
    others = others_among([contact for contact in snapshot.elsewhere if contact.on >= first])
    return Reason(code=Code.CAP_ELSEWHERE, args=(*args, others))
