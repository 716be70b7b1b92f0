"""The pull through a simulated Xero: totals, calls, deltas and shifting pages."""

from decimal import Decimal

import pytest

from syncer.errors import RateLimited
from syncer.model.ledger import ItemKind, Organisation, Page, Stream
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.world import World
from syncer.sandbox.xero.limits import Allowance

from .conftest_xero import Bench, ends_of, items_of


def _sums(bench: Bench, events: list[object]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for item in items_of(events).values():
        sign = 1 if item.kind is ItemKind.INVOICE else -1
        sums[item.currency] = sums.get(item.currency, Decimal(0)) + sign * item.open
    return sums


def test_the_pull_foots_with_the_ledger() -> None:
    """What was pulled sums to the ledger's open total per currency, to the cent."""
    bench = Bench()
    events = bench.pull()
    assert isinstance(events[0], Organisation)
    assert _sums(bench, events) == bench.world.totals()[bench.world.main.org.org_id]


def test_the_calls_equal_the_floor() -> None:
    """One call per thousand rows of each list and one for the organisation, no more."""
    bench = Bench(invoices=2500, accounts=300)
    bench.pull()
    paths = [call.removeprefix("GET /api.xro/2.0/") for call in bench.calls()]
    assert sorted(paths) == sorted(
        ["Organisation", "Contacts", "CreditNotes", "Overpayments", "Prepayments"]
        + ["Invoices"] * 4  # three pages of open ones and one of paid ones
    )


def test_every_stream_is_finished_and_counted() -> None:
    """Each stream ends with the vendor's own count."""
    ends = ends_of(Bench().pull())
    assert ends[Stream.ITEMS].full
    assert ends[Stream.ITEMS].records == 2500
    assert ends[Stream.ACCOUNTS].full
    assert ends[Stream.ACCOUNTS].records == 300


def test_a_second_pull_reads_only_changed_contacts() -> None:
    """The contacts' cursor narrows the next read; open items are whole again."""
    bench = Bench()
    cursors = {stream: end.cursor for stream, end in ends_of(bench.pull()).items()}
    bench.world.advance(hours=1)
    events = bench.pull(cursors)
    ends = ends_of(events)
    assert not ends[Stream.ACCOUNTS].full
    assert ends[Stream.ACCOUNTS].records < 300
    assert ends[Stream.ITEMS].records == 2500


def test_contacts_are_read_whole_after_a_day() -> None:
    """Xero's delta has blind spots, so contacts are read whole at least daily."""
    bench = Bench(invoices=10, accounts=10)
    cursors = {stream: end.cursor for stream, end in ends_of(bench.pull()).items()}
    bench.world.advance(hours=25)
    assert ends_of(bench.pull(cursors))[Stream.ACCOUNTS].full


@pytest.mark.parametrize("invoices", [2500, 2999, 3000, 5000])
@pytest.mark.parametrize("page", [2, 3])
def test_invoices_paid_while_pages_are_read_lose_nothing(invoices: int, page: int) -> None:
    """Forty invoices paid between two pages shift the list; every other row still arrives."""
    fault = Fault(FaultKind.BEFORE, path="/Invoices", nth=page, pay=40)
    bench = Bench(invoices=invoices, faults=[fault])
    found = items_of(bench.pull())
    still_open = {doc.doc_id for doc in bench.world.main.open_invoices()}
    assert len(still_open) == invoices - 40
    assert still_open <= found.keys()


@pytest.mark.parametrize("invoices", [2500, 3000])
def test_a_shift_that_leaves_the_count_alone_loses_nothing(invoices: int) -> None:
    """One row leaves and another enters between two pages: the count says nothing."""
    bench = Bench(invoices=invoices)
    ledger = bench.world.main
    docs = sorted(ledger.open_invoices(), key=lambda doc: doc.doc_id)
    late = ledger.pay(docs[-1], docs[-1].left, account="090")
    bench.world.advance(minutes=1)

    def swap(world: World) -> None:
        world.advance(seconds=2)
        ledger.pay(docs[0], docs[0].left, account="090")
        ledger.delete_payment(late.payment_id)

    bench.app.faults.faults.append(Fault(FaultKind.BEFORE, path="/Invoices", nth=2, run=swap))
    found = items_of(bench.pull())
    assert {doc.doc_id for doc in ledger.open_invoices()} <= found.keys()


def test_a_book_that_shrinks_all_the_time_loses_nothing() -> None:
    """Hundreds of payments before every page: steps back find every row that is left."""
    fault = Fault(FaultKind.BEFORE, path="/Invoices", nth=2, times=12, pay=300)
    bench = Bench(invoices=8_000, faults=[fault])
    found = items_of(bench.pull())
    assert {doc.doc_id for doc in bench.world.main.open_invoices()} <= found.keys()


def test_a_spent_day_ends_at_once() -> None:
    """A day limit of hours raises RateLimited immediately; nothing is slept through."""
    fault = Fault(FaultKind.DAY_LIMIT, path="/Invoices", nth=2, retry_after=40_000)
    bench = Bench(faults=[fault])
    with pytest.raises(RateLimited):
        bench.pull()
    assert bench.slept == []


def test_pacing_stays_inside_the_minute() -> None:
    """A sync of many calls is paced so that the vendor never has to say 429."""
    bench = Bench(
        invoices=200, accounts=130, allowance=Allowance(60, 5, 5000, 10_000, None), per_minute=55
    )
    bench.pull()
    for account in list(bench.world.main.books.contacts)[:60]:
        bench.source.read_accounts([account])
    assert {call.status for call in bench.world.calls} == {200}
    assert bench.slept


def test_history_holds_days_of_payment() -> None:
    """Paid invoices arrive as history with the day they were paid."""
    bench = Bench(invoices=50, accounts=5)
    ledger = bench.world.main
    for doc in ledger.open_invoices()[:7]:
        ledger.pay(doc, doc.left, account="090")
    pages = [event for event in bench.pull() if isinstance(event, Page)]
    settled = [row for page in pages for row in page.settled]
    assert len(settled) == 7
    assert {row.paid_on for row in settled} == {ledger.today()}
