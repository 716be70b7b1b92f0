"""What was decided of an account stands only while nothing that was looked at has changed."""

from datetime import date
from decimal import Decimal

import pytest

from syncer.model.decision import Standing
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import (
    Account,
    AccountFacts,
    ItemKind,
    Page,
    Quarantined,
    Settled,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Delivered, Uncertain
from syncer.model.run import OutcomeTotal
from syncer.store import open_store
from syncer.testing.store_cases import (
    LEDGER,
    NOW,
    TODAY,
    contact,
    item,
    lease,
    plan,
    send,
    sweep,
    sweep_accounts,
)

GROUND = b"g" * 32


@pytest.fixture
def store(url):
    """A store with two customers, both read, neither decided."""
    opened = open_store(url)
    session = lease(opened)
    sweep_accounts(session, Account(account_id="A", name="Ann"), Account(account_id="B", name="B"))
    sweep(session, item("1"), item("2", "B"))
    session.release()
    yield opened
    opened.close()


def decide_all(session):
    """Keep for every account that it was decided on ``GROUND``; a reminder goes to A."""
    standings = [
        Standing(
            account_id=one.snapshot.account.account_id,
            ground=GROUND,
            facts=one.facts,
            contacts=1,
            outcomes=(
                OutcomeTotal(code="step_due", currency="GBP", items=1, amount=Decimal("100.00")),
            ),
        )
        for one in session.survey(b"other")
        if one.snapshot is not None
    ]
    planned = [contact("K1")]
    session.write_plan(
        run_id="r1",
        decisions=[one.decision for one in planned],
        planned=planned,
        standings=standings,
        at=NOW,
    )
    return standings


def standing(session, ground=GROUND):
    """The accounts whose decisions stand."""
    return [one.standing.account_id for one in session.survey(ground) if one.standing is not None]


def test_what_stands_comes_back_as_it_was_kept(store):
    """An untouched account is not decoded: its standing comes back whole, on its ground alone."""
    session = lease(store)
    kept = decide_all(session)
    assert [one.standing for one in session.survey(GROUND)] == kept
    assert standing(session, b"other") == []
    snapshots = {one.snapshot for one in session.survey(b"other")}
    assert snapshots == set(session.snapshots())


def _pay(session):
    sweep(session, item("1", open=Decimal("40.00")), item("2", "B"))


def _another_item(session):
    sweep(session, item("1"), item("3"), item("2", "B"))


def _credit(session):
    credit = item("9", kind=ItemKind.CREDIT_NOTE, amount="30.00")
    sweep(session, item("1"), credit, item("2", "B"))


def _rename(session):
    sweep_accounts(session, Account(account_id="A", name="An"), Account(account_id="B", name="B"))


def _account_gone(session):
    sweep_accounts(session, Account(account_id="B", name="B"))


def _settle(session):
    paid = Settled(
        item_id="0",
        account_id="A",
        currency="GBP",
        amount=Decimal(5),
        issued_on=None,
        due_on=None,
        paid_on=TODAY,
    )
    state = session.begin_stream(Stream.SETTLED)
    session.store_page(state, Page(stream=Stream.SETTLED, settled=(paid,)), NOW)
    session.finish_stream(state, StreamEnd(stream=Stream.SETTLED, full=True, records=1), NOW)


def _quarantine(session):
    bad = Quarantined(record_id="7", account_id="A", where="row 7", problem="no date")
    sweep(session, item("1"), item("2", "B"), quarantined=(bad,))


def _guard_read(session):
    account = Account(account_id="A", name="Ann")
    session.refresh_account(
        AccountFacts(account=account, items=(item("1", amount="99.00"),), read_at=NOW)
    )


def _delivered(session):
    send(session, "K1", Delivered())


def _uncertain(session):
    send(session, "K1", Uncertain(evidence="timed out"))


def _claimed(session):
    session.claim("K1", NOW)


def _cancelled(session):
    other = contact("K9", digest="d9")
    plan(session, other)


@pytest.mark.parametrize(
    "change",
    [
        _pay,
        _another_item,
        _credit,
        _rename,
        _account_gone,
        _settle,
        _quarantine,
        _guard_read,
        _claimed,
        _delivered,
        _uncertain,
        _cancelled,
    ],
)
def test_any_change_brings_the_account_back(store, change):
    """Whatever changes of an account, it is decided again, and nobody else is."""
    session = lease(store)
    decide_all(session)
    change(session)
    assert standing(session) == ["B"]


def test_a_hold_brings_the_account_back(store):
    """A hold, and its end, are facts of the account."""
    session = lease(store)
    decide_all(session)
    hold = Hold(
        hold_id="h1",
        kind=HoldKind.MANUAL,
        account_id="A",
        starts_on=TODAY,
        ends_on=date(2026, 4, 1),
        reason="asked to wait",
        source=HoldSource.CLI,
    )
    store.add_hold(LEDGER, hold, NOW)
    assert standing(session) == ["B"]
    decide_all(session)
    assert standing(session) == ["A", "B"]
    store.end_hold(LEDGER, "h1", on=TODAY, author="a", at=NOW)
    assert standing(session) == ["B"]


def test_a_merger_brings_the_account_back(store):
    """Items that another account brought along are facts of the one that took it over."""
    session = lease(store)
    decide_all(session)
    sweep_accounts(
        session,
        Account(account_id="A", name="Ann", merged_into="B"),
        Account(account_id="B", name="B"),
    )
    assert standing(session) == []


def test_reading_the_same_again_changes_nothing(store):
    """A second read of the same ledger leaves every decision standing."""
    session = lease(store)
    decide_all(session)
    sweep_accounts(session, Account(account_id="A", name="Ann"), Account(account_id="B", name="B"))
    sweep(session, item("2", "B", amount="100.0"), item("1", amount="100"))
    assert standing(session) == ["A", "B"]


def test_decisions_without_a_standing_end_the_one_before(store):
    """What a plan only looked at, or a selection, journals is the latest word: nothing stands."""
    session = lease(store)
    for planned in ((contact("K1", digest="d2"),), None):
        decide_all(session)
        session.write_plan(
            run_id="r2",
            decisions=[contact("K1", digest="d2").decision],
            planned=planned,
            at=NOW,
        )
        assert standing(session) == ["B"]
