"""QuickBooks' structs as the product's records. Pure; raises ``UnreadableError`` for a bad row.

Amounts are in the document's own currency; ``ExchangeRate`` counts home units per unit of it
("manage multiple currencies" page, read November 2026). Customers have one currency each.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal

from connectors.quickbooks import wire
from connectors.quickbooks.moments import day_in, read_day, read_instant
from syncer.errors import ContractError
from syncer.model.ledger import (
    Account,
    EarlyPayment,
    ItemKind,
    OpenItem,
    Organisation,
    Person,
    Settled,
    Stop,
)
from syncer.model.marked import marked_line
from syncer.model.money import AMOUNT_LIMIT, CENT, keepable
from syncer.settings.fields import is_time_zone

_ZERO, _ONE = Decimal(0), Decimal(1)
_TENTH = Decimal("0.1")  # amounts come without the zeros at their ends: 31.5, 40.0
_INVOICE, _CREDIT_NOTE, _PAYMENT = ItemKind.INVOICE, ItemKind.CREDIT_NOTE, ItemKind.PAYMENT
_UNKEEPABLE = "has more than four decimals, or is too large to be an amount of money"
_SEPARATORS = re.compile(r"[,;]")
# States of an invoice in which nobody should be asked (schema set of July 2026).
_STOPPED = {"DISPUTED": Stop.DISPUTED, "DEPOSIT_ON_HOLD": Stop.PAYMENT_HELD}
_CREDIT_PREFIX, _PAYMENT_PREFIX = "creditmemo-", "payment-"


class UnreadableError(Exception):
    """A row that cannot be used; the text says why, without personal data."""


def credit_id(record_id: str) -> str:
    """The item id of a credit memo: kinds number themselves, an invoice keeps its plain id."""
    return _CREDIT_PREFIX + record_id


def payment_id(record_id: str) -> str:
    """The item id of a payment."""
    return _PAYMENT_PREFIX + record_id


def _no_site(_: str) -> str:
    return ""


def _no_offer(_: wire.Invoice, __: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """What rows mean in one company: its home currency, who pays for whom, its own names."""

    home: str
    payer: Callable[[str], str]
    reference_field: str = ""
    site: Callable[[str], str] = _no_site  # name of a part that somebody else pays for
    offer: Callable[[wire.Invoice, str], EarlyPayment | None] = _no_offer
    zone: tzinfo = UTC  # in which the company's days are counted

    def open_invoice(self, row: wire.Invoice) -> OpenItem | None:
        """An invoice; None when nothing is due on it any more (a void one is zero)."""
        if row.status or not _usual(row.balance, row.total):
            _check_state(row.status)
            if not _owed(row.balance, "Balance"):
                return None
            _check_total(row.total)
        return self._item(
            row,
            item_id=row.id,
            kind=_INVOICE,
            number=row.number,
            left=row.balance,
            due=row.due,
            reference=self._reference(row),
            sent=row.email_status == "EmailSent",
            delivery=row.delivery,
            stop=_stop(row) if row.life or row.exchange else None,
            offered=row if row.terms is not None else None,
            note=marked_line(row.memo) if row.memo else "",
        )

    def open_credit(self, row: wire.CreditMemo) -> OpenItem | None:
        """A credit note; None when it is used up."""
        _check_state(row.status)
        if not _owed(row.balance, "Balance"):
            return None
        _check_total(row.total)
        return self._item(
            row, item_id=credit_id(row.id), kind=_CREDIT_NOTE, number=row.number, left=row.balance
        )

    def unapplied(self, row: wire.Payment) -> OpenItem | None:
        """Money that is on no invoice; None when all of it is."""
        _check_state(row.status)
        if not _owed(row.unapplied, "UnappliedAmt"):
            return None
        _check_total(row.total)
        return self._item(
            row, item_id=payment_id(row.id), kind=_PAYMENT, number=row.number, left=row.unapplied
        )

    def settled(
        self, row: wire.Invoice, paid_on: str | None, money: Decimal | None
    ) -> Settled | None:
        """An invoice paid on a day; None when it is open, void, or no payment is known.

        ``money`` is that of the payments that are known: less than the whole proves nothing.
        """
        if paid_on is None or row.balance or not row.total:
            return None
        _check_total(row.total)
        try:
            return Settled(
                item_id=row.id,
                account_id=self.payer(row.customer.value),
                currency=row.currency.value if row.currency else self.home,
                amount=row.total,
                issued_on=read_day(row.date) if row.date else None,
                due_on=read_day(row.due) if row.due else None,
                paid_on=read_day(paid_on),
                credited=_ZERO if money == row.total else None,
            )
        except ValueError as error:
            raise UnreadableError(f"a date cannot be read ({type(error).__name__})") from None

    def _item(
        self,
        row: wire.Document,
        *,
        item_id: str,
        kind: ItemKind,
        number: str | None,
        left: Decimal,
        due: str | None = None,
        reference: str = "",
        sent: bool | None = None,
        delivery: wire.Delivery | None = None,
        stop: Stop | None = None,
        offered: wire.Invoice | None = None,
        note: str = "",
    ) -> OpenItem:
        rate, customer = row.rate, row.customer.value
        payer = self.payer(customer)
        currency = row.currency.value if row.currency else self.home
        try:
            _check_stamp(row.stamps)
            return OpenItem(
                item_id=item_id,
                account_id=payer,
                kind=kind,
                number=number or "",
                currency=currency,
                total=row.total,
                open=left,
                issued_on=read_day(row.date) if row.date else None,
                due_on=read_day(due) if due else None,
                reference=reference,
                sent=sent,
                sent_on=None if delivery is None else self._mailed_on(delivery),
                rate_to_base=rate if rate is None or rate == _ONE else _rate(rate),
                stop=stop,
                early_payment=None if offered is None else self.offer(offered, currency),
                site="" if payer == customer else self.site(customer),
                note=note,
            )
        except (ValueError, OverflowError) as error:
            raise UnreadableError(f"a date cannot be read ({type(error).__name__})") from None

    def _mailed_on(self, delivery: wire.Delivery) -> date | None:
        """The company's day of the last mail; None for one of which QuickBooks says it failed."""
        if not delivery.at or delivery.error:
            return None
        return day_in(delivery.at, self.zone)

    def _reference(self, row: wire.Invoice) -> str:
        """The customer's order number: a field of its own, or one the company named."""
        if row.purchase_order:
            return row.purchase_order
        for field in row.custom or ():
            if field.name == self.reference_field:
                return field.text or ""
        return ""


