"""The guard's read and families: who pays for whom, and what is open right now."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.quickbooks import wire
from connectors.quickbooks.family import Family
from syncer.errors import ContractError, Transient
from syncer.model.ledger import AccountFacts, ItemKind, Page, Stop
from syncer.sandbox import people
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.sandbox.world import World

from .bench import Bench, cursors_of, items_of


def _customer(number: str, parent: str = "", *, billed: bool = True) -> wire.Customer:
    row: dict[str, Any] = {"id": number, "billed_with_parent": billed}
    return wire.Customer(**row, parent=wire.Ref(value=parent) if parent else None)


def test_the_payer_is_the_topmost_reached_by_the_mark() -> None:
    """Climbing stops at the first customer that pays itself."""
    family = Family()
    for row in (_customer("3", "2"), _customer("2", "1"), _customer("1"), _customer("4", "1")):
        family.note(row)
    family.note(_customer("5", "1", billed=False))
    assert [family.payer(one) for one in "12345"] == ["1", "1", "1", "1", "5"]
    assert family.members(["1"]) == {"1": "1", "2": "1", "3": "1", "4": "1"}
    assert family.members(["2"]) == {}


def test_news_are_told_from_repetition() -> None:
    """Only what changes the family makes open items move."""
    family = Family()
    told = [family.note(_customer("2", "1")), family.note(_customer("2", "1"))]
    told += [family.note(_customer("2", "1", billed=False)), family.note(_customer("9"))]
    assert told == [True, False, True, False]


@given(parents=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef")))
def test_parents_in_a_circle_end(parents: dict[str, str]) -> None:
    """Whatever the data says, a payer is found."""
    family = Family(parents)
    assert all(family.payer(one) in "abcdef" for one in "abcdef")


def _child(bench: Bench, of: Contact, name: str, *, billed: bool = True) -> Contact:
    now = bench.clock()
    child = people.add_contact(
        bench.world.main, name, parent_id=of.contact_id, parent_pays=billed, currency=of.currency
    )
    for kind, amount in ((Kind.INVOICE, "100.00"), (Kind.CREDIT_NOTE, "30.00")):
        bench.world.main.enter(
            Document(
                doc_id=bench.world.main.books.new_id(),
                kind=kind,
                number=f"{name}-{kind}",
                contact_id=child.contact_id,
                status=Status.OPEN,
                currency=of.currency,
                total=Decimal(amount),
                issued_on=bench.world.main.today(),
                due_on=bench.world.main.today(),
                created_at=now,
                changed_at=now,
                booked_at=now,
            )
        )
    return child


def _one(bench: Bench, contact: Contact, source: Any = None) -> AccountFacts:
    number = bench.company.name_id(contact.contact_id)
    found = (source or bench.new_source()).read_accounts([number])
    facts: AccountFacts = found[number]
    return facts


def _net(facts: AccountFacts) -> Decimal:
    return sum(
        (item.open if item.kind is ItemKind.INVOICE else -item.open for item in facts.items),
        Decimal(0),
    )


@pytest.mark.parametrize("pulled", [True, False], ids=["after a pull", "without one"])
def test_the_parent_is_asked_for_what_its_parts_owe(*, pulled: bool) -> None:
    """Items of parts billed with the parent are the parent's, in the pull and in the guard."""
    bench = Bench(invoices=6, accounts=3)
    top = next(iter(bench.world.main.books.contacts.values()))
    own = sum((d.left for d in bench.world.main.documents_of(top.contact_id)), Decimal(0))
    child = _child(bench, top, "Site A")
    _child(bench, child, "Site A floor 2")
    _child(bench, top, "Pays itself", billed=False)
    number = bench.company.name_id(top.contact_id)
    source = bench.new_source()
    if pulled:
        mine = [i for i in items_of(list(source.pull({}))).values() if i.account_id == number]
        assert len(mine) == len(_one(bench, top, source).items)
    assert _net(_one(bench, top, source)) == own + 2 * (100 - 30)
    assert _one(bench, child, source).items == ()


