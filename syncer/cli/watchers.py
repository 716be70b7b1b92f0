"""Tells those who watch from outside how a run went: metrics, Sentry, the health ping.

None of them can make a run fail: what goes wrong here is said on the screen and in the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from syncer.cli.call import Call
from syncer.cli.health import SOUND_CODES
from syncer.model.run import LedgerStatus, RunResult

if TYPE_CHECKING:
    from syncer.channels.ping import Sign
    from syncer.flow.worker import Worker
    from syncer.model.standstill import Standstill


@dataclass(slots=True)
class Watched:
    """How the run at hand went, as far as it is known; what breaks off went badly."""

    good: bool = field(default=False)


def how_it_stands(call: Call, worker: "Worker") -> "tuple[Standstill, ...]":
    """Every configured ledger, also those that --ledger leaves out."""
    from syncer.flow.silence import standstills

    allowed = timedelta(days=call.settings.alarm.silent_after)
    return standstills(worker.store, worker.ledgers, now=worker.clock(), allowed=allowed)


@contextmanager
def watched(call: Call, command: str) -> Iterator[Watched]:
    """Around a run: the ping before and after it. Of a run that sends nothing, nobody is told."""
    outcome = Watched()
    told = command != "plan" and not (call.flags.dry_run or call.flags.as_of or call.flags.select)
    url = call.settings.health.ping_url if told else None
    if url is None:
        yield outcome
        return
    from syncer.channels.ping import Sign

    _ping(call, url.get_secret_value(), Sign.START)
    try:
        yield outcome
    finally:
        _ping(call, url.get_secret_value(), Sign.GOOD if outcome.good else Sign.FAIL)


def _ping(call: Call, url: str, sign: "Sign") -> None:
    from syncer.channels.ping import ping

    trouble = ping(url, sign, mounts=call.around.mounts)
    if trouble:
        call.screen.tell(f"syncer: health.ping_url was not heard: {trouble}")


def tell_watchers(call: Call, worker: "Worker", result: RunResult) -> bool:
    """Write the metrics and report what is silent or unusual. Whether all is well."""
    from syncer.log import report_silent, report_unusual

    ledgers = how_it_stands(call, worker)
    silent = [one for one in ledgers if one.silent]
    for one in silent:
        report_silent(one.ledger, one.days(worker.clock()) or 0)
    for done in result.ledgers:
        report_unusual(done)
    _write_metrics(call, worker, result, ledgers)
    held = any(one.alarms and one.status is LedgerStatus.HELD for one in result.ledgers)
    failed = any(one.status is LedgerStatus.FAILED for one in result.ledgers)
    return result.exit_code in SOUND_CODES and not (silent or held or failed)


def _write_metrics(
    call: Call, worker: "Worker", result: RunResult, ledgers: "tuple[Standstill, ...]"
) -> None:
    path = call.settings.metrics.file
    if path is None:
        return
    from syncer.report.metrics import write_metrics

    try:
        write_metrics(path, result, ledgers, now=worker.clock())
    except OSError as error:
        call.screen.tell(f"syncer: the metrics could not be written: {path}: {error.strerror}")
