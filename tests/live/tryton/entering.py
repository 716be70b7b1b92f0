"""Enters the book of ``put_in`` into Tryton, and remembers under which ids it went.

What was put in and where it is stand in ``book.json`` beside the database; it holds nothing
that was read by the connector.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from .put_in import Asked, Customer
from .seeding import Office

DUNNING_DAYS = [5, 20, 40]


@dataclass
class Booked:
    """A book inside Tryton. ``lines`` are those of an invoice by its number, first due first."""

    office: Office
    today: date
    parties: dict[str, int] = field(default_factory=dict)
    invoices: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    _procedures: dict[str, int] = field(default_factory=dict)

    def write_down(self, path: Path, customers: Iterable[Customer]) -> None:
        """What was put in, and where it is."""
        kept = {
            "today": self.today.isoformat(),
            "parties": self.parties,
            "invoices": self.invoices,
            "lines": self.lines,
            "put_in": [asdict(one) for one in customers],
        }
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False))

    @staticmethod
    def digest(*customers: Customer) -> str:
        """Of everything that is put in, and of how."""
        how = Path(__file__).read_bytes()
        return sha256(repr(customers).encode() + how).hexdigest()[:12]

    def take_up(self, path: Path) -> None:
        """Go on from what was written down."""
        kept = json.loads(path.read_text())
        self.parties, self.invoices, self.lines = kept["parties"], kept["invoices"], kept["lines"]

    def day(self, ago: int) -> str:
        """The day so many days before today."""
        return (self.today - timedelta(days=ago)).isoformat()

    def enter(self, company: int, customers: tuple[Customer, ...]) -> None:
        """Everything of one company, in the order in which people would."""
        clerk = self.office.clerk
        new = [one for one in customers if one.key not in self.parties]
        made = clerk("parties", company=company, entries=[self._party(one) for one in new])
        self.parties |= dict(zip((one.key for one in new), made, strict=True))
        self._ask(company, customers)
        for one in customers:
            for asked in one.asked:
                self._finish(company, one, asked)
            for money in one.money:
                clerk(
                    "money",
                    company=company,
                    party=self.parties[one.key],
                    amount=money.amount,
                    currency=money.currency,
                    on=self.day(money.ago),
                    state=money.state,
                )
        self._block(company, customers)
        for one in customers:
            self._put_away(one)

    def _procedure(self, name: str) -> int | None:
        """Tryton's own: one with levels, one without; each made when first needed."""
        if name and name not in self._procedures:
            days = DUNNING_DAYS if name == "standard" else []
            self._procedures[name] = self.office.clerk("procedure", name=name, days=days)
        return self._procedures.get(name)

    def _party(self, one: Customer) -> dict[str, Any]:
        return {
            "name": one.name,
            "emails": [{"value": email, "invoice": invoices} for email, invoices in one.emails],
            "language": one.language,
            "country": one.country,
            "phone": one.phone,
            "category": one.category,
            "procedure": self._procedure(one.procedure),
        }

    def _ask(self, company: int, customers: tuple[Customer, ...]) -> None:
        """All invoices, the oldest first: numbers go by their days."""
        asked = [(one, invoice) for one in customers for invoice in one.asked]
        asked.sort(key=lambda pair: -pair[1].issued)
        entries = [self._entry(one, invoice) for one, invoice in asked]
        made = self.office.clerk("invoices", company=company, entries=entries)
        for (_, invoice), known in zip(asked, made, strict=True):
            self.invoices[invoice.number] = known["id"]
            self.lines[invoice.number] = known["lines"]

    def _entry(self, one: Customer, asked: Asked) -> dict[str, Any]:
        return {
            "party": self.parties[one.key],
            "amount": asked.amount,
            "currency": asked.currency,
            "issued": self.day(asked.issued),
            "due": [self.day(due) for due in sorted(asked.due, reverse=True)],
            "number": asked.number,
            "reference": asked.reference,
            "named": asked.term,
            "state": "draft" if asked.end == "draft" else "posted",
        }

    def _finish(self, company: int, one: Customer, asked: Asked) -> None:
        """What happened to an invoice after it was sent."""
        clerk, invoice = self.office.clerk, self.invoices[asked.number]
        for paid in asked.paid:
            what = {"amount": paid.amount, "on": self.day(paid.ago)}
            if paid.currency in ("", asked.currency):
                clerk("pay", invoice=invoice, currency=asked.currency, **what)
                continue
            whose = {"company": company, "party": self.parties[one.key]}
            line = clerk("money", currency=paid.currency, **whose, **what)
            clerk("put_on", invoice=invoice, line=line)
        if asked.uses:
            clerk("put_on", invoice=invoice, line=self.lines[asked.uses][0])
        if asked.end == "credited":
            clerk("credit", invoice=invoice, on=self.today.isoformat())
        if asked.end == "cancelled":
            clerk("cancel", invoice=invoice)

    def _block(self, company: int, customers: tuple[Customer, ...]) -> None:
        blocked = [a.number for one in customers for a in one.asked if a.blocked]
        if blocked:
            self.office.clerk("dun", company=company, on=self.today.isoformat())
            for number in blocked:
                self.office.clerk("block", line=self.lines[number][0])

    def _put_away(self, one: Customer) -> None:
        if one.merged_into:
            into = self.parties[one.merged_into]
            self.office.clerk("merge", party=self.parties[one.key], into=into)
        elif one.archived:
            self.office.clerk("archive", party=self.parties[one.key])
