"""Account snapshots, read as one merge of cursors that are all in account order.

No query per account: items lead, and accounts, holds, contacts and payments are taken from
their own cursors as the account comes up, so memory stays flat. Rows of an account that was
merged into another are fetched first, since they belong elsewhere in the order.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, func, or_, select

from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold
from syncer.model.ledger import Account, OpenItem, Settled
from syncer.ports import Selection
from syncer.store.effects import CONTACT_COLUMNS, contact_builder, is_contact
from syncer.store.ids import among, packed
from syncer.store.prepared import Decoder, fetch, sql_text
from syncer.store.tables import account, hold, item, outbox, quarantine, settled

MERGES_MAX = 10
"""A chain of merged accounts longer than this is taken for a circle and cut."""

_by_account = attrgetter("account_id")


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of record, read in account order."""

    table: Table
    columns: tuple[ColumnElement[Any], ...]
    where: tuple[ColumnElement[bool], ...]
    build: Callable[..., Any]


def _by_field(record: type[msgspec.Struct]) -> Callable[..., Any]:
    names = record.__struct_fields__

    def build(*values: Any) -> Any:
        return record(**dict(zip(names, values, strict=True)))

    return build


def _open_item(
    item_id: str,
    account_id: str,
    kind: Any,
    number: str,
    currency: str,
    total: Any,
    open_: Any,
    issued_on: Any,
    due_on: Any,
    reference: str,
    expected_on: Any,
    sent: Any,
    rate_to_base: Any,
    updated_at: Any,
) -> OpenItem:
    return OpenItem(
        item_id=item_id,
        account_id=account_id,
        kind=kind,
        number=number,
        currency=currency,
        total=total,
        open=open_,
        issued_on=issued_on,
        due_on=due_on,
        reference=reference,
        expected_on=expected_on,
        sent=sent,
        rate_to_base=rate_to_base,
        updated_at=updated_at,
    )


def _account(gone_at: datetime | None, *values: Any) -> Account:
    """An account; of one that the ledger no longer lists, only the name and where it went."""
    found = Account(**dict(zip(Account.__struct_fields__, values, strict=True)))
    if gone_at is None:
        return found
    return Account(account_id=found.account_id, name=found.name, merged_into=found.merged_into)


def _columns(table: Table, record: type[msgspec.Struct]) -> tuple[Column[Any], ...]:
    return tuple(table.c[name] for name in record.__struct_fields__)


ITEMS = Feed(item, _columns(item, OpenItem), (item.c.gone_at.is_(None),), _open_item)
ACCOUNTS = Feed(account, (account.c.gone_at, *_columns(account, Account)), (), _account)
HOLDS = Feed(hold, _columns(hold, Hold), (), _by_field(Hold))
SETTLED = Feed(
    settled, _columns(settled, Settled), (settled.c.gone_at.is_(None),), _by_field(Settled)
)


def contacts_feed(time_zone: str) -> Feed:
    """Contacts, dated in the ledger's time zone."""
    return Feed(outbox, CONTACT_COLUMNS, (is_contact(),), contact_builder(time_zone))


Groups = Iterator[tuple[str, tuple[Any, ...]]]


class _Beside:
    """A cursor that is asked for ascending accounts and gives each one's records."""

    def __init__(self, groups: Groups, moved_in: Mapping[str, tuple[Any, ...]]) -> None:
        self._groups = groups
        self._moved_in = moved_in
        self._next = next(groups, None)

    def take(self, account_id: str) -> tuple[Any, ...]:
        while self._next is not None and self._next[0] < account_id:
            self._next = next(self._groups, None)
        own: tuple[Any, ...] = ()
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
        self._contacts = contacts_feed(time_zone)
        self._moved = self._read_moved()

    def all(self) -> Iterator[AccountSnapshot]:
        """Every account with open items, in account order."""
        return self._merge(None, self._open_groups(None))

    def some(self, selection: Selection) -> Iterator[AccountSnapshot]:
        """The chosen accounts with open items, in account order."""
        chosen = self._with_sources(self._chosen(selection))
        return self._merge(chosen, self._open_groups(chosen))

    def one(self, account_id: str) -> AccountSnapshot | None:
        """This account, even when nothing is open; None when nobody knows it."""
        chosen = self._with_sources({account_id})
        groups = dict(self._open_groups(chosen))
        items = groups.get(account_id, ())
        found = next(self._merge(chosen, iter([(account_id, items)])))
        if not items and found.account.name == account_id and not self._known(account_id):
            return None
        return found

    def _known(self, account_id: str) -> bool:
        query = select(account.c.account_id).where(
            account.c.ledger_no == self._ledger_no, account.c.account_id == account_id
        )
        return self._connection.execute(query).first() is not None

    def _merge(self, chosen: Collection[str] | None, leading: Groups) -> Iterator[AccountSnapshot]:
        accounts = self._beside(ACCOUNTS, chosen, follow=False)
        holds = self._beside(HOLDS, chosen)
        contacts = self._beside(self._contacts, chosen)
        payments = self._beside(SETTLED, chosen)
        bad = self._quarantined()
        name = self._ledger_name
        for account_id, items in leading:
            known = accounts.take(account_id)
            yield AccountSnapshot(
                ledger=name,
                account=known[0] if known else Account(account_id=account_id, name=account_id),
                items=items,
                holds=holds.take(account_id),
                contacts=contacts.take(account_id),
                settled=payments.take(account_id),
                quarantined=bad[account_id],
            )

    def _open_groups(self, chosen: Collection[str] | None) -> Groups:
        """Open items by account, those of merged accounts under the surviving one."""
        moved_in = self._moved_in(ITEMS, chosen)
        waiting = deque(sorted(moved_in))
        for account_id, items in self._groups(ITEMS, chosen):
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

    def _beside(
        self, feed: Feed, chosen: Collection[str] | None, *, follow: bool = True
    ) -> _Beside:
        moved_in = self._moved_in(feed, chosen) if follow else {}
        return _Beside(self._groups(feed, chosen), moved_in)

    def _moved_in(self, feed: Feed, chosen: Collection[str] | None) -> dict[str, tuple[Any, ...]]:
        sources = self._moved.keys() if chosen is None else self._moved.keys() & chosen
        found: defaultdict[str, tuple[Any, ...]] = defaultdict(tuple)
        for source, records in self._groups(feed, sources) if sources else ():
            found[self._moved[source]] += records
        return dict(found)

    def _groups(self, feed: Feed, chosen: Collection[str] | None) -> Groups:
        decoder = Decoder(feed.columns, self._dialect, feed.build)  # type: ignore[arg-type]
        batches = fetch(self._connection, *self._query(feed, chosen))
        records = chain.from_iterable(map(decoder.records, batches))
        return ((key, tuple(group)) for key, group in groupby(records, _by_account))

    def _query(self, feed: Feed, chosen: Collection[str] | None) -> tuple[str, tuple[Any, ...]]:
        column = feed.table.c.account_id
        query = (
            select(*feed.columns)
            .where(feed.table.c.ledger_no == bindparam("ledger_no"), *feed.where)
            .order_by(column)
        )
        given: dict[str, Any] = {"ledger_no": self._ledger_no}
        if chosen is not None:
            query = query.where(among(column, self._dialect))
            given["ids"] = packed(chosen, self._dialect)
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

    def _with_sources(self, chosen: Collection[str]) -> set[str]:
        wanted = {self._moved.get(account_id, account_id) for account_id in chosen}
        return wanted | set(chosen) | {s for s, target in self._moved.items() if target in wanted}

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
