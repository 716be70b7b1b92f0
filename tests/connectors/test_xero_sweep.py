"""The sweep over a list that changes between any two reads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.xero.lists import PageRead
from connectors.xero.sweep import Sweep
from syncer.errors import Transient

START = datetime(2026, 11, 2, tzinfo=UTC)
SIZE = 40

Row = tuple[int, datetime]


class MovingList:
    """Rows in id order; before each read a script takes rows out and puts rows in."""

    def __init__(self, rows: int, script: list[tuple[list[int], list[int]]]) -> None:
        self.rows = {number * 10: START - timedelta(days=1) for number in range(rows)}
        self.always = set(self.rows)  # rows that were there all the time
        self.script = script
        self.reads = 0

    def __call__(self, page: int, size: int) -> PageRead[Row]:
        self.reads += 1
        now = START + timedelta(seconds=self.reads)
        if self.reads > 1 and self.script:
            out, new = self.script.pop(0)
            for number in new:
                self.rows[number] = now
            ordered = sorted(self.rows)
            for position in out:
                if ordered:
                    gone = ordered.pop(position % len(ordered))
                    del self.rows[gone]
                    self.always.discard(gone)
        ordered = sorted(self.rows)
        part = ordered[(page - 1) * size : page * size]
        return PageRead(
            [(number, self.rows[number]) for number in part],
            [str(number) for number in part],
            [],
            len(ordered),
            now - timedelta(milliseconds=500),
            max((self.rows[number] for number in part), default=None),
        )


def _sweep(fetch: Callable[[int, int], PageRead[Row]]) -> Sweep[Row]:
    return Sweep(fetch, id_of=lambda row: str(row[0]), size=SIZE)


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
    sweep = _sweep(book)
    try:
        read = {row[0] for page in sweep for row in page.rows}
    except Transient:
        return
    assert book.always <= read


@given(rows=st.integers(0, 900))
def test_a_still_list_costs_the_floor(rows: int) -> None:
    """Nothing moves: one call per page of full size, each row once."""
    book = MovingList(rows, [])
    found = [row[0] for page in _sweep(book) for row in page.rows]
    assert sorted(found) == sorted(book.rows)
    assert len(found) == len(set(found))
    assert book.reads == max(1, -(-rows // SIZE))


def test_a_list_that_never_holds_still_is_loud() -> None:
    """Pages that never connect end in Transient within a bounded number of reads."""
    calls = 0

    def churning(page: int, size: int) -> PageRead[Row]:
        nonlocal calls
        calls += 1
        ids = [f"{calls}-{index}" for index in range(size)]
        return PageRead([], ids, [], 300, START)

    with pytest.raises(Transient, match="kept changing"):
        list(_sweep(churning))
    assert calls < 200


def test_plain_offset_paging_would_lose_rows() -> None:
    """The control: asking for the next page and no more does lose a row here."""
    book = MovingList(100, [([0], [])])
    first, second = book(1, SIZE), book(2, SIZE)
    third = book(3, SIZE)
    read = {row[0] for page in (first, second, third) for row in page.rows}
    assert not book.always <= read


def test_a_restless_long_list_settles_by_overlapping() -> None:
    """Full pages that saw movement are read again with overlaps, and that pass is final."""
    book = MovingList(300, [([0], [])])
    sweep = _sweep(book)
    read = {row[0] for page in sweep for row in page.rows}
    assert sweep.passes == 2
    assert book.always <= read
