"""What an account really owes in one currency, item by item.

Open invoices, less held parts, less credits; of that only the overdue is asked for. Credits
pay the oldest debt first, so a debt that a credit covers never carries a step. Two
currencies never meet here: one ``Book`` holds one currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter

import msgspec

from syncer.model.decision import Line, Position, Reason
from syncer.model.hold import Hold
from syncer.model.ledger import EarlyPayment, ItemKind, OpenItem
from syncer.model.money import ZERO, total
from syncer.policy.holding import Part, held_parts, in_force

_INVOICE = ItemKind.INVOICE  # bound once: to name a member costs more than to compare it

_open = attrgetter("open")


class Book(msgspec.Struct, kw_only=True):
    """One currency of one account, added up. ``left`` is what is asked, by item id."""

    currency: str
    today: date
    invoices: list[OpenItem]  # oldest due date first, those without one last
    credit_items: list[OpenItem]  # oldest first
    parts: dict[str, Part]  # held
    overdue: list[OpenItem]  # past due with something open, held or not
    left: dict[str, Decimal]  # overdue, neither held nor covered by credit; oldest first
    open_total: Decimal
    overdue_total: Decimal
    held_total: Decimal
    credit_total: Decimal
    credit_left: Decimal  # after paying the overdue
    asked: Decimal

    def held(self, item: OpenItem) -> Decimal:
        """Held part of an invoice."""
        part = self.parts.get(item.item_id)
        return part.amount if part is not None else ZERO

    @property
    def carrier(self) -> OpenItem | None:
        """The oldest invoice that is asked for: it sets the days of the steps."""
        for item in self.overdue:
            if item.item_id in self.left:
                return item
        return None


def due(item: OpenItem) -> date:
    """Due date; an invoice without one falls due at the end of the calendar, that is never."""
    return item.due_on or date.max


def by_age(item: OpenItem) -> tuple[date, str]:
    """Sort key: oldest first; a credit without a due date counts from its issue."""
    return (item.due_on or date.max, item.item_id)


def _credit_age(item: OpenItem) -> tuple[date, str]:
    return (item.issued_on or item.due_on or date.max, item.item_id)


def books(
    items: Iterable[OpenItem], holds: Sequence[Hold], *, today: date, only_sent: bool
) -> list[Book]:
    """One book per currency, sorted by currency code."""
    if holds:
        items = tuple(items)
        holds = in_force(holds, items)
    grouped: dict[str, list[OpenItem]] = {}
    for item in items:
        grouped.setdefault(item.currency, []).append(item)
    return [
        _book(currency, grouped[currency], holds, today=today, only_sent=only_sent)
        for currency in sorted(grouped)
    ]


def _book(
    currency: str, items: list[OpenItem], holds: Sequence[Hold], *, today: date, only_sent: bool
) -> Book:
    invoices: list[OpenItem] = []
    credit_items: list[OpenItem] = []
    for item in items:
        (invoices if item.kind is _INVOICE else credit_items).append(item)
    invoices.sort(key=by_age)
    credit_items.sort(key=_credit_age)
    parts = held_parts(invoices, holds, today=today, only_sent=only_sent)
    credit_total = total(map(_open, credit_items))
    overdue = [item for item in invoices if (item.due_on or today) < today and item.open > ZERO]
    left, credit_left = uncovered(overdue, parts, credit_total)
    return Book(
        currency=currency,
        today=today,
        invoices=invoices,
        credit_items=credit_items,
        parts=parts,
        overdue=overdue,
        left=left,
        open_total=total(map(_open, invoices)),
        overdue_total=total(map(_open, overdue)),
        held_total=total([part.amount for part in parts.values()]),
        credit_total=credit_total,
        credit_left=credit_left,
        asked=total(left.values()),
    )


def nothing_open(currency: str, *, today: date) -> Book:
    """The book of a currency in which nothing is open any more."""
    return _book(currency, [], (), today=today, only_sent=False)


def set_aside(book: Book, reasons: Mapping[str, Reason]) -> Book:
    """The book with these overdue invoices held whole, for these reasons by item id.

    What else held a part of one is named first, as it was.
    """
    parts = dict(book.parts)
    for item in book.overdue:
        reason = reasons.get(item.item_id)
        if reason is not None:
            known = parts.get(item.item_id)
            parts[item.item_id] = (
                Part(amount=item.open, reason=reason)
                if known is None
                else Part(amount=item.open, reason=known.reason, others=(*known.others, reason))
            )
    left, credit_left = uncovered(book.overdue, parts, book.credit_total)
    return msgspec.structs.replace(
        book,
        parts=parts,
        left=left,
        held_total=total([part.amount for part in parts.values()]),
        credit_left=credit_left,
        asked=total(left.values()),
    )


def uncovered(
    overdue: Sequence[OpenItem], parts: dict[str, Part], credit: Decimal
) -> tuple[dict[str, Decimal], Decimal]:
    """What each invoice still asks after ``credit`` paid the oldest first; and the credit left."""
    left: dict[str, Decimal] = {}
    for item in overdue:
        part = parts.get(item.item_id)
        free = item.open if part is None else item.open - part.amount
        if credit:
            used = min(credit, free)
            credit -= used
            free -= used
        if free > ZERO:
            left[item.item_id] = free
    return left, credit


def days_late(book: Book, item: OpenItem) -> int:
    """Whole days past due today; 0 before and on the due date."""
    due_on = item.due_on
    return (book.today - due_on).days if due_on is not None and due_on < book.today else 0


def position(book: Book, asked: Decimal) -> Position:
    """The book's totals; ``asked`` may be what a heads-up names instead."""
    return Position(
        currency=book.currency,
        open_invoices=book.open_total,
        overdue=book.overdue_total,
        held=book.held_total,
        credits=book.credit_total,
        net=book.open_total - book.held_total - book.credit_total,
        asked=asked,
    )


