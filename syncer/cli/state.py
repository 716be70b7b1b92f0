"""``state``: what the worker remembers, its copies, and what to do when it was lost."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.effects_shown import instant
from syncer.cli.failures import PREFIX, exit_code, paragraph
from syncer.cli.flags import shared
from syncer.cli.stopping import SWITCH
from syncer.errors import ConfigError, Interrupted, RateLimited, SyncerError, Transient
from syncer.model.counts import count_text
from syncer.model.doubt import HAPPENED, Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncer.flow.rebuild import Rebuilt
    from syncer.flow.worker import Worker
    from syncer.model.doubt import Doubt

COLUMNS = ("ledger", "last run", "what it knows of messages sent")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What is remembered: copies, loss, repair.", no_args_is_help=True)
    group.command("show")(shared(show))
    group.command("backup")(shared(backup, keeps=True))
    group.command("restore")(shared(restore, keeps=True))
    group.command("rebuild")(shared(rebuild, keeps=True))
    group.command("trust")(shared(trust, keeps=True))
    app.add_typer(group, name="state")


def show(call: Call) -> None:
    """Say where the state is, how large, and what it may not know of each ledger."""
    from syncer.store.backup import describe

    with call.worker() as worker:
        url = call.settings.state.url.get_secret_value()
        place, size, schema = describe(url)
        place = place if size is None else str(Path(place).resolve())
        ledgers = [_about(worker, setup.name) for setup in call.ledgers(worker)]
    if call.screen.as_json:
        call.screen.data({"state": place, "bytes": size, "schema": schema, "ledgers": ledgers})
        return
    sized = f", {size / 1_000_000:,.1f} MB" if size is not None else ""
    call.screen.say(f"{place}{sized}, schema {schema}")
    rows = [(one["ledger"], one["last_run"] or "never", one["says"]) for one in ledgers]
    call.screen.table(COLUMNS, rows)
    if any(one["doubt"] for one in ledgers):
        call.screen.say(
            "A customer's notes in the ledger are read right before its reminder; "
            "all at once: syncer state rebuild"
        )


def _about(worker: "Worker", name: str) -> dict[str, object]:
    runs = worker.store.runs(limit=1, ledger=name)
    found = worker.store.doubt(name)
    return {
        "ledger": name,
        "last_run": instant(runs[0].started_at) if runs else "",
        "doubt": found[0].why if found else "",
        "since": instant(found[0].since) if found and found[0].since else "",
        "looked_up": found[1] if found else 0,
        "says": _said(found),
    }


def _said(found: "tuple[Doubt, int] | None") -> str:
    if found is None:
        return "all of them"
    doubt, looked_up = found
    read = f"the notes of {count_text(looked_up, 'customer')} were read for that so far"
    if doubt.why is Why.NEW and doubt.since is None:
        return "nothing yet: no run has worked on this ledger"
    if doubt.why is Why.NEW:
        return (
            f"all since its first run ({doubt.since:%Y-%m-%d}); whether another installation "
            f"sent some before is looked up: {read}"
        )
    since = f" before {doubt.since:%Y-%m-%d}" if doubt.since else ""
    return f"what was sent{since} is looked up, because {HAPPENED[doubt.why]}: {read}"


def backup(
    call: Call,
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The copy, or a folder for it; default: beside the state, with the time.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace FILE if it exists.")
    ] = False,
) -> None:
    """Copy the state to a file, also while a run is at work, and read the copy through."""
    from syncer.store.backup import back_up

    url = call.settings.state.url.get_secret_value()
    made = back_up(url, path, at=call.around.clock(), replace=force)
    size = made.stat().st_size
    if call.screen.as_json:
        call.screen.data({"backup": str(made), "bytes": size})
        return
    call.screen.say(f"wrote {made.resolve()} ({size / 1_000_000:,.1f} MB), read through and whole")
    call.screen.say("Keep it on another disk, apart from the key (secrets.key).")


def restore(
    call: Call,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that backup made.")],
) -> None:
    """Put a copy in the place of the state. What was sent since is read from the ledgers."""
    from syncer.store.backup import database_file, put_back

    url = call.settings.state.url.get_secret_value()
    state = database_file(url, how="pg_restore --clean --dbname=ADDRESS state.dump")
    if not call.screen.confirm(f"Replace {state} by {path}?"):
        call.screen.say("Nothing was changed.")
        return
    kept = put_back(url, path, at=call.around.clock())
    if call.screen.as_json:
        call.screen.data({"restored": str(state), "from": str(path), "kept": str(kept or "")})
        return
    call.screen.say(f"{state.resolve()} is now the copy {path}.")
    if kept is not None:
        call.screen.say(f"The state as it was is kept at {kept.resolve()}.")
    call.screen.say(
        "What was sent since the copy was made is read from the notes in the ledgers, customer by "
        "customer before its reminder; for all at once: syncer state rebuild. Holds, "
        "promises and answers in the outbox that were entered since are gone: enter them again."
    )


def rebuild(call: Call) -> None:
    """Read from the notes in the ledgers what was sent. Sends nothing."""
    from syncer.flow.rebuild import rebuild as read_all

    done: list[Rebuilt] = []
    failed: dict[str, SyncerError] = {}
    try:
        with call.worker() as worker, call.screen.progress() as progress, SWITCH.working():
            for setup in call.ledgers(worker):
                try:
                    one = read_all(worker, setup, progress=progress, stopping=SWITCH.requested)
                except Interrupted:
                    raise
                except RateLimited as limited:
                    failed[setup.name] = Transient(
                        f"{limited}. What was read is kept; start it again later to go on"
                    )
                except SyncerError as error:  # one ledger's trouble stays its own
                    failed[setup.name] = error
                else:
                    done.append(one)
    finally:
        if done or failed:
            _tell_rebuilt(call, done, failed)
    codes = {exit_code(error) for error in failed.values()}
    if codes:
        raise typer.Exit(codes.pop() if len(codes) == 1 else 1)


def _tell_rebuilt(call: Call, done: "list[Rebuilt]", failed: "Mapping[str, SyncerError]") -> None:
    if call.screen.as_json:
        troubles = [
            {"ledger": name, "error": type(error).__name__, "message": str(error)}
            for name, error in failed.items()
        ]
        call.screen.data([*(_figures(one) for one in done), *troubles])
        return
    for one in done:
        call.screen.say(
            f"{one.ledger}: {count_text(one.accounts, 'customer')} looked up, "
            f"{count_text(one.found, 'contact')} of an earlier state found"
        )
        if one.unclear:
            call.screen.say(f"  {one.unclear} of them for a person to settle: syncer outbox list")
    for name, error in failed.items():
        call.screen.tell(f"{PREFIX}{name} was not read to its end: {paragraph(error)}")


def _figures(done: "Rebuilt") -> dict[str, object]:
    return {
        "ledger": done.ledger,
        "accounts": done.accounts,
        "found": done.found,
        "unclear": done.unclear,
    }


def trust(call: Call) -> None:
    """Say that the state knows all that was sent by --ledger: no look-up any more."""
    if not call.flags.ledger:
        raise ConfigError("name the ledger whose past is known: syncer state trust --ledger NAME")
    told: list[dict[str, object]] = []
    with call.worker() as worker:
        for setup in call.ledgers(worker):
            question = f"Does this state know everything that was sent for ledger {setup.name}?"
            if not call.screen.confirm(question):
                call.screen.say("Nothing was changed.")
                return
            ended = worker.store.trust(setup.name, author=getpass.getuser(), at=worker.clock())
            told.append({"ledger": setup.name, "trusted": True, "changed": ended})
    if call.screen.as_json:
        call.screen.data(told)
        return
    for one in told:
        call.screen.say(
            f"{one['ledger']}: customers are no longer looked up before they are sent to"
        )
