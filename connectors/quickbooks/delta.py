"""Takes changed records in and sorts them: still open, closed, paid, or to be looked at.

Rows come in by entity, the later reading of a record in place of the earlier one; only when
all that was to be read is there (``followup``) do they become records of the product. What is
open is an item, what is not is named by its id.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.quickbooks import facts, wire
from connectors.quickbooks.facts import Reading
from connectors.quickbooks.family import Family
from connectors.quickbooks.lists import ListDecoder, Listing, ListRead
from connectors.quickbooks.moments import read_instant
from connectors.quickbooks.query import Query
from syncer.model.ledger import Account, OpenItem, Quarantined, Settled

# Customers first: they say whose the documents are; payments before what they pay.
ENTITIES = ("Customer", "Payment", "CreditMemo", "Invoice")


class PaidDays:
    """On which day an invoice got its last payment, and how much, from the payments themselves."""

    def __init__(self) -> None:
        self._days: dict[str, str] = {}  # invoice id -> day in ISO form, which sorts
        self._money: dict[str, Decimal | None] = {}  # None: some of it may have been credit

    def note(self, row: wire.Payment) -> tuple[str, ...]:
        """Take a payment in; the invoices it was applied to."""
        paid = facts.applied_to(row, "Invoice")
        if row.date:
            for invoice_id in paid:
                if self._days.get(invoice_id, "") < row.date:
                    self._days[invoice_id] = row.date
        for invoice_id, amount in facts.money_on(row):
            known = self._money.get(invoice_id, Decimal(0))
            if known is None or amount is None:
                self._money[invoice_id] = None
            else:
                self._money[invoice_id] = known + amount
        return paid

    def of(self, invoice_id: str) -> str | None:
        """The day, None when no payment of it is known."""
        return self._days.get(invoice_id)

    def money_on(self, invoice_id: str) -> Decimal | None:
        """The money of the payments that are known; None where some of it may be credit."""
        return self._money.get(invoice_id)


@dataclass(slots=True)
class Sorted:
    """What changed, as records of the product. Items and accounts are those of the latest state."""

    accounts: tuple[Account, ...] = ()
    bad_accounts: tuple[Quarantined, ...] = ()
    items: dict[str, OpenItem] = field(default_factory=dict)
    bad_items: tuple[Quarantined, ...] = ()
    gone: set[str] = field(default_factory=set)
    settled: tuple[Settled, ...] = ()
    bad_settled: tuple[Quarantined, ...] = ()

    @property
    def nameless(self) -> bool:
        """Whether something bad came of which nobody knows whose it is."""
        return any(not one.account_id for one in (*self.bad_accounts, *self.bad_items))


@dataclass(slots=True)
class _Shelf:
    """The rows of one entity by our ids."""

    listing: Listing[Any]
    rows: dict[str, Any] = field(default_factory=dict)
    bad: dict[str, Quarantined] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)  # QuickBooks' ids, bad ones too
    news: set[str] = field(default_factory=set)  # our ids of what was changed or named by it
    gone: set[str] = field(default_factory=set)  # QuickBooks' ids of what was deleted

    def keep(self, read: ListRead[Any], *, news: bool) -> None:
        self.seen.update(read.ids)
        for row in read.rows:
            key = self.listing.named(row.id)
            self.rows[key] = row
            self.bad.pop(key, None)
            if news:
                self.news.add(key)
        for one in read.bad:
            self.rows.pop(one.record_id, None)
            self.bad[one.record_id] = one

    def fresh(self) -> Iterator[Any]:
        return (row for key, row in self.rows.items() if key in self.news)

    def convert(self, convert: Callable[[Any], Any]) -> None:
        """Hand every row over; those that cannot be used join the bad ones."""
        found = ListDecoder(replace(self.listing, convert=convert)).converted([*self.rows.values()])
        self.bad.update((one.record_id, one) for one in found.bad)


class Delta:
    """What changed, as it comes in."""

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
        self._before = Family(family.parents)
        self._account = account
        self._cutoff = cutoff
        self._answered = answered
        self._shelves = {
            entity: _Shelf(Listing(Query(entity), row, _as_it_is, owner, named))
            for entity, row, owner, named in (
                ("Customer", wire.Customer, str, str),
                ("Payment", wire.Payment, family.payer, facts.payment_id),
                ("CreditMemo", wire.CreditMemo, family.payer, facts.credit_id),
                ("Invoice", wire.Invoice, family.payer, str),
            )
        }

    def listing(self, entity: str, *conditions: str) -> Listing[Any]:
        """How rows of an entity are asked for so that they can be kept."""
        return replace(self._shelves[entity].listing, query=Query(entity, conditions))

    def keep(self, entity: str, read: ListRead[Any], *, news: bool = True) -> None:
        """Take rows in. ``news``: they changed, or are named by what did; else only re-read."""
        if entity == "Customer":
            for row in read.rows:
                self._family.note(row)
        self._shelves[entity].keep(read, news=news)

    def delete(self, entity: str, ids: Iterable[str]) -> None:
        """Records that were deleted."""
        self._shelves[entity].gone.update(ids)

    def kinds(self) -> Iterator[wire.Ref | None]:
        """The types of the customers."""
        return (row.kind for row in self._shelves["Customer"].rows.values())

    def invoices(self) -> Iterator[wire.Invoice]:
        """The invoices, as far as they are known by now."""
        return iter(self._shelves["Invoice"].rows.values())

    def unseen(self) -> dict[str, list[str]]:
        """By entity, documents that a payment or credit memo names and that were not told.

        That a payment changes the time of what it touches is not documented: they are read again.
        """
        named: dict[str, set[str]] = {"Invoice": set(), "CreditMemo": set()}
        for payment in self._shelves["Payment"].fresh():
            for entity, ids in named.items():
                ids.update(facts.applied_to(payment, entity))
        for memo in self._shelves["CreditMemo"].fresh():
            named["Invoice"].update(link.id for link in memo.links or () if link.type == "Invoice")
        known = {entity: self._shelves[entity] for entity in named}
        return {one: sorted(ids - known[one].seen - known[one].gone) for one, ids in named.items()}

    def released(self) -> bool:
        """Whether money left invoices of which nobody tells."""
        if self._shelves["CreditMemo"].gone or self._shelves["Payment"].gone:
            return True
        return any(map(self._is_edited, self._shelves["Payment"].fresh()))

    def moved(self) -> list[str]:
        """Customers whose documents somebody else pays now."""
        before, now = self._before, self._family
        parts = before.parents.keys() | now.parents.keys()
        return sorted(part for part in parts if before.payer(part) != now.payer(part))

    def sorted(self) -> Sorted:
        """All of it as records; what cannot be used is set aside."""
        done, shelves = Sorted(), self._shelves
        accounts: dict[str, Account] = {}
        paid, closed = PaidDays(), dict[str, wire.Invoice]()

        def customer(row: wire.Customer) -> None:
            accounts[row.id] = self._account(row)

        def payment(row: wire.Payment) -> None:
            paid.note(row)
            _put(done, facts.payment_id(row.id), self._reading.unapplied(row))

        def memo(row: wire.CreditMemo) -> None:
            _put(done, facts.credit_id(row.id), self._reading.open_credit(row))

        def invoice(row: wire.Invoice) -> None:
            item = self._reading.open_invoice(row)
            _put(done, row.id, item)
            if item is None and self._within(row):
                closed[row.id] = row

        converts: list[Callable[[Any], None]] = [customer, payment, memo, invoice]
        for entity, convert in zip(ENTITIES, converts, strict=True):
            shelves[entity].convert(convert)
            if entity != "Customer":
                done.gone.update(map(shelves[entity].listing.named, shelves[entity].gone))
        done.accounts = tuple(accounts.values())
        done.bad_accounts = tuple(shelves["Customer"].bad.values())
        done.bad_items = tuple(one for name in ENTITIES[1:] for one in shelves[name].bad.values())
        self._settle(done, paid, closed)
        return done

    def _settle(self, done: Sorted, paid: PaidDays, closed: Mapping[str, wire.Invoice]) -> None:
        """Invoices that a changed payment paid in full."""

        def convert(row: wire.Invoice) -> Settled | None:
            return self._reading.settled(row, paid.of(row.id), paid.money_on(row.id))

        listing = replace(self._shelves["Invoice"].listing, convert=convert)
        read = ListDecoder(listing).converted([*closed.values()])
        done.settled, done.bad_settled = tuple(read.rows), tuple(read.bad)

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

    def _within(self, row: wire.Invoice) -> bool:
        return self._cutoff is not None and (row.date or "") >= self._cutoff.isoformat()


def _as_it_is(row: Any) -> Any:
    return row


def _put(done: Sorted, item_id: str, item: OpenItem | None) -> None:
    if item is None:
        done.gone.add(item_id)
    else:
        done.items[item_id] = item
