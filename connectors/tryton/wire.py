"""Tryton's JSON-RPC as narrow structs: only the fields this product reads, straight from bytes.

Values of other types than JSON's carry their class: ``{"__class__": "Decimal", "decimal":
"1.00"}`` (trytond/protocols/jsonrpc.py, 7.0.59 and 8.2.1). A field of another record comes
nested, under the field's name and a dot. Money is Decimal from its digits, never float.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType, field

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON we know, not UTF-8, or without end."""


class Wire(msgspec.Struct, gc=False):
    """Base of the wire structs; they live for one page."""


class Number(Wire):
    """An exact amount."""

    decimal: Decimal


class Day(Wire):
    """A calendar day."""

    year: int
    month: int
    day: int


class Bytes(Wire):
    """A file."""

    base64: str


class Code(Wire):
    """A record that has a code: a currency, a language, a country, an identifier."""

    code: str | None = None


class Named(Wire):
    """A record that has a name."""

    name: str | None = None


class Category(Wire, kw_only=True):
    """A party category."""

    id: int
    name: str | None = None


class Dun(Wire):
    """A dunning of a line, in Tryton's own module."""

    id: int = 0
    blocked: bool | int | None = None


class OwnMove(Wire, kw_only=True):
    """The move of a line; ``origin`` is ``model,id`` of what it was made for."""

    id: int
    date: Day | None = None
    number: str | None = None
    state: str
    origin: str | None = None


class Origin(Wire, kw_only=True):
    """The invoice that a move was made for."""

    id: int
    number: str | None = None
    reference: str | None = None
    issued: Day | None = field(name="invoice_date", default=None)
    state: str


class Invoice(Origin, kw_only=True):
    """An invoice with the moves that ask for it; payments of it are others, with it as origin."""

    move: int | None
    more: list[int] = field(name="additional_moves")


class InvoiceMove(Wire, kw_only=True):
    """The move of a line, with its invoice."""

    state: str
    invoice: Origin = field(name="origin.")


class Amounts(Wire, kw_only=True):
    """What every receivable line says."""

    id: int
    party: int
    debit: Number
    credit: Number
    second: Number | None = field(name="amount_second_currency", default=None)
    currency: Code | None = field(name="second_currency.", default=None)
    due: Day | None = field(name="maturity_date", default=None)


class Line(Amounts, kw_only=True):
    """A receivable line of any kind, with the invoices it was put on as a payment."""

    move: OwnMove = field(name="move.")
    paid: list[int] = field(name="invoice_payments")
    dunnings: list[Dun] = field(name="dunnings.", default=[])


class Instalment(Amounts, kw_only=True):
    """A line that an invoice asks for."""

    move: InvoiceMove = field(name="move.")
    dunnings: list[Dun] = field(name="dunnings.", default=[])


class Reconciled(Wire, kw_only=True):
    """How a line was closed."""

    day: Day = field(name="date")


class Paid(Amounts, kw_only=True):
    """A line of a paid invoice."""

    move: InvoiceMove = field(name="move.")
    closed: Reconciled = field(name="reconciliation.")


class MadeFor(Wire, kw_only=True):
    """What a move was made for, as ``model,id``."""

    origin: str | None = None


class Asking(Wire, kw_only=True):
    """A line, as far as it tells which invoice asks for it."""

    id: int
    move: MadeFor = field(name="move.")


class Debtor(Wire, kw_only=True):
    """What a new invoice needs of a party."""

    id: int
    account: int | None = field(name="account_receivable")
    addresses: list[int]


class Defaults(Wire, kw_only=True):
    """The books' own settings."""

    account: int | None = field(name="default_account_receivable")


class Kept(Wire, kw_only=True):
    """The format of the document that an invoice keeps, if it was ever printed."""

    id: int
    format: str | None = field(name="invoice_report_format")


class Printer(Wire, kw_only=True):
    """A report; an empty extension means the template's own format."""

    id: int
    extension: str | None


class Note(Wire, kw_only=True):
    """A note on a record."""

    id: int
    message: str | None = None


