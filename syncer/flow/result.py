"""What one ledger's run came to, as it is kept and reported: also of a run that failed half-way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace

from syncer.errors import InvariantError, LeaseHeld, RateLimited, SyncerError
from syncer.flow.asking import not_sent, would_wait
from syncer.flow.desk import Tally
from syncer.flow.parking import limit_of
from syncer.flow.plan import Planned
from syncer.flow.pull import Pulled
from syncer.flow.worker import LedgerSetup, Mode, RunOptions, Worker, mode_of
from syncer.model.effect import Effect, EffectState
from syncer.model.run import AskTotal, LedgerResult, LedgerStatus
from syncer.policy.volume import Alarm
from syncer.ports import OutboxFilter

_FOR_A_PERSON = (EffectState.UNCERTAIN, EffectState.REJECTED)


@dataclass(slots=True)
class Progress:
    """What is known so far, so that a failure can still be reported with its numbers."""

    tally: Tally
    pulled: Pulled
    planned: Planned
    today: date | None = None
    held: str = ""
    approvals: int = 0
    wanted: Callable[[Effect], bool] | None = None  # what a narrower run may send
    alarms: tuple[Alarm, ...] = ()
    chases: tuple[int, int] = (0, 0)  # messages of the last days, those that were false


def _count_waiting(worker: Worker, setup: LedgerSetup) -> int:
    """What a run could not settle is told by every later one, also by one that fails."""
    query = OutboxFilter(ledger=setup.name, states=_FOR_A_PERSON)
    try:
        return len(worker.store.effects(query))
    except Exception:  # noqa: BLE001  a state that cannot be read is told already
        return 0


def _asks(
    worker: Worker, setup: LedgerSetup, progress: Progress, options: RunOptions
) -> tuple[AskTotal, ...]:
    """What the messages asked for or would, and what was planned and did not leave, by why."""
    planned, tally, policy = progress.planned, progress.tally, setup.policy
    try:
        if options.only_shows or setup.mode is Mode.PLAN:
            would_wait(worker.store, setup.name, policy, planned.asks)
            return planned.asks.totals()
        if planned.outcomes:  # else nothing was decided, and what is pending may not be due
            not_sent(
                worker.store,
                setup.name,
                policy,
                tally.asks,
                wanted=progress.wanted,
                put_off=tally.put_off,
                now=worker.clock(),
            )
    except Exception:  # noqa: BLE001  a state that cannot be read is told already
        return tally.asks.totals()
    return tally.asks.totals()


def result_of(
    setup: LedgerSetup,
    progress: Progress,
    error: Exception | None,
    *,
    options: RunOptions,
    started: datetime,
    worker: Worker,
) -> LedgerResult:
    """All that is known of the run so far, with ``error`` if it ended early."""
    tally, pulled, planned = progress.tally, progress.pulled, progress.planned
    result = LedgerResult(
        ledger=setup.name,
        connector=setup.connector,
        mode=mode_of(setup, options),
        status=_status(progress, error),
        today=progress.today,
        items_read=pulled.items,
        accounts_read=pulled.accounts,
        quarantined=pulled.quarantined,
        closed=pulled.closed,
        accounts_considered=planned.accounts,
        planned=planned.contacts,
        contacted=tally.contacted,
        notes=tally.notes,
        tasks=tally.tasks,
        charges=tally.charges,
        charged=(
            planned if options.only_shows or setup.mode is Mode.PLAN else tally
        ).charged.totals(),
        asks=_asks(worker, setup, progress, options),
        cancelled=tally.cancelled,
        rejected=tally.rejected,
        uncertain=tally.uncertain,
        snoozed=tally.snoozed,
        waiting=_count_waiting(worker, setup),
        approvals=progress.approvals,
        errors=tally.errors,
        outcomes=planned.outcomes,
        open_totals=planned.open_totals,
        narrowed=options.narrowed,
        chases=progress.chases[0],
        false_chases=progress.chases[1],
        calls=setup.count_calls(),
        seconds=(worker.clock() - started).total_seconds(),
        error=progress.held,
        warnings=tuple(dict.fromkeys(pulled.warnings)),
        alarms=tuple(one.code.value for one in progress.alarms),
    )
    return result if error is None else with_error(result, error)


def with_error(result: LedgerResult, error: Exception) -> LedgerResult:
    """An unexpected exception is a bug of ours: named by class, its text kept out of reports."""
    expected = isinstance(error, SyncerError)
    return replace(
        result,
        error=str(error) if expected else f"unexpected {type(error).__name__}; see the log",
        error_kind=_kind(error) if expected else InvariantError.__name__,
        **limit_of(error),
    )


def _kind(error: Exception) -> str:
    """The public error that this is or comes from: exit codes and documents know those."""
    known = (kind for kind in type(error).__mro__ if kind.__module__ == SyncerError.__module__)
    return next(known).__name__


def _status(progress: Progress, error: Exception | None) -> LedgerStatus:
    match error:
        case None:
            tally = progress.tally
            if progress.held:
                return LedgerStatus.HELD
            unread = progress.pulled.quarantined
            failed = tally.rejected or tally.uncertain or tally.errors or unread
            return LedgerStatus.PARTIAL if failed else LedgerStatus.OK
        case RateLimited():
            return LedgerStatus.LIMITED
        case LeaseHeld():
            return LedgerStatus.LOCKED
        case _:
            return LedgerStatus.FAILED
