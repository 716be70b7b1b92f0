"""Verb instalments: offer a payment plan, keep the one that was agreed, and see how it goes."""

import getpass
import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.holds import Coin, SaidBy, Target, Who, ender, open_target
from syncer.cli.offering import offer
from syncer.cli.plan_debt import (
    COLUMNS,
    COUNT,
    AllOpen,
    Apart,
    First,
    Parts,
    PlanDebt,
    agreed,
    find_debt,
    schedule,
    shown,
)
from syncer.cli.plan_list import list_plans
from syncer.model.agreement import Instalment, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.money import ZERO, money_text
from syncer.policy.agreements.schedule import Every

if TYPE_CHECKING:
    from syncer.flow.worker import Worker

Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept and shown.")]
By = Annotated[
    list[str] | None,
    typer.Option("--part", metavar="DATE=AMOUNT", help="One instalment as agreed; repeat it."),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Payment plans in instalments.", no_args_is_help=True)
    group.command("offer", help="Work out a plan, and the words to offer it with.")(
        shared(offer, keeps=True)
    )
    group.command("accept", help="Keep a plan that was agreed; nothing else is asked meanwhile.")(
        shared(_accept, keeps=True)
    )
    group.command("end", help="End one early; list shows its id.")(
        shared(ender("instalments"), keeps=True)
    )
    group.command("list", help="Show how the plans go, with their schedules.")(shared(list_plans))
    app.add_typer(group, name="instalments")


def _accept(
    call: Call,
    target: Target,
    count: Parts = None,
    every: Apart = None,
    first: First = None,
    part: By = None,
    currency: Coin = "",
    all_open: AllOpen = False,
    reason: Why = "",
    said_by: SaidBy = "",
    author: Who = "",
) -> None:
    who, why, heard = author or getpass.getuser(), reason.strip(), said_by.strip()
    anew = bool(count or every or first or part or currency or all_open)
    with call.worker() as worker:
        found = None if anew else _as_offered(call, worker, target, why, heard, who)
        if found is None:
            debt = find_debt(call, worker, target, currency, all_open=all_open)
            if part:
                parts = agreed(debt, part)
            else:
                parts = schedule(debt, count or COUNT, every or Every.MONTH, first)
            found = debt.ledger, debt.account.name, _plan(debt, parts, why, heard, who)
            _keep(worker, debt, found[2])
    ledger, customer, plan = found
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "hold": plan})
        return
    call.screen.table(COLUMNS, shown(plan.terms.instalments if plan.terms else (), plan.currency))
    call.screen.say(
        f"{plan.hold_id}: {money_text(plan.amount or ZERO, plan.currency)} of {customer} is not "
        "asked for while the instalments are paid"
    )


def _as_offered(
    call: Call, worker: "Worker", target: str, reason: str, said_by: str, author: str
) -> tuple[str, str, Hold] | None:
    """The plan of the last offer about ``target``, kept; None where none is open."""
    from syncer.flow.offers import keep_plan, open_offers
    from syncer.policy.agreements.offers import plan_of

    ledger, account_id, item_id = open_target(call, worker, target)
    today = call.today(worker, ledger)
    offers = [
        one
        for one in open_offers(worker.store, ledger, today, account_id)
        if one.item_id == item_id
    ]
    if len(offers) != 1:  # none, or one in each of several currencies: said by options then
        return None
    said = reason or f"{offers[0].reason} and accepted"
    plan = plan_of(
        offers[0], today=today, reason=said, author=author, source=HoldSource.CLI, said_by=said_by
    )
    keep_plan(worker.store, ledger, offers[0], plan, today=today, at=worker.clock())
    name = worker.store.account_names(ledger, [account_id]).get(account_id, account_id)
    return ledger, name, plan


def _plan(
    debt: PlanDebt, parts: tuple[Instalment, ...], reason: str, said_by: str, author: str
) -> Hold:
    return Hold(
        hold_id=f"{HoldKind.PLAN}-{secrets.token_hex(4)}",
        kind=HoldKind.PLAN,
        account_id=debt.account.account_id,
        item_id=debt.item_id,
        amount=debt.amount,
        currency=debt.currency,
        starts_on=debt.today,
        ends_on=parts[-1].due_on,
        reason=reason or f"{len(parts)} instalments agreed",
        author=author,
        source=HoldSource.CLI,
        terms=Terms(covers=debt.covers, instalments=parts, said_by=said_by),
    )


def _keep(worker: "Worker", debt: PlanDebt, plan: Hold) -> None:
    """Keep it; what was offered about the same is then answered."""
    from syncer.flow.offers import withdraw_offers

    at = worker.clock()
    worker.store.add_hold(debt.ledger, plan, at)
    withdraw_offers(worker.store, debt.ledger, plan, today=debt.today, at=at)
