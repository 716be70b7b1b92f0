"""``unlock``: ends what keeps runs away from a ledger: a dead run's lease, a limit it waits for."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.errors import LeaseHeld

if TYPE_CHECKING:
    from syncer.flow.worker import Worker


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(unlock, keeps=True))


def unlock(
    call: Call,
    name: Annotated[
        str,
        typer.Argument(
            metavar="LEDGER", help="The ledger that a dead run holds, or that is parked."
        ),
    ],
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Even if its run may still be at work.")
    ] = False,
) -> None:
    """Free a ledger that a run left locked, or that is parked for a vendor's used-up limit."""
    from syncer.flow.lease import seems_alive

    ledger = call.settings.ledger(name).name  # refuses an unknown one
    with call.worker() as worker:
        unparked = _unpark(call, worker, ledger)
        held, now = worker.store.lease(ledger), worker.clock()
        if held is None or held.until <= now:
            text = "" if unparked else "nobody holds it; the next run may start"
            _tell(call, ledger, freed=False, unparked=unparked, text=text)
            return
        until = f"{held.until:%Y-%m-%d %H:%M:%S} UTC"
        if seems_alive(held, now=now, length=worker.lease_length) and not force:
            raise LeaseHeld(
                f"run {held.owner} seems to be at work on ledger {ledger}; if it died, the ledger "
                f"is free again by itself at {until}. If that run is surely gone: syncer unlock "
                f"{ledger} --force"
            )
        question = f"Take ledger {ledger} away from run {held.owner}, which holds it until {until}?"
        if not call.screen.confirm(question):
            call.screen.say("Nothing was changed.")
            return
        if not worker.store.break_lease(held, author=getpass.getuser(), at=now):
            raise LeaseHeld(f"run {held.owner} went on working on ledger {ledger}; nothing changed")
    text = f"freed; run {held.owner} can no longer change anything"
    _tell(call, ledger, freed=True, unparked=unparked, text=text)


def _unpark(call: Call, worker: "Worker", ledger: str) -> bool:
    """Let the next run ask the vendor again; no question, since it costs a call at most."""
    from syncer.flow.parking import parked

    now = worker.clock()
    found = parked(worker.store, ledger, now=now)
    if found is None:
        return False
    ended = worker.store.end_parking(ledger, found.run_id, author=getpass.getuser(), at=now)
    if ended and not call.screen.as_json:
        call.screen.say(f"{ledger}: no longer parked; the next run asks its vendor again")
    return ended


def _tell(call: Call, ledger: str, *, freed: bool, unparked: bool, text: str) -> None:
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "freed": freed, "unparked": unparked})
    elif text:
        call.screen.say(f"{ledger}: {text}")
