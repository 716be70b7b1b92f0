"""Accounts that share an e-mail address: found, counted together, kept apart, on both engines."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from sqlalchemy import event

from syncer.model.ledger import Person
from syncer.model.outcome import Delivered, Rejected, Uncertain
from syncer.ports import WroteElsewhereError
from syncer.store import open_store
from syncer.testing.store_cases import NOW, contact, effect, message, sweep_accounts

from .test_debtors import customer, fill, lease, wrote


def at(*addresses):
    """People at these addresses."""
    return tuple(Person(email=one) for one in addresses)


def share(store, *, on=True):
    """Compare addresses in both ledgers, or no longer."""
    for ledger in ("north", "south"):
        store.sync_debtors(ledger, {}, by_tax_number=False, by_address=on)


def others(session, account_id):
    """What a customer's debtor was sent elsewhere: ledger, key, and the account in this ledger."""
    found = session.snapshot(account_id).elsewhere
    return sorted((one.ledger, one.key, one.account_id) for one in found)


def opened(url):
    """N1 and N2 of north share a mailbox, which S1 of south has as its second; N3 has its own."""
    store = open_store(url)
    north, south = lease(store, "north"), lease(store, "south")
    fill(
        north,
        customer("N1", people=at("Pay@Acme.example")),
        customer("N2", people=at("pay@acme.example")),
        customer("N3", people=at("own@acme.example")),
    )
    fill(south, customer("S1", people=at("s@south.example", " pay@ACME.example")))
    share(store)
    return store, north, south


@pytest.fixture
def books(sqlite_url):
    """The book in a file."""
    store, north, south = opened(sqlite_url)
    yield store, north, south
    store.close()


@pytest.fixture
def either(url):
    """The same on each kind of database."""
    store, north, south = opened(url)
    yield store, north, south
    store.close()


def test_who_shares_an_address_shares_contacts_in_one_ledger_and_in_others(either):
    """Upper case and blanks do not matter; an equal domain alone is nothing."""
    _, north, south = either
    wrote(north, "K1", "N1", Delivered())
    assert others(north, "N2") == [("north", "K1", "N1")]
    assert others(south, "S1") == [("north", "K1", "")]
    assert others(north, "N1") == []  # its own contact is no other's
    assert others(north, "N3") == []


@pytest.mark.parametrize(
    ("outcome", "counts"), [(Uncertain(evidence="x"), True), (Rejected(reason="no"), False)]
)
def test_what_may_have_gone_out_counts_and_what_was_refused_does_not(books, outcome, counts):
    """As it does between ledgers."""
    _, north, _ = books
    wrote(north, "K1", "N1", outcome)
    assert bool(others(north, "N2")) is counts


def test_a_contact_at_several_common_addresses_counts_once(books):
    """Two addresses in common, and a debtor that the tax number finds as well: one contact."""
    store, north, south = books
    alike = {"tax_number": "GB 123 4567 82", "people": at("a@acme.example", "b@acme.example")}
    fill(north, customer("N1", **alike))
    fill(south, customer("S1", **alike))
    for ledger in ("north", "south"):
        store.sync_debtors(ledger, {}, by_tax_number=True, by_address=True)
    wrote(north, "K1", "N1", Delivered())
    assert others(south, "S1") == [("north", "K1", "")]


def test_addresses_follow_the_ledger_and_the_setting(books):
    """An address that was changed is another mailbox from the next look on; off is off."""
    store, north, south = books
    wrote(north, "K1", "N1", Delivered())
    sweep_accounts(north, customer("N2", people=at("new@acme.example")))
    share(store)
    assert others(north, "N2") == []
    assert others(south, "S1") != []
    share(store, on=False)
    assert others(south, "S1") == []


