"""Every try at an effect is on record, as its own."""

import json
from contextlib import closing
from datetime import timedelta

from syncer.model.ledger import Account
from syncer.model.outcome import Cancelled, Delivered, Retry, Snooze
from syncer.store import open_store
from syncer.testing.store_cases import (
    LEDGER,
    NOW,
    contact,
    lease,
    message,
    plan,
    send,
    sweep,
    sweep_accounts,
)


def test_each_effect_has_its_own_tries_in_order(sqlite_url: str) -> None:
    """Two that failed in turn, then one delivered: each shows its own; a put-off one shows none."""
    later = timedelta(minutes=1)
    with closing(open_store(sqlite_url)) as store:
        session = lease(store)
        sweep(session)
        plan(session, contact("K1"), contact("K2", "B"))
        send(session, "K1", Retry(after=later, reason="451 try later"))
        send(session, "K2", Retry(after=later, reason="no such host"))
        send(session, "K1", Delivered(remote_id="m-1"))
        send(session, "K2", Snooze(until=NOW, reason="spent"))
        session.claim("K2", NOW)
        session.settle("K2", Cancelled(reason="paid"), NOW)
        first = [(one.number, one.outcome, one.detail) for one in store.attempts("K1")]
        second = [(one.number, one.outcome, one.detail) for one in store.attempts("K2")]
        assert session.message("K1") == message("K1")
        assert list(store.verify_journal()) == []
    assert first == [(1, "retry", "451 try later"), (2, "delivered", "m-1")]
    assert second == [(1, "retry", "no such host"), (2, "cancelled", "paid")]


def test_the_journal_tells_every_end_of_a_try(sqlite_url: str) -> None:
    """Begun and ended, with what became of it and by which number the channel knows it."""
    with closing(open_store(sqlite_url)) as store:
        session = lease(store)
        sweep_accounts(session, Account(account_id="A", name="Ada"))
        sweep(session)
        plan(session, contact("K1"))
        send(session, "K1", Retry(after=timedelta(minutes=1), reason="451 try later"))
        send(session, "K1", Delivered(remote_id="m-1"))
        known = store.evidence(LEDGER, "A")
    assert known is not None
    assert [one.number for one in known.contacts[0].messages] == [1, 2]
    rows = [json.loads(one.row) for one in known.entries if one.journal == "event"]
    told = [(row[2], row[4]) for row in rows if row[2] in ("sending", "settled")]
    assert [what for what, _ in told] == ["sending", "settled"] * 2
    ends = [body for what, body in told if what == "settled"]
    assert ends[0] == {"outcome": "retry", "state": "pending", "detail": "451 try later"}
    assert (ends[1]["state"], ends[1]["remote_id"]) == ("delivered", "m-1")