def test_a_new_family_moves_open_items_to_the_new_payer() -> None:
    """When the mark changes between pulls, the part's items are read again, and they alone."""
    bench = Bench(invoices=6, accounts=3)
    top = next(iter(bench.world.main.books.contacts.values()))
    child = _child(bench, top, "Site A", billed=False)
    first = bench.pull()
    bench.world.advance(hours=1)
    people.change_contact(bench.world.main, child.contact_id, parent_pays=True)
    bench.world.advance(hours=1)
    second = bench.pull(cursors_of(first))
    part, payer = (bench.company.name_id(c.contact_id) for c in (child, top))
    before = {key for key, item in items_of(first).items() if item.account_id == part}
    now = items_of(second, items_of(first))
    assert len(before) == 2
    assert {now[key].account_id for key in before} == {payer}
    assert not [item for item in now.values() if item.account_id == part]
    assert now == items_of(bench.pull())
    assert items_of(bench.pull(cursors_of(second))) == {}


def test_an_account_without_credit_costs_two_reads() -> None:
    """The customer and its open invoices: its balance proves that there is nothing else."""
    bench = Bench(invoices=60, accounts=10)
    source = bench.new_source()
    list(source.pull({}))
    bench.seen.clear()
    source.read_accounts([bench.company.name_id(c) for c in list(bench.world.main.books.contacts)])
    asked = [one.split(" WHERE")[0] for one in bench.reads()]
    assert asked == ["SELECT * FROM Customer", "SELECT * FROM Invoice"]


def test_a_run_with_few_changes_costs_three_reads_and_two_for_the_guard() -> None:
    """The changes, what payments alone tell of, and a look at 80 accounts before sending."""
    bench = Bench(invoices=3000, accounts=300)
    cursors = cursors_of(bench.pull())
    bench.world.advance(minutes=30)
    docs = bench.world.main.open_invoices()
    bench.world.main.pay(docs[0], account="090")
    bench.world.main.pay(docs[1], docs[1].left / 2, account="090")
    quiet = docs[1500]
    before = quiet.changed_at
    bench.world.main.pay(quiet, account="090")
    quiet.changed_at = before  # told by its payment alone
    bench.world.advance(minutes=30)
    bench.seen.clear()
    source = bench.new_source()
    list(source.pull(cursors))
    assert 1 < len(bench.reads()) <= 3
    bench.seen.clear()
    customers = list(bench.world.main.books.contacts)[:80]
    facts = source.read_accounts([bench.company.name_id(one) for one in customers])
    assert len(facts) == len(customers)
    assert len(bench.reads()) == 2


def _credit_memo(bench: Bench, contact: Contact) -> Document:
    now = bench.clock()
    memo = Document(
        doc_id=bench.world.main.books.new_id(),
        kind=Kind.CREDIT_NOTE,
        number="CM-9",
        contact_id=contact.contact_id,
        status=Status.OPEN,
        currency=contact.currency,
        total=Decimal("9.00"),
        issued_on=bench.world.main.today(),
        created_at=now,
        changed_at=now,
        booked_at=now,
    )
    bench.world.main.enter(memo)
    return memo


def test_unapplied_money_is_found_though_it_cannot_be_filtered_for() -> None:
    """The balance disagrees with the invoices: credit memos and payments are read, then again."""
    bench = Bench(invoices=6, accounts=3)
    source = bench.new_source()
    list(source.pull({}))
    contact = next(iter(bench.world.main.books.contacts.values()))
    now = bench.clock()
    bench.world.main.enter(
        Document(
            doc_id=bench.world.main.books.new_id(),
            kind=Kind.OVERPAYMENT,
            number="OP-1",
            contact_id=contact.contact_id,
            status=Status.OPEN,
            currency=contact.currency,
            total=Decimal("5.00"),
            issued_on=bench.world.main.today(),
            created_at=now,
            changed_at=now,
            booked_at=now,
        )
    )
    bench.seen.clear()
    facts = _one(bench, contact, source)
    assert [i.open for i in facts.items if i.kind is ItemKind.PAYMENT] == [Decimal("5.00")]
    asked = [one.split(" WHERE")[0].rsplit(" ", 1)[1] for one in bench.reads()]
    assert asked == ["Customer", "Invoice", "CreditMemo", "Payment", "Invoice"]