def test_a_look_that_only_shows_takes_no_address_away(either):
    """A plan before the next run must not let somebody be contacted more often."""
    _, north, _ = either
    wrote(north, "K1", "N1", Delivered())
    sweep_accounts(north, customer("N2", people=at("new@acme.example")))
    north.sync_debtors({}, by_tax_number=False, by_address=True, adding=True)
    assert others(north, "N2") == [("north", "K1", "N1")]
    north.sync_debtors({}, by_tax_number=False, adding=True)
    assert others(north, "N2") == [("north", "K1", "N1")]
    north.sync_debtors({}, by_tax_number=False, by_address=True)
    assert others(north, "N2") == []


def test_what_was_sent_to_an_account_that_is_gone_or_merged_counts_on(books):
    """Its mailbox got the message; and of accounts merged into one, each contact counts once."""
    store, north, south = books
    wrote(north, "K1", "N1", Delivered())
    mine = customer("N2", people=at("pay@acme.example"))
    sweep_accounts(north, mine)  # N1 is no longer listed
    share(store, on=False)
    share(store)
    assert others(north, "N2") == [("north", "K1", "N1")]
    sweep_accounts(north, customer("N1", merged_into="N2"), mine)
    share(store)
    snapshot = north.snapshot("N2")
    assert [made.key for made in snapshot.contacts] == ["K1"]
    assert snapshot.elsewhere == ()
    assert others(south, "S1") == [("north", "K1", "")]


def test_a_new_contact_at_the_address_is_a_new_fact(books):
    """An account is decided again when somebody at its mailbox was written to, and no other."""
    _, north, _ = books
    before = facts(north)
    wrote(north, "K1", "N1", Delivered())
    after = facts(north)
    assert {one for one in before if before[one] != after[one]} == {"N1", "N2"}


def facts(session):
    """The fingerprint of each account's facts."""
    found = session.survey(b"g" * 32)
    return {one.snapshot.account.account_id: one.facts for one in found}


def planned(session, key, account_id):
    """A reminder that is about to go out."""
    ready = replace(contact(key, account_id), effect=effect(key, account_id))
    session.write_plan(run_id="r1", decisions=[ready.decision], planned=[ready], at=NOW)
    session.claim(key, NOW)


def test_what_was_not_counted_stops_the_message(books):
    """Between the decision and the message somebody at the mailbox was written to."""
    _, north, south = books
    wrote(north, "K1", "N1", Delivered())
    planned(south, "K9", "S1")
    with pytest.raises(WroteElsewhereError):
        south.start_sending("K9", message("K9"), NOW, elsewhere=())
    south.start_sending("K9", message("K9"), NOW, elsewhere={"K1"})


def test_what_was_sent_to_an_account_merged_in_does_not_stop_the_message(books):
    """It is the account's own, and was counted as that."""
    store, north, _ = books
    wrote(north, "K1", "N1", Delivered())
    sweep_accounts(
        north,
        customer("N1", merged_into="N2"),
        customer("N2", people=at("pay@acme.example")),
    )
    share(store)
    planned(north, "K2", "N2")
    north.start_sending("K2", message("K2"), NOW, elsewhere=())


def test_of_two_ledgers_at_once_one_gets_through(either):
    """Neither saw the other's message when it decided."""
    _, north, south = either
    planned(north, "K-north", "N1")
    planned(south, "K-south", "S1")
    together = threading.Barrier(2)

    def go(session):
        key = f"K-{session.lease.ledger}"
        together.wait()
        try:
            session.start_sending(key, message(key), NOW, elsewhere=())
        except WroteElsewhereError:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(go, (north, south))) == 1


def test_the_join_goes_from_the_account_by_indexes(books):
    """No table is read as a whole for it: account by account, address by address."""
    store, north, _ = books
    texts = []
    event.listen(store._engine, "before_cursor_execute", lambda *args: texts.append(args[2:4]))
    list(north.snapshots())
    [(text, values)] = [one for one in texts if "theirs" in one[0]]
    with store._engine.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
    plan = [step[3] for step in steps]
    assert all(step.startswith("SEARCH") for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
