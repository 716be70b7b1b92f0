"""What the sandbox's world is made of: plain records in no vendor's words.

Mutable on purpose: people change their books. Ids are UUID texts that never change; money is
Decimal in the document's currency; dates are calendar dates of the organisation, instants are
aware UTC. The rules for changing them are in ``world``, not here.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

ZERO = Decimal(0)


class Record(msgspec.Struct, gc=False, kw_only=True):
    """Base of the records: no reference cycles, so the garbage collector may skip them."""


class Status(StrEnum):
    """The life of a document."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    DELETED = "deleted"


LEGAL_MOVES = {
    Status.DRAFT: {Status.DRAFT, Status.SUBMITTED, Status.OPEN, Status.DELETED},
    Status.SUBMITTED: {Status.SUBMITTED, Status.OPEN, Status.DRAFT, Status.DELETED},
    Status.OPEN: {Status.OPEN, Status.VOID},
}
MOVE_WORDS = {
    Status.DRAFT: "Edited",
    Status.SUBMITTED: "Submitted",
    Status.OPEN: "Approved",
    Status.DELETED: "Deleted",
    Status.VOID: "Voided",
}


class Kind(StrEnum):
    """What a document is."""

    INVOICE = "invoice"  # the customer owes it
    BILL = "bill"  # the organisation owes it
    CREDIT_NOTE = "credit_note"
    OVERPAYMENT = "overpayment"
    PREPAYMENT = "prepayment"


CREDITS = frozenset({Kind.CREDIT_NOTE, Kind.OVERPAYMENT, Kind.PREPAYMENT})


class AccountCode(Record):
    """One entry of the chart of accounts."""

    account_id: str
    name: str
    bank: bool = False


class Terms(Record):
    """When a sale is to be paid, by a name that the organisation keeps in a list."""

    terms_id: str
    name: str
    due_days: int | None = None  # after the date of issue
    day_of_month: int | None = None  # instead of due_days: on this day ...
    next_month_days: int = 0  # ... of the month after the next, if issued within so many days
    discount_percent: Decimal = ZERO  # for whoever pays within ``discount_days``
    discount_days: int = 0
    archived: bool = False


class Organisation(Record):
    """Whose books these are."""

    org_id: str
    name: str
    currency: str
    country: str
    time_zone: str  # IANA
    created_at: datetime
    currencies: list[str] = []  # enabled besides the base currency
    tax_rates: dict[str, Decimal] = {}  # code -> rate, 0.2 = 20 %
    accounts: dict[str, AccountCode] = {}
    lock_date: date | None = None  # nothing may be dated on or before it
    year_lock_date: date | None = None
    plan: str = "paying"  # paying | trial | demo | legacy
    approvals_left: int | None = None  # a plan's cap on approving invoices, None = no cap
    mails_per_day: int = 1000
    own_reminders: bool = False
    mail_marks_sent: bool = True  # whether mailing flips ``sent`` and leaves a history line
    terms: list[Terms] = []
    takes_cards: bool = True  # whether customers can pay online at all


