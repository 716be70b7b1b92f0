"""Account snapshots, read as one merge of cursors that are all in account order.

No query per account: items lead, and accounts, holds, contacts and payments are taken from
their own cursors as the account comes up, so memory stays flat. Rows of an account that was
merged into another are fetched first, since they belong elsewhere in the order.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator
from datetime import date
from functools import lru_cache
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, bindparam, func, literal_column, or_, select

from syncer.model.decision import AccountSnapshot, Standing
from syncer.model.run import OutcomeTotal
from syncer.ports import Selection, Surveyed
from syncer.store.closed import lately_paid, spoken_to
from syncer.store.debtors import elsewhere_if_any
from syncer.store.feeds import (
    ACCOUNTS,
    ITEM_STAMPS,
    ITEMS,
    SETTLED,
    STANDING,
    Feed,
    contacts_feed,
    holds_feed,
)
from syncer.store.found import Beside, Feeds, Found, Groups, Rows
from syncer.store.ids import among, packed
from syncer.store.mailboxes import shared_if_any
from syncer.store.merges import survivors
from syncer.store.prepared import Prepared, fetch, sql_text
from syncer.store.scope import EVERYONE, Chosen, Scope, Stretch, narrowed
from syncer.store.tables import account, item, quarantine, standing

QUERIES_KEPT = 128
"""Compiled queries: a few for each feed, engine and time zone."""

ACCOUNTS_PER_STRETCH = 5000
"""Accounts read from one view of the data."""

SURVEYED_TOGETHER = 1000
"""Accounts whose fingerprints are compared before those that changed are read."""

_by_account = itemgetter(0)
_outcomes = msgspec.json.Decoder(tuple[OutcomeTotal, ...]).decode

_QUARANTINED = Prepared(
    select(quarantine.c.account_id, func.count(func.distinct(quarantine.c.record_id)))
    .where(
        quarantine.c.ledger_no == bindparam("number"),
        quarantine.c.account_id != literal_column("''"),
    )
    .group_by(quarantine.c.account_id)
)
_LAST_OF_STRETCH = Prepared(
    select(item.c.account_id)
    .where(
        item.c.ledger_no == bindparam("number"),
        item.c.account_id > bindparam("after"),
        func.length(item.c.digest) > literal_column("0"),
    )
    .group_by(item.c.account_id)
    .order_by(item.c.account_id)
    .limit(literal_column("1"))
    .offset(bindparam("passed"))
)


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
            shared=shared_if_any(connection, ledger_no, time_zone),
        )
        self._moved = survivors(connection, ledger_no)

    def stretch(self, after: str, accounts: int = ACCOUNTS_PER_STRETCH) -> Stretch:
        """The next so many accounts with open items behind ``after``; the last has no end."""
        given = {"number": self._ledger_no, "after": after, "passed": accounts - 1}
        return Stretch(after, _LAST_OF_STRETCH.value(self._connection, **given))

    def all(self, stretch: Stretch = EVERYONE) -> Iterator[AccountSnapshot]:
        """Every account with open items, in account order."""
        return (found.snapshot() for found in self._merge(stretch, self._open_groups(stretch)))

    def everyone(self) -> Iterator[AccountSnapshot]:
        """Every known account that lives on by itself, whether anything is open or not."""
        items = self._beside(ITEMS, EVERYONE)
        names = (account_id for account_id, _ in self._groups(ACCOUNTS, EVERYONE))
        leading = ((one, items.take(one)) for one in names if one not in self._moved)
        return (found.snapshot() for found in self._merge(EVERYONE, leading))

    def some(self, selection: Selection) -> Iterator[AccountSnapshot]:
        """The chosen accounts with open items, in account order."""
        chosen = self._followed(self._chosen(selection))
        return (found.snapshot() for found in self._merge(chosen, self._open_groups(chosen)))

    def paid_up(self, since: date) -> Iterator[AccountSnapshot]:
        """Accounts with nothing open that paid since, and were spoken to, in account order."""
        number = self._ledger_no
        paid = {self._survivor(one) for one in lately_paid(self._connection, number, since)}
        sources = {source for source, target in self._moved.items() if target in paid}
        spoken = spoken_to(self._connection, number, sorted(paid | sources))
        wanted = paid & {self._survivor(one) for one in spoken}
        chosen = self._followed(wanted)
        items = self._beside(ITEMS, chosen)
        nothing = ((one, ()) for one in sorted(wanted) if not items.take(one))
        return (found.snapshot() for found in self._merge(chosen, nothing))

    def _survivor(self, account_id: str) -> str:
        return self._moved.get(account_id, account_id)

    def survey(self, stretch: Stretch, ground: bytes) -> Iterator[Surveyed]:
        """Every account with open items, in account order: decoded only where facts are new."""
        if not self._anything_stands(stretch, ground):
            for found in self._merge(stretch, self._open_groups(stretch)):
                yield Surveyed(found.fingerprint(), snapshot=found.snapshot(), standing=None)
            return
        last = Beside(self._groups(STANDING, stretch), {})
        stamped = self._merge(stretch, self._open_groups(stretch, ITEM_STAMPS))
        while some := list(islice(stamped, SURVEYED_TOGETHER)):
            prints = [(found.account_id, found.fingerprint()) for found in some]
            stand = {one: _standing(last.take(one), ground, facts) for one, facts in prints}
            fresh = self._by_id({one for one in stand if stand[one] is None})
            for one, facts in prints:
                yield Surveyed(facts, snapshot=fresh.get(one), standing=stand[one])

    def _anything_stands(self, stretch: Stretch, ground: bytes) -> bool:
        given = stretch.given(self._dialect)
        conditions = narrowed(standing.c.account_id, given, self._dialect)
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

    def _merge(self, scope: Scope, leading: Groups) -> Iterator[Found]:
        feeds, name = self._feeds, self._ledger_name
        accounts = self._beside(feeds.accounts, scope, follow=False)
        holds = self._beside(feeds.holds, scope)
        contacts = self._beside(feeds.contacts, scope)
        payments = self._beside(feeds.settled, scope)
        others = self._beside(feeds.elsewhere, scope)
        shared = self._beside(feeds.shared, scope)
        bad = self._quarantined()
        for account_id, items in leading:
            yield Found(
                feeds=feeds,
                ledger=name,
                account_id=account_id,
                items=items,
                account=accounts.take(account_id),
                holds=holds.take(account_id),
                contacts=contacts.take(account_id),
                settled=payments.take(account_id),
                elsewhere=others.take(account_id),
                shared=shared.take(account_id),
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

    def _beside(self, feed: Feed | None, scope: Scope, *, follow: bool = True) -> Beside:
        if feed is None:
            return Beside(iter(()), {})
        moved_in = self._moved_in(feed, scope) if follow else {}
        return Beside(self._groups(feed, scope), moved_in)

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
        given = scope.given(self._dialect)
        text, names = _query(feed, tuple(given), self._dialect)
        values = {"ledger_no": self._ledger_no, **given}
        return text, tuple(values[name] for name in names)

    def _quarantined(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for account_id, count in _QUARANTINED.all(self._connection, number=self._ledger_no):
            counts[self._survivor(account_id)] += count
        return counts

    def _followed(self, account_ids: Collection[str]) -> Chosen:
        """These accounts, and those that took one of them over."""
        over = set(map(self._survivor, account_ids))
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


@lru_cache(maxsize=QUERIES_KEPT)
def _query(feed: Feed, by: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """A feed's query, narrowed by what a scope gives: the text, and its parameters in order."""
    column = feed.table.c.account_id
    return sql_text(
        select(*feed.columns)
        .where(feed.table.c.ledger_no == bindparam("ledger_no"), *feed.where)
        .where(*narrowed(column, by, dialect))
        .order_by(column),
        dialect,
    )


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
