"""One debtor in several ledgers: who it is, and what the others wrote to it, on both engines."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import event

from syncer.errors import LeaseHeld
from syncer.model.decision import Standing
from syncer.model.ledger import Account, Organisation, Person
from syncer.model.outcome import Cancelled, Delivered, Rejected, Retry, Uncertain
from syncer.ports import Selection, WroteElsewhereError
from syncer.store import open_store
from syncer.testing.store_cases import (
    NOW,
    TODAY,
    contact,
    effect,
    item,
    message,
    send,
    sweep,
    sweep_accounts,
)

GROUND = b"g" * 32
ALIKE = {"tax_number": "GB 123 4567 82", "people": (Person(email="pay@acme.example"),)}


def lease(store, ledger, at=NOW):
    """A session on one of the ledgers."""
    until = at + timedelta(minutes=15)
    return store.take_lease(ledger, owner=f"run-{ledger}", now=at, until=until)


def customer(account_id, **facts):
    """A customer without anything that could be matched, unless given."""
    return Account(**({"account_id": account_id, "name": f"Customer {account_id}"} | facts))


def fill(session, *accounts):
    """A ledger with these customers, each with one open invoice."""
    sweep_accounts(session, *accounts)
    items = [item(f"{session.lease.ledger}-{one.account_id}", one.account_id) for one in accounts]
    sweep(session, *items)


def wrote(session, key, account_id, outcome):
    """A reminder to a customer that came to this outcome."""
    planned = replace(contact(key, account_id), effect=effect(key, account_id))
    session.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
    return send(session, key, outcome)


@pytest.fixture
def store(url):
    """North and south, with the customers N1, N2 and S1, S2."""
    opened = open_store(url)
    for ledger in ("north", "south"):
        session = lease(opened, ledger)
        fill(session, customer(f"{ledger[0].upper()}1"), customer(f"{ledger[0].upper()}2"))
        session.release()
    yield opened
    opened.close()


@pytest.fixture
def shared(store):
    """The same, with N1 and S1 named as one debtor."""
    store.sync_debtors("north", {"N1": "acme"}, by_tax_number=False)
    store.sync_debtors("south", {"S1": "acme"}, by_tax_number=False)
    return store


def elsewhere(session, account_id="S1"):
    """What other ledgers wrote to the debtor of an account: (ledger, key, day)."""
    found = session.snapshot(account_id)
    return sorted((one.ledger, one.key, one.on) for one in found.elsewhere)


def test_a_debtor_s_contacts_are_known_in_its_other_ledgers(shared):
    """What north wrote to N1 is told of S1, and of nobody else in either ledger."""
    north, south = lease(shared, "north"), lease(shared, "south")
    wrote(north, "K1", "N1", Delivered())
    wrote(north, "K2", "N2", Delivered())
    assert elsewhere(south) == [("north", "K1", TODAY)]
    every = [*south.snapshots(), *north.snapshots()]
    assert [one.account.account_id for one in every if one.elsewhere] == ["S1"]
    chosen = list(south.snapshots(Selection(accounts=("S1", "S2"))))
    assert [len(one.elsewhere) for one in chosen] == [1, 0]
    assert [one.key for one in shared.peek("south", "S1").elsewhere] == ["K1"]


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (Delivered(), True),
        (Uncertain(evidence="cut off"), True),
        (Rejected(reason="no such mailbox"), False),
        (Retry(after=timedelta(minutes=5), reason="later"), False),
        (Cancelled(reason="paid"), False),
    ],
)
def test_only_what_may_have_reached_the_debtor_counts(shared, outcome, counts):
    """A message that certainly reached nobody takes nothing from the other ledgers' limits."""
    north = lease(shared, "north")
    if isinstance(outcome, Cancelled):
        planned = contact("K1", "N1")
        north.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
        north.claim("K1", NOW)
        assert elsewhere(lease(shared, "south")) == []
        north.settle("K1", outcome, NOW)
    else:
        wrote(north, "K1", "N1", outcome)
    assert bool(elsewhere(shared.take_lease("south", owner="x", now=NOW + timedelta(hours=1),
                                            until=NOW + timedelta(hours=2)))) is counts  # fmt: skip


def test_a_contact_being_sent_counts_already(shared):
    """Between the commit and the answer nobody knows yet, so it counts."""
    north, south = lease(shared, "north"), lease(shared, "south")
    planned = contact("K1", "N1")
    north.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
    north.claim("K1", NOW)
    assert elsewhere(south) == []
    north.start_sending("K1", message("K1"), NOW)
    assert elsewhere(south) == [("north", "K1", TODAY)]


