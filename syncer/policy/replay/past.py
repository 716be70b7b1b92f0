"""A ledger as it looked on a past day, as far as invoices and payments tell.

What: invoices with their days of issue and the days on which money came, and what was agreed with
the customer as this program keeps it; and from them, for any day, the snapshot that the policy
would have been given in the morning of that day.
Not here: what the ledger no longer tells: addresses, groups, due dates and days of expected payment
as they were then. Of a hold that a person ended only the day of its end is known. Reductions
without a day (credits set off, for instance) count as not yet made: what is played may ask for more
than was owed, and never knows what came later.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Contact
from syncer.model.hold import Hold
from syncer.model.ledger import Account, ItemKind, OpenItem, Record, Settled
from syncer.model.money import ZERO


class Payment(Record, kw_only=True, frozen=True):
    """Money that came for one invoice."""

    on: date
    amount: Decimal


class PastInvoice(Record, kw_only=True, frozen=True, gc=True):
    """One invoice with its payments in the order of their days."""

    item_id: str
    number: str
    currency: str
    total: Decimal
    issued_on: date
    due_on: date | None
    payments: tuple[Payment, ...] = ()
    rate_to_base: Decimal | None = None

    def open_on(self, day: date) -> Decimal:
        """What was open in the morning of ``day``; a payment of that day is not known yet."""
        if day < self.issued_on:
            return ZERO
        return self.total - sum([p.amount for p in self.payments if p.on < day], ZERO)

    def paid_off_on(self) -> date | None:
        """The day on which nothing was left; None while something is."""
        left = self.total
        for payment in self.payments:
            left -= payment.amount
            if left <= ZERO:
                return payment.on
        return None


class PastHold(Record, kw_only=True, frozen=True, gc=True):
    """A hold, a promise or a dispute, and the day on which it was entered."""

    hold: Hold
    entered_on: date

    def on(self, day: date) -> Hold:
        """As it was known on ``day``: before its end nobody knew that a person would end it."""
        terms, last = self.hold.terms, self.hold.ends_on
        if terms is None or not terms.ended or last is None or day > last:
            return self.hold
        return replace(self.hold, terms=replace(terms, ended=False))


class PastAccount(Record, kw_only=True, frozen=True, gc=True):
    """One customer and all invoices that history knows of, oldest first."""

    ledger: str
    account: Account
    invoices: tuple[PastInvoice, ...]
    holds: tuple[PastHold, ...] = ()

    def snapshot(self, day: date, contacts: Iterable[Contact]) -> AccountSnapshot:
        """What the policy would have seen in the morning of ``day``."""
        return AccountSnapshot(
            ledger=self.ledger,
            account=self.account,
            items=tuple(
                [
                    _open_item(invoice, left, self.account.account_id)
                    for invoice in self.invoices
                    if (left := invoice.open_on(day)) > ZERO
                ]
            ),
            holds=tuple([one.on(day) for one in self.holds if one.entered_on < day]),
            contacts=tuple(contacts),
            settled=tuple(
                [
                    settled
                    for invoice in self.invoices
                    for settled in _settled(invoice, day, self.account.account_id)
                ]
            ),
        )

    def changes(self) -> frozenset[date]:
        """The days in whose morning something is new: issues, and the days after payments."""
        days: set[date] = set()
        for invoice in self.invoices:
            days.add(invoice.issued_on)
            days.update([_next(payment.on) for payment in invoice.payments])
        for one in self.holds:
            days.update([_next(on) for on in (one.entered_on, one.hold.ends_on) if on is not None])
        return frozenset(days)


def past_of(snapshot: AccountSnapshot) -> PastAccount:
    """An account's past from what is open on it now and what was paid on it before.

    An invoice without a day of issue counts as issued on its due date.
    """
    paid: dict[str, list[Settled]] = {}
    for entry in snapshot.settled:
        paid.setdefault(entry.item_id, []).append(entry)
    found = [
        _still_open(item, paid.pop(item.item_id, []))
        for item in snapshot.items
        if item.kind is ItemKind.INVOICE and (item.issued_on or item.due_on)
    ]
    found += [_paid_off(item_id, entries) for item_id, entries in paid.items()]
    known = [invoice for invoice in found if invoice is not None]
    known.sort(key=lambda one: (one.issued_on, one.item_id))
    return PastAccount(
        ledger=snapshot.ledger,
        account=snapshot.account,
        invoices=tuple(known),
        holds=tuple([PastHold(hold=one, entered_on=_entered(one)) for one in snapshot.holds]),
    )


def _entered(hold: Hold) -> date:
    """In UTC; a hold of which that is not known began on its first day."""
    return hold.created_at.date() if hold.created_at is not None else hold.starts_on


def _still_open(item: OpenItem, entries: list[Settled]) -> PastInvoice | None:
    issued_on = item.issued_on or item.due_on
    if issued_on is None:
        return None
    return PastInvoice(
        item_id=item.item_id,
        number=item.number,
        currency=item.currency,
        total=item.total,
        issued_on=issued_on,
        due_on=item.due_on,
        payments=_payments(entries),
        rate_to_base=item.rate_to_base,
    )


def _paid_off(item_id: str, entries: list[Settled]) -> PastInvoice | None:
    first = min(entries, key=lambda one: one.paid_on)
    issued_on = first.issued_on or first.due_on
    if issued_on is None:
        return None
    return PastInvoice(
        item_id=item_id,
        number=item_id,
        currency=first.currency,
        total=sum([one.amount for one in entries], ZERO),
        issued_on=issued_on,
        due_on=first.due_on,
        payments=_payments(entries),
    )


def _payments(entries: Iterable[Settled]) -> tuple[Payment, ...]:
    found = sorted((one.paid_on, one.amount) for one in entries)
    return tuple([Payment(on=on, amount=amount) for on, amount in found])


def _open_item(invoice: PastInvoice, left: Decimal, account_id: str) -> OpenItem:
    return OpenItem(
        item_id=invoice.item_id,
        account_id=account_id,
        kind=ItemKind.INVOICE,
        number=invoice.number,
        currency=invoice.currency,
        total=invoice.total,
        open=left,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        sent=True,
        rate_to_base=invoice.rate_to_base,
    )


def _settled(invoice: PastInvoice, day: date, account_id: str) -> Iterable[Settled]:
    for payment in invoice.payments:
        if payment.on < day:
            yield Settled(
                item_id=invoice.item_id,
                account_id=account_id,
                currency=invoice.currency,
                amount=payment.amount,
                issued_on=invoice.issued_on,
                due_on=invoice.due_on,
                paid_on=payment.on,
            )


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
