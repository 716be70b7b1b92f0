"""Questions that share a call: all are answered or nothing is taken over, within the limits."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.quickbooks.api import GoneError, RefusedError
from connectors.quickbooks.lists import Listing, ListRead
from connectors.quickbooks.query import PAGE_SIZE, Query
from connectors.quickbooks.questions import ITEMS_MAX, ROWS_MAX, Question, ask_all, page_of
from connectors.quickbooks.wire import Named
from syncer.errors import AuthError, ContractError, RateLimited, SyncerError
from syncer.sandbox import receipts
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.quickbooks.limits import Allowance
from syncer.sandbox.records import Receipt

from .altered import Altered, Answer
from .bench import Bench, cursors_of, ends_of, items_of

ONCE, ALWAYS = 1, 10**6


def _pay(bench: Bench) -> Receipt:
    """Money of which the invoices do not tell: they and their number are asked for together."""
    ledger = bench.world.main
    doc = next(d for d in ledger.open_invoices() if not d.touched)
    return receipts.take(
        ledger,
        doc.contact_id,
        Decimal(1),
        [(doc, Decimal(1))],
        on=ledger.today(),
        currency=doc.currency,
        account="090",
    )


def _changed(bench: Bench) -> dict[Any, str]:
    """After a pull a payment is made, one is deleted: cursors to go on from."""
    gone = _pay(bench)
    bench.world.advance(hours=1)
    first = bench.pull()
    bench.world.advance(minutes=30)
    _pay(bench)
    receipts.cancel(bench.world.main, gone, void=False)
    bench.world.advance(minutes=30)
    bench.seen.clear()
    bench.slept.clear()
    return cursors_of(first)


def _in_part(code: str, shape: str, times: int) -> Callable[[Answer], None]:
    """The second part of a batch fails so often, in either shape of an error."""
    left = [times]
    upper = {"Error": [{"Message": "M", "Detail": "D", "code": code}], "type": "T"}
    lower = {"error": [{"message": "M", "detail": "D", "code": code}], "type": "T"}

    def fail(answer: Answer) -> None:
        if answer.path.endswith("/batch") and left[0]:
            left[0] -= 1
            said = json.loads(answer.body)
            part = said["BatchItemResponse"][1]
            del part["QueryResponse"]
            part[shape] = upper if shape == "Fault" else lower
            answer.body = json.dumps(said).encode()

    return fail


LASTING = [
    ("4001", RefusedError),
    ("610", GoneError),
    ("10000", ContractError),
    ("3001", RateLimited),
    ("3200", AuthError),
    ("120", AuthError),
    ("6190", AuthError),
]


@pytest.mark.parametrize("shape", ["Fault", "fault"])
@pytest.mark.parametrize(("code", "error"), LASTING)
def test_one_part_that_fails_fails_all(code: str, error: type[SyncerError], shape: str) -> None:
    """Nothing is handed over, so no cursor moves; the error is what it is in a call alone."""
    bench = Altered(_in_part(code, shape, ALWAYS), money_told=False)
    cursors = _changed(bench)
    events: list[Any] = []
    with pytest.raises(error):
        events.extend(bench.new_source().pull(cursors))
    assert events == []
    assert sum("BATCH" in one for one in bench.reads()) <= 5


@pytest.mark.parametrize("shape", ["Fault", "fault"])
@pytest.mark.parametrize(("code", "waits"), [("10000", 1), ("3001", 60), ("3200", 0)])
def test_what_passes_is_asked_again(code: str, waits: int, shape: str) -> None:
    """A fault of its own, a limit and an expired token, said of one part alone."""
    bench = Altered(_in_part(code, shape, ONCE), money_told=False)
    cursors = _changed(bench)
    second = bench.pull(cursors)
    assert sum(bench.slept) >= waits
    assert items_of(second) == items_of(bench.pull())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.ERROR_BODY, path="/batch", code="4001", times=0), RefusedError),
        (Fault(FaultKind.CODED, path="/batch", code="6000", times=0), RefusedError),
        (Fault(FaultKind.MINUTE_LIMIT, path="/batch", times=0), RateLimited),
        (Fault(FaultKind.DISCONNECTED, path="/batch", times=0), AuthError),
        (Fault(FaultKind.TRUNCATED, path="/batch", times=0), ContractError),
    ],
    ids=["200 with a fault", "400", "429 in XML", "403 of the gateway", "cut"],
)
def test_a_call_that_fails_hands_nothing_over(fault: Fault, error: type[SyncerError]) -> None:
    """The whole call in the three shapes of errors; the next run goes on where this one began."""
    bench = Bench(invoices=20, accounts=4, money_told=False)
    cursors = _changed(bench)
    bench.plan.faults.append(fault)
    events: list[Any] = []
    with pytest.raises(error):
        events.extend(bench.new_source().pull(cursors))
    assert events == []
    bench.plan.faults.clear()
    assert items_of(bench.pull(cursors)) == items_of(bench.pull())


def _spoilt(spoil: Callable[[list[Any]], object]) -> Altered:
    def change(answer: Answer) -> None:
        if answer.path.endswith("/batch"):
            said = json.loads(answer.body)
            spoil(said["BatchItemResponse"])
            answer.body = json.dumps(said).encode()

    return Altered(change, money_told=False)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts.pop(),
        lambda parts: parts.append(parts[0]),
        lambda parts: parts[0].update(bId="99"),
        lambda parts: parts[0].pop("QueryResponse"),
        lambda parts: parts[0].update(QueryResponse=None),
        lambda parts: parts[-1]["QueryResponse"].update(maxResults=999),
    ],
    ids=["missing", "twice", "unknown", "empty", "null", "other number"],
)
def test_parts_that_do_not_fit_the_questions_are_no_answer(
    spoil: Callable[[list[Any]], object],
) -> None:
    """Read again, and then loudly wrong: never taken for "nothing there"."""
    bench = _spoilt(spoil)
    cursors = _changed(bench)
    with pytest.raises(ContractError):
        bench.pull(cursors)


def test_parts_may_come_in_any_order() -> None:
    """They are told apart by their names."""
    bench = _spoilt(lambda parts: parts.reverse())
    cursors = _changed(bench)
    assert items_of(bench.pull(cursors)) == items_of(bench.pull())


def test_an_answer_without_what_was_named_has_everything_read() -> None:
    """An invoice that a payment names and that is nowhere, twice asked, is no empty list."""
    bench = Bench(invoices=20, accounts=4, money_told=False)
    bench.world.advance(hours=1)
    first = bench.pull()
    bench.world.advance(minutes=30)
    _pay(bench)
    bench.world.advance(minutes=30)
    bench.plan.faults.append(Fault(FaultKind.EMPTY_PAGE, path="/(query|batch)", times=2))
    second = bench.pull(cursors_of(first))
    assert all(end.full for end in ends_of(second).values())
    assert items_of(second) == items_of(bench.pull())


def test_questions_bear_no_request_id() -> None:
    """Under a known one a batch is answered with what was true then."""
    bench = Bench(invoices=20, accounts=4, money_told=False)
    bench.pull(_changed(bench))
    [asked] = [query for _, path, query, _ in bench.seen if path.endswith("/batch")]
    assert asked == {"minorversion": ["75"]}


def test_a_question_that_is_alone_is_no_batch() -> None:
    """Batches have a limit of their own: one question is an ordinary query."""
    bench = Bench(invoices=20, accounts=4, money_told=False)
    bench.world.advance(hours=1)
    first = bench.pull()
    bench.world.advance(minutes=30)
    _pay(bench)
    bench.world.advance(minutes=30)
    bench.seen.clear()
    bench.pull(cursors_of(first))
    assert [one.split(" IN ")[0] for one in bench.reads()[1:]] == ["SELECT * FROM Invoice WHERE Id"]


def test_runs_in_a_row_stay_within_the_limit_of_batches() -> None:
    """However fast runs follow each other, no minute holds 40 batches, nor a call too many."""
    bench = Bench(invoices=20, accounts=4, money_told=False, allowance=Allowance())
    cursors = _changed(bench)
    bench.world.calls.clear()
    for _ in range(45):
        bench.pull(cursors)
    calls = bench.world.calls
    batches = [call.at for call in calls if call.path.endswith("/batch")]
    assert len(batches) == 45
    assert {call.status for call in calls} == {200}
    minute = timedelta(minutes=1)
    assert max(sum(at <= other < at + minute for other in batches) for at in batches) <= 40


class Calls:
    """Notes how questions were put together."""

    def __init__(self) -> None:
        self.made: list[list[Question[Any]]] = []

    def ask(self, questions: Any) -> list[Any]:
        """Answer each with its own statement."""
        self.made.append(list(questions))
        return [question.statement for question in questions]


@pytest.mark.parametrize(("questions", "rows", "calls"), [(1, 1, 1), (30, 1, 1), (31, 1, 2)])
def test_no_call_asks_more_than_a_batch_may_hold(questions: int, rows: int, calls: int) -> None:
    """30 are the most, and so many rows that the answer is not too large; none gets lost."""
    listing: Listing[Named] = Listing(Query("Term"), Named, lambda row: row)
    taken: list[ListRead[Named]] = []
    api = Calls()
    ask_all(api, [page_of(listing, taken.append, rows=rows) for _ in range(questions)])
    assert len(api.made) == calls
    assert max(map(len, api.made)) <= ITEMS_MAX
    assert len(taken) == questions
    taken.clear()
    api.made.clear()
    ask_all(api, [page_of(listing, taken.append) for _ in range(questions)])
    assert max(sum(one.rows for one in made) for made in api.made) <= ROWS_MAX
    assert [len(made) for made in api.made][:1] == [min(questions, ROWS_MAX // PAGE_SIZE)]
    assert len(taken) == questions
