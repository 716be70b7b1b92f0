"""The canonical lines: one per ledger and one per run, codes beside plain sentences.

What: everything a ledger or run did, in one line that a person can read and a machine can
count; the same figures as ``run_results.json``.
"""

from collections.abc import Mapping
from typing import Any

from syncer.log.library import structlog
from syncer.model.counts import count_text
from syncer.model.run import LedgerResult, LedgerStatus, RunResult

_log = structlog.get_logger("syncer.run")

_LEVELS: Mapping[LedgerStatus, str] = {
    LedgerStatus.OK: "info",
    LedgerStatus.HELD: "warning",
    LedgerStatus.LIMITED: "warning",
    LedgerStatus.LOCKED: "warning",
    LedgerStatus.PARTIAL: "error",
    LedgerStatus.FAILED: "error",
}
_ENDINGS: Mapping[LedgerStatus, str] = {
    LedgerStatus.OK: "done",
    LedgerStatus.HELD: "held: nothing was sent on purpose",
    LedgerStatus.LIMITED: "ended early: the vendor's quota is used up",
    LedgerStatus.LOCKED: "left alone: another run is working on it",
    LedgerStatus.PARTIAL: "finished with errors",
    LedgerStatus.FAILED: "failed",
}
_EXITS: Mapping[int, str] = {
    0: "everything went well",
    1: "finished, but some items had errors",
    2: "the configuration or the command line is wrong",
    3: "nothing was sent, because it was held on purpose",
    4: "a ledger refuses us: log in again or check permissions",
    5: "a quota or a passing fault: run again later",
    6: "another run is at work, or a saved plan is out of date",
    7: "a rule of the program itself was broken: it stopped",
    129: "stopped, because its terminal was closed",
    130: "stopped by the user",
    143: "stopped by the system",
}


def ledger_line(result: LedgerResult) -> None:
    """Write the line of one ledger."""
    speak = getattr(_log, _LEVELS[result.status])
    speak("ledger_done", say=ledger_sentence(result), **ledger_fields(result))
    for text in result.warnings:
        _log.warning("ledger_warning", say=f"{result.ledger}: {text}", ledger=result.ledger)


def run_line(result: RunResult) -> None:
    """Write the line of the run."""
    speak = _log.info if result.exit_code == 0 else _log.error
    if result.exit_code in {3, 5, 6}:
        speak = _log.warning
    speak("run_done", say=run_sentence(result), **run_fields(result))


def ledger_sentence(result: LedgerResult) -> str:
    """``north: done; read 120 items of 30 accounts, contacted 3``; trouble only where there was."""
    if result.left_alone:
        return result.error
    accounts = count_text(result.accounts_read, "account")
    parts = [
        f"read {count_text(result.items_read, 'item')} of {accounts}",
        f"considered {count_text(result.accounts_considered, 'account')}",
        f"contacted {result.contacted}"
        if result.mode != "plan"
        else f"would contact {result.planned}",
    ]
    troubles = {
        "held back by the last look": result.cancelled,
        "refused": result.rejected,
        "uncertain": result.uncertain,
        "unreadable": result.quarantined,
        "with errors": result.errors,
    }
    parts.extend(f"{number} {words}" for words, number in troubles.items() if number)
    sentence = f"{result.ledger}: {_ENDINGS[result.status]}; {', '.join(parts)}"
    return f"{sentence}; {result.error}" if result.error else sentence


def run_sentence(result: RunResult) -> str:
    """What the exit code means, and for how many ledgers."""
    meaning = _EXITS.get(result.exit_code, "ended unexpectedly")
    good = sum(ledger.status is LedgerStatus.OK for ledger in result.ledgers)
    ledgers = count_text(len(result.ledgers), "ledger")
    return f"{meaning} (exit code {result.exit_code}); {good} of {ledgers} done"


def ledger_fields(result: LedgerResult) -> dict[str, Any]:
    """The figures of a ledger; amounts as text, outcomes by code and currency."""
    outcomes: dict[str, dict[str, Any]] = {}
    for total in result.outcomes:
        place = outcomes.setdefault(total.code, {})
        place[total.currency] = {"items": total.items, "amount": format(total.amount, "f")}
    return {
        "ledger": result.ledger,
        "connector": result.connector,
        "mode": result.mode,
        "status": result.status.value,
        "today": result.today,
        **{name: getattr(result, name) for name in _FIGURES},
        "outcomes": outcomes,
        "open_totals": {currency: format(amount, "f") for currency, amount in result.open_totals},
        "duration_ms": round(result.seconds * 1000),
        "error_kind": result.error_kind,
        "limited_until": result.limited_until,
        "parked": result.parked,
        "left_alone": result.left_alone,
    }


_FIGURES = (
    "items_read",
    "accounts_read",
    "quarantined",
    "closed",
    "accounts_considered",
    "planned",
    "contacted",
    "notes",
    "tasks",
    "cancelled",
    "rejected",
    "uncertain",
    "snoozed",
    "errors",
    "calls",
)


def run_fields(result: RunResult) -> dict[str, Any]:
    """The figures of a run: sums over its ledgers, versions, and how it ended."""
    elapsed = result.finished_at - result.started_at
    return {
        "run_id": result.run_id,
        "command": result.command,
        "version": result.version,
        "exit_code": result.exit_code,
        "ledgers": {ledger.ledger: ledger.status.value for ledger in result.ledgers},
        **{name: sum(getattr(ledger, name) for ledger in result.ledgers) for name in _FIGURES},
        "config_digest": result.config_digest,
        "policy_version": result.policy_version,
        "duration_ms": round(elapsed.total_seconds() * 1000),
    }
