"""A book of some seventy customers with everything that happens to invoices, entered in Odoo.

Whoever enters a case also writes down what is then left, from the amounts put in: ``Expected``
is never computed from what the connector, or Odoo, says afterwards.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from syncer.model.ledger import EarlyPayment, ItemKind, Stop

from .desk import Desk

OURS, OTHER = "Alder & Söhne GmbH", "Birch Trading Ltd"
NO_CHASE = "Keine Mahnungen"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One open item as it must be read."""

    number: str
    party: str
    total: Decimal
    open: Decimal
    currency: str = "EUR"
    due: date | None = None
    kind: ItemKind = ItemKind.INVOICE
    stop: Stop | None = None
    early: EarlyPayment | None = None


@dataclass
class Party:
    """A customer as entered."""

    name: str
    id: int
    email: str = ""
    people: tuple[str, ...] = ()
    language: str = "en-US"
    archived: bool = False
    do_not_chase: bool = False


@dataclass
class Book:
    """What was put in: customers, and what is left of their documents."""

    desk: Desk
    today: date
    parties: list[Party] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    elsewhere: list[Expected] = field(default_factory=list)  # in the other company
    gone: dict[int, int] = field(default_factory=dict)  # merged customers
    settled: dict[str, date] = field(default_factory=dict)  # numbers of invoices paid, and when
    moves: dict[str, int] = field(default_factory=dict)  # by number
    other_company: int = 0
    terms: dict[str, int] = field(default_factory=dict)

    def day(self, ago: int) -> date:
        """So many days before today."""
        return self.today - timedelta(days=ago)

    def number(self, move: int) -> str:
        """What Odoo called it."""
        name = str(self.desk.read("account.move", [["id", "=", move]], "name")[0]["name"])
        self.moves[name] = move
        return name

    def invoice(self, party: Party, amount: str, *, ago: int = 60, **more: Any) -> int:
        """Posted ``ago`` days ago, due 30 days later unless terms say otherwise."""
        issued = self.day(ago)
        due = None if "invoice_payment_term_id" in more else issued + timedelta(days=30)
        draft = self.desk.draft(party.id, Decimal(amount), issued=issued, due=due, **more)
        return self.desk.post(draft)

    def expect(self, move: int, party: Party, total: str, rest: str, **more: Any) -> None:
        """Write down what is left of a document."""
        self.expected.append(
            Expected(
                number=self.number(move),
                party=party.name,
                total=Decimal(total),
                open=Decimal(rest),
                **more,
            )
        )


def by_party(expected: list[Expected]) -> dict[str, list[Expected]]:
    """What each customer must be read to owe."""
    found: dict[str, list[Expected]] = {}
    for one in expected:
        found.setdefault(one.party, []).append(one)
    return found


def totals(expected: list[Expected]) -> dict[str, Decimal]:
    """Invoices less credits, by currency."""
    sums: dict[str, Decimal] = {}
    for one in expected:
        sign = 1 if one.kind is ItemKind.INVOICE else -1
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + sign * one.open
    return sums
