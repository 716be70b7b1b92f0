"""Verb instalments: offer a payment plan, keep the one that was agreed, and see how it goes."""

import getpass
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.days import day
from syncer.cli.flags import shared
from syncer.cli.hold_checks import checked_currency, open_invoices
from syncer.cli.hold_list import listed, show
from syncer.cli.holds import Coin, SaidBy, Target, Who, ender, open_target
from syncer.errors import ConfigError
from syncer.model.agreement import Covered, Instalment, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.money import money_text, total
from syncer.policy.agreements.schedule import Every, instalments, wrong_schedule

if TYPE_CHECKING:
    from syncer.flow.worker import Worker

COUNT = 3
FIRST_IN = 14  # days, for the first instalment of an offer that names no day
Parts = Annotated[int, typer.Option("--count", metavar="N", help="How many instalments.")]
Apart = Annotated[Every, typer.Option("--every", help="How far apart they are.")]
First = Annotated[
    datetime | None,
    typer.Option("--first", parser=day, metavar="DATE", help="Day of the first; in two weeks."),
]
AllOpen = Annotated[bool, typer.Option("--all-open", metavar="", help="Also what is not due yet.")]
Tongue = Annotated[
    str,
    typer.Option("--language", metavar="CODE", help="Of the text; the customer's by default."),
]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept and shown.")]
By = Annotated[
    list[str] | None,
    typer.Option("--part", metavar="DATE=AMOUNT", help="One instalment as agreed; repeat it."),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Payment plans in instalments.", no_args_is_help=True)
    group.command("offer", help="Work out a plan, and the words to offer it with.")(shared(_offer))
    group.command("accept", help="Keep a plan that was agreed; nothing else is asked meanwhile.")(
        shared(_accept, keeps=True)
    )
    group.command("end", help="End one early; list shows its id.")(
        shared(ender("instalments"), keeps=True)
    )
    group.command("list", help="Show how the plans go, or all.")(shared(_list))
    app.add_typer(group, name="instalments")


@dataclass(frozen=True, slots=True)
class _Debt:
    """What a plan is about."""

    ledger: str
    account_id: str
    item_id: str
    customer: str
    language: str
    countries: tuple[str, str]  # the customer's and the ledger's, ISO 3166
    currency: str
    amount: Decimal
    covers: tuple[Covered, ...]
    today: date


def _debt(call: Call, worker: "Worker", target: str, currency: str, *, all_open: bool) -> _Debt:
    from syncer.policy.agreements.kept import covering

    ledger, account_id, item_id = open_target(call, worker, target)
    today = call.today(worker, ledger)
    facts = worker.store.peek(ledger, account_id)
    if facts is None:
        raise ConfigError(f"nothing is known of '{target}'")
    found = [
        one
        for one in open_invoices(worker.store, ledger, account_id, item_id)
        if item_id or all_open or (one.due_on is not None and one.due_on < today)
    ]
    if not found:
        raise ConfigError(f"nothing of '{target}' is overdue; --all-open takes what is not due yet")
    coin = checked_currency(found, Decimal(0), currency.upper())
    covers = covering(found, currency=coin)
    return _Debt(
        ledger=ledger,
        account_id=account_id,
        item_id=item_id,
        customer=facts.account.name,
        language=facts.account.language,
        countries=(facts.account.country, _country(worker, ledger, today)),
        currency=coin,
        amount=total(one.open for one in covers),
        covers=covers,
        today=today,
    )


def _country(worker: "Worker", ledger: str, today: date) -> str:
    context = worker.store.peek_context(ledger, today)
    return context.organisation.country if context is not None else ""


def _schedule(
    debt: _Debt, count: int, every: Every, first: datetime | None
) -> tuple[Instalment, ...]:
    from syncer.policy.calendar import days_after

    first_on = first.date() if first else days_after(debt.today, FIRST_IN)
    if first_on < debt.today:
        raise ConfigError(f"--first {first_on} is past (today is {debt.today})")
    return instalments(debt.amount, debt.currency, count=count, first_on=first_on, every=every)


def _offer(
    call: Call,
    target: Target,
    count: Parts = COUNT,
    every: Apart = Every.MONTH,
    first: First = None,
    currency: Coin = "",
    all_open: AllOpen = False,
    language: Tongue = "",
) -> None:
    from syncer.channels.instalments import offer_text

    with call.worker() as worker:
        debt = _debt(call, worker, target, currency, all_open=all_open)
        parts = _schedule(debt, count, every, first)
        setup = next(one for one in call.ledgers(worker) if one.name == debt.ledger)
        text = offer_text(
            customer=debt.customer,
            currency=debt.currency,
            parts=parts,
            languages=(language or debt.language, setup.letterhead.language),
            countries=debt.countries,
        )
    if call.screen.as_json:
        call.screen.data(_document(debt, parts) | {"text": text})
        return
    call.screen.table(("due", "amount"), _rows(debt, parts))
    call.screen.say("")
    call.screen.say(text)


def _document(debt: _Debt, parts: Sequence[Instalment]) -> dict[str, object]:
    return {
        "ledger": debt.ledger,
        "account_id": debt.account_id,
        "customer": debt.customer,
        "currency": debt.currency,
        "amount": debt.amount,
        "item_ids": [one.item_id for one in debt.covers],
        "instalments": parts,
    }


def _rows(debt: _Debt, parts: Sequence[Instalment]) -> list[tuple[object, ...]]:
    return [(part.due_on, money_text(part.amount, debt.currency)) for part in parts]


def _accept(
    call: Call,
    target: Target,
    count: Parts = COUNT,
    every: Apart = Every.MONTH,
    first: First = None,
    part: By = None,
    currency: Coin = "",
    all_open: AllOpen = False,
    reason: Why = "",
    said_by: SaidBy = "",
    author: Who = "",
) -> None:
    with call.worker() as worker:
        debt = _debt(call, worker, target, currency, all_open=all_open)
        parts = _agreed(debt, part) if part else _schedule(debt, count, every, first)
        hold = Hold(
            hold_id=f"{HoldKind.PLAN}-{secrets.token_hex(4)}",
            kind=HoldKind.PLAN,
            account_id=debt.account_id,
            item_id=debt.item_id,
            amount=debt.amount,
            currency=debt.currency,
            starts_on=debt.today,
            ends_on=parts[-1].due_on,
            reason=reason.strip() or f"{len(parts)} instalments agreed",
            author=author or getpass.getuser(),
            source=HoldSource.CLI,
            created_at=worker.clock(),
            terms=Terms(covers=debt.covers, instalments=parts, said_by=said_by.strip()),
        )
        worker.store.add_hold(debt.ledger, hold, worker.clock())
    if call.screen.as_json:
        call.screen.data({"ledger": debt.ledger, "hold": hold})
        return
    call.screen.table(("due", "amount"), _rows(debt, parts))
    call.screen.say(
        f"{hold.hold_id}: {money_text(debt.amount, debt.currency)} of {debt.customer} is not asked "
        "for while the instalments are paid"
    )


def _agreed(debt: _Debt, written: Sequence[str]) -> tuple[Instalment, ...]:
    """The instalments as typed. Raises ConfigError unless they come to the debt."""
    parts = tuple(_part(one) for one in written)
    mistake = wrong_schedule(parts, debt.amount, debt.currency)
    if mistake:
        raise ConfigError(mistake)
    if parts[0].due_on < debt.today:
        raise ConfigError(f"the first instalment, {parts[0].due_on}, is past")
    return parts


def _part(written: str) -> Instalment:
    on, _, amount = written.partition("=")
    try:
        part = Instalment(due_on=date.fromisoformat(on), amount=Decimal(amount))
    except (ValueError, InvalidOperation):
        raise ConfigError(f"--part '{written}' is no instalment; write 2026-12-01=120.00") from None
    if not part.amount.is_finite():
        raise ConfigError(f"--part '{written}' is no instalment; write 2026-12-01=120.00")
    return part


def _list(
    call: Call,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="Also those that ended.")
    ] = False,
) -> None:
    with call.worker() as worker:
        named = listed(call, worker, lambda hold: hold.kind is HoldKind.PLAN, everything=everything)
    show(call, named, "payment plan", everything=everything, stated=True)
