"""Xero's structs as the product's records. Pure; raises ``UnreadableError`` for a bad row."""

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.xero import wire
from connectors.xero.dates import read_day
from connectors.xero.zones import iana_zone
from syncer.errors import ContractError
from syncer.model.ledger import Account, ItemKind, OpenItem, Organisation, Person, Settled
from syncer.model.money import AMOUNT_LIMIT, CENT, keepable

_ZERO, _ONE = Decimal(0), Decimal(1)
_INVOICE = ItemKind.INVOICE
_UNKEEPABLE = "is no amount of money: more than four decimals, or larger than any invoice"
_RATE_STEP = Decimal("0.0000000001")


class UnreadableError(Exception):
    """A row that cannot be used; the text says why, without personal data."""


def open_invoice(row: wire.OpenInvoice) -> OpenItem | None:
    """An authorised sales invoice; None when nothing is due on it any more."""
    due, full = row.amount_due, row.total
    if not _usual(due, full):
        _check_amount(due, "AmountDue")
        if not due:
            return None
        _check_total(full)
    try:
        issued = row.date_string or row.date
        due_on = row.due_string or row.due
        rate = row.rate
        return OpenItem(
            item_id=row.id,
            account_id=row.contact.contact_id,
            kind=_INVOICE,
            number=row.number or "",
            currency=row.currency,
            total=full,
            open=due,
            issued_on=read_day(issued) if issued else None,
            due_on=read_day(due_on) if due_on else None,
            reference=row.reference or "",
            expected_on=read_day(row.expected) if row.expected else None,
            sent=row.sent,
            rate_to_base=rate if rate is None or rate == _ONE else _rate(rate),
        )
    except (ValueError, OverflowError) as error:
        raise UnreadableError(f"a date cannot be read ({type(error).__name__})") from None


def open_credit(row: Any, kind: ItemKind) -> OpenItem | None:
    """A credit with something left on it; None when it is used up."""
    _check_amount(row.remaining, "RemainingCredit")
    if not row.remaining:
        return None
    _check_total(row.total)
    number: str | None = getattr(row, "number", None)
    try:
        issued = row.date_string or row.date
        return OpenItem(
            item_id=row.id,
            account_id=row.contact.contact_id,
            kind=kind,
            number=number or "",
            currency=row.currency,
            total=row.total,
            open=row.remaining,
            issued_on=read_day(issued) if issued else None,
            reference=row.reference or "",
            rate_to_base=_rate(row.rate),
        )
    except (ValueError, OverflowError) as error:
        raise UnreadableError(f"a date cannot be read ({type(error).__name__})") from None


def settled(row: wire.PaidInvoice) -> Settled | None:
    """A paid invoice; None when Xero does not say on which day it was paid."""
    try:
        paid_on = read_day(row.paid_on) if row.paid_on else None
        if paid_on is None:
            return None
        _check_total(row.total)
        issued = row.date_string or row.date
        due_on = row.due_string or row.due
        return Settled(
            item_id=row.id,
            account_id=row.contact.contact_id,
            currency=row.currency,
            amount=row.total,
            issued_on=read_day(issued) if issued else None,
            due_on=read_day(due_on) if due_on else None,
            paid_on=paid_on,
            credited=None if row.amount_paid is None else max(row.total - row.amount_paid, _ZERO),
        )
    except (ValueError, OverflowError) as error:
        raise UnreadableError(f"a date cannot be read ({type(error).__name__})") from None


def account(row: wire.Contact, do_not_chase: frozenset[str]) -> Account:
    """A contact. ``do_not_chase`` holds group names, case-folded."""
    groups = tuple(group.name for group in row.groups or ())
    return Account(
        account_id=row.id,
        name=row.name,
        people=_people(row),
        country=_country(row),
        region=_region(row),
        phone=_phone(row),
        groups=groups,
        archived=row.status != "ACTIVE",
        merged_into=row.merged_to or "",
        do_not_chase=bool(do_not_chase) and any(g.casefold() in do_not_chase for g in groups),
        tax_number=row.tax_number or "",
    )


def organisation(row: wire.Organisation, *, time_zone: str) -> Organisation:
    """The owner. ``time_zone`` (IANA) overrides Xero's own. Later of the two lock dates."""
    try:
        locks = [read_day(text) for text in (row.period_lock, row.year_lock) if text]
    except (ValueError, OverflowError):
        raise ContractError("a lock date of the Xero organisation cannot be read") from None
    return Organisation(
        name=row.name,
        time_zone=time_zone or iana_zone(row.zone),
        currency=row.currency,
        country=row.country or "",
        lock_date=_latest([lock for lock in locks if lock is not None]),
        key=row.id,
    )


def _latest(days: list[date]) -> date | None:
    return max(days, default=None)


def _usual(due: Decimal, full: Decimal) -> bool:
    """Whether both are in whole cents and in the order of almost every invoice."""
    cents = due.same_quantum(CENT) and full.same_quantum(CENT)
    return cents and _ZERO < due <= full < AMOUNT_LIMIT


def _check_amount(amount: Decimal, name: str) -> None:
    if amount.is_signed() and amount:
        raise UnreadableError(f"{name} is not an amount of money of zero or more")
    if not keepable(amount):
        raise UnreadableError(f"{name} {_UNKEEPABLE}")


def _check_total(amount: Decimal) -> None:
    if not keepable(amount):
        raise UnreadableError(f"Total {_UNKEEPABLE}")


def _rate(rate: Decimal | None) -> Decimal | None:
    """Base units per unit. Xero's CurrencyRate counts the other way: foreign units per base
    unit (multicurrency best-practices page), so it is turned round.
    """
    if rate is None or not rate.is_finite() or rate <= 0:
        return None
    try:
        return (_ONE / rate).quantize(_RATE_STEP) or None
    except ArithmeticError:  # past reason: as good as not said
        return None


def _people(row: wire.Contact) -> tuple[Person, ...]:
    """The primary address first, then those marked to be included in e-mails."""
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    people = [Person(email=row.email.strip(), name=name)] if row.email and row.email.strip() else []
    for person in row.persons or ():
        email = (person.email or "").strip()
        if person.include and email and all(email.casefold() != p.email.casefold() for p in people):
            full = " ".join(part for part in (person.first_name, person.last_name) if part)
            people.append(Person(email=email, name=full))
    return tuple(people)


def _country(row: wire.Contact) -> str:
    """Xero's country is free text: taken only when it is a two-letter code already."""
    for address in row.addresses or ():
        text = (address.country or "").strip()
        if len(text) == 2 and text.isascii() and text.isalpha():
            return text.upper()
    return ""


def _region(row: wire.Contact) -> str:
    """Free text: a code or a name of a state or province, of whichever address has one."""
    regions = ((address.region or "").strip() for address in row.addresses or ())
    return next((region for region in regions if region), "")


def _phone(row: wire.Contact) -> str:
    ranked = sorted(row.phones or (), key=lambda phone: phone.type != "DEFAULT")
    for phone in ranked:
        if phone.number:
            return " ".join(part for part in (phone.country, phone.area, phone.number) if part)
    return ""