class Touched(Wire, kw_only=True):
    """A line that changed, as far as it tells whose it is and whether it is open."""

    id: int
    party: int | None
    reconciliation: int | None


class Of(Wire, kw_only=True):
    """A record of which only its party matters."""

    id: int
    party: int | None = None


class DunOf(Wire, kw_only=True):
    """A dunning that changed."""

    id: int
    line: Of | None = field(name="line.", default=None)


class Mechanism(Wire, kw_only=True):
    """A way to reach a party. ``invoice`` marks it for invoices."""

    type: str
    value: str | None = None
    name: str | None = None
    invoice: bool | int | None = None
    active: bool | int | None = None


class Address(Wire, kw_only=True):
    """A postal address, as far as it says the country and its subdivision."""

    country: Code | None = field(name="country.", default=None)
    subdivision: Code | None = field(name="subdivision.", default=None)


class Procedure(Wire, kw_only=True):
    """A dunning procedure; one without levels never reminds of anything."""

    levels: list[int]


class Party(msgspec.Struct, kw_only=True):
    """A party with all that is read of it."""

    id: int
    name: str | None
    active: bool | int
    into: int | None = field(name="replaced_by")
    language: Code | None = field(name="lang.", default=None)
    tax: Code | None = field(name="tax_identifier.", default=None)
    addresses: list[Address] = field(name="addresses.")
    mechanisms: list[Mechanism] = field(name="contact_mechanisms.")
    categories: list[Named] = field(name="categories.")
    procedure: Procedure | None = field(name="dunning_procedure.", default=None)


class CompanyParty(Wire, kw_only=True):
    """The party that a company is."""

    name: str | None
    addresses: list[Address] = field(name="addresses.")


class Company(Wire, kw_only=True):
    """A company of the database."""

    id: int
    time_zone: str | None = field(name="timezone", default=None)
    party: CompanyParty = field(name="party.")
    currency: Code = field(name="currency.")


class OfJournal(Wire, kw_only=True):
    """A bank statement or an entry, as far as it says when and in which journal."""

    id: int
    day: Day | None = field(name="date", default=None)
    journal: Named | None = field(name="journal.", default=None)

    @property
    def name(self) -> str:
        """The journal's name."""
        return (self.journal and self.journal.name) or ""


class OfStatement(Wire, kw_only=True):
    """A line of a bank statement."""

    id: int
    day: Day | None = field(name="date", default=None)
    statement: OfJournal | None = field(name="statement.", default=None)

    @property
    def name(self) -> str:
        """Its statement's journal's name."""
        return self.statement.name if self.statement else ""


class Id(Wire):
    """A record of which only the id is wanted."""

    id: int


@cache
def answer(result: Any) -> Any:
    """A decoder of ``{"id": 1, "result": ...}`` or ``{"id": 1, "error": [...]}``."""
    struct = msgspec.defstruct(
        "Answer",
        [("result", result | UnsetType, UNSET), ("error", msgspec.Raw | UnsetType, UNSET)],
    )
    return msgspec.json.Decoder(struct)


REPORT = tuple[str, Bytes, object, object]
"""What a report answers: extension, content, whether to print, title."""


def question(method: str, *params: object) -> bytes:
    """A call. Tryton takes it only with exactly these three keys."""
    return _ENCODER.encode({"id": 1, "method": method, "params": params})


def day(value: Day | None) -> date | None:
    """A calendar day. Raises ValueError for one that there is not."""
    return None if value is None else date(value.year, value.month, value.day)


def _typed(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no form in Tryton's JSON")


def of_day(value: date) -> dict[str, object]:
    """A calendar day as Tryton reads it."""
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def of_amount(value: Decimal) -> dict[str, str]:
    """An exact amount as Tryton reads it."""
    return {"__class__": "Decimal", "decimal": str(value)}


def of_moment(value: datetime) -> dict[str, object]:
    """An instant in UTC as Tryton reads it: its own stamps carry no zone."""
    return {"__class__": "datetime", **{part: getattr(value, part) for part in _PARTS}}


_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_ENCODER = msgspec.json.Encoder(enc_hook=_typed)
