"""The sweep over a list that changes between any two reads."""

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.quickbooks import wire
from connectors.quickbooks.lists import Listing, ListRead, Span
from connectors.quickbooks.moments import instant_text
from connectors.quickbooks.query import Query
from connectors.quickbooks.sweep import Sweep
from syncer.errors import Transient

START = datetime(2026, 11, 2, tzinfo=UTC)
SIZE = 40
LISTING: Listing[int] = Listing(Query("Invoice"), wire.Stub, lambda row: int(row.id))


class MovingList:
    """Rows in id order; before each page a script takes rows out and puts rows in."""

    def __init__(self, rows: int, script: list[tuple[list[int], list[int]]]) -> None:
        self.rows = {number * 10: START - timedelta(days=1) for number in range(rows)}
        self.always = set(self.rows)  # rows that were there all the time
        self.script = script
        self.pages = 0
        self.counts = 0

    def count(self, query: Query) -> tuple[int, str]:
        self.counts += 1
        return len(self.rows), instant_text(START + timedelta(seconds=self.pages))

    def page(
        self, listing: Listing[Any], decoder: Any, span: Span, skip: AbstractSet[str]
    ) -> ListRead[Any]:
        self.pages += 1
        if self.pages > 1 and self.script:
            self._move(*self.script.pop(0))
        part = sorted(self.rows)[span.start - 1 : span.start - 1 + SIZE]
        stamps = [self.rows[number] for number in part]
        rows = [number for number in part if str(number) not in skip]
        latest = max(stamps, default=None) if span.stamps else None
        return ListRead(rows, [str(number) for number in part], [], latest)

    def _move(self, out: list[int], new: list[int]) -> None:
        for number in new:
            self.rows[number] = START + timedelta(seconds=self.pages)
        ordered = sorted(self.rows)
        for position in out:
            if ordered:
                gone = ordered.pop(position % len(ordered))
                del self.rows[gone]
                self.always.discard(gone)


moves = st.lists(
    st.tuples(
        st.lists(st.integers(0, 400), max_size=50),
        st.lists(st.integers(0, 4000).filter(lambda n: n % 10), max_size=20, unique=True),
    ),
    max_size=12,
)


@settings(max_examples=400, deadline=None)
@given(rows=st.integers(0, 330), script=moves)
def test_no_row_that_stayed_is_ever_missed(
    rows: int, script: list[tuple[list[int], list[int]]]
) -> None:
    """Whatever leaves or enters between reads: a finished sweep has every row that stayed."""
    book = MovingList(rows, script)
    try:
        read = {row for page in Sweep(book, LISTING, size=SIZE) for row in page.rows}
    except Transient:
        return
    assert book.always <= read


@given(rows=st.integers(0, 900))
def test_a_still_list_costs_the_floor(rows: int) -> None:
    """Nothing moves: one call per full page, one count, each row once."""
    book = MovingList(rows, [])
    sweep = Sweep(book, LISTING, size=SIZE)
    found = [row for page in sweep for row in page.rows]
    assert sorted(found) == sorted(book.rows)
    assert len(found) == len(set(found)) == sweep.records
    assert (book.pages, book.counts) == (max(1, -(-rows // SIZE)), 1)


def test_an_empty_answer_is_not_believed_against_the_count() -> None:
    """A list that says nothing while the count says there is something ends loudly."""

    class Lying(MovingList):
        def page(self, *_: Any) -> ListRead[Any]:
            self.pages += 1
            return ListRead([], [], [])

    book = Lying(5, [])
    with pytest.raises(Transient, match="does not hold as many rows"):
        list(Sweep(book, LISTING, size=SIZE))
    assert book.pages <= 5


def test_a_page_cut_short_is_not_believed_against_the_count() -> None:
    """A vendor that silently gives fewer rows a page than asked for is noticed."""

    class Short(MovingList):
        def page(self, *args: Any) -> ListRead[Any]:
            got = super().page(*args)
            return ListRead(got.rows[:10], got.ids[:10], [])

    with pytest.raises(Transient):
        list(Sweep(Short(100, []), LISTING, size=SIZE))


def test_a_row_that_leaves_between_full_pages_has_the_list_read_again() -> None:
    """The count sinks with the row that left, but the row at the seam was skipped."""
    book = MovingList(313, [([0], [])])
    sweep = Sweep(book, LISTING, size=SIZE)
    read = {row for page in sweep for row in page.rows}
    assert sweep.passes == 2
    assert book.always <= read


def test_plain_offset_paging_would_lose_rows() -> None:
    """The control: asking for the next page and no more does lose a row here."""
    book = MovingList(100, [([0], [])])
    read: set[int] = set()
    for start in (1, 1 + SIZE, 1 + 2 * SIZE):
        read.update(book.page(LISTING, None, Span(start), frozenset()).rows)
    assert not book.always <= read
