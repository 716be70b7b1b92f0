"""What a receivable line says, whichever list it came from, and what may be wrong with it.

A line is an amount in its own currency (``amount_second_currency`` where it has one, else the
company's), positive where the customer owes. Nothing is converted; the rate is the line's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from connectors.tryton import wire
from connectors.tryton.lists import UnreadableError
from syncer.model.money import keepable

_POSTED = "posted"
INVOICE = "account.invoice"
_ASKED = frozenset({_POSTED})
_ID_DIGITS_MAX = 18
_RATE_STEP = Decimal("1e-10")
_CLOSED = frozenset({"paid", "cancelled"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An open receivable line. ``invoice`` is the id of the invoice it asks for, None = none."""

    line: int
    party: int
    amount: Decimal  # signed: above zero is owed to us
    currency: str
    rate: Decimal | None  # company currency per unit; None = it is the company's
    due_on: date | None
    number: str
    issued_on: date | None
    invoice: int | None = None
    move: int | None = None  # as far as the invoice does not show by the list it came in
    reference: str = ""
    blocked: bool = False
    put_on: int | None = None  # id of the invoice it was put on as a payment
    posted: bool = True
    dunnings: tuple[int, ...] = ()
    mailed_on: date | None = None  # the last day on which Tryton mailed the invoice
    note: str = ""  # what a note on the invoice says to this program


@dataclass(frozen=True, slots=True)
class Books:
    """How lines of one company are read."""

    currency: str

    def instalment(self, row: wire.Instalment) -> Entry:
        """A line that an invoice asks for. Raises UnreadableError, ValueError."""
        _check_state(row.move.invoice.state)
        return self._of_invoice(row, row.dunnings)

    def paid(self, row: wire.Paid) -> Entry:
        """A line of a paid invoice. Raises UnreadableError, ValueError."""
        return self._of_invoice(row)

    def _of_invoice(
        self, row: wire.Instalment | wire.Paid, dunnings: Sequence[wire.Dun] = ()
    ) -> Entry:
        invoice = row.move.invoice
        amount, currency, rate = self._money(row)
        return Entry(
            line=row.id,
            party=row.party,
            amount=amount,
            currency=currency,
            rate=rate,
            due_on=wire.day(row.due),
            number=invoice.number or "",
            issued_on=wire.day(invoice.issued),
            invoice=invoice.id,
            reference=invoice.reference or "",
            blocked=any(one.blocked for one in dunnings),
            dunnings=tuple(one.id for one in dunnings),
        )

    def other(self, row: wire.Line) -> Entry:
        """A line of any kind; its invoice, where it has one, is only known by its id."""
        amount, currency, rate = self._money(row)
        return Entry(
            line=row.id,
            party=row.party,
            amount=amount,
            currency=currency,
            rate=rate,
            due_on=wire.day(row.due),
            number=row.move.number or "",
            issued_on=wire.day(row.move.date),
            invoice=invoice_of(row.move.origin),
            move=row.move.id,
            blocked=any(one.blocked for one in row.dunnings),
            put_on=row.paid[0] if row.paid else None,
            posted=row.move.state == _POSTED,
            dunnings=tuple(one.id for one in row.dunnings),
        )

    def _money(self, row: wire.Amounts) -> tuple[Decimal, str, Decimal | None]:
        base = row.debit.decimal - row.credit.decimal
        if row.currency is None or row.second is None:
            return _kept(base), self.currency, None
        if not row.currency.code:
            raise UnreadableError("its second currency has no code")
        amount = _kept(abs(row.second.decimal).copy_sign(base))
        _kept(base)
        rate = abs(base / amount).quantize(_RATE_STEP) if amount and base else None
        return amount, row.currency.code, rate


def complete(entry: Entry, invoice: wire.Invoice) -> Entry:
    """An entry of ``Books.other`` with what its invoice says. Raises UnreadableError.

    A payment made with Tryton's wizard has the invoice as its origin too, but asks for nothing.
    """
    if entry.move not in (invoice.move, *invoice.more):
        return replace(entry, invoice=None, number=invoice.number or entry.number, dunnings=())
    if entry.amount > 0:
        _check_state(invoice.state)
    return replace(
        entry,
        number=invoice.number or entry.number,
        issued_on=wire.day(invoice.issued),
        reference=invoice.reference or "",
    )


def _kept(amount: Decimal) -> Decimal:
    if not keepable(amount):
        raise UnreadableError("an amount is too large, or has too many decimals, to be money")
    return amount


def _check_state(state: str) -> None:
    if state in _CLOSED:
        raise UnreadableError(
            f"its invoice is {state}, but the line was taken out of its reconciliation"
        )
    if state not in _ASKED:
        raise UnreadableError("its invoice is in a state that is not known here")


def invoice_of(origin: str | None) -> int | None:
    """The invoice in ``account.invoice,7``; None for any other origin, or none."""
    model, _, number = (origin or "").partition(",")
    return int(number) if model == INVOICE and is_id(number) else None


def is_id(text: str) -> bool:
    """Whether ``text`` is a record's number: digits, and no more than the database can hold."""
    return text.isdecimal() and len(text) <= _ID_DIGITS_MAX
