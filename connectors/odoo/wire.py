"""Odoo's JSON as narrow structs: only the fields this product reads, straight from bytes.

Seen on Odoo 19.0 (Debian's package, November 2026). Odoo writes ``false`` for every empty
field that is not a number or a list, so an optional text is ``str | bool``. Numbers are floats
on the wire, written in the shortest form that reads back: the digits are those of the
database, and they are decoded to Decimal from the text, never through a binary float.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON we know: its own error, and two of
Python's, for text that is not UTF-8 and for nesting without end."""

Text = str | bool  # false = empty
Day = str | bool


class Wire(msgspec.Struct, gc=False):
    """Base of the wire structs; they live for one page."""


class Reference(Wire):
    """A record pointed at, with nothing but its id."""

    id: int


class Named(Wire):
    """A record pointed at, by what it is called."""

    name: Text = ""


class Coded(Wire):
    """A country, or one of its states."""

    code: Text = ""


class Policy(Wire):
    """A credit-control policy of the OCA addon, where a partner has one."""

    do_nothing: bool = False


class Owner(Wire):
    """The partner of a line: whose account it is on."""

    id: int
    commercial_partner_id: int


class Move(Wire):
    """The entry that a line is part of, as far as a line's owner is concerned."""

    id: int
    payment_state: Text = False
    is_move_sent: bool = False
    ref: Text = False
    no_overdue_reminder: bool = False  # OCA account_invoice_overdue_reminder


class Line(Wire, kw_only=True):
    """A receivable line of a posted entry (account.move.line)."""

    id: int
    move_name: Text
    move_type: str
    parent_state: str
    move_id: Move
    partner_id: Owner | bool
    currency_id: int
    amount_currency: Decimal
    amount_residual_currency: Decimal
    amount_residual: Decimal
    balance: Decimal
    date: Day
    invoice_date: Day = False
    date_maturity: Day = False
    payment_id: int | bool = False
    statement_line_id: int | bool = False
    discount_date: Day = False
    discount_amount_currency: Decimal = Decimal(0)
    write_date: str = ""
    no_followup: bool = False  # since Odoo 18; before it was called blocked
    blocked: bool = False
    expected_pay_date: Day = False  # Enterprise


class CounterLine(Wire):
    """The other side of a reconciliation."""

    move_type: str
    payment_id: int | bool = False
    statement_line_id: int | bool = False

    @property
    def is_money(self) -> bool:
        """Whether a payment or a bank line made it; an entry by hand may be a write-off."""
        return bool(self.payment_id or self.statement_line_id)


class Match(Wire):
    """What reconciled a line, or part of it."""

    max_date: Day
    credit_move_id: CounterLine | bool = False


class SettledLine(Wire, kw_only=True):
    """A receivable line of an invoice with nothing left on it."""

    id: int
    move_id: Reference
    partner_id: Owner | bool
    currency_id: int
    amount_currency: Decimal
    invoice_date: Day = False
    date_maturity: Day = False
    matched_credit_ids: list[Match] = []


class Partner(msgspec.Struct, kw_only=True):
    """A customer (res.partner)."""

    id: int
    name: Text
    active: bool
    commercial_partner_id: int
    email: Text = False
    phone: Text = False
    lang: Text = False
    vat: Text = False
    country_id: Coded | bool = False
    state_id: Coded | bool = False
    category_id: list[Named] = []
    no_overdue_reminder: bool = False  # OCA account_invoice_overdue_reminder
    credit_policy_id: Policy | bool = False  # OCA account_credit_control
    comment: Text = False  # internal notes, HTML
    credit_limit: Decimal = Decimal(0)  # in the company's currency
    use_partner_credit_limit: bool = False  # else it is the company's, for everybody


class Contact(Wire, kw_only=True):
    """A contact below a customer that has a role of its own."""

    id: int
    name: Text
    type: Text
    active: bool
    commercial_partner_id: int
    email: Text = False


class Company(Wire, kw_only=True):
    """The ledger's owner (res.company)."""

    id: int
    name: str
    currency_id: int
    country_id: Coded | bool = False
    partner_id: "Zoned | bool" = False
    fiscalyear_lock_date: Day = False
    sale_lock_date: Day = False  # since Odoo 18
    hard_lock_date: Day = False  # since Odoo 18


class Zoned(Wire):
    """A partner's time zone."""

    tz: Text = False


class Currency(Wire):
    """A currency by number (res.currency)."""

    id: int
    name: str
    decimal_places: int


class BankLine(Wire):
    """A line of a bank statement."""

    id: int
    date: Day
    journal_id: Named | bool = False

    @property
    def journal(self) -> str:
        """The bank journal's name."""
        journal = self.journal_id
        return journal.name if isinstance(journal, Named) and isinstance(journal.name, str) else ""


class ChangedPartner(Wire):
    """A partner that changed: whose account that touches."""

    id: int
    commercial_partner_id: int


class Message(Wire, kw_only=True):
    """A line of a record's chatter (mail.message)."""

    id: int
    res_id: int = 0
    body: Text = ""
    mail_activity_type_id: int | bool = False


class Mailing(Wire):
    """A line of an entry's chatter that left as e-mail; ``date`` is UTC without saying so."""

    id: int
    res_id: int
    date: datetime


class Activity(Wire):
    """Something a person is to do (mail.activity)."""

    id: int
    note: Text = False
    summary: Text = False


class Session(Wire):
    """Who we are (res.users.context_get)."""

    uid: int
    tz: Text = False


class Version(Wire):
    """What the server is. The first part may read ``saas~18``."""

    parts: list[int | str] = msgspec.field(name="version_info", default_factory=list)
    text: str = msgspec.field(name="version", default="")


class OldVersion(Wire):
    """The same, from the older interfaces."""

    parts: list[int | str] = msgspec.field(name="server_version_info", default_factory=list)
    text: str = msgspec.field(name="server_version", default="")


class Problem(Wire):
    """An exception as Odoo tells it. Its traceback (``debug``) is never read."""

    name: str = ""
    message: str = ""


class RpcError(Wire):
    """The error of a JSON-RPC answer."""

    code: int = 0
    data: Problem | None = None


class RpcAnswer(Wire):
    """The envelope of JSON-RPC: one of the two is there."""

    result: msgspec.Raw = msgspec.Raw(b"")
    error: RpcError | None = None


class KeptInvoice(Wire):
    """An invoice, as far as its document is concerned, which comes in Base64."""

    id: int
    invoice_pdf_report_file: Text = False


class Draft(Wire):
    """A late fee as it lies in Odoo."""

    id: int


class Wording(Wire):
    """What Odoo would write, from its own template."""

    subject: Text = False
    body: Text = False
    partner_ids: list[int] = []


class Found(Wire):
    """One page of a list: how many rows the question has, and those of the page."""

    length: int
    records: list[msgspec.Raw]