def _stop(row: wire.Invoice) -> Stop | None:
    """Whether nobody should be asked about it just now, whichever of the two states says so."""
    own = _STOPPED.get(row.life or "")
    return own or _STOPPED.get((row.exchange or "").upper())


def _check_stamp(stamps: wire.Stamps | None) -> None:
    """The next run's window of changes starts from these: one that cannot be read is no record."""
    if stamps is not None and stamps.updated:
        read_instant(stamps.updated)


def account(row: wire.Customer, *, do_not_chase: bool) -> Account:
    """A customer. ``do_not_chase``: its type is one that is left alone."""
    try:
        _check_stamp(row.stamps)
    except ValueError:
        raise UnreadableError("LastUpdatedTime cannot be read") from None
    return Account(
        account_id=row.id,
        name=row.name or row.company or "",
        people=_people(row),
        country=_country(row),
        region=((row.bill_to.region or "") if row.bill_to else "").strip(),
        phone=(row.phone.number or "") if row.phone else "",
        archived=not row.active,
        do_not_chase=do_not_chase,
        note=marked_line(row.notes),
        tax_number=row.tax_number or "",
    )


def organisation(
    company: wire.CompanyInfo, preferences: wire.Preferences, *, time_zone: str
) -> Organisation:
    """The owner. ``time_zone`` (IANA) overrides the company's own. Raises ContractError.

    QuickBooks does not tell whether its own reminders are on: no setting of its API says so.
    """
    zone = time_zone or company.time_zone or ""
    if ("/" not in zone and zone != "UTC") or not is_time_zone(zone):
        raise ContractError(
            "QuickBooks does not name the company's time zone, or none that is known here: set "
            "`time_zone` in the ledger's settings, for example America/New_York"
        )
    currencies, accounting = preferences.currencies, preferences.accounting
    if currencies is None or currencies.home is None:
        raise ContractError("QuickBooks does not name the company's home currency")
    closed_on = accounting.closed_on if accounting else None
    try:
        lock_date = read_day(closed_on) if closed_on else None
    except ValueError:
        raise ContractError("the day on which the books are closed cannot be read") from None
    return Organisation(
        name=company.name,
        time_zone=zone,
        currency=currencies.home.value,
        country=_two_letters(company.country),
        lock_date=lock_date,
    )


def applied_to(row: wire.Payment, entity: str) -> tuple[str, ...]:
    """The documents that a payment touches: the invoices it pays, the credit memos it uses."""
    return tuple(
        link.id for line in row.lines or () for link in line.links or () if link.type == entity
    )


def money_on(row: wire.Payment) -> Iterator[tuple[str, Decimal | None]]:
    """The invoices that a payment pays, with the money; None where it may have used up credit."""
    lines = [(line.amount, line.links or ()) for line in row.lines or ()]
    only_money = all(link.type == "Invoice" for _, links in lines for link in links)
    for amount, links in lines:
        for link in links:
            if link.type == "Invoice":
                yield link.id, amount if only_money and len(links) == 1 else None


def _usual(left: Decimal, full: Decimal) -> bool:
    """Whether both amounts are as those of almost every invoice: no need to look closer."""
    return (
        (left.same_quantum(CENT) or left.same_quantum(_TENTH))
        and (full.same_quantum(CENT) or full.same_quantum(_TENTH))
        and _ZERO < left <= full < AMOUNT_LIMIT
    )


def _owed(amount: Decimal, name: str) -> bool:
    if amount < 0:
        raise UnreadableError(f"{name} is not an amount of money of zero or more")
    if not keepable(amount):
        raise UnreadableError(f"{name} {_UNKEEPABLE}")
    return amount > 0


def _check_total(total: Decimal) -> None:
    if not keepable(total):
        raise UnreadableError(f"TotalAmt {_UNKEEPABLE}")


def _check_state(status: str | None) -> None:
    if status:
        raise UnreadableError("it is in a state that is not known here")


def _rate(rate: Decimal) -> Decimal | None:
    return rate if rate.is_finite() and rate > 0 else None


def _people(row: wire.Customer) -> tuple[Person, ...]:
    """The addresses of the customer; QuickBooks keeps several in one field, with commas."""
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    people: list[Person] = []
    for part in _SEPARATORS.split((row.email.address or "") if row.email else ""):
        email = part.strip()
        if email and all(email.casefold() != known.email.casefold() for known in people):
            people.append(Person(email=email, name="" if people else name))
    return tuple(people)


def _country(row: wire.Customer) -> str:
    return _two_letters(row.bill_to.country) if row.bill_to else ""


def _two_letters(country: str | None) -> str:
    """Countries are free text: taken only when they are two-letter codes already."""
    text = (country or "").strip()
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else ""
