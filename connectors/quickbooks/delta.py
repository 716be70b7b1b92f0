"""Takes changed records in and sorts them: still open, closed, paid, or to be looked at.

Filled by ``ChangeReader`` through the listings of ``takers``; what is open is a record of the
product at once, what is not is named by its id.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from connectors.quickbooks import facts, wire
from connectors.quickbooks.facts import Reading
from connectors.quickbooks.family import Family
from connectors.quickbooks.lists import Listing
from connectors.quickbooks.moments import read_instant
from connectors.quickbooks.query import Query
from syncer.model.ledger import Account, OpenItem, Settled


class PaidDays:
    """On which day an invoice got its last payment, from the payments themselves."""

    def __init__(self) -> None:
        self._days: dict[str, str] = {}  # invoice id -> day in ISO form, which sorts

    def note(self, row: wire.Payment) -> tuple[str, ...]:
        """Take a payment in; the invoices it was applied to."""
        paid = facts.applied_to(row, "Invoice")
        if row.date:
            for invoice_id in paid:
                if self._days.get(invoice_id, "") < row.date:
                    self._days[invoice_id] = row.date
        return paid

    def of(self, invoice_id: str) -> str | None:
        """The day, None when no payment of it is known."""
        return self._days.get(invoice_id)


class Delta:
    """What changed, sorted. Items and accounts are those of the latest state."""

    def __init__(
        self,
        reading: Reading,
        family: Family,
        account: Callable[[wire.Customer], Account],
        cutoff: date | None,
        answered: datetime,
    ) -> None:
        """``answered``: the time of the last answer. What was made before it was known then."""
        self._reading = reading
        self._family = family
        self._account = account
        self._cutoff = cutoff
        self._answered = answered
        self._paid = PaidDays()
        self._closed: dict[str, wire.Invoice] = {}
        self._linked: dict[str, set[str]] = {"Invoice": set(), "CreditMemo": set()}
        self._told: dict[str, set[str]] = {"Invoice": set(), "CreditMemo": set()}
        self.items: dict[str, OpenItem] = {}
        self.gone: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.family_changed = False
        self.released = False  # whether money left invoices of which nobody tells

    def takers(self) -> dict[str, Listing[Any]]:
        """The listings that hand rows in here, by entity."""
        payer = self._family.payer
        return {
            "Customer": Listing(Query("Customer"), wire.Customer, self._customer),
            "Payment": Listing(
                Query("Payment"), wire.Payment, self._payment, payer, facts.payment_id
            ),
            "CreditMemo": Listing(
                Query("CreditMemo"), wire.CreditMemo, self._credit, payer, facts.credit_id
            ),
            "Invoice": Listing(Query("Invoice"), wire.Invoice, self.invoice, payer),
        }

    def delete(self, gone: Mapping[str, Iterable[str]]) -> None:
        """Records that were deleted, by entity."""
        self.released = self.released or bool(gone.get("CreditMemo") or gone.get("Payment"))
        self.gone.update(gone.get("Invoice", ()))
        self.gone.update(map(facts.credit_id, gone.get("CreditMemo", ())))
        self.gone.update(map(facts.payment_id, gone.get("Payment", ())))

    def unseen(self) -> dict[str, list[str]]:
        """By entity, documents that a payment or credit memo names and that were not told.

        That a payment changes the time of what it touches is not documented: they are read again.
        """
        return {one: sorted(named - self._told[one]) for one, named in self._linked.items()}

    def settled(self) -> list[Settled]:
        """Invoices that a changed payment paid in full."""
        found = []
        for invoice_id, row in self._closed.items():
            if self._within(row):
                one = self._reading.settled(row, self._paid.of(invoice_id))
                if one is not None:
                    found.append(one)
        return found

    def invoice(self, row: wire.Invoice) -> None:
        """An invoice as it is now."""
        self._told["Invoice"].add(row.id)
        item = self._reading.open_invoice(row)
        self._put(row.id, item)
        if item is None:
            self._closed[row.id] = row

    def _credit(self, row: wire.CreditMemo) -> None:
        self._told["CreditMemo"].add(row.id)
        links = row.links or ()
        self._linked["Invoice"].update(link.id for link in links if link.type == "Invoice")
        self._put(facts.credit_id(row.id), self._reading.open_credit(row))

    def _payment(self, row: wire.Payment) -> None:
        paid, used = self._paid.note(row), facts.applied_to(row, "CreditMemo")
        self._linked["Invoice"].update(paid)
        self._linked["CreditMemo"].update(used)
        self.released = self.released or self._is_edited(row)
        self._put(facts.payment_id(row.id), self._reading.unapplied(row))

    def _is_edited(self, row: wire.Payment) -> bool:
        """Whether it was known and then changed: it may have paid other invoices, told no more.

        One that was made just before the last answer is told twice, and is no such case.
        """
        made, changed = (row.stamps.created, row.stamps.updated) if row.stamps else (None, None)
        try:
            if made is None or read_instant(made) >= self._answered:
                return made is None
            return changed is None or read_instant(changed) > read_instant(made)
        except ValueError:
            return True

    def _customer(self, row: wire.Customer) -> None:
        self.family_changed = self._family.note(row) or self.family_changed
        self.accounts[row.id] = self._account(row)

    def _put(self, item_id: str, item: OpenItem | None) -> None:
        if item is None:
            self.items.pop(item_id, None)
            self.gone.add(item_id)
        else:
            self.gone.discard(item_id)
            self.items[item_id] = item

    def _within(self, row: wire.Invoice) -> bool:
        return self._cutoff is not None and (row.date or "") >= self._cutoff.isoformat()