def test_days_are_those_of_the_ledger_that_decides(shared):
    """Late evening in London is the next day in Auckland, where today is compared with it."""
    north, south = lease(shared, "north"), lease(shared, "south")
    there = Organisation(name="South", time_zone="Pacific/Auckland", currency="NZD")
    south.save_organisation(there, NOW)
    evening = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    planned = contact("K1", "N1")
    north.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
    north.claim("K1", evening)
    north.start_sending("K1", message("K1"), evening)
    assert elsewhere(south) == [("north", "K1", date(2026, 3, 3))]


def stands(session):
    """The accounts whose last decision still stands."""
    return [one.standing.account_id for one in session.survey(GROUND) if one.standing]


def test_a_contact_elsewhere_brings_the_account_back(shared):
    """A decision stands until another ledger writes to the same debtor; others keep standing."""
    north, south = lease(shared, "north"), lease(shared, "south")
    standings = [
        Standing(
            account_id=one.snapshot.account.account_id,
            ground=GROUND,
            facts=one.facts,
            contacts=0,
            outcomes=(),
        )
        for one in south.survey(b"other")
    ]
    south.write_plan(run_id="r1", decisions=(), planned=(), standings=standings, at=NOW)
    assert stands(south) == ["S1", "S2"]
    wrote(north, "K2", "N2", Delivered())
    assert stands(south) == ["S1", "S2"]
    wrote(north, "K1", "N1", Delivered())
    assert stands(south) == ["S2"]
    [again] = [one.snapshot for one in south.survey(GROUND) if one.snapshot]
    assert [one.key for one in again.elsewhere] == ["K1"]


def test_matched_by_tax_number_and_domain(store):
    """Equal tax number and domain make a debtor; one of them alone never does."""
    north, south = lease(store, "north"), lease(store, "south")
    fill(north, customer("N1", **ALIKE), customer("N2", **ALIKE))
    same_number = customer(
        "S2", tax_number="GB123456782", people=(Person(email="a@other.example"),)
    )
    fill(south, customer("S1", tax_number="gb123456782", people=ALIKE["people"]), same_number)
    for ledger in ("north", "south"):
        store.sync_debtors(ledger, {}, by_tax_number=True)
    wrote(north, "K1", "N1", Delivered())
    wrote(north, "K2", "N2", Delivered())
    assert [key for _, key, _ in elsewhere(south, "S1")] == ["K1", "K2"]
    assert elsewhere(south, "S2") == []


def test_a_name_wins_over_the_match(store):
    """An account that the configuration names is that debtor and no other."""
    north, south = lease(store, "north"), lease(store, "south")
    fill(north, customer("N1", **ALIKE))
    fill(south, customer("S1", **ALIKE), customer("S2"))
    store.sync_debtors("north", {"N1": "acme"}, by_tax_number=True)
    store.sync_debtors("south", {"S2": "acme"}, by_tax_number=True)
    wrote(north, "K1", "N1", Delivered())
    assert elsewhere(south, "S1") == []
    assert [key for _, key, _ in elsewhere(south, "S2")] == ["K1"]


def test_keys_follow_accounts_and_rules(store):
    """What changes in the ledger or in the rules changes who is shared, at the next look."""
    north, south = lease(store, "north"), lease(store, "south")
    fill(north, customer("N1", **ALIKE))
    fill(south, customer("S1"))

    def keys():
        for ledger in ("north", "south"):
            store.sync_debtors(ledger, {}, by_tax_number=True)
        return [key for _, key, _ in elsewhere(south)]

    wrote(north, "K1", "N1", Delivered())
    assert keys() == []
    sweep_accounts(south, customer("S1", **ALIKE))
    assert keys() == ["K1"]
    store.sync_debtors("south", {"S1": "somebody else"}, by_tax_number=True)
    assert elsewhere(south) == []
    assert keys() == ["K1"]
    store.sync_debtors("south", {}, by_tax_number=False)
    assert elsewhere(south) == []


@pytest.mark.parametrize("by_tax_number", [False, True])
def test_a_debtor_that_is_unsure_loses_no_account(store, by_tax_number):
    """An account stays a debtor's until somebody who knows says otherwise; new ones join it."""
    north, south = lease(store, "north"), lease(store, "south")
    for ledger, named in (("north", {"N1": "acme"}), ("south", {"S1": "acme"})):
        store.sync_debtors(ledger, named, by_tax_number=by_tax_number)
    wrote(north, "K1", "N1", Delivered())
    wrote(north, "K2", "N2", Delivered())
    for named, found in (({}, ["K1"]), ({"N2": "acme"}, ["K1", "K2"])):
        store.sync_debtors("north", named, by_tax_number=by_tax_number, unsure={"acme"})
        assert [key for _, key, _ in elsewhere(south)] == found
    store.sync_debtors("north", {"N2": "acme"}, by_tax_number=by_tax_number)
    assert [key for _, key, _ in elsewhere(south)] == ["K2"]
    store.sync_debtors("north", {}, by_tax_number=by_tax_number, unsure={"zenith"})
    assert elsewhere(south) == []


