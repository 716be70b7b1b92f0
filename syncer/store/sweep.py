"""Storing what a pull reads: page by page, and closing only what a finished sweep missed.

What a sweep has seen is held in memory, a byte per row: a process that dies leaves an
unfinished sweep behind, and an unfinished sweep closes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, literal_column, select, update

from syncer.errors import ContractError, InvariantError
from syncer.model.ledger import AccountFacts, Page, Quarantined, Stream, StreamEnd
from syncer.ports import PullState
from syncer.store.closed import forget_settled
from syncer.store.ids import among, batches, packed
from syncer.store.prepared import Prepared
from syncer.store.shelf import PLACE_MASK, Shelf
from syncer.store.tables import item, quarantine, stream
from syncer.store.types import print_instant

ROWS_PER_TRANSACTION = 10_000
"""Pages are written together up to this many rows: far fewer index pages are written twice.

Nothing is lost by it: a sweep that does not finish is read again from its start.
"""

_OWN = (stream.c.ledger_no == bindparam("number"), stream.c.stream == bindparam("which"))
_BEGIN = Prepared(
    update(stream)
    .where(*_OWN)
    .values(sweep=stream.c.sweep + literal_column("1"))
    .returning(stream.c.sweep)
)
_SWEEP = Prepared(select(stream.c.sweep).where(*_OWN))
_FINISH = Prepared(
    update(stream)
    .where(*_OWN, stream.c.sweep == bindparam("of_sweep"))
    .values(cursor=bindparam("new_cursor"), finished_at=bindparam("at"))
)
_BAD = (quarantine.c.ledger_no == bindparam("number"), quarantine.c.stream == bindparam("which"))
_SUSPECTS = Prepared(select(quarantine.c.record_id).where(*_BAD))
_FORGET_OLDER = Prepared(
    delete(quarantine).where(*_BAD, quarantine.c.sweep < bindparam("of_sweep"))
)
_FORGET_OF_ACCOUNT = Prepared(
    delete(quarantine).where(*_BAD, quarantine.c.account_id == bindparam("account_id"))
)
_OPEN_OF_ACCOUNT = Prepared(
    select(item.c.row_no).where(
        item.c.ledger_no == bindparam("number"),
        item.c.account_id == bindparam("account_id"),
        item.c.gone_at.is_(None),
    )
)


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
    own = {"number": ledger_no, "which": which}
    number = _BEGIN.value(connection, **own)
    if number is None:
        number = 1
        connection.execute(insert(stream).values(ledger_no=ledger_no, stream=which, sweep=1))
    suspects = frozenset(row.record_id for row in _SUSPECTS.all(connection, **own))
    return Sweep(PullState(stream=which, sweep=number), suspects=suspects)


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
    which, number = sweep.state.stream, sweep.state.sweep
    own = {"number": ledger_no, "which": which, "of_sweep": number}
    _FINISH.run(connection, **own, new_cursor=end.cursor, at=at)
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
    which, number = sweep.state.stream, sweep.state.sweep
    if full:
        _FORGET_OLDER.run(connection, number=ledger_no, which=which, of_sweep=number)
        return
    dialect = connection.dialect
    older = delete(quarantine).where(
        quarantine.c.ledger_no == ledger_no,
        quarantine.c.stream == which,
        quarantine.c.sweep < number,
    )
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
    account_id = facts.account.account_id
    there = _OPEN_OF_ACCOUNT.all(connection, number=ledger_no, account_id=account_id)
    unseen = [row.row_no for row in there if row.row_no not in kept]
    items.mark_gone(connection, unseen, print_instant(facts.read_at))
    _refresh_quarantine(connection, ledger_no, facts)


def _refresh_quarantine(connection: Connection, ledger_no: int, facts: AccountFacts) -> None:
    own = {"number": ledger_no, "which": Stream.ITEMS}
    _FORGET_OF_ACCOUNT.run(connection, **own, account_id=facts.account.account_id)
    current = _SWEEP.value(connection, **own)
    add_quarantined(connection, ledger_no, PullState(Stream.ITEMS, current or 0), facts.quarantined)
