"""Verb reason: keep why a customer says it has not paid, and do what the policy says follows."""

import getpass
import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.hold_beside import Beside, refuse_same
from syncer.cli.hold_list import holds_all, listed, show
from syncer.cli.holds import Owner, SaidBy, Target, Who, ender, open_target
from syncer.model.agreement import UnpaidCause
from syncer.model.hold import Hold

if TYPE_CHECKING:
    from syncer.policy.agreements.rules import Route

PREFIX = "reason-"  # of the ids of what customers said, whatever kind of hold it became
Answer = Annotated[UnpaidCause, typer.Argument(metavar="CODE", help="What the customer said.")]
Note = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="In its own words; kept and shown.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    codes = ", ".join(UnpaidCause)
    group = typer.Typer(help="Why customers say they have not paid.", no_args_is_help=True)
    group.command("set", help=f"Keep an answer: {codes}.")(shared(_set, keeps=True))
    group.command("end", help="It was seen to; list shows its id.")(
        shared(ender("reason"), keeps=True)
    )
    group.command("list", help="Show what waits for somebody, or all.")(shared(_list))
    app.add_typer(group, name="reason")


def _set(
    call: Call,
    target: Target,
    code: Answer,
    note: Note = "",
    author: Who = "",
    owner: Owner = "",
    said_by: SaidBy = "",
) -> None:
    from syncer.flow.agreements import answered, remembering

    with call.worker() as worker:
        ledger, account_id, item_id = open_target(call, worker, target)
        setup = next(one for one in call.ledgers(worker) if one.name == ledger)
        rules, today = setup.policy.agreements, call.today(worker, ledger)
        route = rules.route(code)
        hold = answered(
            code,
            rules,
            hold_id=f"{PREFIX}{secrets.token_hex(4)}",
            account_id=account_id,
            item_id=item_id,
            note=note.strip(),
            author=author or getpass.getuser(),
            owner=owner.strip(),
            said_by=said_by.strip(),
            today=today,
            at=worker.clock(),
        )
        hold = remembering(worker.store, ledger, hold)
        refuse_same(Beside(worker.store, setup, account_id, today), hold)
        worker.store.add_hold(ledger, hold, worker.clock())
        who = worker.store.account_names(ledger, [account_id]).get(account_id, account_id)
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "route": route, "hold": hold})
    else:
        call.screen.say(
            f"{hold.hold_id}: {_scope(hold, target, who)}: {_follows(route, hold, target)}"
        )


def _scope(hold: Hold, target: str, who: str) -> str:
    """What is meant: who says that it has paid one invoice is asked for none meanwhile."""
    if not hold.item_id:
        return f"all of {who}"
    if holds_all(hold):
        return f"{who}, all invoices, not only '{target}'"
    return f"invoice '{target}' of {who}"


def _follows(route: "Route", hold: Hold, target: str) -> str:
    """What happens now, for whoever took the call."""
    match str(route):
        case "hold":
            return "left alone until somebody ends this, or the money is seen"
        case "dispute":
            return f"disputed; to be settled by {hold.ends_on}"
        case "attach":
            return "the next message brings the invoices along"
        case "task":
            said = f"left alone until {hold.ends_on}; somebody has to see to it"
            if hold.terms is not None and hold.terms.cause == UnpaidCause.CANNOT_PAY:
                return f"{said}. A plan to offer: syncer instalments offer '{target}'"
            return said
        case _:
            return "kept; nothing changes"


def _list(
    call: Call,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="Also those that ended.")
    ] = False,
) -> None:
    with call.worker() as worker:
        named = listed(call, worker, _is_answer, everything=everything)
    show(call, named, "answer of a customer", everything=everything, stated=False)


def _is_answer(hold: Hold) -> bool:
    return hold.hold_id.startswith(PREFIX)
