"""Reads a list whole while it may be changing, and loses no row.

Pages are cut by position, so a row that leaves early on (an invoice is paid) moves every later
row forward, and the row at the seam is skipped by whoever just asks for the next page. Rows
come in the order of their ids, which an edit does not change. Two ways prevent a loss:

* *overlapping*: every page begins with the last row of the one before. A page whose first row
  is new is not connected: step back and read again from further up.
* *counting*: full pages, where the overlap would cost a call. A count that does not fit, a row
  seen twice, or a row changed since the sweep began has the list read again, with overlaps.

Before either, the list is counted: an empty answer is believed only when nothing is there to
be read. Rows of all passes are kept. A list that never holds still ends in Transient.
"""

from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from connectors.quickbooks.lists import ListDecoder, Listing, ListRead, Span
from connectors.quickbooks.moments import read_instant
from connectors.quickbooks.query import PAGE_SIZE, Query
from syncer.errors import Transient
from syncer.model.ledger import Quarantined

R = TypeVar("R")

_PASSES_MAX = 3
_STEP_BACK = 200  # rows; doubled while the page still does not connect
_DOUBLINGS = 5
_STEPS_MAX = 20
_PAGES_MAX = 10_000


class Lists(Protocol):
    """What a sweep asks of the API."""

    def page(
        self, listing: Listing[R], decoder: ListDecoder[R], span: Span, skip: AbstractSet[str]
    ) -> ListRead[R]:
        """Rows from a position, without those to skip."""

    def count(self, query: Query) -> tuple[int, str]:
        """How many rows there are, and the server's time."""


def read_all(api: Lists, listing: Listing[R]) -> tuple[list[R], list[Quarantined]]:
    """A list that is nearly always one page: only when the page is full is it swept."""
    got = api.page(listing, ListDecoder(listing), Span(1), frozenset())
    if len(got.ids) < PAGE_SIZE:
        return got.rows, got.bad
    rows: list[R] = []
    bad: list[Quarantined] = []
    for page in Sweep(api, listing):
        rows += page.rows
        bad += page.bad
    return rows, bad


class Sweep(Generic[R]):
    """One full read of a list. Iterate once; ``records`` is set by then."""

    def __init__(self, api: Lists, listing: Listing[R], *, size: int = PAGE_SIZE) -> None:
        self._api = api
        self._listing = listing
        self._decoder = ListDecoder(listing)
        self._size = size
        self._given = 0
        self.records = 0  # as QuickBooks counted them, or as many as all passes gave
        self.passes = 0

    def __iter__(self) -> Iterator[ListRead[R]]:
        for number in range(_PASSES_MAX):
            self.passes += 1
            count, time = self._api.count(self._listing.query)
            self.records = max(count, self._given)
            if number or self._overlaps_free(count):
                settled = yield from self._overlapping(count)
            else:
                began = read_instant(time).replace(microsecond=0) if time else None
                settled = yield from self._counting(count, began)
            self.records = max(self.records, self._given)
            if settled:
                return
        raise Transient(
            f"the list of {self._listing.query.entity} does not hold as many rows as QuickBooks "
            "counts, or kept changing while it was read; the next run tries again"
        )

    def _overlaps_free(self, count: int) -> bool:
        """Whether pages that share a row, up to a short one, need no call more than full ones."""
        return (count - 1) // (self._size - 1) + 1 <= max(1, -(-count // self._size))

    def _overlapping(self, count: int) -> Generator[ListRead[R], None, bool]:
        known: set[str] = set()
        start, steps = 1, 0
        for _ in range(_PAGES_MAX):
            got = self._page(Span(start), known)
            if start > 1 and not (got.ids and got.ids[0] in known):
                start = max(1, start - _STEP_BACK * 2 ** min(steps, _DOUBLINGS))
                steps += 1
                if steps > _STEPS_MAX:
                    return False
                continue
            known.update(got.ids)
            yield got
            if len(got.ids) < self._size:
                return self._complete(len(known), count)
            start += len(got.ids) - 1
        return False

    def _counting(self, count: int, began: datetime | None) -> Generator[ListRead[R], None, bool]:
        known: set[str] = set()
        start, moved = 1, False
        for _ in range(_PAGES_MAX):
            got = self._page(Span(start, stamps=True), known)
            changed = began is not None and got.latest is not None and got.latest >= began
            moved = moved or changed or not known.isdisjoint(got.ids)
            known.update(got.ids)
            yield got
            if len(got.ids) < self._size or len(known) >= count:
                return not moved and len(known) >= count  # fewer: some left, one may be skipped
            start += len(got.ids)
        return False

    def _page(self, span: Span, known: AbstractSet[str]) -> ListRead[R]:
        got = self._api.page(self._listing, self._decoder, span, known)
        self._given += len(got.rows) + len(got.bad)
        return got

    def _complete(self, found: int, count: int) -> bool:
        """Whether as many rows were found as there are: counted again if there were more.

        Only pages that overlap prove that what is missing left, and was not skipped.
        """
        return found >= count or found >= self._api.count(self._listing.query)[0]
