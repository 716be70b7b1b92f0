"""The guard's read: everything open on single accounts, now, with as few calls as is safe.

Per batch one list of the customers an account pays for and one of their open invoices. Credit
memos and payments are read only when the customers' own balances disagree with the invoices
less the credits known from this run's pull, or cannot be compared; the invoices are then read
once more, last of all. Where the balances still disagree, the credits are read again: one that
was applied in between would count twice. When the balances, read again, still say less than all
of that, the account is held for a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.quickbooks import balances, wire
from connectors.quickbooks.api import QuickBooksApi
from connectors.quickbooks.delta import PaidDays
from connectors.quickbooks.lists import Listing
from connectors.quickbooks.query import ANY_STATE, Query, batches, within
from connectors.quickbooks.reader import Reader, open_credits, open_invoices, payments
from connectors.quickbooks.sweep import read_all
from syncer.errors import ContractError, Transient
from syncer.model.ledger import Account, AccountFacts, OpenItem, Quarantined
from syncer.ports import Clock

_LOOKS_MAX = 2  # the second for what was entered or applied between two calls


@dataclass(slots=True)
class _Look:
    """One read of open items, by account."""

    items: dict[str, list[OpenItem]] = field(default_factory=dict)
    bad: list[Quarantined] = field(default_factory=list)

    def take(self, rows: Iterable[OpenItem], bad: Iterable[Quarantined], known: set[str]) -> None:
        for item in rows:
            if item.account_id not in known:
                raise ContractError("documents of other customers came back: the filter is ignored")
            self.items.setdefault(item.account_id, []).append(item)
        self.bad.extend(bad)

    def replace(self, account_ids: Iterable[str], newer: "_Look") -> None:
        """What a later read says of some accounts."""
        for account_id in account_ids:
            self.items[account_id] = newer.items.get(account_id, [])
        self.bad.extend(newer.bad)


@dataclass(slots=True)
class _People:
    """Customers by id, and those that cannot be read, under the account that pays for them."""

    rows: dict[str, wire.Customer] = field(default_factory=dict)
    bad: list[Quarantined] = field(default_factory=list)

    @property
    def unreadable(self) -> set[str]:
        """Ids of records that cannot be read, as far as they say one."""
        return {bad.record_id for bad in self.bad}

    def add(self, more: "_People") -> None:
        """Further customers."""
        self.rows |= more.rows
        self.bad += more.bad


class Guard:
    """Fresh reads of accounts."""

    def __init__(self, api: QuickBooksApi, reader: Reader, clock: Clock) -> None:
        self._api = api
        self._reader = reader
        self._clock = clock

    def read(self, account_ids: Sequence[str]) -> dict[str, AccountFacts]:
        """Facts by account id; absent when QuickBooks does not know it.

        An account that somebody else pays for has nothing open itself. One whose own record,
        or that of a part it pays for, cannot be read comes with that record set aside.
        """
        numbers = [account_id for account_id in account_ids if account_id.isdecimal()]
        people = self._customers(numbers)
        known = [one for one in numbers if one in people.rows or one in people.unreadable]
        read_at = self._clock()
        members = self._reader.family().members(known)
        look = self._invoices([one for one in members if one in people.rows])
        doubtful = {one for one in known if not self._explained(one, members, people.rows, look)}
        unused = {one: self._known_credits(one) for one in known if one not in doubtful}
        if doubtful:
            parts = [one for one, payer in members.items() if payer in doubtful]
            credit, newer = self._at_once(doubtful, parts, members, people.rows)
            look.replace(doubtful, newer)
            look.bad += credit.bad
            unused |= {one: tuple(credit.items.get(one, ())) for one in doubtful}
        items = {one: (*_unique(look.items.get(one, ())), *_unique(unused[one])) for one in known}
        look.bad += people.bad
        whole = doubtful.difference(bad.account_id for bad in people.bad)
        look.bad += self._less(whole, members, people.rows, items)
        return {
            one: AccountFacts(
                account=self._account(one, people),
                items=items[one],
                read_at=read_at,
                quarantined=_about(one, look.bad),
            )
            for one in known
        }

    def _account(self, account_id: str, people: "_People") -> Account:
        row = people.rows.get(account_id)
        return self._reader.account(row) if row else Account(account_id=account_id, name="")

    def _less(
        self,
        doubtful: Iterable[str],
        members: Mapping[str, str],
        customers: Mapping[str, wire.Customer],
        items: Mapping[str, Sequence[OpenItem]],
    ) -> list[Quarantined]:
        """The accounts of which QuickBooks says less is owed than all that was read of them.

        Said by the balances from before the items, and by those from after: an invoice that
        was entered in between is no such case.
        """

        def less(rows: Mapping[str, wire.Customer], among: Iterable[str]) -> list[str]:
            return [
                one
                for one in among
                if one in rows
                and balances.say_less(rows[one], _parts(one, members, rows), items[one])
            ]

        found = less(customers, doubtful)
        if found:
            again = [one for one, payer in members.items() if payer in found]
            found = less(self._read_customers(again).rows, found)
        return [balances.held(one) for one in found]

    def _customers(self, account_ids: Sequence[str]) -> "_People":
        """The accounts and everybody they pay for; a family that changed is read anew."""
        family = self._reader.family()
        wanted = list(dict.fromkeys((*account_ids, *family.members(account_ids))))
        found = self._read_customers(wanted)
        if sum(family.note(row) for row in found.rows.values()):  # every row is noted
            more = [one for one in family.members(account_ids) if one not in found.rows]
            found.add(self._read_customers(more))
        return found

    def _read_customers(self, ids: Sequence[str]) -> "_People":
        found, payer = _People(), self._reader.family().payer

        def convert(row: wire.Customer) -> None:
            found.rows[row.id] = row

        for batch in batches(ids):
            query = Query("Customer", (within("Id", batch), ANY_STATE))
            listing: Listing[None] = Listing(query, wire.Customer, convert, payer)
            found.bad += read_all(self._api, listing)[1]
        return found

    def _invoices(self, customer_ids: Sequence[str]) -> _Look:
        look, reading = _Look(), self._reader.reading()
        known = {reading.payer(one) for one in customer_ids}
        for batch in batches(customer_ids):
            look.take(*self._surely(open_invoices(reading, within("CustomerRef", batch))), known)
        return look

    def _surely(self, listing: Listing[OpenItem]) -> tuple[list[OpenItem], list[Quarantined]]:
        """An empty answer is believed only when nothing is there to be read: it would close all."""
        for _ in range(_LOOKS_MAX):
            rows, bad = read_all(self._api, listing)
            if rows or bad or not self._api.count(listing.query)[0]:
                return rows, bad
        raise Transient("QuickBooks counts open invoices of a customer and shows none of them")

    def _credits(self, customer_ids: Sequence[str]) -> _Look:
        look, reading = _Look(), self._reader.reading()
        known = {reading.payer(one) for one in customer_ids}
        for batch in batches(customer_ids):
            theirs = within("CustomerRef", batch)
            look.take(*read_all(self._api, open_credits(reading, theirs)), known)
            look.take(*read_all(self._api, payments(reading, PaidDays(), theirs)), known)
        return look

    def _at_once(
        self,
        doubtful: Iterable[str],
        parts: Sequence[str],
        members: Mapping[str, str],
        customers: Mapping[str, wire.Customer],
    ) -> tuple[_Look, _Look]:
        """Credits and invoices between whose reading no credit was applied."""
        credit = self._credits(parts)
        for _ in range(_LOOKS_MAX):
            invoices = self._invoices(parts)
            if not credit.items or all(
                balances.agree(
                    _parts(one, members, customers),
                    (*_unique(invoices.items.get(one, ())), *_unique(credit.items.get(one, ()))),
                )
                for one in doubtful
            ):
                return credit, invoices
            again = self._credits(parts)
            if again.items == credit.items:
                return credit, invoices
            credit = again
        raise Transient("credits of a customer were applied while its account was read")

    def _known_credits(self, account_id: str) -> tuple[OpenItem, ...]:
        return (self._reader.credits or {}).get(account_id, ())

    def _explained(
        self,
        account_id: str,
        members: Mapping[str, str],
        customers: Mapping[str, wire.Customer],
        invoices: _Look,
    ) -> bool:
        """Whether the balances are our invoices less the credits we know; false when they
        cannot be compared, or somebody of the family is no longer told (merged elsewhere).
        """
        parts = _parts(account_id, members, customers)
        if len(parts) < sum(payer == account_id for payer in members.values()):
            return False
        ours = _unique(invoices.items.get(account_id, ()))
        items = (*ours, *self._known_credits(account_id))
        payer = customers.get(account_id)
        less = payer is not None and balances.say_less(payer, parts, items)
        return balances.agree(parts, items) and not less


def _parts(
    account_id: str, members: Mapping[str, str], customers: Mapping[str, wire.Customer]
) -> list[wire.Customer]:
    """The rows that are there of those whose documents an account pays."""
    mine = (one for one, payer in members.items() if payer == account_id)
    return [customers[one] for one in mine if one in customers]


def _unique(items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
    return tuple({item.item_id: item for item in items}.values())


def _about(account_id: str, bad: Iterable[Quarantined]) -> tuple[Quarantined, ...]:
    own = (one for one in bad if one.account_id in ("", account_id))
    return tuple({one.record_id: one for one in own}.values())