def test_what_is_gone_or_merged_keeps_its_debtor(store):
    """A contact to an account that was merged away still counts for the debtor, and once."""
    north, south = lease(store, "north"), lease(store, "south")
    fill(north, customer("N1", **ALIKE), customer("N2", **ALIKE))
    fill(south, customer("S1", **ALIKE), customer("S2", **ALIKE))
    for ledger in ("north", "south"):
        store.sync_debtors(ledger, {}, by_tax_number=True)
    wrote(north, "K1", "N1", Delivered())
    sweep_accounts(north, customer("N1", merged_into="N2"), customer("N2", **ALIKE))
    sweep_accounts(south, customer("S2", merged_into="S1"), customer("S1", **ALIKE))
    for ledger in ("north", "south"):
        store.sync_debtors(ledger, {}, by_tax_number=True)
    assert elsewhere(south, "S1") == [("north", "K1", TODAY)]
    sweep_accounts(north)
    store.sync_debtors("north", {}, by_tax_number=True)
    assert elsewhere(south, "S1") == [("north", "K1", TODAY)]


@pytest.mark.parametrize("by_tax_number", [False, True])
@pytest.mark.parametrize("called", ["N1", "N2"])
def test_merged_with_a_named_account_is_the_same_debtor(store, called, by_tax_number):
    """Whichever of merged accounts is named, what was sent to any of them counts."""
    north, south = lease(store, "north"), lease(store, "south")
    wrote(north, "K2", "N2", Delivered())
    into = customer("N1")
    sweep_accounts(north, into, customer("N2", merged_into="N3"), customer("N3", merged_into="N1"))
    wrote(north, "K1", "N1", Delivered())
    store.sync_debtors("north", {called: "acme"}, by_tax_number=by_tax_number)
    store.sync_debtors("south", {"S1": "acme"}, by_tax_number=by_tax_number)
    assert [key for _, key, _ in elsewhere(south)] == ["K1", "K2"]


@pytest.mark.parametrize("by_tax_number", [False, True])
def test_a_debtor_keeps_what_was_sent_to_an_account_that_is_gone(store, by_tax_number):
    """Another account takes the name; the one that the ledger dropped counts on."""
    north, south = lease(store, "north"), lease(store, "south")
    for named in ({"N1": "acme"}, {"N2": "acme"}):
        store.sync_debtors("north", named, by_tax_number=by_tax_number)
        wrote(north, f"K-{min(named)}", min(named), Delivered())
        sweep_accounts(north, customer("N2"))
    store.sync_debtors("south", {"S1": "acme"}, by_tax_number=by_tax_number)
    assert [key for _, key, _ in elsewhere(south)] == ["K-N1", "K-N2"]


def test_an_overtaken_run_does_not_change_debtors(shared):
    """Whoever lost the lease no longer says who is whose debtor."""
    north, south = lease(shared, "north"), lease(shared, "south")
    wrote(north, "K1", "N1", Delivered())
    later = lease(shared, "north", at=NOW + timedelta(hours=1))
    with pytest.raises(LeaseHeld):
        north.sync_debtors({}, by_tax_number=False)
    assert [key for _, key, _ in elsewhere(south)] == ["K1"]
    later.sync_debtors({}, by_tax_number=False)
    assert elsewhere(south) == []


def test_rules_applied_at_once_do_not_collide(store):
    """Of runs that start together each applies its rules; the last one's are kept whole."""
    rules = [{"N1": "acme", "N2": f"rival {number}"} for number in range(6)]
    together = threading.Barrier(len(rules))

    def apply(named):
        together.wait()
        store.sync_debtors("north", named, by_tax_number=False)

    with ThreadPoolExecutor(len(rules)) as pool:
        list(pool.map(apply, rules))
    wrote(lease(store, "north"), "K1", "N1", Delivered())
    store.sync_debtors("south", {"S1": "acme"}, by_tax_number=False)
    assert [key for _, key, _ in elsewhere(lease(store, "south"))] == ["K1"]


