"""What the ledger itself mailed about open invoices, as far as it tells: the last day of each.

An invoice that is mailed past its due date is a reminder, whoever pressed the button: it was said
to the customer, and counts for all that is asked of it. Mailed before, it is the invoice's own
mail, and counts for that invoice alone: of a customer with an invoice a day there would never be
a gap.
"""

from collections.abc import Iterable
from datetime import date

from syncer.model.decision import AccountSnapshot
from syncer.model.ledger import ItemKind, OpenItem, Record
from syncer.policy.rules import StepChannel

_INVOICE = ItemKind.INVOICE


class Mailed(Record, kw_only=True, frozen=True):
    """The ledger mailed this invoice on that day, in the ledger's time zone."""

    number: str
    on: date
    reminder: bool  # past its due date
    channel: str = StepChannel.LEDGER_EMAIL


def own_mail(item: OpenItem, today: date) -> Mailed | None:
    """The last mail of ``item`` up to ``today``; None where the ledger tells of none.

    A ledger that only says that it was sent sent it when it was issued. A mail of a day to come is
    not known yet, and what it replaced is not known any more.
    """
    on = item.sent_on if item.sent_on is not None and item.sent_on <= today else None
    if on is None and item.sent:
        on = item.issued_on
    if on is None or on > today:
        return None
    late = item.sent_on == on and item.due_on is not None and on > item.due_on
    return Mailed(number=item.number, on=on, reminder=late)


def reminders(items: Iterable[OpenItem], today: date) -> list[Mailed]:
    """The ledger's own reminders of these invoices, in no order. A credit asks for nothing."""
    invoices = (item for item in items if item.kind is _INVOICE and item.sent_on is not None)
    found = (own_mail(item, today) for item in invoices)
    return [mail for mail in found if mail is not None and mail.reminder]


def last_mail(carrier: OpenItem | None, items: Iterable[OpenItem], today: date) -> Mailed | None:
    """What the ledger mailed last: the invoice that carries a step, or a reminder of any other."""
    found = reminders(items, today)
    own = own_mail(carrier, today) if carrier is not None else None
    if own is not None:
        found.append(own)
    return max(found, key=lambda mail: (mail.on, mail.number), default=None)


def reminded_on(snapshot: AccountSnapshot, today: date) -> list[Mailed]:
    """The ledger's own reminders to an account that are no message of ours, one a day.

    A ledger may mail an invoice for each instalment and each of its parts: what came on one day
    is one contact. A step that let the ledger mail is counted as the contact that it is.
    """
    ours = {made.on for made in snapshot.contacts if made.channel == StepChannel.LEDGER_EMAIL}
    days = {mail.on: mail for mail in reminders(snapshot.items, today)}
    return [mail for on, mail in sorted(days.items()) if on not in ours]
