"""What a person should look at although nothing failed: silent ledgers, unusual counts."""

from syncer.log.library import structlog
from syncer.log.sentry import report_notice
from syncer.model.counts import count_text
from syncer.model.run import LedgerResult

_log = structlog.get_logger("syncer.run")


def report_silent(ledger: str, days: int) -> None:
    """A ledger that no run has completed for ``days``: a log line and an issue in Sentry."""
    said = f"{ledger}: no run has completed for {count_text(days, 'day')}; see syncer status"
    _log.error("ledger_silent", say=said, ledger=ledger, days=days)
    report_notice("a ledger is silent: no run completes", ledger=ledger, kind="ledger_silent")


def report_unusual(result: LedgerResult) -> None:
    """Counts far outside the usual; their sentences stand in the ledger's own line."""
    for code in result.alarms:
        _log.warning("ledger_alarm", say=f"{result.ledger}: {code}", ledger=result.ledger)
        report_notice(f"far outside the usual: {code}", ledger=result.ledger, kind=code)
