"""What is put into a ledger, and what must therefore come out: plain arithmetic, no Tryton.

Days are counted back from the day of the test, below zero ahead of it. Amounts are text as a
person writes them. ``expected`` knows nothing of the connector; it follows the words a
bookkeeper would use: what was asked, less what was paid on it, oldest due day first.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.ledger import Stop


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A payment of an invoice, made so many days ago."""

    amount: str
    ago: int
    currency: str = ""  # "" = the invoice's own


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An invoice, or a credit note where the amount is below zero."""

    number: str
    amount: str
    issued: int = 60
    due: tuple[int, ...] = (30,)  # a day for each instalment; all are equal
    currency: str = "EUR"
    reference: str = ""
    paid: tuple[Paid, ...] = ()
    end: str = ""  # "", credited, cancelled or draft
    blocked: bool = False  # in Tryton's own dunning
    term: str = ""  # name of the payment term, which is text to Tryton
    uses: str = ""  # number of a credit note that was put on it


@dataclass(frozen=True, kw_only=True)
class Money:
    """Money that came and was put on nothing."""

    amount: str
    ago: int = 20
    currency: str = "EUR"
    state: str = "posted"


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A party with all that is entered for it in one company."""

    key: str
    name: str
    emails: tuple[tuple[str, bool], ...] = ()  # address, marked for invoices
    language: str = ""
    country: str = ""
    phone: str = ""
    category: str = ""
    procedure: str = ""  # "", standard or none
    archived: bool = False
    merged_into: str = ""
    asked: tuple[Asked, ...] = ()
    money: tuple[Money, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets mail: the addresses marked for invoices, else the first."""
        marked = tuple(email for email, invoices in self.emails if invoices)
        return marked or tuple(email for email, _ in self.emails[:1])


@dataclass(frozen=True, kw_only=True)
class Owed:
    """One open invoice or instalment, as it must be read."""

    who: str  # key of the customer that owes it now
    number: str
    currency: str
    total: Decimal
    open: Decimal
    issued_on: date
    due_on: date
    reference: str = ""
    stop: Stop | None = None


@dataclass(frozen=True, kw_only=True)
class Unused:
    """Credit or money that is not used up."""

    who: str
    currency: str
    open: Decimal


@dataclass(frozen=True, kw_only=True)
class Closed:
    """An instalment of a paid invoice."""

    who: str
    currency: str
    amount: Decimal
    due_on: date
    paid_on: date


@dataclass(kw_only=True)
class Expected:
    """What must come out of one company."""

    owed: list[Owed] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)


def expected(customers: tuple[Customer, ...], today: date) -> Expected:
    """By arithmetic alone, from what was put in."""
    found = Expected()
    for one in customers:
        who = one.merged_into or one.key
        for asked in one.asked:
            _judge(found, who, one, asked, today)
        for money in one.money:
            found.unused.append(
                Unused(who=who, currency=money.currency, open=Decimal(money.amount))
            )
    return found


def _judge(found: Expected, who: str, one: Customer, asked: Asked, today: date) -> None:
    if asked.end:
        return  # credited, cancelled or never sent out: nobody owes it, nobody paid it
    amount = Decimal(asked.amount)
    if amount < 0:
        if not any(other.uses == asked.number for other in one.asked):
            found.unused.append(Unused(who=who, currency=asked.currency, open=-amount))
        return
    own = [p for p in asked.paid if p.currency in ("", asked.currency)]
    credit = next((-Decimal(c.amount) for c in one.asked if c.number == asked.uses), Decimal(0))
    left = sum((Decimal(payment.amount) for payment in own), credit)
    if left >= amount:
        _close(found, who, asked, today, left - amount)
        return
    foreign = [p for p in asked.paid if p not in own]
    stop = Stop.BLOCKED if asked.blocked else Stop.OTHER_CURRENCY if foreign else None
    for due, share in _shares(asked):
        used = min(left, share)
        left -= used
        if share > used:
            found.owed.append(
                Owed(
                    who=who,
                    number=asked.number,
                    currency=asked.currency,
                    total=share,
                    open=share - used,
                    issued_on=_day(today, asked.issued),
                    due_on=_day(today, due),
                    reference=asked.reference,
                    stop=stop,
                )
            )
    found.unused += [Unused(who=who, currency=p.currency, open=Decimal(p.amount)) for p in foreign]


def _close(found: Expected, who: str, asked: Asked, today: date, over: Decimal) -> None:
    """Paid in full; what was too much is unused."""
    paid_on = _day(today, min(payment.ago for payment in asked.paid))
    found.closed += [
        Closed(
            who=who,
            currency=asked.currency,
            amount=share,
            due_on=_day(today, due),
            paid_on=paid_on,
        )
        for due, share in _shares(asked)
    ]
    if over:
        found.unused.append(Unused(who=who, currency=asked.currency, open=over))


def _shares(asked: Asked) -> list[tuple[int, Decimal]]:
    """Equal parts, the first due first. Amounts are chosen so that they divide."""
    part = Decimal(asked.amount) / len(asked.due)
    return [(due, part) for due in sorted(asked.due, reverse=True)]


def _day(today: date, ago: int) -> date:
    return today - timedelta(days=ago)
