"""The guard's read: two calls when nothing is unclear, credits only when the balance disagrees."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.errors import Transient
from syncer.model.ledger import ItemKind
from syncer.sandbox.books import stable_id
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.records import Document, Kind, Line, Status
from syncer.sandbox.world import World

from .conftest_xero import Bench


def _account(bench: Bench) -> str:
    return next(iter(bench.world.main.books.contacts))


def _give_credit(bench: Bench, account_id: str, amount: str) -> Document:
    ledger = bench.world.main
    like = next(doc for doc in ledger.open_invoices() if doc.contact_id == account_id)
    now = bench.world.clock()
    line = Line(
        line_id=stable_id("credit line"),
        text="credit",
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        net=Decimal(amount),
    )
    credit = Document(
        doc_id=stable_id("credit", amount),
        kind=Kind.CREDIT_NOTE,
        number="CN-1",
        contact_id=account_id,
        status=Status.OPEN,
        currency=like.currency,
        total=Decimal(amount),
        net=Decimal(amount),
        issued_on=date(2026, 11, 1),
        created_at=now,
        changed_at=now,
        booked_at=now,
        lines=(line,),
    )
    ledger.enter(credit)
    return credit


def _one_currency(bench: Bench, account_id: str) -> None:
    for doc in bench.world.main.open_invoices():
        if doc.contact_id == account_id:
            bench.world.main.change_document(doc, currency="NZD")


def _reads(bench: Bench, account_id: str) -> tuple[Any, list[str]]:
    before = len(bench.seen)
    facts = bench.source.read_accounts([account_id])
    return facts[account_id], [
        path.rsplit("/2.0/")[-1] for _, path, *_ in bench.seen[before:] if "2.0" in path
    ]


def _bench() -> tuple[Bench, str]:
    bench = Bench(invoices=60, accounts=6)
    account = _account(bench)
    _one_currency(bench, account)
    return bench, account


def test_an_account_without_credits_costs_two_calls() -> None:
    """After a pull the guard reads the contact and, last, its open invoices."""
    bench, account = _bench()
    bench.pull()
    facts, paths = _reads(bench, account)
    assert paths == [f"Contacts/{account}", "Invoices"]
    assert {item.item_id for item in facts.items} == {
        doc.doc_id for doc in bench.world.main.open_invoices() if doc.contact_id == account
    }


def test_known_credits_are_used_while_the_balance_agrees() -> None:
    """A credit seen in the pull is netted without reading the credit lists again."""
    bench, account = _bench()
    credit = _give_credit(bench, account, "12.50")
    bench.pull()
    facts, paths = _reads(bench, account)
    assert len(paths) == 2
    assert [i.item_id for i in facts.items if i.kind is ItemKind.CREDIT_NOTE] == [credit.doc_id]


def test_a_new_credit_is_noticed_by_the_balance() -> None:
    """A credit entered after the pull makes the balance disagree: the lists are read."""
    bench, account = _bench()
    bench.pull()
    credit = _give_credit(bench, account, "99.00")
    facts, paths = _reads(bench, account)
    assert paths[2:] == ["CreditNotes", "Overpayments", "Prepayments", "Invoices"]
    assert credit.doc_id in {item.item_id for item in facts.items}


def test_without_a_pull_the_credit_lists_are_read() -> None:
    """A guard in a run that pulled nothing knows no credits and reads them."""
    bench, account = _bench()
    credit = _give_credit(bench, account, "5.00")
    facts, paths = _reads(bench, account)
    assert (len(paths), paths[-1]) == (6, "Invoices")
    assert credit.doc_id in {item.item_id for item in facts.items}


def _apply(credit: Document, account_id: str, amount: str) -> Fault:
    """Somebody applies a part of the credit before the guard's second list of invoices."""

    def apply(world: World) -> None:
        owed = next(d for d in world.main.open_invoices() if d.contact_id == account_id)
        world.main.allocate(credit, owed, Decimal(amount))

    return Fault(FaultKind.BEFORE, path="/Invoices$", nth=2, run=apply)


def test_a_credit_applied_while_the_account_is_read_counts_once() -> None:
    """Credits are read again until none was applied around the invoices."""
    bench, account = _bench()
    bench.pull()
    credit = _give_credit(bench, account, "9.00")
    bench.app.faults.faults.append(_apply(credit, account, "4.00"))
    facts, paths = _reads(bench, account)
    left = [i.open for i in facts.items if i.kind is ItemKind.CREDIT_NOTE]
    assert left == [Decimal("5.00")]
    lists = ["CreditNotes", "Overpayments", "Prepayments"]
    assert paths[2:] == [*lists, "Invoices", *lists, "Invoices"]


def test_an_account_at_which_somebody_is_at_work_waits() -> None:
    """Credits that change around every list of invoices: the next run asks, nothing is guessed."""
    bench, account = _bench()
    bench.pull()
    credit = _give_credit(bench, account, "9.00")
    applied = [_apply(credit, account, "0.01") for _ in range(8)]
    for number, fault in enumerate(applied, 2):
        fault.nth = number
    bench.app.faults.faults += applied
    with pytest.raises(Transient, match="applied while its account was read"):
        bench.source.read_accounts([account])


def test_several_currencies_are_never_compared_with_one_balance() -> None:
    """A balance of unknown currency proves nothing for an account with two currencies."""
    bench, account = _bench()
    doc = next(d for d in bench.world.main.open_invoices() if d.contact_id == account)
    bench.world.main.change_document(doc, currency="USD")
    bench.pull()
    assert len(_reads(bench, account)[1]) == 6


def test_an_unknown_account_is_absent() -> None:
    """An id that Xero does not know is left out, so the flow cancels what it planned."""
    bench = Bench(invoices=5, accounts=5)
    assert bench.source.read_accounts([stable_id("nobody")]) == {}


def test_a_merged_account_has_nothing_open_and_says_where_it_went() -> None:
    """The old account is emptied, the one it went into is read as well."""
    bench, account = _bench()
    books = bench.world.main.books
    survivor = list(books.contacts)[1]
    for doc in bench.world.main.open_invoices():
        if doc.contact_id == account:
            bench.world.main.change_document(doc, contact_id=survivor)
    books.contacts[account] = replace(books.contacts[account], merged_into=survivor, archived=True)
    facts = bench.source.read_accounts([account])
    assert facts[account].items == ()
    assert facts[account].account.merged_into == survivor
    assert len(facts[survivor].items) > 1


def test_a_payment_just_made_is_seen() -> None:
    """What was paid a moment ago is no longer open in the guard's read."""
    bench, account = _bench()
    bench.pull()
    doc = next(d for d in bench.world.main.open_invoices() if d.contact_id == account)
    bench.world.main.pay(doc, doc.left, account="090")
    facts, _ = _reads(bench, account)
    assert doc.doc_id not in {item.item_id for item in facts.items}


def test_a_group_of_the_ledger_stops_contact() -> None:
    """Members of a configured group come back marked, from the pull and from the guard."""
    from syncer.sandbox.records import Group

    bench = Bench(invoices=20, accounts=4, settings={"do_not_chase_groups": ["no reminders"]})
    account = _account(bench)
    bench.world.main.books.groups["g"] = Group(
        group_id=stable_id("g"), name="No Reminders", members=[account]
    )
    facts = bench.source.read_accounts([account])
    assert facts[account].account.do_not_chase
    assert bench.source.check().warnings == ()
