"""Ledgers of one state know nothing of each other."""

from contextlib import closing
from datetime import timedelta

from syncer.model.ledger import Page, Stream, StreamEnd
from syncer.ports import LedgerSession
from syncer.store import open_store
from syncer.testing.store_cases import NOW


def _read(session: LedgerSession, cursor: str) -> None:
    state = session.begin_stream(Stream.ITEMS)
    session.store_page(state, Page(stream=Stream.ITEMS), NOW)
    end = StreamEnd(stream=Stream.ITEMS, full=True, records=0, cursor=cursor)
    session.finish_stream(state, end, NOW)


def test_each_ledger_goes_on_where_it_ended_itself(sqlite_url: str) -> None:
    """A new ledger is read whole, however far the one before it has come, and moves no other."""
    until = NOW + timedelta(minutes=15)
    with closing(open_store(sqlite_url)) as store:
        north = store.take_lease("north", owner="r1", now=NOW, until=until)
        _read(north, "n1")
        south = store.take_lease("south", owner="r1", now=NOW, until=until)
        assert south.cursors() == {}
        _read(south, "s1")
        assert north.cursors() == {Stream.ITEMS: "n1"}
        assert south.cursors() == {Stream.ITEMS: "s1"}
