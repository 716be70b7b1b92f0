"""One run over all ledgers: each on its own, then one result with an honest exit code.

run_cycle -> run_ledger (flow.ledger) for each -> exit_code -> RunResult
"""

import contextvars
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from syncer import __version__, errors
from syncer.errors import ConfigError, InvariantError, LeaseHeld
from syncer.flow.debtors import sync_known
from syncer.flow.desk import Budget
from syncer.flow.ledger import run_ledger
from syncer.flow.names import known_to
from syncer.flow.worker import LedgerSetup, RunOptions, Worker
from syncer.model.run import LedgerResult, LedgerStatus, RunResult, run_stamp

PARTIAL = 1
HELD = 3
_READ = (LedgerStatus.OK, LedgerStatus.HELD)
_EXIT_BY_ERROR = {
    name: kind.exit_code
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.SyncerError)
}


def run_cycle(worker: Worker, *, now: datetime, options: RunOptions) -> RunResult:
    """Run the chosen ledgers and record the run. Raises ConfigError for an unknown ledger.

    ``now`` is aware UTC. A ledger's failure is in the result, never raised.
    """
    setups = _chosen(worker, options)
    run_id = f"{run_stamp(now)}-{_within_second(now)}{worker.new_id()}"  # readable, sorted by time
    worker.store.begin_run(
        run_id, command=options.command, at=now, config_digest=worker.config_digest
    )
    if not options.only_shows:
        sync_known(worker.store, worker.ledgers)  # of all, also of those that are not run today
    budget = Budget(options.sends_max)
    ledgers = _run_all(worker, setups, run_id=run_id, options=options, budget=budget)
    result = RunResult(
        run_id=run_id,
        version=__version__,
        command=options.command,
        started_at=now,
        finished_at=worker.clock(),
        exit_code=_as_selected(worker, options, setups, ledgers),
        config_digest=worker.config_digest,
        policy_version=",".join(sorted({setup.policy.version for setup in setups})),
        ledgers=tuple(ledgers),
    )
    worker.store.finish_run(result)
    worker.watch.run_done(result)
    return result


def _chosen(worker: Worker, options: RunOptions) -> tuple[LedgerSetup, ...]:
    known = {setup.name: setup for setup in worker.ledgers}
    unknown = sorted(set(options.ledgers) - set(known))
    if unknown:
        raise ConfigError(f"no ledger is named '{unknown[0]}'; configured: {', '.join(known)}")
    return tuple(known[name] for name in options.ledgers) if options.ledgers else worker.ledgers


def _run_all(
    worker: Worker,
    setups: Sequence[LedgerSetup],
    *,
    run_id: str,
    options: RunOptions,
    budget: Budget,
) -> list[LedgerResult]:
    def one(setup: LedgerSetup) -> LedgerResult:
        with worker.watch.around_ledger(run_id, setup.name):
            return run_ledger(worker, setup, run_id=run_id, options=options, budget=budget)

    # What all ledgers share is given out in the order of the ledgers, not to whoever is quicker.
    if worker.threads == 0 or len(setups) < 2 or options.sends_max is not None:
        return [one(setup) for setup in setups]
    with ThreadPoolExecutor(max_workers=worker.threads) as pool:
        tasks = [pool.submit(contextvars.copy_context().run, one, setup) for setup in setups]
        return [task.result() for task in tasks]


def _within_second(now: datetime) -> str:
    """Four hex digits: two runs that begin in one second are sorted as well."""
    return f"{now.microsecond * 0x10000 // 1_000_000:04x}"


def _as_selected(
    worker: Worker,
    options: RunOptions,
    setups: Sequence[LedgerSetup],
    ledgers: Sequence[LedgerResult],
) -> int:
    """``exit_code``, and that of a wrong command line where a name of --select fits nobody."""
    code = exit_code(ledgers)
    if code not in (0, HELD) or any(one.status not in _READ for one in ledgers):
        return code  # what was not read may know it
    names = [setup.name for setup in setups]
    wanted = (*options.selection.accounts, *options.selection.items)
    unknown = [text for text in wanted if not known_to(worker.store, names, text)]
    return ConfigError.exit_code if unknown else code


def exit_code(ledgers: Sequence[LedgerResult]) -> int:
    """0 only when nothing failed; a code of its own where all ledgers agree, else 1.

    See docs/operating.md for the table. A broken invariant always shows as 7.
    """
    codes = {_code(ledger) for ledger in ledgers}
    if InvariantError.exit_code in codes:
        return InvariantError.exit_code
    failures = codes - {0, HELD, LeaseHeld.exit_code}
    if failures:
        return failures.pop() if len(codes) == 1 else PARTIAL
    if HELD in codes and not any(ledger.contacted for ledger in ledgers):
        return HELD
    if any(ledger.status is LedgerStatus.HELD and _needs_a_person(ledger) for ledger in ledgers):
        return PARTIAL  # others went out, but this one was not stopped by a choice
    return LeaseHeld.exit_code if codes == {LeaseHeld.exit_code} else 0


def _needs_a_person(ledger: LedgerResult) -> bool:
    """Held for what nobody wished for: records that cannot be read, numbers out of all measure."""
    return bool(ledger.quarantined or ledger.alarms)


def _code(ledger: LedgerResult) -> int:
    trouble = ledger.rejected or ledger.uncertain or ledger.errors
    match ledger.status:
        case LedgerStatus.LIMITED | LedgerStatus.LOCKED if trouble:
            return PARTIAL
        case LedgerStatus.OK | LedgerStatus.LIMITED:
            return 0
        case LedgerStatus.HELD:
            return HELD
        case LedgerStatus.LOCKED:
            return LeaseHeld.exit_code
        case LedgerStatus.PARTIAL:
            return PARTIAL
        case LedgerStatus.FAILED:
            return _EXIT_BY_ERROR.get(ledger.error_kind, PARTIAL)
