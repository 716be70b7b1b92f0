"""Reads a paged list whole while it may be changing, and loses no row.

Pages are cut by position, so a row that leaves the list early on (an invoice is paid) moves
every later row forward, and the row at the seam is skipped by whoever just asks for the next
page. Two ways of reading prevent that:

* *overlapping*: every page is asked for one row smaller than the one before, so each begins
  before the seam. A page whose first row was not in the pages before it is not connected:
  the step back is to read the page before once more.
* *counting*: full pages, where overlapping would cost calls. Any sign of movement (another
  count, a row seen twice, a row changed since the sweep began) has the list read again, and
  then overlapping. A row can only be lost unseen if one row leaves and another enters, and
  the one that enters carries a change date later than the sweep's start.

Rows of all passes are kept together. A list that never holds still ends in Transient.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from connectors.xero.lists import PageRead
from syncer.errors import ContractError, Transient

R = TypeVar("R")

PAGE_SIZE = 1000  # Xero's largest (requests-and-responses page, 2026)
_PASSES_MAX = 3
_PAGES_REMEMBERED = 3
_SPARE_READS = 20  # steps back allowed beyond one a page

Fetch = Callable[[int, int], PageRead[R]]  # page from 1, rows a page


class Sweep(Generic[R]):
    """One full read of a list. Iterate once; ``records`` and ``started_at`` are set by then."""

    def __init__(
        self,
        fetch: Fetch[R],
        *,
        id_of: Callable[[R], str],
        size: int = PAGE_SIZE,
    ) -> None:
        self._fetch = fetch
        self._id_of = id_of
        self._size = size
        self.records = 0  # as the vendor counted them, or as many as all passes gave
        self._given = 0
        self.started_at: datetime | None = None  # the server's clock at the first page
        self.passes = 0

    def __iter__(self) -> Iterator[PageRead[R]]:
        for number in range(_PASSES_MAX):
            self.passes += 1
            settled = yield from self._pass(again=number > 0)
            if settled:
                # Rows that left after they were read were given all the same.
                self.records = max(self.records, self._given)
                return
        raise Transient("the list kept changing while it was read; the next run tries again")

    def _pass(self, *, again: bool) -> Generator[PageRead[R], None, bool]:
        first = self._fetch(1, self._size)
        self.records = first.count
        if self.started_at is None:
            self.started_at = first.at
        if self._overlaps_free(first.count) or (again and self._overlaps_reach(first.count)):
            settled = yield from self._overlapping(first)
        else:
            settled = yield from self._counting(first)
        return settled

    def _overlaps_free(self, count: int) -> bool:
        """Whether shrinking pages need no call more than full ones."""
        pages = -(-count // self._size)
        return pages * (pages - 1) <= pages * self._size - count

    def _overlaps_reach(self, count: int) -> bool:
        """Whether shrinking pages can reach the end: page k ends at k * (size + 1 - k)."""
        return count < (self._size + 1) ** 2 // 5

    def _counting(self, first: PageRead[R]) -> Generator[PageRead[R], None, bool]:
        page, got, distinct = 1, first, 0
        known: set[str] = set()
        while True:
            ids = set(got.ids)
            moved = got.count != first.count or not known.isdisjoint(ids)
            yield self._fresh(got, known)
            if page > 1 and (moved or _changed_since(first.at, got)):
                return False
            distinct += len(ids)
            known = ids
            if page * self._size >= got.count:
                return distinct == got.count
            page += 1
            got = self._fetch(page, self._size)

    def _overlapping(self, first: PageRead[R]) -> Generator[PageRead[R], None, bool]:
        page, got = 1, first
        seen: deque[set[str]] = deque(maxlen=_PAGES_REMEMBERED)
        reads_left = first.count // self._size + _SPARE_READS
        while True:
            self.records = got.count
            yield self._fresh(got, set().union(*seen))
            seen.append(set(got.ids))
            if page * self._shrunk(page) >= got.count:
                return True
            page += 1
            got = self._fetch(page, self._shrunk(page))
            while page > 1 and not _connected(got, seen):
                reads_left -= 1
                if reads_left < 0:
                    return False
                page -= 1
                got = self._fetch(page, self._shrunk(page))

    def _shrunk(self, page: int) -> int:
        """Rows to ask for on ``page``, so that it begins before the page before it ended."""
        size = self._size - (page - 1)
        if size < 1:
            raise ContractError("the list is longer than overlapping pages can reach")
        return size

    def _fresh(self, got: PageRead[R], known: set[str]) -> PageRead[R]:
        """The page without the rows that the pages before it already gave."""
        if not known.isdisjoint(got.ids):
            got = PageRead(
                [row for row in got.rows if self._id_of(row) not in known],
                got.ids,
                [row for row in got.bad if row.record_id not in known],
                got.count,
                got.at,
                got.latest,
            )
        self._given += len(got.rows) + len(got.bad)
        return got


def _changed_since(start: datetime | None, got: PageRead[Any]) -> bool:
    return start is not None and got.latest is not None and got.latest > start


def _connected(got: PageRead[R], seen: Iterable[set[str]]) -> bool:
    """Whether the page begins with a row that was read before it: then nothing lies between."""
    return bool(got.ids) and any(got.ids[0] in ids for ids in seen)
