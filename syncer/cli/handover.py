"""``handover``: say that a debt was given to an agency or a lawyer, and that it came back.

From then on nobody writes to the customer until all that was overdue on that day is paid or
credited, or a person ends it.
"""

import getpass
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.hold_beside import Beside, still_held
from syncer.cli.holds import Starts, Target, Who, Why, locate
from syncer.errors import ConfigError
from syncer.model.agreement import Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.policy.strategy import HandOver

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup, Worker

COLUMNS = ("id", "ledger", "customer", "account", "to", "since", "until", "reason", "author")

To = Annotated[HandOver, typer.Option("--to", help="Who has the debt now.")]
Anyway = Annotated[
    bool, typer.Option("--incomplete", help="Although its file lacks something.", metavar="")
]
Everything = Annotated[bool, typer.Option("--all", help="Also those that have ended.")]
HoldId = Annotated[str, typer.Argument(metavar="ID", help="Its id, as list shows it.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Debts given to an agency or a lawyer.", no_args_is_help=True)
    group.command("add")(shared(add, keeps=True))
    group.command("end")(shared(end, keeps=True))
    group.command("list")(shared(listing))
    app.add_typer(group, name="handover")


def add(
    call: Call,
    target: Target,
    to: To,
    reason: Why,
    starts: Starts = None,
    author: Who = "",
    incomplete: Anyway = False,
) -> None:
    """Say that a customer's debt was handed over: from now on nobody else writes."""
    if not reason.strip():
        raise ConfigError("--reason must say something a colleague understands")
    with call.worker() as worker:
        ledger, account_id, _ = locate(call, worker, target)
        today = starts.date() if starts else call.today(worker, ledger)
        _refuse_twice(worker, ledger, account_id, today)
        setup = next(one for one in worker.ledgers if one.name == ledger)
        file = _look(worker, setup, account_id, to, today)
        if file.missing and not incomplete:
            raise ConfigError(file.refusal(target))
        hold = Hold(
            hold_id=f"handover-{secrets.token_hex(4)}",
            kind=HoldKind.EXCLUDE,
            account_id=account_id,
            starts_on=today,
            reason=reason.strip(),
            author=author or getpass.getuser(),
            source=HoldSource.CLI,
            created_at=worker.clock(),
            terms=Terms(handed_to=to.value),
        )
        worker.store.add_hold(ledger, hold, worker.clock())
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "hold": hold, "missing": file.missing})
    else:
        call.screen.say(f"{hold.hold_id}: {target} is with {_SPOKEN[to]}; nobody else writes")


_SPOKEN = {HandOver.AGENCY: "an agency", HandOver.LEGAL: "a lawyer"}


def _refuse_twice(worker: "Worker", ledger: str, account_id: str, today: date) -> None:
    for hold in worker.store.holds(ledger, account_id=account_id, on=today):
        if hold.terms is not None and hold.terms.handed_to:
            raise ConfigError(
                f"it is with {_SPOKEN[HandOver(hold.terms.handed_to)]} already, since "
                f"{hold.starts_on}; if it came back: syncer handover end {hold.hold_id}"
            )


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of the debt that is to be given away."""

    missing: list[str]
    delivered: list[tuple[str, date]]

    def refusal(self, target: str) -> str:
        """Why it is not handed over as it is, line by line, and what to do."""
        lines = [f"the file of '{target}' is not complete:"]
        lines += [f"- {said}" for said in self.missing]
        went = ", ".join(f"'{step}' on {on}" for step, on in self.delivered)
        lines.append(f"Delivered so far: {went or 'nothing'}.")
        lines.append("Complete it, or hand the debt over as it is: add --incomplete")
        return "\n".join(lines)


def _look(
    worker: "Worker", setup: "LedgerSetup", account_id: str, to: HandOver, today: date
) -> _File:
    from syncer.model.money import ZERO
    from syncer.policy.decide import decide
    from syncer.policy.handover_file import delivered, missing_evidence

    snapshot = worker.store.peek(setup.name, account_id)
    context = worker.store.peek_context(setup.name, today)
    if snapshot is None or context is None:
        raise ConfigError("nothing is open on this customer, so there is no debt to hand over")
    if not any(one.position.overdue > ZERO for one in decide(snapshot, setup.policy, context)):
        raise ConfigError("nothing of this customer is overdue, so there is no debt to hand over")
    return _File(
        missing=missing_evidence(snapshot, setup.policy, context, to=to),
        delivered=delivered(snapshot, setup.policy, context),
    )


def end(call: Call, hold_id: HoldId, author: Who = "") -> None:
    """Say that a debt came back: the customer is as any other from the next run on."""
    with call.worker() as worker:
        for setup in call.ledgers(worker):
            known = [one for one in _handed(worker, setup.name) if one.hold_id == hold_id]
            if known:
                break
        else:
            raise ConfigError(f"there is no '{hold_id}'; `syncer handover list --all` shows them")
        today = call.today(worker, setup.name)
        if known[0].ends_on is not None and known[0].ends_on < today:
            raise ConfigError(f"'{hold_id}' has ended already, on {known[0].ends_on}")
        ended = worker.store.end_hold(
            setup.name,
            hold_id,
            on=today - timedelta(days=1),  # its last day
            author=author or getpass.getuser(),
            at=worker.clock(),
        )
        others = list(still_held(Beside(worker.store, setup, ended.account_id, today), ended))
    if call.screen.as_json:
        call.screen.data({"ledger": setup.name, "hold": ended, "still_held": others})
    elif others:
        call.screen.say(f"{hold_id}: it came back; still held there: {', '.join(others)}")
    else:
        call.screen.say(f"{hold_id}: it came back; contact may resume from the next run on")


def listing(call: Call, everything: Everything = False) -> None:
    """Show the debts that are with somebody else, or all that ever were."""
    with call.worker() as worker:
        found = [
            (setup.name, hold)
            for setup in call.ledgers(worker)
            for hold in _handed(worker, setup.name)
            if everything or hold.ends_on is None or hold.ends_on >= call.today(worker, setup.name)
        ]
        names = {
            (ledger, hold.account_id): worker.store.account_names(ledger, [hold.account_id])
            for ledger, hold in found
        }
    if call.screen.as_json:
        call.screen.data([{"ledger": ledger, "hold": hold} for ledger, hold in found])
        return
    if not found:
        call.screen.say("No debt is with an agency or a lawyer.")
        return
    rows = []
    for ledger, hold in found:
        name = names[ledger, hold.account_id].get(hold.account_id, "")
        to = hold.terms.handed_to if hold.terms is not None else ""
        days = (hold.starts_on, hold.ends_on or "")
        cells = (hold.hold_id, ledger, name, hold.account_id, to)
        rows.append((*cells, *days, hold.reason, hold.author))
    call.screen.table(COLUMNS, rows)


def _handed(worker: "Worker", ledger: str) -> list[Hold]:
    holds = worker.store.holds(ledger)
    return [one for one in holds if one.terms is not None and one.terms.handed_to]
