"""Reading a company: whole at the floor of calls, and by its changes in at most three."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.quickbooks import facts
from connectors.quickbooks.reader import Cursor
from syncer.errors import ContractError
from syncer.model.ledger import ItemKind, OpenItem, Page, Stream
from syncer.sandbox import people
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.records import Document, Kind, Status
from syncer.sandbox.world import World

from .bench import Bench, cursors_of, ends_of, items_of

READS_MAX = 3


def _owed(bench: Bench) -> dict[str, Decimal]:
    company = bench.company
    return {company.txn_id(d.doc_id): d.left for d in bench.world.main.open_invoices()}


def _invoices(items: dict[str, OpenItem]) -> dict[str, Decimal]:
    return {key: item.open for key, item in items.items() if item.kind is ItemKind.INVOICE}


def _later(bench: Bench, change: Callable[[World], object]) -> tuple[dict[str, OpenItem], Any]:
    """Pull, let an hour and a change pass, pull the changes; what is known then, and the events."""
    first = bench.pull()
    bench.world.advance(minutes=30)
    change(bench.world)
    bench.world.advance(minutes=30)
    bench.seen.clear()
    second = bench.pull(cursors_of(first))
    return items_of(second, items_of(first)), second


def test_a_whole_read_costs_a_call_per_thousand_rows() -> None:
    """Two calls for the company, one per page of each list, one count per list."""
    bench = Bench(invoices=5000, accounts=1500)
    bench.pull()
    asked = bench.reads()
    lists = [one.split(" ORDERBY")[0] for one in asked if one.startswith("SELECT *")]
    assert lists.count("SELECT * FROM Invoice WHERE Balance > '0'") == 5
    assert lists.count("SELECT * FROM Customer WHERE Active IN (true, false)") == 2
    assert lists.count("SELECT * FROM Payment") == 1
    counts = [one for one in asked if "COUNT" in one]
    assert len(counts) == len({one.split(" ORDERBY")[0] for one in lists}) == 5
    assert len(asked) == 2 + len(lists) + len(counts)


@pytest.mark.parametrize(("invoices", "pages"), [(999, 1), (1000, 1), (1001, 2), (4000, 4)])
def test_pages_are_full_whatever_the_number(invoices: int, pages: int) -> None:
    """Neither the seam between pages nor a last full page costs a call more than the rows need."""
    bench = Bench(invoices=invoices, accounts=3)
    bench.pull()
    asked = [
        one for one in bench.reads() if one.startswith("SELECT * FROM Invoice WHERE Balance >")
    ]
    assert len(asked) == pages


def test_nothing_changed_costs_one_read() -> None:
    """The company, the families and the rest travel in the cursor."""
    bench = Bench(invoices=3000, accounts=900)
    known, second = _later(bench, lambda _: None)
    assert len(bench.reads()) == 1
    assert _invoices(known) == _owed(bench)
    assert not ends_of(second)[Stream.ITEMS].full


def test_few_changes_cost_at_most_three_reads() -> None:
    """Paid, part-paid, new, changed and voided invoices and a changed customer: all are known."""
    bench = Bench(invoices=3000, accounts=900)

    def change(world: World) -> None:
        docs = world.main.open_invoices()
        world.main.pay(docs[0], account="090")
        world.main.pay(docs[1], docs[1].left / 2, account="090")
        world.main.move(next(d for d in docs[5:] if not d.touched), Status.VOID)
        people.change_contact(world.main, docs[9].contact_id, email="new@here.example")

    known, second = _later(bench, change)
    assert len(bench.reads()) <= READS_MAX
    assert _invoices(known) == _owed(bench)
    accounts = [a for e in second if isinstance(e, Page) for a in e.accounts]
    assert [p.email for a in accounts for p in a.people].count("new@here.example") == 1


def test_an_invoice_that_only_its_payment_tells_is_read_again() -> None:
    """That a payment changes its invoice's time is not documented: the link is followed."""
    bench = Bench(invoices=200, accounts=20)

    def pay_quietly(world: World) -> None:
        doc = world.main.open_invoices()[150]
        before = doc.changed_at
        world.main.pay(doc, account="090")
        doc.changed_at = before

    known, _ = _later(bench, pay_quietly)
    assert _invoices(known) == _owed(bench)
    assert [one.split(" (")[0] for one in bench.reads()[1:]] == [
        "SELECT * FROM Invoice WHERE Id IN"
    ]


