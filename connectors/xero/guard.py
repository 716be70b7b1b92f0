"""The guard's read: everything open on single accounts, now, with as few calls as is safe.

Per account one GET of the contact, then one list of open invoices for all of them, last of
all. The three credit lists are read only when Xero's own balance of the contact disagrees
with the invoices less the credits known from this run's pull, or cannot be compared; the
invoices are then read once more. Where the balance still disagrees and there is credit, the
three lists are read again: a credit that was applied in between would count twice.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

import msgspec

from connectors.xero import wire
from connectors.xero.api import GoneError, XeroApi, segment
from connectors.xero.reader import Reader, credit_lists, open_invoices
from connectors.xero.sweep import Sweep
from syncer.errors import ContractError, Transient
from syncer.model.ledger import AccountFacts, OpenItem, Quarantined
from syncer.model.money import total

_BATCH = 40  # ids a call: the length of an address is limited (requests page, 2026)
_LOOKS_MAX = 3  # then somebody is at work there: the next run asks
_MERGES_MAX = 5  # a chain of merged contacts longer than this is a loop


class ContactEnvelope(wire.Wire):
    """The answer of /Contacts/{id}."""

    rows: list[wire.Contact] = msgspec.field(name="Contacts")


class Guard:
    """Fresh reads of accounts."""

    def __init__(self, api: XeroApi, reader: Reader, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._reader = reader
        self._clock = clock

    def read(self, account_ids: Sequence[str]) -> dict[str, AccountFacts]:
        """Facts by account id; absent when Xero no longer knows it.

        A merged account has nothing open any more and says where it went; the contact it
        was merged into is read as well and is in the answer under its own id.
        """
        contacts: dict[str, wire.Contact] = {}
        for account_id in account_ids:
            self._follow(account_id, contacts)
        read_at = self._clock()
        items: dict[str, list[OpenItem]] = {}
        bad: list[Quarantined] = []
        for batch in _batches(list(contacts)):
            self._invoices(batch, items, bad)
        return {
            found: self._facts(contact, items.get(found, []), bad, read_at)
            for found, contact in contacts.items()
        }

    def _follow(self, account_id: str, contacts: dict[str, wire.Contact]) -> None:
        """Add the contact and those it was merged into."""
        wanted = account_id
        for _ in range(_MERGES_MAX):
            if wanted in contacts:
                return
            contact = self._contact(wanted)
            if contact is None:
                return
            contacts[wanted] = contact
            if not contact.merged_to:
                return
            wanted = contact.merged_to
        raise ContractError("a contact is merged through more contacts than can be followed")

    def _contact(self, account_id: str) -> wire.Contact | None:
        try:
            rows = self._api.one(f"Contacts/{segment(account_id)}", ContactEnvelope).rows
        except GoneError:
            return None
        if len(rows) != 1:
            raise ContractError(f"/Contacts/{{id}} lists {len(rows)} contacts instead of one")
        return rows[0]

    def _invoices(
        self, contact_ids: Sequence[str], items: dict[str, list[OpenItem]], bad: list[Quarantined]
    ) -> None:
        listing = open_invoices(contact_ids=",".join(contact_ids))
        wanted = set(contact_ids)
        for got in Sweep(self._api.pages(listing), id_of=attrgetter("item_id")):
            bad.extend(got.bad)
            for item in got.rows:
                if item.account_id not in wanted:
                    raise ContractError(
                        "invoices of other contacts came back: ContactIDs was ignored"
                    )
                items.setdefault(item.account_id, []).append(item)

    def _facts(
        self,
        contact: wire.Contact,
        invoices: list[OpenItem],
        bad: Sequence[Quarantined],
        read_at: datetime,
    ) -> AccountFacts:
        if contact.merged_to and not invoices:
            account = self._reader.account(contact)
            return AccountFacts(account=account, items=(), read_at=read_at)
        unused = self._known_credits(contact, invoices)
        bad = [row for row in bad if row.account_id in ("", contact.id)]
        if unused is None:
            unused, invoices = self._at_once(contact, bad)
        return AccountFacts(
            account=self._reader.account(contact),
            items=(*_unique(invoices), *unused),
            read_at=read_at,
            quarantined=tuple({row.record_id: row for row in bad}.values()),
        )

    def _at_once(
        self, contact: wire.Contact, bad: list[Quarantined]
    ) -> tuple[tuple[OpenItem, ...], list[OpenItem]]:
        """Credits and invoices between whose reading no credit was applied."""
        unused = self._read_credits(contact, bad)
        for _ in range(_LOOKS_MAX):
            found: dict[str, list[OpenItem]] = {}
            self._invoices((contact.id,), found, bad)
            invoices = found.get(contact.id, [])
            if not unused or _agrees(contact, _unique(invoices), unused):
                return unused, invoices
            again = self._read_credits(contact, bad)
            if again == unused:
                return unused, invoices
            unused = again
        raise Transient("credits of a contact were applied while its account was read")

    def _known_credits(
        self, contact: wire.Contact, invoices: Sequence[OpenItem]
    ) -> tuple[OpenItem, ...] | None:
        """The credits of this run's pull, when Xero's balance agrees that they are all."""
        if self._reader.credits is None:
            return None
        known = self._reader.credits.get(contact.id, ())
        return known if _agrees(contact, _unique(invoices), known) else None

    def _read_credits(self, contact: wire.Contact, bad: list[Quarantined]) -> tuple[OpenItem, ...]:
        found: list[OpenItem] = []
        for listing in credit_lists(contact_id=contact.id):
            for got in Sweep(self._api.pages(listing), id_of=attrgetter("item_id")):
                found.extend(got.rows)
                bad.extend(got.bad)
        return _unique(found)


def _unique(items: Sequence[OpenItem]) -> tuple[OpenItem, ...]:
    return tuple({item.item_id: item for item in items}.values())


def _agrees(contact: wire.Contact, invoices: Sequence[OpenItem], known: Sequence[OpenItem]) -> bool:
    """Whether Xero's balance is our invoices less our credits; false when not comparable."""
    if len({item.currency for item in (*invoices, *known)}) > 1:
        return False
    balances = contact.balances
    outstanding = balances.receivable.outstanding if balances and balances.receivable else None
    if outstanding is None:
        return False
    ours: Decimal = total(item.open for item in invoices) - total(item.open for item in known)
    return outstanding == ours


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