class Person(Record):
    """Someone at a contact."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    gets_mail: bool = False


class Contact(Record):
    """A customer or supplier."""

    contact_id: str
    name: str
    changed_at: datetime
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    city: str = ""
    country: str = ""
    number: str = ""  # the organisation's own code for the contact
    tax_number: str = ""
    currency: str = ""
    people: list[Person] = []
    archived: bool = False
    merged_into: str = ""
    supplier: bool = False
    terms_days: int = 30
    parent_id: str = ""  # the contact this one is a part of
    parent_pays: bool = False  # bills go to the parent
    memo: str = ""  # one text that people and programs share, where a vendor has such a field
    created_at: datetime | None = None
    revision: int = 0  # grows with any change
    habit: str = ""  # how it pays when days are played; on no wire
    reminded_at: datetime | None = None  # last mail or note a program left


class Group(Record):
    """A named set of contacts that a person keeps."""

    group_id: str
    name: str
    members: list[str] = []
    deleted: bool = False


class Line(Record):
    """One line of a document; ``net`` and ``tax`` are rounded to the currency."""

    line_id: str
    text: str
    quantity: Decimal
    unit_price: Decimal
    account: str = ""
    tax_code: str = ""
    net: Decimal = ZERO
    tax: Decimal = ZERO


class Document(Record):
    """An invoice, bill, credit note, overpayment or prepayment. Amounts are never negative.

    ``settled`` counts payments (for a credit: refunds), ``credited`` counts allocations (for
    an invoice: credit received; for a credit: credit given away).
    """

    doc_id: str
    kind: Kind
    number: str
    contact_id: str
    status: Status
    currency: str
    total: Decimal
    issued_on: date
    created_at: datetime
    changed_at: datetime  # any change
    booked_at: datetime  # last change that a feed built on journals would show
    edited_at: datetime | None = None  # last change but for money applied; None = not since made
    revision: int = 0  # grows with any change
    due_on: date | None = None
    expected_on: date | None = None
    paid_on: date | None = None
    net: Decimal = ZERO
    tax: Decimal = ZERO
    settled: Decimal = ZERO
    credited: Decimal = ZERO
    rate: Decimal = Decimal(1)  # units of this currency per unit of base currency
    prices: str = "exclusive"  # exclusive | inclusive | untaxed
    reference: str = ""
    url: str = ""
    sent: bool = False
    made_by: str = ""  # the program that created it, "" = a person
    disputed: bool = False
    lines: tuple[Line, ...] = ()
    payment_ids: tuple[str, ...] = ()
    allocation_ids: tuple[str, ...] = ()
    memo: str = ""  # one text that people and programs share, where a vendor has such a field
    message: str = ""  # what the customer reads on it
    terms_id: str = ""
    mail_to: str | None = None  # None = whatever stands at the contact
    mail_cc: str = ""
    mail_bcc: str = ""
    to_mail: bool = False  # waits in a "send later" list
    sent_at: datetime | None = None
    by_card: bool = True  # may be paid online, if the organisation has that at all
    by_bank: bool = True
    receipt_id: str = ""  # of a credit: the receipt whose unused rest it is

    @property
    def left(self) -> Decimal:
        """What is still due (invoice, bill) or still to be used (credit)."""
        return self.total - self.settled - self.credited

    @property
    def touched(self) -> bool:
        """Whether any money or credit has been applied."""
        return bool(self.settled or self.credited)


class Payment(Record):
    """Money applied to one document (for a credit: refunded from it)."""

    payment_id: str
    doc_id: str
    amount: Decimal
    on: date
    changed_at: datetime
    account: str = ""
    reference: str = ""
    reconciled: bool = False
    deleted: bool = False
    receipt_id: str = ""  # the receipt it is a part of


class Receipt(Record):
    """Money (perhaps none) and credits of one customer, applied in one go to several invoices.

    Its parts are ordinary payments and allocations; what was not applied is the credit
    ``credit_id``. ``total`` is the money.
    """

    receipt_id: str
    contact_id: str
    currency: str
    total: Decimal
    on: date
    created_at: datetime
    changed_at: datetime
    revision: int = 0
    rate: Decimal = Decimal(1)
    reference: str = ""
    memo: str = ""
    account: str = ""
    payment_ids: tuple[str, ...] = ()
    allocation_ids: tuple[str, ...] = ()
    credit_id: str = ""
    void: bool = False
    deleted: bool = False


class Allocation(Record):
    """Part of a credit applied to an invoice."""

    allocation_id: str
    credit_id: str
    invoice_id: str
    amount: Decimal
    on: date
    changed_at: datetime | None = None
    deleted: bool = False
    receipt_id: str = ""


class Note(Record):
    """One line of a record's history; append-only."""

    parent_id: str
    at: datetime
    change: str  # what happened, in a word: Note, Created, Approved, Paid, Sent, ...
    text: str
    author: str = ""  # "" = a program


class Mail(Record):
    """A message the ledger itself sent."""

    at: datetime
    doc_id: str
    to: list[str]
    by: str = ""


class Token(Record):
    """An OAuth artefact: authorisation code, access or refresh token."""

    kind: str  # code | access | refresh
    client_id: str
    scopes: list[str]
    org_ids: list[str]
    expires_at: datetime
    user_id: str = ""
    event_id: str = ""  # one consent round
    used_at: datetime | None = None  # codes: redeemed; refresh tokens: rotated
    redirect_uri: str = ""
    challenge: str = ""  # PKCE S256
    revoked: bool = False
    issued_at: datetime | None = None
    ends_at: datetime | None = None  # whatever happens, its successors end then, too


class Connection(Record):
    """One organisation that a user let a program reach."""

    connection_id: str
    client_id: str
    org_id: str
    event_id: str
    created_at: datetime
    changed_at: datetime


class KeptAnswer(Record):
    """What an idempotency key was used for and what was answered."""

    at: datetime
    digest: str  # of method, address and body
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Call(Record):
    """One line of the call log; no body, no token."""

    at: datetime
    method: str
    path: str
    query: str
    status: int
    sent: int  # bytes answered
    fault: str = ""
    org_id: str = ""
    key: str = ""  # idempotency key
