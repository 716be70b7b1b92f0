"""Account snapshots, read as one merge of cursors that are all in account order.

No query per account: items lead, and accounts, holds, contacts and payments are taken from
their own cursors as the account comes up, so memory stays flat. Rows of an account that was
merged into another are fetched first, since they belong elsewhere in the order.
"""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, or_, select

from syncer.model.decision import AccountSnapshot, Standing
from syncer.model.ledger import Account
from syncer.model.run import OutcomeTotal
from syncer.ports import Selection, Surveyed
from syncer.store.debtors import elsewhere_if_any
from syncer.store.feeds import (
    ACCOUNTS,
    ITEM_STAMPS,
    ITEMS,
    SETTLED,
    STANDING,
    Feed,
    Row,
    contacts_feed,
    holds_feed,
)
from syncer.store.ids import among, packed
from syncer.store.prepared import fetch, sql_text
from syncer.store.scope import EVERYONE, Chosen, Scope, Stretch
from syncer.store.tables import account, item, quarantine, standing

MERGES_MAX = 10
"""A chain of merged accounts longer than this is taken for a circle and cut."""

FINGERPRINT_BYTES = 16

ACCOUNTS_PER_STRETCH = 5000
"""Accounts read from one view of the data."""

SURVEYED_TOGETHER = 1000
"""Accounts whose fingerprints are compared before those that changed are read."""

_by_account = itemgetter(0)
_outcomes = msgspec.json.Decoder(tuple[OutcomeTotal, ...]).decode

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


@dataclass(slots=True)
class _Found:
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
    quarantined: int

    def snapshot(self) -> AccountSnapshot:
        """The rows, decoded."""
        feeds, account_id = self.feeds, self.account_id
        known = feeds.accounts.read(self.account)
        return AccountSnapshot(
            ledger=self.ledger,
            account=known[0] if known else Account(account_id=account_id, name=account_id),
            items=ITEMS.read(self.items),
            holds=feeds.holds.read(self.holds) if self.holds else (),
            contacts=feeds.contacts.read(self.contacts) if self.contacts else (),
            settled=feeds.settled.read(self.settled) if self.settled else (),
            quarantined=self.quarantined,
            elsewhere=feeds.elsewhere.read(self.elsewhere) if feeds.elsewhere else (),
        )

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
        return hashlib.blake2b(b"".join(parts), digest_size=FINGERPRINT_BYTES).digest()


class _Beside:
    """A cursor that is asked for ascending accounts and gives each one's records."""

    def __init__(self, groups: Groups, moved_in: Mapping[str, Rows]) -> None:
        self._groups = groups
        self._moved_in = moved_in
        self._next = next(groups, None)

    def take(self, account_id: str) -> Rows:
        while self._next is not None and self._next[0] < account_id:
            self._next = next(self._groups, None)
        own: Rows = ()
        if self._next is not None and self._next[0] == account_id:
            own = self._next[1]
        return own + self._moved_in.get(account_id, ()) if self._moved_in else own