@pytest.mark.parametrize(
    ("times", "reads"), [(1, ["CreditMemo", "Payment", "Invoice"] * 2), (9, None)]
)
def test_a_credit_applied_while_the_account_is_read_counts_once(
    times: int, reads: list[str] | None
) -> None:
    """Credits are read again; where they change around each list of invoices the account waits."""
    bench = Bench(invoices=6, accounts=3)
    source = bench.new_source()
    list(source.pull({}))
    contact = next(iter(bench.world.main.books.contacts.values()))
    credit = _credit_memo(bench, contact)
    bench.seen.clear()

    def apply(world: World) -> None:
        owed = next(d for d in world.main.open_invoices() if d.contact_id == contact.contact_id)
        world.main.allocate(credit, owed, Decimal("1.00"))

    # The third of its queries is the list of credit memos, the fifth the last of invoices.
    bench.plan.faults.append(Fault(FaultKind.BEFORE, path="/query", nth=5, times=times, run=apply))
    if reads is None:
        with pytest.raises(Transient, match="applied while its account was read"):
            _one(bench, contact, source)
        return
    facts = _one(bench, contact, source)
    assert [i.open for i in facts.items if i.kind is ItemKind.CREDIT_NOTE] == [Decimal("8.00")]
    asked = [one.split(" WHERE")[0].rsplit(" ", 1)[1] for one in bench.reads()]
    assert asked == ["Customer", "Invoice", *reads]


def test_documents_of_others_are_not_taken() -> None:
    """A filter that the vendor ignored is an error, never somebody else's debt."""
    bench = Bench(invoices=6, accounts=3)
    source = bench.new_source()
    list(source.pull({}))
    bench.seen.clear()
    number = bench.company.name_id(next(iter(bench.world.main.books.contacts)))

    def everybodys(environ: dict[str, Any], start: Any) -> Any:
        environ["QUERY_STRING"] = (
            environ["QUERY_STRING"]
            .replace("CustomerRef", "Id")
            .replace(f"%27{number}%27", "%271%27%2C%272%27%2C%273%27%2C%274%27")
        )
        return bench.app(environ, start)

    other = Bench(world=bench.world, app=everybodys)
    with pytest.raises(ContractError, match="other customers"):
        other.source.read_accounts([number])


def test_ids_that_are_no_numbers_are_absent() -> None:
    """An id of another ledger is not sent into a statement."""
    bench = Bench(invoices=1, accounts=1)
    assert bench.source.read_accounts(["x' OR '1", ""]) == {}
    assert not bench.writes()


def test_a_disputed_invoice_is_stopped_alone() -> None:
    """QuickBooks' own mark against asking stands on the item, in a pull and in the guard's read."""
    bench = Bench(invoices=6, accounts=3)
    doc = bench.world.main.open_invoices()[0]
    bench.world.main.change_document(doc, disputed=True)
    events = bench.pull()
    assert not [bad for e in events if isinstance(e, Page) for bad in e.quarantined]
    number = bench.company.txn_id(doc.doc_id)
    stops = {key: item.stop for key, item in items_of(events).items()}
    assert stops == dict.fromkeys(stops) | {number: Stop.DISPUTED}
    facts = _one(bench, bench.world.main.contact(doc.contact_id))
    assert {item.item_id for item in facts.items if item.stop} == {number}


def test_the_read_says_its_time_even_when_it_waits() -> None:
    """The time is that before the open items were read, not after."""
    bench = Bench(invoices=3, accounts=1)
    source = bench.new_source()
    list(source.pull({}))
    bench.plan.faults.append(Fault(FaultKind.MINUTE_LIMIT, path="/query", nth=2))
    before = bench.clock()
    contact = next(iter(bench.world.main.books.contacts.values()))
    at = _one(bench, contact, source).read_at
    assert before <= at < bench.clock()
    assert at.tzinfo is UTC
    assert isinstance(at, datetime)
