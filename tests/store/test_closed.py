"""What was closed lately, on both engines: found for thanks, forgotten when it comes back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import Account, AccountFacts, Page, Settled, Stream, StreamEnd
from syncer.model.outcome import Delivered, Uncertain
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

ACCOUNTS = tuple(Account(account_id=one, name=f"Customer {one}") for one in "ABCD")


@pytest.fixture
def store(url):
    """Four customers, each owes one invoice."""
    opened = open_store(url)
    session = lease(opened)
    sweep_accounts(session, *ACCOUNTS)
    sweep(session, *(item(one.lower(), one) for one in "ABCD"))
    session.release()
    yield opened
    opened.close()


def paid(item_id: str, account_id: str, on: date = TODAY) -> Settled:
    """Money paid it."""
    return Settled(
        item_id=item_id,
        account_id=account_id,
        currency="GBP",
        amount=Decimal(100),
        issued_on=None,
        due_on=None,
        paid_on=on,
        credited=Decimal(0),
    )


def sweep_settled(session, *rows: Settled) -> None:
    """Payments that are told, as a delta tells them: what is not told stays."""
    state = session.begin_stream(Stream.SETTLED)
    session.store_page(state, Page(stream=Stream.SETTLED, settled=rows), NOW)
    session.finish_stream(
        state, StreamEnd(stream=Stream.SETTLED, full=False, records=len(rows)), NOW
    )


def ids(session, since: date = TODAY) -> list[str]:
    """Who may be thanked for a payment since."""
    return [one.account.account_id for one in session.paid_up(since)]


def test_who_has_nothing_open_paid_lately_and_was_spoken_to(store):
    """A message that arrived, or a promise; not one in doubt, nor whoever still owes."""
    promise = Hold(
        hold_id="P",
        kind=HoldKind.PROMISE,
        account_id="C",
        starts_on=TODAY,
        reason="said so",
        source=HoldSource.CLI,
    )
    store.add_hold(LEDGER, promise, NOW)
    session = lease(store)
    plan(session, contact("KA", "A"), contact("KB", "B"), contact("KD", "D"))
    for key, outcome in (
        ("KA", Delivered()),
        ("KB", Uncertain(evidence="cut")),
        ("KD", Delivered()),
    ):
        send(session, key, outcome)
    sweep(session, item("d", "D"))
    sweep_settled(session, paid("a", "A"), paid("b", "B"), paid("c", "C"), paid("d2", "D"))
    assert ids(session) == ["A", "C"]
    assert ids(session, TODAY + timedelta(days=1)) == []
    first = next(session.paid_up(TODAY))
    assert (first.items, first.settled, [made.key for made in first.contacts]) == (
        *((), (paid("a", "A"),), ["KA"]),
    )


def test_closed_items_are_told_as_they_last_were(store):
    """By id, in their order; what is open, or was never there, is not among them."""
    session = lease(store)
    last = replace(item("b", "B"), open=Decimal("60.00"))
    sweep(session, item("a", "A"), last)
    sweep(session, item("a", "A"))
    found = session.closed_items(["d", "b", "a", "nobody"])
    assert [(one.item_id, one.open) for one in found] == [("b", 60), ("d", Decimal(100))]
    assert store.closed_items(LEDGER, ["b"]) == tuple(found[:1])
    assert store.closed_items("nowhere", ["b"]) == ()


@pytest.mark.parametrize("how", ["sweep", "guard"])
def test_a_payment_is_forgotten_when_its_invoice_is_open_again(store, how):
    """Of that invoice alone; told again, it counts again."""
    session = lease(store)
    sweep(session)
    sweep_settled(session, paid("a", "A"), paid("a", "A", date(2026, 1, 2)), paid("aa", "A"))
    assert len(session.snapshot("A").settled) == 3
    if how == "sweep":
        sweep(session, item("a", "A"))
    else:
        facts = AccountFacts(account=ACCOUNTS[0], items=(item("a", "A"),), read_at=NOW)
        session.refresh_account(facts)
    assert [one.item_id for one in session.snapshot("A").settled] == ["aa"]
    sweep(session)
    assert [one.item_id for one in session.snapshot("A").settled] == ["aa"]
    sweep_settled(session, paid("a", "A"))
    assert sorted(one.item_id for one in session.snapshot("A").settled) == ["a", "aa"]


def test_a_customer_merged_into_another_is_thanked_as_that_one(store):
    """Its payment and its message count for whoever took it over."""
    session = lease(store)
    plan(session, contact("KA", "A"))
    send(session, "KA", Delivered())
    sweep(session)
    sweep_settled(session, paid("a", "A"))
    merged = replace(ACCOUNTS[0], merged_into="C")
    sweep_accounts(session, merged, *ACCOUNTS[1:])
    assert ids(session) == ["C"]
