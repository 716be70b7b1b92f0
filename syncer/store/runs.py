"""The log of runs: begun, finished, and what each ledger's items came out as."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from syncer.errors import InvariantError
from syncer.model.run import LedgerResult, OutcomeTotal, RunResult
from syncer.ports.history import PastRun
from syncer.store.ledgers import LedgerRef
from syncer.store.tables import ledger, ledger_run, outcome, run


def begin(
    connection: Connection, run_id: str, *, command: str, at: datetime, config_digest: str
) -> None:
    """Note that a run started: one that never finishes stays visible."""
    connection.execute(
        insert(run).values(
            run_id=run_id, command=command, started_at=at, config_digest=config_digest
        )
    )


def finish(connection: Connection, result: RunResult) -> None:
    """Store the whole result. InvariantError when the run was never begun."""
    done = connection.execute(
        update(run)
        .where(run.c.run_id == result.run_id)
        .values(finished_at=result.finished_at, result=msgspec.json.encode(result).decode())
    )
    if done.rowcount != 1:
        raise InvariantError(f"run {result.run_id} was never begun")


def finish_ledger(
    connection: Connection, ref: LedgerRef, run_id: str, result: LedgerResult
) -> None:
    """Store one ledger's part, and its outcome totals; a second call replaces the first."""
    for table in (outcome, ledger_run):
        connection.execute(
            delete(table).where(table.c.ledger_no == ref.number, table.c.run_id == run_id)
        )
    connection.execute(
        insert(ledger_run).values(
            ledger_no=ref.number,
            run_id=run_id,
            mode=result.mode,
            status=result.status.value,
            today=result.today,
            result=msgspec.json.encode(result).decode(),
        )
    )
    if result.outcomes:
        own = {"ledger_no": ref.number, "run_id": run_id}
        kept = ("code", "currency", "items", "amount")  # the rest stands in the result
        rows = [own | {name: getattr(one, name) for name in kept} for one in result.outcomes]
        connection.execute(insert(outcome), rows)


def listed(connection: Connection, *, limit: int, ledger_name: str) -> Sequence[RunResult]:
    """Finished runs, newest first; only those that touched a ledger, if one is named."""
    query = select(run.c.result).where(run.c.result.is_not(None))
    if ledger_name:
        touched = select(ledger_run.c.run_id).join(ledger).where(ledger.c.name == ledger_name)
        query = query.where(run.c.run_id.in_(touched))
    rows = connection.execute(query.order_by(run.c.started_at.desc(), run.c.run_id).limit(limit))
    return [msgspec.json.decode(text, type=RunResult) for text in rows.scalars()]


def past(
    connection: Connection,
    ref: LedgerRef,
    *,
    limit: int,
    statuses: Sequence[str],
    before: str,
) -> Sequence[PastRun]:
    """One ledger's parts of earlier runs, newest first: run ids sort by time."""
    query = select(ledger_run.c.run_id, run.c.started_at, ledger_run.c.result).join(
        run, run.c.run_id == ledger_run.c.run_id
    )
    query = query.where(ledger_run.c.ledger_no == ref.number)
    if statuses:
        query = query.where(ledger_run.c.status.in_(statuses))
    if before:
        query = query.where(ledger_run.c.run_id < before)
    rows = connection.execute(query.order_by(ledger_run.c.run_id.desc()).limit(limit))
    return [
        PastRun(run_id, at, msgspec.json.decode(text, type=LedgerResult))
        for run_id, at, text in rows
    ]


def began_on(connection: Connection, ref: LedgerRef | None) -> datetime | None:
    """When the first known run began, of one ledger or of any."""
    query = select(run.c.started_at)
    if ref is not None:
        query = query.join(ledger_run, ledger_run.c.run_id == run.c.run_id)
        query = query.where(ledger_run.c.ledger_no == ref.number)
    return connection.execute(query.order_by(run.c.run_id).limit(1)).scalar_one_or_none()


def outcome_totals(connection: Connection, ref: LedgerRef, run_id: str) -> Sequence[OutcomeTotal]:
    """How the open items of a ledger came out in a run, by code and currency."""
    names = OutcomeTotal.__struct_fields__
    query = (
        select(*(outcome.c[name] for name in names))
        .where(outcome.c.ledger_no == ref.number, outcome.c.run_id == run_id)
        .order_by(outcome.c.currency, outcome.c.code)
    )
    return [OutcomeTotal(**dict(zip(names, row, strict=True))) for row in connection.execute(query)]
