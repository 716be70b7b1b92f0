"""``run_results.json``: the machine copy of a run, written also when the run failed.

Amounts are decimal strings, instants ISO 8601 in UTC. Fields are only ever added; a change
of meaning raises ``SCHEMA_VERSION``.
"""

from pathlib import Path
from typing import Any

import msgspec

from syncer.model.money import ZERO
from syncer.model.run import Asked, LedgerResult, RunResult
from syncer.report.files import write_whole
from syncer.report.summary import (
    Check,
    asked_for,
    checks_of,
    due_now,
    false_chase_rate,
    held_back,
    not_sent,
    reconciles,
    waiting_sentences,
)
from syncer.report.words import EXIT, group_of, sentence

SCHEMA_VERSION = 1
FILE_NAME = "run_results.json"


def results_document(result: RunResult) -> dict[str, Any]:
    """The document as plain values, keys in a fixed order."""
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    document.update(msgspec.to_builtins(result))
    document["exit_meaning"] = EXIT.get(result.exit_code, "unknown")
    document["waiting"] = list(waiting_sentences(result.ledgers))
    document["false_chase_rate"] = false_chase_rate(result.ledgers)
    document["ledgers"] = [_ledger(one) for one in result.ledgers]
    return document


def write_results(result: RunResult, folder: Path) -> Path:
    """Write ``run_results.json`` into ``folder`` in one step and say where. Raises OSError."""
    path = folder / FILE_NAME
    encoded = msgspec.json.format(msgspec.json.encode(results_document(result)), indent=2)
    write_whole(path, encoded + b"\n")
    return path


def _ledger(result: LedgerResult) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(result)
    document["open_totals"] = {currency: str(total) for currency, total in result.open_totals}
    document["outcomes"] = [
        msgspec.to_builtins(one) | {"group": group_of(one.code), "sentence": sentence(one.code)}
        for one in result.outcomes
    ]
    document["money"] = money_of(result)
    document["reconciles"] = reconciles(result)
    document["differences"] = {
        check.currency: str(check.difference) for check in checks_of(result) if check.difference
    }
    return document


def money_of(result: LedgerResult) -> dict[str, dict[str, str]]:
    """What is open by currency and by whether it is due; ``open`` = due_now + held + not_due.

    ``asked_today``, ``heads_ups`` and ``instalments`` are what the messages that went out ask
    for; in a plan, what they would. ``not_sent`` is due as well, and did not go out in this run.
    """
    return {check.currency: _money(result, check) for check in checks_of(result)}


def _money(result: LedgerResult, check: Check) -> dict[str, str]:
    due, held = due_now(result, check.currency), held_back(result, check.currency)
    return {
        "open": str(check.outcomes),
        "due_now": str(due),
        "held": str(held),
        "not_due": str(check.outcomes - due - held),
        "asked_today": str(asked_for(result, check.currency, Asked.REMINDER)),
        "heads_ups": str(asked_for(result, check.currency, Asked.HEADS_UP)),
        "instalments": str(asked_for(result, check.currency, Asked.INSTALMENT)),
        "not_sent": str(sum([one.amount for one in not_sent(result, check.currency)], ZERO)),
    }
