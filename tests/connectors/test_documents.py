"""Documents of invoices from Xero and QuickBooks: a whole PDF, or an error that says whose."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from syncer.errors import ContractError, RateLimited, RecordError, Transient
from syncer.ports import InvoicePdfs
from syncer.sandbox.faults import Fault, FaultKind
from tests.connectors.conftest_xero import Bench as XeroBench
from tests.connectors.qbo.bench import Bench as QuickBooksBench

Make = Callable[[Iterable[Fault]], tuple[Any, str]]
PAPER = "/invoice/[^/]+/pdf|/Invoices/[0-9a-f-]{36}$"


def _xero(faults: Iterable[Fault]) -> tuple[Any, str]:
    bench = XeroBench(invoices=5, accounts=2, faults=faults)
    return bench, bench.world.main.open_invoices()[0].doc_id


def _quickbooks(faults: Iterable[Fault]) -> tuple[Any, str]:
    bench = QuickBooksBench(invoices=5, accounts=2, faults=faults)
    return bench, bench.company.txn_id(bench.world.main.open_invoices()[0].doc_id)


BOTH = pytest.mark.parametrize("make", [_xero, _quickbooks], ids=["xero", "quickbooks"])


def _fault(kind: FaultKind, **facts: Any) -> Fault:
    return Fault(kind, method="GET", path=PAPER, **facts)


@BOTH
def test_a_document_costs_one_call(make: Make) -> None:
    """One GET gives the whole PDF with the invoice's number on it."""
    bench, item = make([])
    bench.seen.clear()
    assert isinstance(bench.source, InvoicePdfs)
    paper = bench.source.invoice_pdf(item)
    assert paper.startswith(b"%PDF-")
    assert bench.world.main.open_invoices()[0].number.encode() in paper
    calls = [(method, path) for method, path, *_ in bench.seen if "/api" in path or "/v3" in path]
    assert [method for method, _ in calls] == ["GET"]
    assert "nvoice" in calls[0][1]


@BOTH
@pytest.mark.parametrize("item", ["00000000-0000-0000-0000-000000000000", "4711", "../x?y=%41"])
def test_what_has_no_document_says_so_of_itself(make: Make, item: str) -> None:
    """An id that is not there, or is none, is that record's error and nobody else's."""
    bench, _ = make([])
    with pytest.raises(RecordError, match="gives no PDF of this invoice"):
        bench.source.invoice_pdf(item)


@BOTH
@pytest.mark.parametrize(
    "kind", [FaultKind.OFFLINE, FaultKind.TRUNCATED, FaultKind.RESET, FaultKind.SERVER_ERROR]
)
def test_a_passing_fault_costs_another_call(make: Make, kind: FaultKind) -> None:
    """A page of a proxy, half a file and a broken connection are asked again."""
    bench, item = make([_fault(kind)])
    paper = bench.source.invoice_pdf(item)
    assert paper.endswith(b"%%EOF\n")


@BOTH
def test_half_a_document_is_never_handed_on(make: Make) -> None:
    """A file that stays cut off is an error."""
    bench, item = make([_fault(FaultKind.TRUNCATED, times=0)])
    with pytest.raises(ContractError, match="no whole PDF"):
        bench.source.invoice_pdf(item)


@BOTH
def test_an_outage_may_pass(make: Make) -> None:
    """A server that stays away is a fault that waiting may mend."""
    bench, item = make([_fault(FaultKind.OFFLINE, times=0)])
    with pytest.raises(Transient):
        bench.source.invoice_pdf(item)


def test_a_spent_quota_ends_the_ledger() -> None:
    """Xero's day limit is said with its end, here as anywhere."""
    bench, item = _xero([_fault(FaultKind.DAY_LIMIT, times=0)])
    with pytest.raises(RateLimited):
        bench.source.invoice_pdf(item)
