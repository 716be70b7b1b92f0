"""The canonical lines say what happened, in codes and in sentences."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from syncer.log import ledger_line, run_line
from syncer.log.lines import ledger_sentence
from syncer.model.run import LedgerResult, LedgerStatus, OutcomeTotal, RunResult


def _ledger(status: LedgerStatus = LedgerStatus.OK, **more: object) -> LedgerResult:
    values: dict[str, object] = {
        "ledger": "north",
        "connector": "xero",
        "mode": "live",
        "status": status,
        "today": date(2026, 11, 22),
        "items_read": 1200,
        "accounts_read": 1,
        "accounts_considered": 30,
        "contacted": 3,
        "outcomes": (
            OutcomeTotal(code="step_due", currency="EUR", items=3, amount=Decimal("30.00")),
            OutcomeTotal(code="step_due", currency="USD", items=1, amount=Decimal("-0.50")),
        ),
        "open_totals": (("EUR", Decimal("30.00")),),
        "seconds": 1.25,
    }
    return LedgerResult(**{**values, **more})  # type: ignore[arg-type]


def _run(exit_code: int, *ledgers: LedgerResult) -> RunResult:
    start = datetime(2026, 11, 22, 8, tzinfo=UTC)
    return RunResult(
        run_id="r1",
        version="0.1.0",
        command="run",
        started_at=start,
        finished_at=start + timedelta(seconds=2),
        exit_code=exit_code,
        config_digest="c",
        policy_version="p",
        ledgers=ledgers,
    )


def test_ledger_line() -> None:
    """One line holds the figures, the outcomes by code and currency, and a sentence."""
    with capture_logs() as lines:
        ledger_line(_ledger())
    (line,) = lines
    assert line["event"] == "ledger_done"
    assert line["log_level"] == "info"
    assert line["outcomes"]["step_due"]["USD"] == {"items": 1, "amount": "-0.50"}
    assert line["open_totals"] == {"EUR": "30.00"}
    assert line["duration_ms"] == 1250
    assert line["say"] == (
        "north: done; read 1,200 items of 1 account, considered 30 accounts, contacted 3"
    )


@pytest.mark.parametrize("status", list(LedgerStatus))
def test_every_status_has_a_sentence_and_level(status: LedgerStatus) -> None:
    """No ending is silent, and only a good one is an info line."""
    with capture_logs() as lines:
        ledger_line(_ledger(status))
    assert (lines[0]["log_level"] == "info") is (status is LedgerStatus.OK)
    assert lines[0]["status"] == status.value


def test_trouble_is_counted_in_the_sentence() -> None:
    """Troubles appear where there are some; a plan says what it would do."""
    said = ledger_sentence(_ledger(LedgerStatus.PARTIAL, mode="plan", planned=2, errors=1))
    assert "would contact 2" in said
    assert "1 with errors" in said
    assert "uncertain" not in said


def test_run_line() -> None:
    """The run's line sums its ledgers and agrees with the exit code."""
    with capture_logs() as lines:
        run_line(_run(1, _ledger(), _ledger(LedgerStatus.FAILED, ledger="south")))
    (line,) = lines
    assert line["contacted"] == 6
    assert line["ledgers"] == {"north": "ok", "south": "failed"}
    assert line["log_level"] == "error"
    assert line["say"] == ("finished, but some items had errors (exit code 1); 1 of 2 ledgers done")


@pytest.mark.parametrize(
    ("code", "level"), [(0, "info"), (3, "warning"), (6, "warning"), (7, "error")]
)
def test_run_level_follows_the_exit_code(code: int, level: str) -> None:
    """Only exit code 0 is an info line."""
    with capture_logs() as lines:
        run_line(_run(code))
    assert lines[0]["log_level"] == level


def test_each_warning_of_a_ledger_has_a_line_of_its_own() -> None:
    """Somebody who searches the log for warnings finds them, with the ledger's name."""
    with capture_logs() as lines:
        ledger_line(_ledger(warnings=("a setting names nobody",)))
    warned = [line for line in lines if line["event"] == "ledger_warning"]
    assert [(line["log_level"], line["say"], line["ledger"]) for line in warned] == [
        ("warning", "north: a setting names nobody", "north")
    ]
