"""One account's rows as they were read: its snapshot, its fingerprint, and taking them in order."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from syncer.model.decision import AccountSnapshot, Contact, Elsewhere
from syncer.model.ledger import Account
from syncer.store.feeds import ITEMS, Feed, Row

FINGERPRINT_BYTES = 16

Rows = tuple[Row, ...]
Groups = Iterator[tuple[str, Rows]]


@dataclass(frozen=True, slots=True)
class Feeds:
    """All that a snapshot is made of, besides the items that lead."""

    accounts: Feed
    holds: Feed
    contacts: Feed
    settled: Feed
    elsewhere: Feed | None  # None: no account of the ledger is another ledger's debtor as well
    shared: Feed | None  # None: addresses are not compared


class Found(msgspec.Struct, kw_only=True, frozen=True):
    """The rows of one account, as they came."""

    feeds: Feeds
    ledger: str
    account_id: str
    items: Rows
    account: Rows
    holds: Rows
    contacts: Rows
    settled: Rows
    elsewhere: Rows
    shared: Rows
    quarantined: int

    def snapshot(self) -> AccountSnapshot:
        """The rows, decoded."""
        feeds, account_id = self.feeds, self.account_id
        known = feeds.accounts.read(self.account)
        contacts = feeds.contacts.read(self.contacts) if self.contacts else ()
        return AccountSnapshot(
            ledger=self.ledger,
            account=known[0] if known else Account(account_id=account_id, name=account_id),
            items=ITEMS.read(self.items),
            holds=feeds.holds.read(self.holds) if self.holds else (),
            contacts=contacts,
            settled=feeds.settled.read(self.settled) if self.settled else (),
            quarantined=self.quarantined,
            elsewhere=self._elsewhere(contacts),
        )

    def _elsewhere(self, contacts: tuple[Contact, ...]) -> tuple[Elsewhere, ...]:
        """What others sent to the debtor and to its addresses, each once: accounts merged into
        one have the same addresses, and what was sent to them is the account's own.
        """
        feeds = self.feeds
        others = feeds.elsewhere.read(self.elsewhere) if feeds.elsewhere else ()
        if not feeds.shared or not self.shared:
            return others
        told = {made.key for made in (*contacts, *others)}
        return (*others, *(one for one in feeds.shared.read(self.shared) if one.key not in told))

    def fingerprint(self) -> bytes:
        """Changes whenever any record does; the order of records does not matter."""
        feeds = self.feeds
        parts = [b"%d" % self.quarantined]
        for feed, rows in (
            (ITEMS, self.items),
            (feeds.accounts, self.account),
            (feeds.holds, self.holds),
            (feeds.contacts, self.contacts),
            (feeds.settled, self.settled),
        ):
            parts.append(b"|%d|" % len(rows))
            if rows:
                parts += sorted(map(feed.stamp, rows))
        if feeds.elsewhere and self.elsewhere:
            parts += sorted(map(feeds.elsewhere.stamp, self.elsewhere))
        if feeds.shared and self.shared:
            parts += sorted(map(feeds.shared.stamp, self.shared))
        return hashlib.blake2b(b"".join(parts), digest_size=FINGERPRINT_BYTES).digest()


class Beside:
    """A cursor that is asked for ascending accounts and gives each one's records."""

    def __init__(self, groups: Groups, moved_in: Mapping[str, Rows]) -> None:
        self._groups = groups
        self._moved_in = moved_in
        self._next = next(groups, None)

    def take(self, account_id: str) -> Rows:
        """The account's rows; every account asked for comes after the one before."""
        coming = self._next
        while coming is not None and coming[0] < account_id:
            coming = self._next = next(self._groups, None)
        own: Rows = coming[1] if coming is not None and coming[0] == account_id else ()
        return own + self._moved_in.get(account_id, ()) if self._moved_in else own
