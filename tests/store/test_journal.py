"""Whatever is done to a journal or to a message as sent, verification tells."""

import pytest
from sqlalchemy import text

from syncer.model.outcome import Delivered
from syncer.store import open_store
from syncer.store.engine import open_engine, parse_url
from syncer.testing.store_cases import contact, lease, plan, send

TAMPERING = {
    "a body changed": "UPDATE decision SET body = replace(body, 'd2', 'dX') WHERE entry_no = 2",
    "an account changed": "UPDATE decision SET account_id = 'B' WHERE entry_no = 1",
    "a time changed": "UPDATE event SET at = replace(at, '2026', '2025') WHERE entry_no = 1",
    "a key changed": "UPDATE attempt SET key = 'K9' WHERE entry_no = 1",
    "a row removed": "DELETE FROM event WHERE entry_no = 2",
    "the first row removed": "DELETE FROM event WHERE entry_no = 1",
    "the last row removed": "DELETE FROM event WHERE entry_no = (SELECT max(entry_no) FROM event)",
    "a whole journal removed": "DELETE FROM attempt",
    "a head moved": "UPDATE chain SET last_no = last_no - 1 WHERE journal = 'event'",
    "a head removed": "DELETE FROM chain WHERE journal = 'event'",
    "a message changed": "UPDATE message SET raw = sha256",
    "a message and its digest changed": "UPDATE message SET raw = sha256, sha256 = 'x'",
    "a message removed": "DELETE FROM message",
    "a hash changed": "UPDATE decision SET hash = 'x' WHERE entry_no = 2",
}


@pytest.fixture
def written(sqlite_url):
    """A database with decisions, attempts, events and a message."""
    store = open_store(sqlite_url)
    session = lease(store)
    for digest in ("d1", "d2", "d3"):
        plan(session, contact(digest=digest))
    send(session, "K1", Delivered())
    assert store.verify_journal() == []
    store.close()
    return sqlite_url


def _alter(url, *statements):
    engine = open_engine(parse_url(url))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()
    engine.dispose()


def _problems(url):
    store = open_store(url)
    found = store.verify_journal()
    store.close()
    return found


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_is_found(written, statement):
    """Altered, removed and cut-off rows are all reported."""
    _alter(written, statement)
    assert _problems(written) != []


def test_swapped_rows_are_found(written):
    """Two rows in each other's place break the chain, though both are genuine."""
    _alter(
        written,
        "UPDATE decision SET entry_no = 99 WHERE entry_no = 1",
        "UPDATE decision SET entry_no = 1 WHERE entry_no = 2",
        "UPDATE decision SET entry_no = 2 WHERE entry_no = 99",
    )
    assert _problems(written) != []


def test_rows_cannot_move_to_another_ledger(written):
    """A chain starts from its ledger's name."""
    _alter(written, "UPDATE ledger SET name = 'other'")
    assert len(_problems(written)) >= 3


def test_problems_are_sentences_with_a_place(written):
    """The report names ledger, journal and row."""
    _alter(written, TAMPERING["a body changed"])
    assert _problems(written) == [
        "ledger acme, journal decision: row 2 was changed, or stands in another's place"
    ]
