"""The guard's read: everything open on single accounts, now, with as few calls as is safe.

Per batch one list of the customers an account pays for and one of their open invoices. Credit
memos and payments are read only when the customers' own balances disagree with the invoices
less the credits known from this run's pull, or cannot be compared; the invoices are then read
once more, last of all, so that what is applied in between errs towards asking for less.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.quickbooks import wire
from connectors.quickbooks.api import QuickBooksApi
from connectors.quickbooks.delta import PaidDays
from connectors.quickbooks.lists import Listing
from connectors.quickbooks.query import ANY_STATE, Query, batches, within
from connectors.quickbooks.reader import Reader, open_credits, open_invoices, payments
from connectors.quickbooks.sweep import read_all
from syncer.errors import ContractError
from syncer.model.ledger import AccountFacts, OpenItem, Quarantined
from syncer.model.money import total
from syncer.ports import Clock

_ZERO = Decimal(0)


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


class Guard:
    """Fresh reads of accounts."""

    def __init__(self, api: QuickBooksApi, reader: Reader, clock: Clock) -> None:
        self._api = api
        self._reader = reader
        self._clock = clock

    def read(self, account_ids: Sequence[str]) -> dict[str, AccountFacts]:
        """Facts by account id; absent when QuickBooks does not know it.

        An account that somebody else pays for has nothing open itself.
        """
        numbers = [account_id for account_id in account_ids if account_id.isdecimal()]
        customers = self._customers(numbers)
        known = [account_id for account_id in numbers if account_id in customers]
        read_at = self._clock()
        members = self._reader.family().members(known)
        look = self._invoices([one for one in members if one in customers])
        doubtful = {one for one in known if not self._explained(one, members, customers, look)}
        unused = {one: self._known_credits(one) for one in known if one not in doubtful}
        if doubtful:
            parts = [one for one, payer in members.items() if payer in doubtful]
            credit = self._credits(parts)
            look.replace(doubtful, self._invoices(parts))
            look.bad += credit.bad
            unused |= {one: tuple(credit.items.get(one, ())) for one in doubtful}
        return {
            one: AccountFacts(
                account=self._reader.account(customers[one]),
                items=(*_unique(look.items.get(one, ())), *_unique(unused[one])),
                read_at=read_at,
                quarantined=_about(one, look.bad),
            )
            for one in known
        }

    def _customers(self, account_ids: Sequence[str]) -> dict[str, wire.Customer]:
        """The accounts and everybody they pay for; a family that changed is read anew."""
        family = self._reader.family()
        wanted = list(dict.fromkeys((*account_ids, *family.members(account_ids))))
        found = self._read_customers(wanted)
        if sum(family.note(row) for row in found.values()):  # every row is noted
            more = [one for one in family.members(account_ids) if one not in found]
            found |= self._read_customers(more)
        return found

    def _read_customers(self, ids: Sequence[str]) -> dict[str, wire.Customer]:
        rows: dict[str, wire.Customer] = {}

        def convert(row: wire.Customer) -> None:
            rows[row.id] = row

        for batch in batches(ids):
            query = Query("Customer", (within("Id", batch), ANY_STATE))
            _, bad = read_all(self._api, Listing(query, wire.Customer, convert))
            if bad:
                raise ContractError(f"{bad[0].where}: {bad[0].problem}")
        return rows

    def _invoices(self, customer_ids: Sequence[str]) -> _Look:
        look, reading = _Look(), self._reader.reading()
        known = {reading.payer(one) for one in customer_ids}
        for batch in batches(customer_ids):
            listing = open_invoices(reading, within("CustomerRef", batch))
            look.take(*read_all(self._api, listing), known)
        return look

    def _credits(self, customer_ids: Sequence[str]) -> _Look:
        look, reading = _Look(), self._reader.reading()
        known = {reading.payer(one) for one in customer_ids}
        for batch in batches(customer_ids):
            theirs = within("CustomerRef", batch)
            look.take(*read_all(self._api, open_credits(reading, theirs)), known)
            look.take(*read_all(self._api, payments(reading, PaidDays(), theirs)), known)
        return look

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
        cannot be compared. ``Balance`` nets credit and unapplied money (customer entity).
        """
        parts = [customers[one] for one, payer in members.items() if payer == account_id]
        ours, known = invoices.items.get(account_id, []), self._known_credits(account_id)
        currencies = {item.currency for item in (*ours, *known)}
        if len(currencies) > 1 or any(part.balance is None for part in parts):
            return False
        balance = sum((part.balance or _ZERO for part in parts), _ZERO)
        return balance == total(i.open for i in _unique(ours)) - total(i.open for i in known)


def _unique(items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
    return tuple({item.item_id: item for item in items}.values())


def _about(account_id: str, bad: Iterable[Quarantined]) -> tuple[Quarantined, ...]:
    own = (one for one in bad if one.account_id in ("", account_id))
    return tuple({one.record_id: one for one in own}.values())