class SnapshotReader:
    """Reads the snapshots of one ledger from one unchanging view of the data."""

    def __init__(
        self, connection: Connection, ledger_no: int, ledger_name: str, time_zone: str
    ) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._ledger_no = ledger_no
        self._ledger_name = ledger_name
        self._feeds = Feeds(
            accounts=ACCOUNTS,
            holds=holds_feed(self._dialect),
            contacts=contacts_feed(self._dialect, time_zone),
            settled=SETTLED,
            elsewhere=elsewhere_if_any(connection, ledger_no, time_zone),
        )
        self._moved = self._read_moved()

    def stretch(self, after: str, accounts: int = ACCOUNTS_PER_STRETCH) -> Stretch:
        """The next so many accounts with open items behind ``after``; the last has no end."""
        query = (
            select(item.c.account_id)
            .where(
                item.c.ledger_no == self._ledger_no,
                item.c.account_id > after,
                func.length(item.c.digest) > 0,
            )
            .group_by(item.c.account_id)
            .order_by(item.c.account_id)
        )
        last = query.limit(1).offset(accounts - 1)
        return Stretch(after, self._connection.execute(last).scalar_one_or_none())

    def all(self, stretch: Stretch = EVERYONE) -> Iterator[AccountSnapshot]:
        """Every account with open items, in account order."""
        return (found.snapshot() for found in self._merge(stretch, self._open_groups(stretch)))

    def some(self, selection: Selection) -> Iterator[AccountSnapshot]:
        """The chosen accounts with open items, in account order."""
        chosen = self._followed(self._chosen(selection))
        return (found.snapshot() for found in self._merge(chosen, self._open_groups(chosen)))

    def survey(self, stretch: Stretch, ground: bytes) -> Iterator[Surveyed]:
        """Every account with open items, in account order: decoded only where facts are new."""
        if not self._anything_stands(stretch, ground):
            for found in self._merge(stretch, self._open_groups(stretch)):
                yield Surveyed(found.fingerprint(), snapshot=found.snapshot(), standing=None)
            return
        last = _Beside(self._groups(STANDING, stretch), {})
        stamped = self._merge(stretch, self._open_groups(stretch, ITEM_STAMPS))
        while some := list(islice(stamped, SURVEYED_TOGETHER)):
            prints = [(found.account_id, found.fingerprint()) for found in some]
            stand = {one: _standing(last.take(one), ground, facts) for one, facts in prints}
            fresh = self._by_id({one for one in stand if stand[one] is None})
            for one, facts in prints:
                yield Surveyed(facts, snapshot=fresh.get(one), standing=stand[one])

    def _anything_stands(self, stretch: Stretch, ground: bytes) -> bool:
        conditions, given = stretch.where(standing.c.account_id, self._dialect)
        query = select(standing.c.account_id).where(
            standing.c.ledger_no == self._ledger_no, standing.c.ground == ground, *conditions
        )
        return self._connection.execute(query.limit(1), given).first() is not None

    def _by_id(self, account_ids: Collection[str]) -> dict[str, AccountSnapshot]:
        if not account_ids:
            return {}
        chosen = self._followed(account_ids)
        found = self._merge(chosen, self._open_groups(chosen))
        return {one.account_id: one.snapshot() for one in found}

    def one(self, account_id: str) -> AccountSnapshot | None:
        """This account, even when nothing is open; None when nobody knows it."""
        chosen = self._followed({account_id})
        groups = dict(self._open_groups(chosen))
        items = groups.get(account_id, ())
        found = next(self._merge(chosen, iter([(account_id, items)]))).snapshot()
        if not items and found.account.name == account_id and not self._known(account_id):
            return None
        return found

    def _known(self, account_id: str) -> bool:
        query = select(account.c.account_id).where(
            account.c.ledger_no == self._ledger_no, account.c.account_id == account_id
        )
        return self._connection.execute(query).first() is not None

    def _merge(self, scope: Scope, leading: Groups) -> Iterator[_Found]:
        feeds, name = self._feeds, self._ledger_name
        accounts = self._beside(feeds.accounts, scope, follow=False)
        holds = self._beside(feeds.holds, scope)
        contacts = self._beside(feeds.contacts, scope)
        payments = self._beside(feeds.settled, scope)
        others = self._beside(feeds.elsewhere, scope)
        bad = self._quarantined()
        for account_id, items in leading:
            yield _Found(
                feeds=feeds,
                ledger=name,
                account_id=account_id,
                items=items,
                account=accounts.take(account_id),
                holds=holds.take(account_id),
                contacts=contacts.take(account_id),
                settled=payments.take(account_id),
                elsewhere=others.take(account_id),
                quarantined=bad[account_id],
            )

    def _open_groups(self, scope: Scope, feed: Feed = ITEMS) -> Groups:
        """Open items by account, those of merged accounts under the surviving one."""
        moved_in = self._moved_in(feed, scope)
        waiting = deque(sorted(moved_in))
        for account_id, items in self._groups(feed, scope):
            if account_id in self._moved:
                continue
            while waiting and waiting[0] < account_id:
                target = waiting.popleft()
                yield target, moved_in[target]
            if waiting and waiting[0] == account_id:
                yield account_id, items + moved_in[waiting.popleft()]
            else:
                yield account_id, items
        for target in waiting:
            yield target, moved_in[target]

    def _beside(self, feed: Feed | None, scope: Scope, *, follow: bool = True) -> _Beside:
        if feed is None:
            return _Beside(iter(()), {})
        moved_in = self._moved_in(feed, scope) if follow else {}
        return _Beside(self._groups(feed, scope), moved_in)

    def _moved_in(self, feed: Feed, scope: Scope) -> dict[str, Rows]:
        sources = {source for source, target in self._moved.items() if scope.has(target)}
        found: defaultdict[str, Rows] = defaultdict(tuple)
        for source, rows in self._groups(feed, Chosen(frozenset(sources))) if sources else ():
            found[self._moved[source]] += rows
        return dict(found)

    def _groups(self, feed: Feed, scope: Scope) -> Groups:
        rows = chain.from_iterable(fetch(self._connection, *self._query(feed, scope)))
        return ((key, tuple(group)) for key, group in groupby(rows, _by_account))

    def _query(self, feed: Feed, scope: Scope) -> tuple[str, tuple[Any, ...]]:
        column = feed.table.c.account_id
        conditions, given = scope.where(column, self._dialect)
        query = (
            select(*feed.columns)
            .where(feed.table.c.ledger_no == bindparam("ledger_no"), *conditions, *feed.where)
            .order_by(column)
        )
        given = {"ledger_no": self._ledger_no, **given}
        text, names = sql_text(query, self._dialect)
        return text, tuple(given[name] for name in names)

    def _quarantined(self) -> Counter[str]:
        query = (
            select(quarantine.c.account_id, func.count(func.distinct(quarantine.c.record_id)))
            .where(quarantine.c.ledger_no == self._ledger_no, quarantine.c.account_id != "")
            .group_by(quarantine.c.account_id)
        )
        counts: Counter[str] = Counter()
        for account_id, count in self._connection.execute(query):
            counts[self._moved.get(account_id, account_id)] += count
        return counts

    def _read_moved(self) -> dict[str, str]:
        query = select(account.c.account_id, account.c.merged_into).where(
            account.c.ledger_no == self._ledger_no, account.c.merged_into != ""
        )
        into = dict(tuple(row) for row in self._connection.execute(query))
        return {source: _final(source, into) for source in into}

    def _followed(self, account_ids: Collection[str]) -> Chosen:
        """These accounts, and those that took one of them over."""
        over = {self._moved.get(account_id, account_id) for account_id in account_ids}
        return Chosen(frozenset(over | set(account_ids)))

    def _chosen(self, selection: Selection) -> set[str]:
        """Account ids named by id or exact name, or by an open item's id or number."""
        found: set[str] = set()
        for names, table, left, right in (
            (selection.accounts, account, account.c.account_id, account.c.name),
            (selection.items, item, item.c.item_id, item.c.number),
        ):
            ids = {"ids": packed(names, self._dialect)}
            query = select(table.c.account_id).where(
                table.c.ledger_no == self._ledger_no,
                or_(among(left, self._dialect), among(right, self._dialect)),
            )
            found.update(self._connection.execute(query, ids).scalars() if names else ())
        return found | set(selection.accounts)


def _final(source: str, into: Mapping[str, str]) -> str:
    target = source
    for _ in range(MERGES_MAX):
        if target not in into:
            return target
        target = into[target]
    return source


def _standing(rows: Rows, ground: bytes, facts: bytes) -> Standing | None:
    """What was decided on this ground and these facts, or None."""
    if not rows or rows[0][1] != ground or rows[0][2] != facts:
        return None
    account_id, _, _, contacts, outcomes = rows[0]
    return Standing(
        account_id=account_id,
        ground=ground,
        facts=facts,
        contacts=contacts,
        outcomes=_outcomes(outcomes),
    )