@pytest.mark.parametrize("quiet", [False, True], ids=["told", "not told"])
def test_a_deleted_payment_opens_its_invoice_again(*, quiet: bool) -> None:
    """Its stub names no invoice, and that the invoice is told is not documented: read whole."""
    bench = Bench(invoices=50, accounts=5)
    doc = bench.world.main.open_invoices()[3]
    payment = bench.world.main.pay(doc, account="090")
    before = doc.changed_at

    def delete(world: World) -> None:
        world.main.delete_payment(payment.payment_id)
        if quiet:
            doc.changed_at = before

    known, _ = _later(bench, delete)
    assert bench.company.txn_id(doc.doc_id) in known
    assert _invoices(known) == _owed(bench)


def test_deleted_documents_leave_by_their_stubs() -> None:
    """A deleted invoice is in no list, only among the changes."""
    bench = Bench(invoices=50, accounts=5)
    doomed: list[str] = []

    def delete(world: World) -> None:
        doc = next(d for d in world.main.open_invoices() if not d.touched)
        doomed.append(bench.company.txn_id(doc.doc_id))
        doc.status = Status.DELETED
        world.main.moved(doc)

    known, second = _later(bench, delete)
    gone = {key for e in second if isinstance(e, Page) for key in e.gone}
    assert doomed[0] in gone
    assert _invoices(known) == _owed(bench)


@pytest.mark.parametrize("changed", [990, 1000, 1700])
def test_more_changes_than_one_answer_holds_are_halved(changed: int) -> None:
    """At the cap nobody knows what was left out: the window is halved, the rest queried."""
    bench = Bench(invoices=2500, accounts=300)

    def pay_many(world: World) -> None:
        for doc in world.main.open_invoices()[:changed]:
            world.advance(seconds=1)
            world.main.pay(doc, account="090")

    known, _ = _later(bench, pay_many)
    assert _invoices(known) == _owed(bench)
    assert len(bench.reads()) < 80
    assert any("LastUpdatedTime" in one for one in bench.reads()) == (changed >= 1000)


def test_changes_that_cannot_be_told_apart_in_time_are_read_whole() -> None:
    """Thousands of changes in one second cannot be halved: every list is read."""
    bench = Bench(invoices=2500, accounts=300)

    def touch_all(world: World) -> None:
        for doc in world.main.open_invoices():
            world.main.change_document(doc, reference="bulk")
        world.main.pay(world.main.open_invoices()[7], account="090")

    def just_now(world: World) -> None:
        world.advance(minutes=30)
        touch_all(world)
        world.advance(minutes=-30)

    known, second = _later(bench, just_now)
    assert ends_of(second)[Stream.ITEMS].full
    assert _invoices(known) == _owed(bench)


def test_everything_is_read_whole_when_it_is_time() -> None:
    """After full_read_every, and long before the vendor forgets changes."""
    bench = Bench(invoices=20, accounts=4, settings={"full_read_every": "2d"})
    first = bench.pull()
    bench.world.advance(days=1)
    second = bench.pull(cursors_of(first))
    bench.world.advance(days=1)
    third = bench.pull(cursors_of(second))
    assert [ends_of(e)[Stream.ITEMS].full for e in (first, second, third)] == [True, False, True]


def test_a_refused_look_back_is_read_whole() -> None:
    """When QuickBooks will not tell changes of that time, nothing is assumed."""
    bench = Bench(invoices=20, accounts=4)
    first = bench.pull()
    bench.plan.faults.append(Fault(FaultKind.CODED, path="/cdc", code="4001", times=0))
    second = bench.pull(cursors_of(first))
    assert ends_of(second)[Stream.ITEMS].full


@pytest.mark.parametrize("cursor", ["", "{}", "nonsense", '{"since":1}'])
def test_a_cursor_that_is_not_ours_is_read_whole(cursor: str) -> None:
    """Nothing is guessed from a text that cannot be read."""
    bench = Bench(invoices=20, accounts=4)
    cursors = {**cursors_of(bench.pull()), Stream.SETTLED: cursor}
    assert ends_of(bench.pull(cursors))[Stream.ITEMS].full


def test_other_settings_are_read_whole() -> None:
    """A changed configuration makes another list of the same books."""
    bench = Bench(invoices=20, accounts=4)
    cursors = cursors_of(bench.pull())
    bench.config = bench.config.model_copy(update={"history_months": 3})
    assert ends_of(bench.pull(cursors))[Stream.ITEMS].full


