"""Silent ledgers and unusual counts reach the log and Sentry, one issue for a ledger and kind."""

import pytest
import sentry_sdk
import structlog
from msgspec.structs import replace

from syncer.log import report_silent, report_unusual
from syncer.model.run import LedgerResult, LedgerStatus
from tests.unit.log.test_sentry import Mailbox, mailbox  # noqa: F401 - a fixture

UNUSUAL = LedgerResult(
    ledger="north",
    connector="xero",
    mode="live",
    status=LedgerStatus.HELD,
    error="canary Harbour Roofing",
    alarms=("contacts_rose", "credits_fell"),
)


def _sent(box: Mailbox) -> list[tuple[str, list[str], str]]:
    sentry_sdk.flush()
    return [(one["message"], one["fingerprint"], one["level"]) for one in box.events]


def test_a_silent_ledger_is_an_issue_of_its_own(mailbox: Mailbox) -> None:  # noqa: F811
    """The number of days is in the log alone, so that tomorrow's is the same issue."""
    with structlog.testing.capture_logs() as said:
        report_silent("north", 5)
        report_silent("south", 9)
    assert [one["say"] for one in said] == [
        "north: no run has completed for 5 days; see syncer status",
        "south: no run has completed for 9 days; see syncer status",
    ]
    assert [fingerprint for _, fingerprint, _ in _sent(mailbox)] == [
        ["ledger_silent", "north"],
        ["ledger_silent", "south"],
    ]


def test_each_unusual_count_is_told_by_its_code_alone(mailbox: Mailbox) -> None:  # noqa: F811
    """No sentence, no figure and no customer leaves; what is usual is not told at all."""
    with structlog.testing.capture_logs() as said:
        report_unusual(UNUSUAL)
        report_unusual(replace(UNUSUAL, ledger="south", alarms=()))
    assert [one["event"] for one in said] == ["ledger_alarm"] * 2
    assert _sent(mailbox) == [
        ("far outside the usual: contacts_rose", ["contacts_rose", "north"], "warning"),
        ("far outside the usual: credits_fell", ["credits_fell", "north"], "warning"),
    ]
    assert "canary" not in str(mailbox.events)


@pytest.mark.parametrize("told", [lambda: report_silent("n", 5), lambda: report_unusual(UNUSUAL)])
def test_without_sentry_only_the_log_speaks(told: object) -> None:
    """No DSN: nothing is sent, and nothing fails."""
    assert callable(told)
    with structlog.testing.capture_logs() as said:
        told()
    assert said
    assert not sentry_sdk.is_initialized()
