"""The files a run leaves behind: run_results.json and run_report.html, also when it fails."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from syncer import __version__
from syncer.cli.call import Call
from syncer.cli.failures import exit_code
from syncer.errors import SyncerError
from syncer.model.run import RunResult
from syncer.ports import OutboxFilter

if TYPE_CHECKING:
    from syncer.cli.work import Done
    from syncer.flow.worker import Worker

_RUN_FOLDER = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-z]+")
_RUN_TIME = "%Y%m%dT%H%M%SZ"


def keep_report(
    call: Call,
    worker: "Worker",
    done: "Done",
) -> Path | None:
    """Write the run's folder below reports.dir and remove folders past reports.keep.

    Returns the folder, or None when it could not be written: a full disk must not turn a good
    run into a bad one, so it is told, not raised.
    """
    from syncer.report.page import write_page
    from syncer.report.results import write_results

    result, reports = done.result, call.settings.reports
    planning = {ledger.ledger for ledger in result.ledgers if ledger.mode == "plan"}
    folder = Path(reports.dir) / result.run_id
    effects = worker.store.effects(OutboxFilter(run_id=result.run_id))
    try:
        write_results(result, folder)
        write_page(
            result,
            folder,
            effects=effects,
            names=done.names,
            unread=done.unread,
            planned=[effect for effect in done.wanted if effect.ledger in planning],
            later=done.later,
            seconds=done.seconds,
        )
        _forget(Path(reports.dir), before=result.started_at - _kept(reports.keep))
    except OSError as error:
        call.screen.tell(f"syncer: the report could not be written: {folder}: {error.strerror}")
        return None
    return folder.resolve()  # as people can open it: without ".." from the configuration


def _kept(keep: int | timedelta) -> timedelta:
    return keep if isinstance(keep, timedelta) else timedelta(days=keep)


def _forget(reports: Path, *, before: datetime) -> None:
    """Remove run folders, and nothing else, whose run started earlier."""
    for folder in reports.iterdir():
        named = _RUN_FOLDER.fullmatch(folder.name)
        if named is None or not folder.is_dir() or folder.is_symlink():
            continue
        if datetime.strptime(named[1], _RUN_TIME).replace(tzinfo=UTC) < before:
            shutil.rmtree(folder)


@contextmanager
def run_failed(call: Call, command: str) -> Iterator[None]:
    """Leave a run_results.json behind when the run breaks before it has a result."""
    started = call.around.clock()
    try:
        yield
    except Exception as error:
        _write_failure(call, command, error, started)
        raise


def _write_failure(call: Call, command: str, error: Exception, started: datetime) -> None:
    from syncer.log import report_error
    from syncer.report.results import write_results

    if not isinstance(error, SyncerError):
        report_error(error)
    result = RunResult(
        run_id=f"{started:{_RUN_TIME}}-failed",
        version=__version__,
        command=command,
        started_at=started,
        finished_at=call.around.clock(),
        exit_code=exit_code(error),
        config_digest=call.settings.digest,
        policy_version="",
        ledgers=(),
    )
    try:
        write_results(result, Path(call.settings.reports.dir) / result.run_id)
    except OSError as trouble:
        call.screen.tell(f"syncer: run_results.json could not be written: {trouble.strerror}")
