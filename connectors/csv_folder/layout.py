"""What a layout says: which column means what, how rows make documents, how text is read.

A layout is data, from YAML or built in (``builtin``); nothing in it is ever guessed from
an export. Reading rows by it is done elsewhere.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, model_validator

from syncer.settings.fields import Count, at_least, at_most, wrong
from syncer.settings.section import Section, group, key

NESTING_MAX = 10

Headers = str | tuple[str, ...]
"""A header as printed in the export, or several spellings of which the first found counts."""

KindWord = Literal[
    "invoice", "credit_note", "overpayment", "prepayment", "payment", "by_sign", "ignore"
]
StatusWord = Literal["open", "settled", "part_paid", "ignore"]
Texts = tuple[str, ...]


def headers_of(columns: BaseModel, field: str) -> tuple[str, ...]:
    """The accepted spellings of ``field``; empty when it is not mapped."""
    value: Headers = getattr(columns, field)
    if isinstance(value, str):
        return (value,) if value else ()
    return value


def mapped_fields(columns: BaseModel) -> tuple[str, ...]:
    """The fields that have a header, in declaration order."""
    return tuple(name for name in type(columns).model_fields if headers_of(columns, name))


def _tab(value: object) -> object:
    return "\t" if value == "tab" else value


class Format(Section):
    """How the text of one export becomes letters, numbers and dates."""

    encoding: Literal["utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "utf-16"] = key(
        "utf-8", "character encoding of a CSV file; a byte order mark is handled", example="cp1252"
    )
    delimiter: Annotated[Literal[",", ";", "\t", "|"], BeforeValidator(_tab)] = key(
        ",", "what separates the cells of a CSV file: , ; | or tab", example=";"
    )
    decimal: Literal[".", ","] = key(".", "decimal separator in amounts", example=",")
    thousands: Literal["", ",", ".", " ", "'"] = key(
        "", "thousands separator in amounts; empty = there is none", example="."
    )
    grouping: Literal["western", "indian"] = key(
        "western", "where thousands separators stand: 1,234,567 or 12,34,567", example="indian"
    )
    date_order: Literal["ymd", "dmy", "mdy"] = key(
        "ymd",
        "order of day, month and year where all three are numbers; ymd reads only dates that "
        "start with the year or name the month, and refuses 03/04/2026",
        example="dmy",
    )

    @model_validator(mode="after")
    def _separators_differ(self) -> "Format":
        if self.decimal == self.thousands:
            raise wrong("decimal and thousands are the same sign; set each as the file writes it")
        return self


class Columns(Section):
    """Which header holds what. A field left out is not in the export."""

    number: Headers = key("", "document number", example="Invoice Number")
    item_id: Headers = key("", "the ledger's own id of the document", example="Invoice ID")
    account: Headers = key("", "customer name", example="Customer")
    account_id: Headers = key(
        "", "customer number; without it the exact name is the identity", example="Customer ID"
    )
    kind: Headers = key("", "kind of document, see kinds", example="Transaction type")
    status: Headers = key("", "state of the document, see statuses", example="Status")
    issued_on: Headers = key("", "date of the document", example="Invoice Date")
    due_on: Headers = key("", "due date", example="Due Date")
    paid_on: Headers = key("", "day it was paid in full", example="Date Paid")
    total: Headers = key("", "amount of the document", example="Total")
    open: Headers = key("", "amount still open", example="Balance")
    currency: Headers = key("", "currency, ISO 4217", example="Currency")
    reference: Headers = key("", "the customer's reference", example="Reference")
    email: Headers = key("", "address for invoices", example="EmailAddress")
    sent: Headers = key("", "whether the document was sent, yes or no", example="Sent")
    sent_on: Headers = key("", "day on which it was last mailed", example="Sent Date")
    expected_on: Headers = key("", "day the customer promised to pay", example="Expected Date")
    note: Headers = key("", "a note; one that begins with # may hold", example="Note")

    def headers(self, field: str) -> tuple[str, ...]:
        """The accepted spellings for ``field``; empty when it is not mapped."""
        return headers_of(self, field)

    def mapped(self) -> tuple[str, ...]:
        """The fields that have a header."""
        return mapped_fields(self)


class Layout(Section):
    """How the rows of an export make documents."""

    columns: Columns = key(..., "which header holds what")
    optional: Texts = key((), "fields whose column may be absent", example="[currency]")
    lines: Literal["none", "repeat", "sum"] = key(
        "none",
        "none = one row per document; repeat = one row per line item that repeats the document's "
        "amounts; sum = one row per line item, the total is their sum",
        example="repeat",
    )
    headings: bool = key(
        False,
        "a row with only a name opens a group, the customer where no customer column exists; "
        "total rows close it and are checked",
    )
    nesting: Annotated[Count, at_least(1), at_most(NESTING_MAX)] = key(
        1, "how deep headings stand inside headings", unit="levels", example="5"
    )
    total_words: Texts = key(
        ("Total", "Total for", "Grand total"), "how a total row begins", example="[Summe]"
    )
    totals: Literal["error", "warn"] = key(
        "error", "what a total is that does not foot: stop, or warn and go on", example="warn"
    )
    kinds: dict[str, KindWord] = group(
        dict,
        "what each word of the kind column means; by_sign = invoice when positive, credit note "
        "when negative",
    )
    statuses: dict[str, StatusWord] = group(
        dict,
        "what each word of the status column means; part_paid = an unknown part was paid: the "
        "document is held and never asked",
    )
    negative: Literal["credit_note", "error"] = key(
        "credit_note", "what a negative amount is where no kind column says", example="error"
    )
    float_ids: bool = key(False, "ids were saved as decimals: 1930571429.0 means 1930571429")
    strip_zeros: bool = key(
        False, "customer numbers lost leading zeros in places: 00123 and 123 are one customer"
    )
    as_at_words: Texts = key(
        ("As at", "As of"), "how the title row with the day of the report begins", example="[Stand]"
    )
    format: Format = key({}, "how text is read")

    @model_validator(mode="after")
    def _is_complete(self) -> "Layout":
        for problem in self._gaps():
            raise wrong(problem)
        return self

    def _gaps(self) -> list[str]:
        mapped = set(self.columns.mapped())
        gaps = [
            f"optional names '{name}', which has no header under columns"
            for name in self.optional
            if name not in mapped
        ]
        if not mapped & {"total", "open"}:
            gaps.append("columns needs open, or total where the export shows no open amount")
        if not self.headings and not mapped & {"account", "account_id"}:
            gaps.append("columns needs account or account_id, or set headings")
        if self.lines != "none" and not mapped & {"number", "item_id"}:
            gaps.append("lines needs number or item_id to tell one document from the next")
        if self.lines == "sum" and "open" in mapped:
            gaps.append("lines: sum adds up total; an open amount per line item is not supported")
        if ("kind" in mapped) != bool(self.kinds):
            gaps.append("kinds and the kind column go together; give both or neither")
        if ("status" in mapped) != bool(self.statuses):
            gaps.append("statuses and the status column go together; give both or neither")
        return gaps
