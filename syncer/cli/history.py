"""``log``: earlier runs and what each did; ``log --verify`` checks the journal's hash chains."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.days import day
from syncer.cli.effects_shown import instant, names_of, tell
from syncer.cli.flags import shared
from syncer.cli.outbox import of_customer
from syncer.errors import ConfigError, InvariantError
from syncer.model.effect import Effect, EffectState
from syncer.model.run import RunResult
from syncer.ports import OutboxFilter
from syncer.report.words import EXIT

if TYPE_CHECKING:
    from syncer.ports import Store

RUNS_SEARCHED = 10_000
RUN_COLUMNS = ("run", "started (UTC)", "command", "exit", "ledgers", "contacted", "meaning")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("log")(shared(log))


def log(
    call: Call,
    run: Annotated[
        str, typer.Option("--run", metavar="RUN", help="What this run did, one line per effect.")
    ] = "",
    account: Annotated[
        str,
        typer.Option("--account", metavar="CUSTOMER", help="What this customer got: name or id."),
    ] = "",
    state: Annotated[
        list[EffectState] | None, typer.Option("--state", help="Only effects in this state.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", parser=day, metavar="DATE", help="Only from this day on (UTC)."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many lines.")
    ] = 50,
    verify: Annotated[
        bool, typer.Option("--verify", metavar="", help="Check that the journal was not altered.")
    ] = False,
) -> None:
    """Show earlier runs; with --run, --account or --state, what was done."""
    if verify:
        _verify(call)
        return
    start = since.replace(tzinfo=UTC) if since else None
    if run or account or state:
        states = tuple(str(one) for one in state or ())
        query = OutboxFilter(account_id=account, run_id=run, states=states, limit=limit)
        _effects(call, query, start)
    else:
        _runs(call, start, limit)


def _verify(call: Call) -> None:
    with call.worker() as worker:
        problems = list(worker.store.verify_journal())
    if call.screen.as_json:
        call.screen.data({"intact": not problems, "problems": problems})
    else:
        for problem in problems:
            call.screen.say(problem)
        call.screen.say("The journal was altered." if problems else "The journal is intact.")
    if problems:
        raise typer.Exit(InvariantError.exit_code)


def _effects(call: Call, query: OutboxFilter, start: datetime | None) -> None:
    import dataclasses

    with call.worker() as worker:
        found = [
            effect
            for setup, account_id in of_customer(call, worker, query.account_id)
            for effect in worker.store.effects(
                dataclasses.replace(query, ledger=setup.name, account_id=account_id)
            )
            if start is None or effect.planned_on >= start.date()
        ][: query.limit]
        names = names_of(worker.store, found)
        if query.run_id and not found:
            _refuse_unknown_run(worker.store, query.run_id)
    if call.screen.as_json:
        call.screen.data(found)
    elif found:
        tell(call.screen, sorted(found, key=_when), names)
    else:
        call.screen.say("Nothing was done that fits.")


def _refuse_unknown_run(store: "Store", run_id: str) -> None:
    if all(one.run_id != run_id for one in store.runs(limit=RUNS_SEARCHED)):
        raise ConfigError(f"there is no run '{run_id}'; `syncer log` lists the last ones")


def _when(effect: Effect) -> tuple[str, str]:
    return (str(effect.settled_at or effect.planned_on), effect.key)


def _runs(call: Call, start: datetime | None, limit: int) -> None:
    wanted = set(call.flags.ledger)
    with call.worker() as worker:
        call.ledgers(worker)  # refuses an unknown name
        only = next(iter(wanted)) if len(wanted) == 1 else ""
        runs = [
            one
            for one in worker.store.runs(limit=limit, ledger=only)
            if (start is None or one.started_at >= start)
            and (not wanted or wanted & {ledger.ledger for ledger in one.ledgers})
        ]
    if call.screen.as_json:
        call.screen.data(runs)
    elif runs:
        call.screen.table(RUN_COLUMNS, [_run_row(one) for one in runs])
    else:
        call.screen.say("No run is known.")


def _run_row(run: RunResult) -> tuple[object, ...]:
    return (
        run.run_id,
        instant(run.started_at),
        run.command,
        run.exit_code,
        ", ".join(f"{one.ledger}: {one.status}" for one in run.ledgers),
        sum(one.contacted for one in run.ledgers),
        EXIT.get(run.exit_code, ""),
    )