def test_thousands_of_debtors_are_matched_in_batches(store):
    """More accounts than fit into one statement get their keys, and only once."""
    north, south = lease(store, "north"), lease(store, "south")
    many = [customer(f"N{n:05}", **(ALIKE | {"tax_number": f"GB{n:09}"})) for n in range(1, 2501)]
    fill(north, *many)
    fill(south, customer("S1", **(ALIKE | {"tax_number": "GB000002500"})))
    for ledger in ("north", "south"):
        store.sync_debtors(ledger, {}, by_tax_number=True)
        store.sync_debtors(ledger, {}, by_tax_number=True)
    wrote(north, "K1", "N02500", Delivered())
    wrote(south, "K2", "S1", Delivered())
    assert [key for _, key, _ in elsewhere(south)] == ["K1"]
    assert [one.account.account_id for one in north.snapshots() if one.elsewhere] == ["N02500"]


def test_the_second_of_two_at_once_is_refused(shared):
    """Whoever commits first sends; the other's effect stays claimed and nothing is kept."""
    north, south = lease(shared, "north"), lease(shared, "south")
    for session, key, account_id in ((north, "K1", "N1"), (south, "K2", "S1")):
        planned = contact(key, account_id)
        session.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
        session.claim(key, NOW)
    north.start_sending("K1", message("K1"), NOW, elsewhere=())
    with pytest.raises(WroteElsewhereError):
        south.start_sending("K2", message("K2"), NOW, elsewhere=())
    assert south.message("K2") is None
    assert [one.state for one in south.in_flight()] == ["claimed"]
    south.start_sending("K2", message("K2"), NOW, elsewhere=("K1",))


def test_the_last_question_follows_every_merge(store):
    """What another ledger wrote to a debtor merged in twice over stops the message as well."""
    north, south = lease(store, "north"), lease(store, "south")
    for session, ledger in ((north, "north"), (south, "south")):
        fill(session, customer(f"{ledger[0].upper()}1", **ALIKE))
        store.sync_debtors(ledger, {}, by_tax_number=True)
    sweep_accounts(
        south,
        customer("S1", merged_into="S2", **ALIKE),
        customer("S2", merged_into="S3"),
        customer("S3"),
    )
    store.sync_debtors("south", {}, by_tax_number=True)
    planned = contact("K2", "S3")
    south.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
    south.claim("K2", NOW)
    wrote(north, "K1", "N1", Delivered())
    assert elsewhere(south, "S3") == [("north", "K1", TODAY)]
    with pytest.raises(WroteElsewhereError):
        south.start_sending("K2", message("K2"), NOW, elsewhere=())
    south.start_sending("K2", message("K2"), NOW, elsewhere=("K1",))


def test_of_many_at_once_exactly_one_gets_through(store):
    """However threads meet, one ledger of the debtor commits and all others are refused."""
    ledgers = [f"l{number}" for number in range(6)]
    sessions = []
    for ledger in ledgers:
        session = lease(store, ledger)
        fill(session, customer("A"))
        store.sync_debtors(ledger, {"A": "acme"}, by_tax_number=False)
        planned = contact(f"K-{ledger}", "A")
        session.write_plan(run_id="r1", decisions=[planned.decision], planned=[planned], at=NOW)
        session.claim(f"K-{ledger}", NOW)
        sessions.append(session)
    together = threading.Barrier(len(sessions))

    def go(session):
        key = f"K-{session.lease.ledger}"
        together.wait()
        try:
            session.start_sending(key, message(key), NOW, elsewhere=())
        except WroteElsewhereError:
            return 0
        return 1

    with ThreadPoolExecutor(len(sessions)) as pool:
        assert sum(pool.map(go, sessions)) == 1


def test_nothing_is_read_where_nothing_is_shared(store):
    """Without debtors a survey asks one cheap question and runs no query over other ledgers."""
    seen = []
    engine = store._engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    session = lease(store, "north")
    seen.clear()
    list(session.survey(GROUND))
    asked = [text for text in seen if "debtor" in text]
    assert len(asked) == 1
    assert "theirs" not in asked[0]


def test_the_join_goes_from_the_account_by_indexes(sqlite_url):
    """No table is read as a whole for it: account by account, key by key, outbox by account."""
    store = open_store(sqlite_url)
    session = lease(store, "north")
    fill(session, customer("N1"))
    store.sync_debtors("north", {"N1": "acme"}, by_tax_number=False)
    texts = []
    event.listen(store._engine, "before_cursor_execute", lambda *args: texts.append(args[2:4]))
    list(session.snapshots())
    [(text, values)] = [one for one in texts if "theirs" in one[0]]
    with store._engine.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
    plan = [step[3] for step in steps]
    assert all(step.startswith("SEARCH") for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
    store.close()
