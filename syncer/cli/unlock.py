"""``unlock``: ends the lease of a run that is gone, so that the next run need not wait for it."""

import getpass
from typing import Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.errors import LeaseHeld


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(unlock, keeps=True))


def unlock(
    call: Call,
    name: Annotated[
        str, typer.Argument(metavar="LEDGER", help="The ledger that a dead run still holds.")
    ],
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Even if its run may still be at work.")
    ] = False,
) -> None:
    """Free a ledger that a run left locked, for example after the clock was set back."""
    from syncer.flow.lease import seems_alive

    ledger = call.settings.ledger(name).name  # refuses an unknown one
    with call.worker() as worker:
        held, now = worker.store.lease(ledger), worker.clock()
        if held is None or held.until <= now:
            _tell(call, ledger, freed=False, text="nobody holds it; the next run may start")
            return
        until = f"{held.until:%Y-%m-%d %H:%M:%S} UTC"
        if seems_alive(held, now=now, length=worker.lease_length) and not force:
            raise LeaseHeld(
                f"run {held.owner} seems to be at work on ledger {ledger}; its lease ends by "
                f"itself at {until}. If that run is surely gone: syncer unlock {ledger} --force"
            )
        question = f"Take ledger {ledger} away from run {held.owner}, which holds it until {until}?"
        if not call.screen.confirm(question):
            call.screen.say("Nothing was changed.")
            return
        if not worker.store.break_lease(held, author=getpass.getuser(), at=now):
            raise LeaseHeld(f"run {held.owner} went on working on ledger {ledger}; nothing changed")
    _tell(call, ledger, freed=True, text=f"freed; run {held.owner} can no longer change anything")


def _tell(call: Call, ledger: str, *, freed: bool, text: str) -> None:
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "freed": freed})
    else:
        call.screen.say(f"{ledger}: {text}")
