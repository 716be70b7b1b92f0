"""Storing what a pull reads: page by page, and closing only what a finished sweep missed.

What a sweep has seen is held in memory, a byte per row: a process that dies leaves an
unfinished sweep behind, and an unfinished sweep closes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from syncer.errors import ContractError, InvariantError
from syncer.model.ledger import AccountFacts, Page, Quarantined, Stream, StreamEnd
from syncer.ports import PullState
from syncer.store.closed import forget_settled
from syncer.store.ids import among, batches, packed
from syncer.store.shelf import PLACE_MASK, Shelf
from syncer.store.tables import item, quarantine, stream
from syncer.store.types import print_instant

ROWS_PER_TRANSACTION = 10_000
"""Pages are written together up to this many rows: far fewer index pages are written twice.

Nothing is lost by it: a sweep that does not finish is read again from its start.
"""


@dataclass(slots=True)
class Sweep:
    """One pass over a stream: its number and the rows it has seen."""

    state: PullState
    seen: bytearray = field(default_factory=bytearray)
    touched: set[str] = field(default_factory=set)  # records once quarantined, now read again
    suspects: frozenset[str] = frozenset()  # records quarantined by an earlier sweep
    waiting: list[Page] = field(default_factory=list)  # read, but not yet written
    closed: int = 0  # rows the ledger itself said are closed

    def take(self, page: Page) -> bool:
        """Put a page with those that wait; True when they are enough to be written."""
        if page.stream is not self.state.stream:
            raise InvariantError(f"a page of {page.stream} came in the list {self.state.stream}")
        self.waiting.append(page)
        return sum(_size(waiting) for waiting in self.waiting) >= ROWS_PER_TRANSACTION

    def mark(self, numbers: Sequence[int]) -> None:
        """These rows were read."""
        places = [number & PLACE_MASK for number in numbers]
        missing = max(places, default=-1) + 1 - len(self.seen)
        if missing > 0:
            self.seen.extend(bytes(missing))
        for place in places:
            self.seen[place] = 1

    def has(self, number: int) -> bool:
        """Whether the row was read."""
        place = number & PLACE_MASK
        return place < len(self.seen) and self.seen[place] == 1

    def rows(self) -> int:
        """How many different rows were read."""
        return self.seen.count(1)


def begin(connection: Connection, ledger_no: int, which: Stream, shelf: Shelf) -> Sweep:
    """Number a new sweep; what an unfinished one left in quarantine is forgotten."""
    shelf.put_index_off(connection)
    own = (stream.c.ledger_no == ledger_no, stream.c.stream == which)
    row = connection.execute(
        update(stream).where(*own).values(sweep=stream.c.sweep + 1).returning(stream.c.sweep)
    ).one_or_none()
    number = 1 if row is None else row.sweep
    if row is None:
        connection.execute(insert(stream).values(ledger_no=ledger_no, stream=which, sweep=1))
    suspects = connection.execute(
        select(quarantine.c.record_id).where(
            quarantine.c.ledger_no == ledger_no, quarantine.c.stream == which
        )
    ).scalars()
    return Sweep(PullState(stream=which, sweep=number), suspects=frozenset(suspects))


def write_waiting(
    connection: Connection, ledger_no: int, shelf: Shelf, sweep: Sweep, at: datetime
) -> None:
    """Store the records of the pages that wait, mark them as seen, close what a page says is."""
    gone = _gone_by_the_end(sweep.waiting)
    records = list(chain.from_iterable(map(_records, sweep.waiting)))
    if gone:
        records = [record for record in records if _record_id(record) not in gone]
    quarantined = [bad for page in sweep.waiting for bad in page.quarantined]
    back: list[str] = []
    sweep.mark(shelf.put(connection, ledger_no, records, seen=sweep.rows(), back=back))
    if back and sweep.state.stream is Stream.ITEMS:
        forget_settled(connection, ledger_no, back, at)
    if sweep.suspects:
        ids = {_record_id(record) for record in records} | gone
        sweep.touched |= (ids | {bad.record_id for bad in quarantined}) & sweep.suspects
    add_quarantined(connection, ledger_no, sweep.state, quarantined)
    sweep.closed += shelf.close(connection, ledger_no, sorted(gone), print_instant(at))


def _gone_by_the_end(pages: Sequence[Page]) -> set[str]:
    """What the pages say is closed; a later page may give such a record again."""
    gone: set[str] = set()
    for page in pages:
        if gone:
            gone.difference_update(map(_record_id, _records(page)))
        gone.update(page.gone)
    return gone


def _records(page: Page) -> Sequence[Any]:
    match page.stream:
        case Stream.ITEMS:
            return page.items
        case Stream.ACCOUNTS:
            return page.accounts
        case Stream.SETTLED:
            return page.settled


def _size(page: Page) -> int:
    return len(_records(page)) + len(page.quarantined) + len(page.gone)


def _record_id(record: Any) -> str:
    return str(getattr(record, "item_id", "") or record.account_id)


def finish(
    connection: Connection,
    ledger_no: int,
    shelf: Shelf,
    sweep: Sweep,
    end: StreamEnd,
    at: datetime,
) -> int:
    """Save the cursor; close what a full sweep did not see: how many."""
    write_waiting(connection, ledger_no, shelf, sweep, at)
    shelf.make_index(connection)
    if end.records < sweep.rows():
        raise ContractError(
            f"the ledger counted {end.records} records in {end.stream}, but {sweep.rows()} "
            "different ones were read: the list cannot be trusted, nothing was closed"
        )
    closed = sweep.closed
    if end.full:
        closed += _close_unseen(connection, ledger_no, shelf, sweep, at)
    _replace_quarantine(connection, ledger_no, sweep, full=end.full)
    connection.execute(
        update(stream)
        .where(
            stream.c.ledger_no == ledger_no,
            stream.c.stream == sweep.state.stream,
            stream.c.sweep == sweep.state.sweep,
        )
        .values(cursor=end.cursor, finished_at=at)
    )
    return closed


def _close_unseen(
    connection: Connection, ledger_no: int, shelf: Shelf, sweep: Sweep, at: datetime
) -> int:
    numbers = shelf.open_numbers(connection, ledger_no)
    unseen = [row_no for row_no in numbers if not sweep.has(row_no)]
    return shelf.mark_gone(connection, unseen, print_instant(at))


def _replace_quarantine(
    connection: Connection, ledger_no: int, sweep: Sweep, *, full: bool
) -> None:
    """A full sweep replaces what was there; a partial one only what it read again."""
    older = delete(quarantine).where(
        quarantine.c.ledger_no == ledger_no,
        quarantine.c.stream == sweep.state.stream,
        quarantine.c.sweep < sweep.state.sweep,
    )
    if full:
        connection.execute(older)
        return
    dialect = connection.dialect
    for ids in batches(sorted(sweep.touched)):
        chosen = older.where(among(quarantine.c.record_id, dialect))
        connection.execute(chosen, {"ids": packed(ids, dialect)})


def add_quarantined(
    connection: Connection, ledger_no: int, state: PullState, records: Sequence[Quarantined]
) -> None:
    """Keep what could not be read, so that its account is held."""
    if not records:
        return
    rows = [
        {
            "ledger_no": ledger_no,
            "stream": state.stream,
            "sweep": state.sweep,
            "record_id": bad.record_id,
            "account_id": bad.account_id,
            "place": bad.where,
            "problem": bad.problem,
            "amount": bad.amount,
            "currency": bad.currency,
        }
        for bad in records
    ]
    connection.execute(insert(quarantine), rows)


def refresh(
    connection: Connection, ledger_no: int, items: Shelf, accounts: Shelf, facts: AccountFacts
) -> None:
    """Store a fresh read of one account: its items are now exactly these."""
    accounts.put(connection, ledger_no, (facts.account,))
    back: list[str] = []
    kept = set(items.put(connection, ledger_no, facts.items, back=back))
    forget_settled(connection, ledger_no, back, facts.read_at)
    own = (
        item.c.ledger_no == ledger_no,
        item.c.account_id == facts.account.account_id,
        item.c.gone_at.is_(None),
    )
    numbers = connection.execute(select(item.c.row_no).where(*own)).scalars()
    unseen = [number for number in numbers if number not in kept]
    items.mark_gone(connection, unseen, print_instant(facts.read_at))
    _refresh_quarantine(connection, ledger_no, facts)


def _refresh_quarantine(connection: Connection, ledger_no: int, facts: AccountFacts) -> None:
    connection.execute(
        delete(quarantine).where(
            quarantine.c.ledger_no == ledger_no,
            quarantine.c.stream == Stream.ITEMS,
            quarantine.c.account_id == facts.account.account_id,
        )
    )
    current = connection.execute(
        select(stream.c.sweep).where(
            stream.c.ledger_no == ledger_no, stream.c.stream == Stream.ITEMS
        )
    ).scalar_one_or_none()
    add_quarantined(connection, ledger_no, PullState(Stream.ITEMS, current or 0), facts.quarantined)
