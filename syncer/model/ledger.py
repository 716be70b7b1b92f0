"""What a ledger says: organisation, accounts, open items, payments, and what could not be read.

Ids are the ledger's own and never change; numbers and names may. Dates are calendar
dates in the organisation's time zone, instants are aware UTC.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """Base of the flat records: frozen, outside the garbage collector unless they hold others."""


class ItemKind(StrEnum):
    """What an open item is. ``invoice`` is owed to us; every other kind lowers what is owed."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    OVERPAYMENT = "overpayment"
    PREPAYMENT = "prepayment"
    PAYMENT = "payment"  # received, not yet allocated to an invoice


class Stop(StrEnum):
    """Why a ledger itself says that nobody should be asked about an invoice just now."""

    DISPUTED = "disputed"
    PAYMENT_HELD = "payment_held"  # the money arrived and is on hold at the payment service
    BLOCKED = "blocked"  # a person blocked reminders for it in the ledger
    OTHER_CURRENCY = "other_currency"  # money in another currency stands on it


class BooksBy(StrEnum):
    """What tells how fresh the books are."""

    BANK = "bank"  # lines of a bank account, or their reconciliation
    EXPORT = "export"  # a file that somebody wrote; what it knows of the bank is not known


class Organisation(Record, kw_only=True, frozen=True):
    """The ledger's owner."""

    name: str
    time_zone: str  # IANA name; "today" for overdue is today there
    currency: str  # base currency, ISO 4217
    country: str = ""  # ISO 3166-1 alpha-2, "" when the ledger does not say
    lock_date: date | None = None  # nothing may be dated on or before it
    own_reminders: bool | None = None  # the ledger sends reminders itself: double chasing
    books_fresh_on: date | None = None  # last bank line or reconciliation, None = unknown
    books_by: BooksBy = BooksBy.BANK  # what that day is the day of
    bank_account: str = ""  # name of the account that is furthest behind; "" = not said
    key: str = ""  # what the vendor calls the books, whatever their name; "" = only the name tells


class Person(Record, kw_only=True, frozen=True):
    """Someone at the account who may get mail."""

    email: str
    name: str = ""
    role: str = "invoice"  # invoice | collections | escalation


class Account(Record, kw_only=True, frozen=True, omit_defaults=True):
    """One customer in a ledger."""

    account_id: str
    name: str
    people: tuple[Person, ...] = ()  # first is the primary recipient; empty = no address
    language: str = ""  # BCP 47, "" = the ledger's default
    country: str = ""
    region: str = ""  # state or province as the ledger writes it: a code or a name
    phone: str = ""
    groups: tuple[str, ...] = ()  # contact groups or tags of the ledger
    archived: bool = False
    merged_into: str = ""  # account_id of the surviving account
    do_not_chase: bool = False  # a flag of the ledger itself
    tax_number: str = ""
    note: str = ""  # the first line of its note, where that begins with "#" (model.marked)
    credit_limit: Decimal | None = None  # most that may be open; None = the ledger has none
    limit_currency: str = ""  # of credit_limit; "" = the ledger's base currency
    direct_debit: bool = False  # the ledger says that a mandate to collect is active


class EarlyPayment(Record, kw_only=True, frozen=True):
    """What the ledger itself takes off an invoice for who pays the rest of it by a day.

    Given only while the ledger would still grant it (most grant nothing on an invoice that is
    paid or credited in part), and never worked into ``OpenItem.open``: what is owed stays owed.
    A ledger that states a percentage gives the amount rounded half up to the currency's minor
    unit (``money.quantize``); where the amount itself is stated, that one.
    """

    until: date  # the last day on which it holds, included
    amount: Decimal  # off ``OpenItem.open``, in the item's currency: above 0, below ``open``


class OpenItem(Record, kw_only=True, frozen=True, omit_defaults=True):
    """One document (or instalment) that still has something open.

    ``open`` and ``total`` are positive for every kind; ``kind`` says which way it counts.
    """

    item_id: str
    account_id: str
    kind: ItemKind
    number: str
    currency: str
    total: Decimal
    open: Decimal
    issued_on: date | None = None
    due_on: date | None = None  # None on an invoice: never chased, reported
    reference: str = ""
    expected_on: date | None = None  # a promise date entered in the ledger
    sent: bool | None = None  # marked as sent to the customer; None = the ledger does not say
    sent_on: date | None = None  # the last day on which the ledger mailed it; None = not said
    rate_to_base: Decimal | None = None  # base currency units per unit of this currency
    stop: Stop | None = None  # holds this item alone; the rest of the account goes on
    early_payment: EarlyPayment | None = None  # invoices only
    note: str = ""  # as Account.note, on invoices only
    site: str = ""  # name of the branch, job or sub-customer it is for; "" = the account itself


class Settled(Record, kw_only=True, frozen=True, omit_defaults=True):
    """A paid invoice, or a payment applied to one: the material of payment behaviour.

    ``credited`` is what was closed without money: by credit notes, write-offs and the like.
    """

    item_id: str  # the invoice
    account_id: str
    currency: str
    amount: Decimal
    issued_on: date | None
    due_on: date | None
    paid_on: date
    credited: Decimal | None = None  # of the invoice; None = the ledger does not prove it


class Quarantined(Record, kw_only=True, frozen=True):
    """A record that could not be read. Its account is held: no contact on partial facts."""

    record_id: str  # as far as it could be read; never empty, a position if need be
    account_id: str  # "" when unknown: then every account of the ledger is suspect, see flow.pull
    where: str  # file, row and column, or endpoint, page and index
    problem: str  # one sentence: what is wrong and what to do; no personal data
    amount: Decimal | None = None
    currency: str = ""


class Stream(StrEnum):
    """The lists a source is read in."""

    ITEMS = "items"
    ACCOUNTS = "accounts"
    SETTLED = "settled"


class Page(Record, gc=True, kw_only=True, frozen=True):
    """One page of a stream, as it was read."""

    stream: Stream
    items: tuple[OpenItem, ...] = ()
    accounts: tuple[Account, ...] = ()
    settled: tuple[Settled, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    gone: tuple[str, ...] = ()  # ids the ledger says are closed; also of records on the page


class StreamEnd(Record, kw_only=True, frozen=True):
    """Said once per stream, after its last page. Without it the stream counts as unfinished.

    ``full`` = every record was read, so what was not seen is no longer open (ITEMS) or gone.
    ``cursor`` is opaque to everyone but its connector; it is handed back at the next pull.
    ``warnings`` are sentences for a person about what stops nothing but would surprise.
    """

    stream: Stream
    full: bool
    records: int  # as the vendor counted them, checked against what was yielded
    cursor: str = ""
    warnings: tuple[str, ...] = ()


class AccountFacts(Record, gc=True, kw_only=True, frozen=True):
    """A fresh read of one account: everything open on it now (the guard's read)."""

    account: Account
    items: tuple[OpenItem, ...]
    read_at: datetime
    quarantined: tuple[Quarantined, ...] = ()
