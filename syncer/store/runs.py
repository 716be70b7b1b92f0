"""The log of runs: begun, finished, and what each ledger's items came out as."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    update,
)

from syncer.errors import InvariantError
from syncer.model.run import LedgerResult, LedgerStatus, OutcomeTotal, RunResult
from syncer.ports.history import PastRun
from syncer.store.ledgers import LedgerRef
from syncer.store.prepared import Prepared
from syncer.store.tables import ledger, ledger_run, outcome, run

_STATUSES = tuple(LedgerStatus)
_KEPT = 16  # questions about the past that differ in which runs are meant

_BEGIN = Prepared(
    insert(run).values(
        run_id=bindparam("run_id"),
        command=bindparam("command"),
        started_at=bindparam("at"),
        config_digest=bindparam("digest"),
    )
)
_FINISH = Prepared(
    update(run)
    .where(run.c.run_id == bindparam("of_run"))
    .values(finished_at=bindparam("at"), result=bindparam("said"))
)
_FORGET = tuple(
    Prepared(
        delete(table).where(
            table.c.ledger_no == bindparam("number"), table.c.run_id == bindparam("of_run")
        )
    )
    for table in (outcome, ledger_run)
)


def begin(
    connection: Connection, run_id: str, *, command: str, at: datetime, config_digest: str
) -> None:
    """Note that a run started: one that never finishes stays visible."""
    _BEGIN.run(connection, run_id=run_id, command=command, at=at, digest=config_digest)


def finish(connection: Connection, result: RunResult) -> None:
    """Store the whole result. InvariantError when the run was never begun."""
    said = msgspec.json.encode(result).decode()
    done = _FINISH.run(connection, of_run=result.run_id, at=result.finished_at, said=said)
    if done != 1:
        raise InvariantError(f"run {result.run_id} was never begun")


def finish_ledger(
    connection: Connection, ref: LedgerRef, run_id: str, result: LedgerResult
) -> None:
    """Store one ledger's part, and its outcome totals; a second call replaces the first."""
    for forget in _FORGET:
        forget.run(connection, number=ref.number, of_run=run_id)
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
    words = tuple(one for one in _STATUSES if one in statuses)  # no word of a caller's own
    query = _past(words, chosen=bool(statuses), before=bool(before))
    rows = query.all(connection, number=ref.number, most=limit, **_if_any(before))
    return [
        PastRun(run_id, at, msgspec.json.decode(text, type=LedgerResult))
        for run_id, at, text in rows
    ]


def _if_any(before: str) -> dict[str, str]:
    return {"before": before} if before else {}


@lru_cache(maxsize=_KEPT)
def _past(statuses: tuple[LedgerStatus, ...], *, chosen: bool, before: bool) -> Prepared:
    wanted: list[ColumnElement[bool]] = [ledger_run.c.ledger_no == bindparam("number")]
    if chosen:
        words: list[ColumnElement[str]] = [literal_column(f"'{word.value}'") for word in statuses]
        wanted.append(ledger_run.c.status.in_(words))
    if before:
        wanted.append(ledger_run.c.run_id < bindparam("before"))
    query = select(ledger_run.c.run_id, run.c.started_at, ledger_run.c.result).join(
        run, run.c.run_id == ledger_run.c.run_id
    )
    newest = ledger_run.c.run_id.desc()
    return Prepared(query.where(*wanted).order_by(newest).limit(bindparam("most")))


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
