"""The state that the previous release wrote opens in this one, and nothing is sent again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

from syncer.model.effect import EffectState
from syncer.ports import OutboxFilter
from syncer.store import open_store

DUMP = Path(__file__).parents[1] / "store" / "previous_release.sql"
"""Made by the release before (schema 0002): one customer, two steps of the ladder, a week apart."""


def test_the_previous_release_is_taken_over_with_nothing_sent_again(bench, tmp_path):
    """Upgraded in place, a copy kept beside, both steps known, new customers written to."""
    path = tmp_path / "previous.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    stale = tmp_path / "previous.db.before-0001-to-0002"
    stale.write_bytes(b"an older copy")
    with structlog.testing.capture_logs() as said:
        bench.store.close()
        bench.store = open_store(f"sqlite:///{path}")
    (copy,) = tmp_path.glob("previous.db.before-*")
    assert (copy.name, stale.exists()) == ("previous.db.before-0002-to-0006", False)
    assert [copy.name in one["say"] for one in said if one["event"] == "state_upgraded"] == [True]
    bench.owes("I1", "A1", late=10)
    bench.next_day(7)
    bench.run()
    assert bench.book.mailbox == []
    sent = bench.store.effects(OutboxFilter(states=(EffectState.DELIVERED,)))
    assert len([one for one in sent if one.kind == "reminder"]) == 2
    for _ in range(20):
        bench.next_day()
        bench.run()
    assert bench.book.mailbox == []  # its ladder has two steps
    bench.owes("I3", "A3", late=0)
    bench.run()
    assert len(bench.book.mailbox) == 1
    assert bench.store.verify_journal() == []
