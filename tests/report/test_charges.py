"""The table of a run tells charges: what messages named, and what was raised in the ledger."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from syncer.model.run import ChargeTotal, LedgerResult, LedgerStatus, RunResult
from syncer.report.results import results_document
from syncer.report.table import end_text

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
CHARGED = tuple(
    ChargeTotal(how=how, currency=currency, lines=lines, amount=Decimal(amount))
    for how, currency, lines, amount in (
        ("announced", "EUR", 3, "1045.50"),
        ("announced", "GBP", 1, "5.00"),
        ("booked", "GBP", 1, "5.00"),
        ("drafted", "EUR", 2, "45.50"),
    )
)


def result(mode: str) -> RunResult:
    """A run of one ledger that charged something."""
    ledger = LedgerResult(
        ledger="acme", connector="xero", mode=mode, status=LedgerStatus.OK, charged=CHARGED
    )
    return RunResult(
        run_id="r",
        version="0",
        command="run",
        started_at=AT,
        finished_at=AT,
        exit_code=0,
        config_digest="c",
        policy_version="p",
        ledgers=(ledger,),
    )


@pytest.mark.parametrize(
    ("mode", "named", "drafted", "booked"),
    [
        (
            "live",
            "named in messages, beside what is asked",
            "drafts in the ledger, for a person",
            "invoices in the ledger",
        ),
        (
            "plan",
            "would be named in the messages",
            "would become drafts in the ledger",
            "would become invoices in the ledger",
        ),
    ],
)
def test_charges_have_rows_by_what_became_of_them(mode, named, drafted, booked) -> None:
    """One row for each currency; a plan says that nothing has happened yet."""
    lines = [" ".join(line.split()) for line in end_text(result(mode)).splitlines()]
    assert [line for line in lines if line.startswith("charges ")] == [
        f"charges announced 3 1,045.50 EUR {named}",
        f"charges announced 1 5.00 GBP {named}",
        f"charges booked 1 5.00 GBP {booked}",
        f"charges drafted 2 45.50 EUR {drafted}",
    ]


def test_the_machine_copy_tells_them_too() -> None:
    """With amounts as text."""
    (ledger,) = results_document(result("live"))["ledgers"]
    assert ledger["charged"][0] == {
        "how": "announced",
        "currency": "EUR",
        "lines": 3,
        "amount": "1045.50",
    }
