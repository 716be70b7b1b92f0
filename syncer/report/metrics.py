"""Figures of the last run in Prometheus' text format, one file, written whole or not at all.

Why by hand: the format is a name, labels and a number a line, with three characters to escape
(prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4). The client library keeps
counters of a living process, which a run from cron is not, and would be one more dependency.
Only ledgers' names and figures: no customers, no amounts by customer, no texts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncer.model.run import LedgerResult, LedgerStatus, RunResult
from syncer.model.standstill import Standstill
from syncer.report.files import write_whole

PREFIX = "syncer"
_READABLE = 0o644  # by the collector, which runs as another user
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_COUNTS: Mapping[str, str] = {
    "items_read": "Open items read from the ledger.",
    "quarantined": "Records that could not be read.",
    "planned": "Contacts that were wanted.",
    "contacted": "Messages that went out.",
    "cancelled": "Contacts that the last look held back.",
    "rejected": "Messages or notes refused for good.",
    "uncertain": "Messages that may or may not have gone out.",
    "waiting": "Effects of any run that only a person can settle.",
    "errors": "Errors on the way.",
    "chases": "Messages of the last 30 days, at most the latest 200.",
    "false_chases": "Of these, messages that asked for what had been paid before.",
    "calls": "Calls made to the ledger.",
}


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its samples: labels and a number each."""

    name: str
    meaning: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def write_metrics(
    path: Path, result: RunResult, ledgers: Iterable[Standstill], *, now: datetime
) -> None:
    """Write the file for a collector to read. Raises OSError; then the old one stands."""
    write_whole(path, exposition(families(result, tuple(ledgers), now=now)).encode(), _READABLE)


def families(
    result: RunResult, ledgers: Sequence[Standstill], *, now: datetime
) -> Iterator[Family]:
    """What is told of a run, and of every configured ledger whether it was part of it or not."""
    yield _one("run_finished_timestamp_seconds", "When the last run ended.", _stamp(now))
    yield _one("run_exit_code", "Exit code of the last run.", result.exit_code)
    duration = (result.finished_at - result.started_at).total_seconds()
    yield _one("run_duration_seconds", "How long the last run took.", duration)
    yield Family(
        "ledger_completed_timestamp_seconds",
        "When a run over the whole ledger last came to its end; 0 = never.",
        [(_of(one.ledger), _stamp(one.completed_at)) for one in ledgers],
    )
    yield Family(
        "ledger_silent",
        "1 when no run has completed for longer than alarm.silent_after.",
        [(_of(one.ledger), float(one.silent)) for one in ledgers],
    )
    yield Family(
        "ledger_parked_until_timestamp_seconds",
        "Until when the ledger is left alone because its vendor's limit is used up; 0 = it is not.",
        [(_of(one.ledger), _stamp(one.parked_until)) for one in ledgers],
    )
    known = [one.last for one in ledgers if one.last is not None]
    yield Family(
        "ledger_status",
        "1 for the way the ledger's last run ended.",
        [
            ({**_of(one.ledger), "status": status.value}, float(one.status is status))
            for one in known
            for status in LedgerStatus
        ],
    )
    yield Family(
        "ledger_alarm",
        "1 for each count that was far outside the usual in the last run.",
        [({**_of(one.ledger), "alarm": code}, 1.0) for one in known for code in one.alarms],
    )
    yield from (_counted(name, meaning, known) for name, meaning in _COUNTS.items())
    yield Family(
        "ledger_duration_seconds",
        "How long the ledger's last run took.",
        [(_of(one.ledger), one.seconds) for one in known],
    )


def _counted(name: str, meaning: str, known: Sequence[LedgerResult]) -> Family:
    samples = [(_of(one.ledger), float(getattr(one, name))) for one in known]
    return Family(f"ledger_{name}", f"{meaning} In the ledger's last run.", samples)


def _one(name: str, meaning: str, number: float) -> Family:
    return Family(name, meaning, [({}, number)])


def _of(ledger: str) -> dict[str, str]:
    return {"ledger": ledger}


def _stamp(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()


def exposition(all_families: Iterable[Family]) -> str:
    """The text: for each family its meaning, its type and its samples."""
    lines: list[str] = []
    for family in all_families:
        name = f"{PREFIX}_{family.name}"
        meaning = family.meaning.replace("\\", r"\\").replace("\n", r"\n")
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {number!r}" for labels, number in family.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    said = ",".join(f'{name}="{text.translate(_ESCAPES)}"' for name, text in labels.items())
    return f"{{{said}}}"
