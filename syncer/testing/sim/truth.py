"""What is true of a customer by the sandbox's books: what it may be asked for, and where.

Worked out from the books and from the holds that people entered, never from what the worker
thinks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from syncer.model.hold import Hold
from syncer.sandbox.faults import FaultKind
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.testing.sim.book import OPT_OUT_GROUP
from syncer.testing.sim.forms import CHANGES, Asked
from syncer.testing.sim.plans import Coming, free_of, is_plan, stands
from syncer.testing.sim.rows import mailed_on
from syncer.testing.sim.side import Side

OK = 200


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of an account: what it may be asked for by currency, and whether at all."""

    owed: tuple[tuple[str, Decimal], ...]  # net and overdue, above zero
    in_peace: str = ""  # why nobody may write to it
    address: str = ""
    overdue: bool = False  # anything, whether it may be asked for or not
    coming: tuple[Coming, ...] = ()  # of plans that are kept

    def asked(self, currency: str) -> Decimal:
        """The right amount; zero when it may not be asked."""
        return Decimal(0) if self.in_peace else dict(self.owed).get(currency, Decimal(0))


def truth_of(
    side: Side, contact: Contact, holds: Iterable[tuple[str, Hold]], *, only_sent: bool = False
) -> Truth:
    """As it is now. ``only_sent``: an invoice that was never mailed does not count."""
    ledger = side.told
    today = ledger.today()
    speaking = [
        hold
        for name, hold in holds
        if name == side.name
        and hold.account_id == known_as(side, contact)
        and hold.starts_on <= today
        and (hold.ends_on is None or today <= hold.ends_on or is_plan(hold))
    ]
    documents = {item_known_as(side, one): one for one in ledger.documents_of(contact.contact_id)}
    plans = [stands(hold, documents, today) for hold in speaking if is_plan(hold)]
    speaking = [hold for hold in speaking if not is_plan(hold)]
    held_items = {hold.item_id for hold in speaking if hold.item_id}
    entered = frozenset(held_items)
    coming = [
        free_of(
            plan, entered | _kept_back(side, documents, plan.days, only_sent=only_sent), documents
        )
        for plan in plans
    ]
    held_items.update(*(plan.held for plan in plans))
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for doc in ledger.documents_of(contact.contact_id):
        blocked = side.form.knows_blocks and doc.disputed
        held = blocked or item_known_as(side, doc) in held_items or (only_sent and not doc.sent)
        owed[doc.currency] += _counts(doc, today, held=held, promises=side.form.knows_promises)
    groups = {group.name for group in ledger.groups_of(contact.contact_id)}
    in_peace = (
        ("merged" if contact.merged_into else "")
        or ("archived" if contact.archived else "")
        or ("opted out" if OPT_OUT_GROUP in groups else "")
        or ("a record of it cannot be read" if side.unreadable == contact.contact_id else "")
        or ("held" if any(not hold.item_id for hold in speaking) else "")
    )
    return Truth(
        tuple(sorted((c, a) for c, a in owed.items() if a > 0)),
        in_peace,
        contact.email,
        overdue=any(_is_late(one, today) for one in documents.values()),
        coming=tuple(one for one in coming if one is not None),
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What is open at one moment, per currency."""

    net: dict[str, Decimal]  # invoices less credits
    credit: dict[str, Decimal]  # what is left of credits


def open_totals(ledger: Ledger) -> Totals:
    """All that is open in the books."""
    net: dict[str, Decimal] = defaultdict(Decimal)
    credit: dict[str, Decimal] = defaultdict(Decimal)
    for doc in ledger.books.documents.values():
        if doc.status is Status.OPEN and doc.kind is not Kind.BILL:
            of_invoice = doc.kind is Kind.INVOICE
            net[doc.currency] += doc.left if of_invoice else -doc.left
            credit[doc.currency] += 0 if of_invoice else doc.left
    return Totals(dict(net), dict(credit))


def only_fell(met: Sequence[Totals]) -> bool:
    """Whether people only paid: no total rose from one act to the next, and no credit was used.

    A credit that is applied between two lists of a run shows in neither of them, or in both.
    """
    return all(
        _fell(one.net, two.net) and _fell(two.credit, one.credit) for one, two in pairwise(met)
    )


def _fell(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> bool:
    none = Decimal(0)
    return all(after.get(one, none) <= before.get(one, none) for one in {*before, *after})


def misled(side: Side) -> bool:
    """Whether the news were once wrongly said to be none, and nothing was read whole since.

    No reader can tell such an answer from a quiet day: the totals are off until then, and
    whoever is written to was looked at anew.
    """
    for call in reversed(side.world.calls):
        step = side.form.step(Asked(call.method, call.path, call.query))
        if step == CHANGES and call.fault == FaultKind.EMPTY_PAGE:
            return True
        if step in side.form.lists and step != CHANGES and call.status == OK:
            return False
    return False


def late_mail(side: Side, contact_id: str, *, before: datetime) -> date | None:
    """The last day on which the ledger mailed an open invoice past its due date, if it tells.

    A mail that somebody sends while a message is on its way crosses it.
    """
    if not side.form.tells_mail_day:
        return None
    days = [
        on
        for doc in side.told.documents_of(contact_id)
        if doc.kind is Kind.INVOICE and doc.status is Status.OPEN
        if doc.sent_at is not None and doc.sent_at < before
        if (on := mailed_on(side.told, doc)) and doc.due_on is not None and on > doc.due_on
    ]
    return max(days, default=None)


def mailed_within(side: Side, contact_id: str, days: int) -> bool:
    """Whether the ledger's user mailed something so lately that a message may have to wait."""
    today, docs = side.told.today(), side.told.documents_of(contact_id)
    mailed = [on for doc in docs if (on := mailed_on(side.told, doc)) is not None]
    return any((today - on).days < days for on in mailed)


def known_as(side: Side, contact: Contact) -> str:
    """The id by which the ledger tells of a contact."""
    return side.form.account_id(side.world, contact)


def item_known_as(side: Side, doc: Document) -> str:
    """The id by which the ledger tells of a document."""
    return side.form.item_id(side.world, doc)


def merged_here(side: Side, contact: Contact) -> list[Contact]:
    """The contact and all that were merged into it: what was said to them was said to it."""
    found = [contact]
    for one in found:
        contacts = side.world.main.books.contacts.values()
        found += [other for other in contacts if other.merged_into == one.contact_id]
    return found


def _kept_back(
    side: Side, documents: Mapping[str, Document], days: frozenset[date], *, only_sent: bool
) -> frozenset[str]:
    """Invoices that say of themselves that they are not asked for, whatever a plan for ``days``."""
    today = side.told.today()
    return frozenset(
        one
        for one, doc in documents.items()
        if (side.form.knows_blocks and doc.disputed)
        or (only_sent and not doc.sent)
        or (
            side.form.knows_promises
            and doc.expected_on is not None
            and doc.expected_on not in days
            and today <= doc.expected_on
        )
    )


def _is_late(doc: Document, today: date) -> bool:
    invoice = doc.kind is Kind.INVOICE and doc.status is Status.OPEN
    return invoice and doc.due_on is not None and doc.due_on < today


def _counts(doc: Document, today: date, *, held: bool, promises: bool) -> Decimal:
    """What a document adds to the net overdue position."""
    if doc.status is not Status.OPEN or doc.kind is Kind.BILL:
        return Decimal(0)
    if doc.kind is not Kind.INVOICE:
        return -doc.left
    promised = promises and doc.expected_on is not None and today <= doc.expected_on
    overdue = doc.due_on is not None and doc.due_on < today
    return doc.left if overdue and not promised and not held else Decimal(0)