def statement(book: Book, coming: Sequence[OpenItem]) -> tuple[Line, ...]:
    """Lines that add up to what is asked: overdue, then coming due, then credits.

    Only for a contact: something is asked, so the credits are used up in full.
    """
    return tuple([line_of(book, item) for item in (*book.overdue, *coming, *book.credit_items)])


def line_of(book: Book, item: OpenItem) -> Line:
    """Of an invoice its free part is asked for; a credit counts down, and is never late."""
    invoice = item.kind is _INVOICE
    held = book.held(item)
    return Line(
        item_id=item.item_id,
        number=item.number,
        kind=item.kind,
        issued_on=item.issued_on,
        due_on=item.due_on,
        total=item.total,
        open=item.open,
        held=held,
        asked=item.open - held if invoice else -item.open,
        days_late=days_late(book, item) if invoice else 0,
        reference=item.reference,
        early_payment=offered(book, item) if item.early_payment is not None else None,
        site=item.site,
    )


def offered(book: Book, item: OpenItem) -> EarlyPayment | None:
    """The offer for paying early while its last day is not past and the invoice is asked whole.

    On one that a dispute, a promise or a plan holds in part, what would be left to pay is not
    what the ledger reckoned with: nothing is offered then.
    """
    offer = item.early_payment
    if offer is None or item.kind is not _INVOICE or offer.until < book.today:
        return None
    return offer if ZERO < offer.amount < item.open and not book.held(item) else None


def to_base(amount: Decimal, book: Book, base: str) -> Decimal | None:
    """``amount`` in the ledger's base currency; None when the ledger gives no rate.

    The rate is base units per unit of the book's currency, as the oldest invoice states it.
    """
    if book.currency == base:
        return amount
    for item in book.invoices:
        if item.rate_to_base is not None and item.rate_to_base > 0:
            return amount * item.rate_to_base
    return None
