"""The statement of a message: rows that foot to the amount asked, ready to be shown.

Rows come from ``Decision.lines`` only. A statement that does not foot is a bug of ours and
is never shown to a customer. Words and layout are the templates' work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from syncer.channels.cleaning import NAME_MAX, NUMBER_MAX, REFERENCE_MAX, one_line
from syncer.channels.locales import Style
from syncer.errors import InvariantError
from syncer.model.decision import Decision, Line
from syncer.model.ledger import ItemKind
from syncer.model.money import total

NO_NUMBER = "–"


class RowKind(StrEnum):
    """What a row is; the words for it are in the language's ``words.toml``."""

    INVOICE = "invoice"
    HELD = "held"  # part of an invoice that is not asked for now
    CREDIT_NOTE = "credit_note"
    OVERPAYMENT = "overpayment"
    PREPAYMENT = "prepayment"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Row:
    """One row; every text is formatted and clean, ``amount`` is signed."""

    kind: RowKind
    number: str
    reference: str
    issued: str
    due: str
    days_late: int  # 0 = not late
    amount: str
    of: str  # the gross amount when only a part is open or used, else ""
    pay_link: str
    value: Decimal
    site: str = ""  # only where the account has more than one
    offer: tuple[str, ...] = ()  # for paying early: last day, money off, what is then left


@dataclass(frozen=True, slots=True)
class Showing:
    """How the lines are shown: for whom, on which day, with which links."""

    style: Style
    day: date  # of the message, in the organisation's time zone: no offer is shown past its end
    pay_links: Mapping[str, str]  # by item id
    sites: bool = False  # the account has more than one, so each invoice names its own


@dataclass(frozen=True, slots=True)
class Statement:
    """Rows and their total; ``sum(row.value) == asked`` holds by construction."""

    rows: tuple[Row, ...]
    total: str
    asked: Decimal
    currency: str

    @property
    def invoices(self) -> tuple[Row, ...]:
        """The rows that ask for money."""
        return tuple(row for row in self.rows if row.kind is RowKind.INVOICE)


def build_statement(decision: Decision, showing: Showing) -> Statement:
    """Raises InvariantError, naming the account id, when the lines do not sum to the amount."""
    rows: list[Row] = []
    for line in decision.lines:
        if line.kind is ItemKind.INVOICE and line.held >= line.open:
            continue  # nothing of it is asked for: the customer is left alone about it
        if line.kind is ItemKind.INVOICE:
            rows.extend(_invoice_rows(line, decision.currency, showing))
        else:
            rows.append(_credit_row(line, decision.currency, showing.style))
    _check(decision, rows)
    return Statement(
        rows=tuple(rows),
        total=showing.style.money(decision.position.asked, decision.currency),
        asked=decision.position.asked,
        currency=decision.currency,
    )


def paid_statement(decision: Decision) -> Statement:
    """Of a thank-you: which invoices it is about, without any amount."""
    rows = [
        Row(
            kind=RowKind.INVOICE,
            number=label(line),
            reference="",
            issued="",
            due="",
            days_late=0,
            amount="",
            of="",
            pay_link="",
            value=line.asked,
        )
        for line in decision.lines
    ]
    if not rows or decision.position.asked or any(row.value for row in rows):
        raise InvariantError(
            f"account {decision.account_id}: thanks are said for nothing, or ask for an amount; "
            "nothing was sent"
        )
    return Statement(
        rows=tuple(rows), total="", asked=decision.position.asked, currency=decision.currency
    )


def asked_invoices(decision: Decision) -> set[str]:
    """Item ids of the invoices that the statement asks for: those not wholly held."""
    return {
        line.item_id
        for line in decision.lines
        if line.kind is ItemKind.INVOICE and line.held < line.open
    }


def label(line: Line) -> str:
    """What the customer knows the document by: its number, else its reference."""
    return one_line(line.number, NUMBER_MAX) or one_line(line.reference, NUMBER_MAX) or NO_NUMBER


def _invoice_rows(line: Line, currency: str, showing: Showing) -> list[Row]:
    style, part = showing.style, line.open != line.total
    row = Row(
        kind=RowKind.INVOICE,
        number=label(line),
        reference=_reference(line),
        issued=style.short_date(line.issued_on),
        due=style.short_date(line.due_on),
        days_late=max(line.days_late, 0),
        amount=style.money(line.open, currency),
        of=style.money(line.total, currency) if part else "",
        pay_link=showing.pay_links.get(line.item_id, ""),
        value=line.open,
        site=one_line(line.site, NAME_MAX) if showing.sites else "",
        offer=_offer(line, currency, showing),
    )
    if not line.held:
        return [row]
    return [row, _deduction(RowKind.HELD, line, -line.held, currency, style)]


def _offer(line: Line, currency: str, showing: Showing) -> tuple[str, ...]:
    """What the customer may take off by paying early; nothing once the last day is past."""
    offer, style = line.early_payment, showing.style
    if offer is None or showing.day > offer.until:
        return ()
    rest = style.money(line.open - offer.amount, currency)
    return style.long_date(offer.until), style.money(offer.amount, currency), rest


def _credit_row(line: Line, currency: str, style: Style) -> Row:
    used_part = abs(line.asked) != line.total
    return _deduction(
        RowKind(line.kind.value),
        line,
        line.asked,
        currency,
        style,
        of=style.money(line.total, currency) if used_part else "",
    )


def _deduction(
    kind: RowKind, line: Line, value: Decimal, currency: str, style: Style, *, of: str = ""
) -> Row:
    name = label(line)
    return Row(
        kind=kind,
        # A payment has no number of its own as a rule: its kind and day say which one it is.
        number="" if name == NO_NUMBER and kind is not RowKind.HELD else name,
        reference="" if kind is RowKind.HELD else _reference(line),
        issued="" if kind is RowKind.HELD else style.short_date(line.issued_on),
        due="",
        days_late=0,
        amount=style.money(value, currency),
        of=of,
        pay_link="",
        value=value,
    )


def _reference(line: Line) -> str:
    reference = one_line(line.reference, REFERENCE_MAX)
    return "" if reference == label(line) else reference


def _check(decision: Decision, rows: list[Row]) -> None:
    asked = decision.position.asked
    if not rows or total(row.value for row in rows) != asked or asked <= 0:
        raise InvariantError(
            f"account {decision.account_id}: the statement does not foot to the amount asked; "
            "nothing was sent"
        )
