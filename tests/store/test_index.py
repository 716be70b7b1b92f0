"""The index by account is there whenever a list was read to its end."""

import sqlite3

import pytest

from syncer.model.ledger import Page, Stream
from syncer.store import open_store
from syncer.testing.store_cases import LATER, NOW, item, lease, sweep


@pytest.fixture
def path(tmp_path):
    """Where the state file lies."""
    return tmp_path / "state.sqlite"


def indexes(path):
    """The names of all indexes in the file."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        return {name for (name,) in rows}


def test_the_first_list_makes_the_index_at_its_end(path):
    """While nothing is stored it is off; a finished list, also an empty one, brings it back."""
    for items in ((), (item("1"),), (item("1"), item("2", "B"))):
        store = open_store(f"sqlite:///{path}")
        session = lease(store, at=NOW)
        sweep(session, *items)
        session.release()
        store.close()
        assert "ix_item_account" in indexes(path)


def test_a_run_that_died_in_its_first_list_leaves_it_to_the_next(path):
    """The next list that ends makes the index, over the rows of both runs."""
    store = open_store(f"sqlite:///{path}")
    session = lease(store)
    state = session.begin_stream(Stream.ITEMS)
    session.store_page(state, Page(stream=Stream.ITEMS, items=(item("1"),)), NOW)
    session.release()
    store.close()
    assert "ix_item_account" not in indexes(path)
    store = open_store(f"sqlite:///{path}")
    session = lease(store, "run-2", at=LATER)
    sweep(session, item("1"), item("2"))
    assert len(next(session.snapshots()).items) == 2
    session.release()
    store.close()
    assert "ix_item_account" in indexes(path)
