"""The thirteen faults that eight peers were measured with: ours is whole or loud, never silent."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.xero import SPEC
from syncer.errors import AuthError, ContractError, RateLimited, SyncerError, Transient
from syncer.model.money import keepable
from syncer.sandbox.faults import Fault, FaultKind

from .conftest_xero import Bench, ends_of, items_of

# fault -> what must happen: "whole", or the error that must be raised
MATRIX: list[tuple[str, Fault, type[SyncerError] | None]] = [
    ("429 minute", Fault(FaultKind.MINUTE_LIMIT, nth=3, retry_after=2), None),
    ("429 concurrent", Fault(FaultKind.CONCURRENT_LIMIT, nth=3), None),
    ("429 day", Fault(FaultKind.DAY_LIMIT, nth=3, retry_after=40_000), RateLimited),
    ("500", Fault(FaultKind.SERVER_ERROR, nth=3), None),
    ("503 HTML", Fault(FaultKind.OFFLINE, nth=3), None),
    ("closed", Fault(FaultKind.DROP, nth=3), None),
    ("reset mid-body", Fault(FaultKind.RESET, nth=3), None),
    ("truncated", Fault(FaultKind.TRUNCATED, nth=3), None),
    ("200 error body", Fault(FaultKind.ERROR_BODY, nth=3), None),
    ("200 empty page", Fault(FaultKind.EMPTY_PAGE, nth=3), None),
    ("401 once", Fault(FaultKind.EXPIRED_TOKEN, nth=3), None),
    ("40 paid", Fault(FaultKind.BEFORE, nth=3, pay=40), None),
    ("never answers", Fault(FaultKind.HANG, nth=3), None),
]
LASTING: list[tuple[str, Fault, type[SyncerError]]] = [
    ("429 minute", Fault(FaultKind.MINUTE_LIMIT, nth=3, times=0), RateLimited),
    ("429 concurrent", Fault(FaultKind.CONCURRENT_LIMIT, nth=3, times=0), RateLimited),
    ("500", Fault(FaultKind.SERVER_ERROR, nth=3, times=0), Transient),
    ("503 HTML", Fault(FaultKind.OFFLINE, nth=3, times=0), Transient),
    ("closed", Fault(FaultKind.DROP, nth=3, times=0), Transient),
    ("reset mid-body", Fault(FaultKind.RESET, nth=3, times=0), Transient),
    ("truncated", Fault(FaultKind.TRUNCATED, nth=3, times=0), ContractError),
    ("200 error body", Fault(FaultKind.ERROR_BODY, nth=3, times=0), ContractError),
    ("200 empty page", Fault(FaultKind.EMPTY_PAGE, nth=3, times=0), ContractError),
    ("401 always", Fault(FaultKind.EXPIRED_TOKEN, nth=3, times=0), AuthError),
    ("disconnected", Fault(FaultKind.DISCONNECTED, nth=3, times=0), AuthError),
    ("never answers", Fault(FaultKind.HANG, nth=3, times=0), Transient),
]


def _names(value: Any) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("name", "fault", "error"), MATRIX, ids=_names)
def test_one_fault_is_whole_or_loud(
    name: str, fault: Fault, error: type[SyncerError] | None
) -> None:
    """One fault on the second data call: every open invoice arrives, or the run says why."""
    fault.seen = 0
    bench = Bench(faults=[fault])
    if error is not None:
        with pytest.raises(error):
            bench.pull()
        return
    events = bench.pull()
    still_open = {doc.doc_id for doc in bench.world.main.open_invoices()}
    assert still_open <= items_of(events).keys()
    assert all(end.full for end in ends_of(events).values())


@pytest.mark.parametrize(("name", "fault", "error"), LASTING, ids=_names)
def test_a_lasting_fault_is_loud_and_bounded(
    name: str, fault: Fault, error: type[SyncerError]
) -> None:
    """A fault that does not pass ends in its own error after a bounded number of calls."""
    fault.seen = 0
    bench = Bench(faults=[fault])
    events: list[Any] = []
    with pytest.raises(error):
        events.extend(bench.source.pull({}))
    assert not ends_of(events)
    assert len(bench.world.calls) < 30
    assert sum(bench.slept) < 600


def _rewritten(bench: Bench, change: Callable[[bytes], bytes]) -> Any:
    """The sandbox with the body of invoice lists rewritten on the way out."""

    def app(environ: dict[str, Any], start: Any) -> Any:
        said: list[Any] = []
        body = b"".join(bench.app(environ, lambda *args: said.append(args)))
        if environ["PATH_INFO"].endswith("/Invoices"):
            body = change(body)
        status, headers = said[0]
        start(status, [(k, v) for k, v in headers if k != "Content-Length"])
        return [body]

    return app


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"Status":"OK"', b'"Status":"ERROR"'),
        (b'"Invoices":', b'"invoices_v2":'),
        (b'"pagination":', b'"paging":'),
        (b'"Type":"ACCREC"', b'"Type":"ACCPAY"'),
        (b'"Status":"AUTHORISED"', b'"Status":"PAID"'),
        (b'"AmountDue":', b'"AmountDueX":'),
    ],
)
def test_a_changed_shape_is_never_no_invoices(old: bytes, new: bytes) -> None:
    """A missing list, an error status, an ignored filter or a renamed field stops the ledger."""
    inner = Bench(invoices=20, accounts=5)
    bench = Bench(world=inner.world, app=_rewritten(inner, lambda body: body.replace(old, new)))
    with pytest.raises(ContractError):
        bench.pull()


def test_one_bad_row_is_quarantined_and_the_rest_goes_on() -> None:
    """A row with an unreadable amount is set aside with its account; no other row is lost."""
    inner = Bench(invoices=20, accounts=5)

    def spoil(body: bytes) -> bytes:
        return body.replace(b'"AmountDue":', b'"AmountDue":"many","x":', 1)

    bench = Bench(world=inner.world, app=_rewritten(inner, spoil))
    pages = [event for event in bench.pull() if hasattr(event, "quarantined")]
    bad = [row for page in pages for row in page.quarantined if "Invoices" in row.where]
    found = items_of(pages)
    assert len(found) == 19
    assert bad[0].record_id not in found
    assert bad[0].account_id in bench.world.main.books.contacts
    assert "Correct the record in Xero" in bad[0].problem


@pytest.mark.parametrize("amount", [b"-5", b'"NaN"', b"null", b'"Infinity"'])
def test_amounts_that_are_no_money_are_quarantined(amount: bytes) -> None:
    """Negative, not-a-number and missing amounts never become open items."""
    inner = Bench(invoices=20, accounts=5)

    def spoil(body: bytes) -> bytes:
        return body.replace(b'"AmountDue":', b'"AmountDue":' + amount + b',"x":', 1)

    bench = Bench(world=inner.world, app=_rewritten(inner, spoil))
    events = bench.pull()
    assert len(items_of(events)) == 19


@pytest.mark.parametrize("field", [b'"AmountDue":', b'"Total":'])
@pytest.mark.parametrize("amount", [b"1234.56789", b"99999999999999", b"1e300"])
def test_an_amount_the_store_could_not_keep_holds_its_own_account(
    field: bytes, amount: bytes
) -> None:
    """More than four decimals, or a sum that no store holds, is one customer's matter."""
    inner = Bench(invoices=20, accounts=5)

    def spoil(body: bytes) -> bytes:
        return body.replace(field, field + amount + b',"x":', 1)

    bench = Bench(world=inner.world, app=_rewritten(inner, spoil))
    pages = [event for event in bench.pull() if hasattr(event, "quarantined")]
    bad = [row for page in pages for row in page.quarantined if row.where.startswith("Invoices")]
    kept = items_of(pages)
    amounts = [found for item in kept.values() for found in (item.open, item.total)]
    assert all(map(keepable, amounts))
    first = bad[0]
    assert first.account_id in bench.world.main.books.contacts
    assert (first.where, first.record_id in kept) == ("Invoices page 1 row 1", False)
    assert "is no amount of money" in first.problem


@pytest.mark.parametrize("amount", [b"1234.56789", b"1e300", b"true"])
def test_what_is_said_of_a_bad_row_can_be_stored_itself(amount: bytes) -> None:
    """A row that is set aside for another reason names no amount that is spoilt as well."""
    inner = Bench(invoices=20, accounts=5)

    def spoil(body: bytes) -> bytes:
        due = b'"AmountDue":' + amount + b',"x":'
        return body.replace(b'"AmountDue":', due, 1).replace(b'"Total":', b'"Total":"?","y":', 1)

    bench = Bench(world=inner.world, app=_rewritten(inner, spoil))
    pages = [event for event in bench.pull() if hasattr(event, "quarantined")]
    bad = [row for page in pages for row in page.quarantined]
    assert bad
    assert all(row.amount is None for row in bad)


def test_the_connector_speaks_to_xero_only() -> None:
    """The declared hosts are Xero's own and nothing else."""
    assert set(SPEC.hosts) == {"api.xero.com", "identity.xero.com"}