def test_a_pull_that_broke_off_is_caught_up_by_the_next() -> None:
    """The changes are told from the earliest of the streams' cursors."""
    bench = Bench(invoices=50, accounts=5)
    first = cursors_of(bench.pull())
    bench.world.advance(hours=1)
    bench.world.main.pay(bench.world.main.open_invoices()[0], account="090")
    bench.world.advance(hours=1)
    second = cursors_of(bench.pull(first))
    broken = {**second, Stream.SETTLED: first[Stream.SETTLED]}
    settled = [s for e in bench.pull(broken) if isinstance(e, Page) for s in e.settled]
    assert len(settled) == 1


def _free_money(world: World, kind: Kind, amount: str) -> Document:
    ledger, now = world.main, world.clock()
    like = ledger.open_invoices()[0]
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=kind,
        number=f"{kind}-1",
        contact_id=like.contact_id,
        status=Status.OPEN,
        currency=like.currency,
        total=Decimal(amount),
        issued_on=ledger.today(),
        created_at=now,
        changed_at=now,
        booked_at=now,
    )
    ledger.enter(doc)
    return doc


@pytest.mark.parametrize(
    ("kind", "item_kind"),
    [(Kind.CREDIT_NOTE, ItemKind.CREDIT_NOTE), (Kind.OVERPAYMENT, ItemKind.PAYMENT)],
)
@pytest.mark.parametrize("late", [False, True], ids=["whole", "by changes"])
def test_credit_memos_and_unapplied_payments_lower_what_is_owed(
    kind: Kind, item_kind: ItemKind, *, late: bool
) -> None:
    """What is left on them is read, whole or by changes; an id never meets an invoice's."""
    bench = Bench(invoices=20, accounts=4)
    if late:
        known, _ = _later(bench, lambda world: _free_money(world, kind, "12.34"))
    else:
        _free_money(bench.world, kind, "12.34")
        known = items_of(bench.pull())
    [credit] = [item for item in known.values() if item.kind is not ItemKind.INVOICE]
    assert (credit.kind, credit.open) == (item_kind, Decimal("12.34"))
    assert credit.item_id.startswith(("creditmemo-", "payment-"))


def test_a_void_invoice_is_neither_open_nor_paid() -> None:
    """Voided ones stay in the lists with nothing in them."""
    bench = Bench(invoices=10, accounts=2)
    doc = next(d for d in bench.world.main.open_invoices() if not d.touched)
    bench.world.main.move(doc, Status.VOID)
    events = bench.pull()
    number = bench.company.txn_id(doc.doc_id)
    assert number not in items_of(events)
    assert not [s for e in events if isinstance(e, Page) for s in e.settled]


def test_no_history_reads_no_paid_invoices() -> None:
    """history_months 0 leaves the list out and its stream unsaid."""
    bench = Bench(invoices=10, accounts=2, settings={"history_months": 0})
    events = bench.pull()
    assert Stream.SETTLED not in ends_of(events)
    assert not [one for one in bench.reads() if "Balance = '0'" in one]
    assert not ends_of(bench.pull(cursors_of(events)))[Stream.ITEMS].full


def test_check_says_what_would_surprise() -> None:
    """Discounts, currencies, misspelt types, and reminders that nobody can ask about."""
    bench = Bench(invoices=2, accounts=1, settings={"do_not_chase_types": ["Nobody"]})
    health = bench.source.check()
    assert health.organisation.name == "Large Book Ltd"
    assert any("2 % within 10 days" in detail for detail in health.details)
    assert "several currencies are in use" in health.details
    assert any("Nobody" in warning for warning in health.warnings)
    assert "own invoice reminders" in health.reminders
    assert not [warning for warning in health.warnings if "reminders" in warning]


def test_the_zone_must_be_known() -> None:
    """A company that names no time zone stops the ledger and says what to set."""
    bench = Bench(invoices=1, accounts=1)
    bench.world.main.org.time_zone = "PST"
    with pytest.raises(ContractError, match="time_zone"):
        bench.pull()


def test_the_cursor_starts_before_the_first_answer() -> None:
    """What changes while the lists are read is told by the next changes."""
    bench = Bench(invoices=10, accounts=2)
    began = bench.clock()
    text = ends_of(bench.pull())[Stream.ACCOUNTS].cursor
    assert msgspec.json.decode(text, type=Cursor).since <= began - timedelta(minutes=4)


def test_item_ids_of_kinds_never_meet() -> None:
    """An invoice keeps its plain id, which writes need."""
    assert len({"7", facts.credit_id("7"), facts.payment_id("7")}) == 3
