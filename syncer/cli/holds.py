"""Verbs that tell the worker to leave somebody alone: hold, promise, dispute, exclude.

Each has the same shape: ``add``, ``end`` and ``list``.
"""

import getpass
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.days import day
from syncer.cli.flags import shared
from syncer.cli.hold_beside import Beside, refuse_twice, still_held
from syncer.cli.hold_checks import (
    checked_currency,
    open_invoices,
    refuse_credit,
    refuse_more_than_open,
    refuse_nothing_open,
    refuse_past,
)
from syncer.cli.hold_list import SPOKEN, lister
from syncer.errors import ConfigError
from syncer.model.agreement import DisputeCause, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.money import money_text

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup, Worker
    from syncer.ports import Store

KINDS = {
    "hold": (HoldKind.MANUAL, "Leave a customer or an invoice alone until a day."),
    "promise": (HoldKind.PROMISE, "Wait for a payment that was promised for a day."),
    "dispute": (HoldKind.DISPUTE, "Do not ask for what the customer disputes."),
    "exclude": (HoldKind.EXCLUDE, "Never contact a customer."),
}
Target = Annotated[
    str,
    typer.Argument(
        metavar="CUSTOMER|INVOICE", help="A customer (id or name) or an invoice number."
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", parser=day, metavar="DATE", help="Last day it holds, e.g. 2026-12-31."),
]
Starts = Annotated[
    datetime | None,
    typer.Option("--from", parser=day, metavar="DATE", help="First day; today if not given."),
]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept and shown.")]
Who = Annotated[
    str,
    typer.Option("--author", metavar="NAME", help="Who decided it; your login name by default."),
]
Part = Annotated[
    str, typer.Option("--amount", metavar="AMOUNT", help="Only this part of it, e.g. 120.00.")
]
Coin = Annotated[
    str,
    typer.Option("--currency", metavar="CODE", help="Of --amount; the invoice's own by default."),
]
SaidBy = Annotated[
    str, typer.Option("--said-by", metavar="NAME", help="Who said it at the customer.")
]
About = Annotated[
    DisputeCause | None, typer.Option("--code", help="What the dispute is about, as a word.")
]
Owner = Annotated[str, typer.Option("--owner", metavar="NAME", help="Who of you sees to it.")]
IsPlan = Annotated[
    bool, typer.Option("--payment-plan", metavar="", help="It is an agreed payment plan.")
]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A hold as it was asked for."""

    kind: HoldKind
    target: str
    reason: str
    until: datetime | None
    starts: datetime | None
    author: str
    amount: Decimal | None = None
    currency: str = ""
    terms: Terms | None = None


def register(app: typer.Typer) -> None:
    """Add the four groups."""
    for name, (kind, text) in KINDS.items():
        group = typer.Typer(help=text, no_args_is_help=True)
        adder = _PART_ADDERS.get(kind)
        group.command("add", help=text)(shared(adder or _adder(kind), keeps=True))
        group.command("end", help="End one early; list shows its id.")(
            shared(ender(name), keeps=True)
        )
        group.command("list", help="Show those in force, or all.")(shared(lister(kind)))
        app.add_typer(group, name=name)


def _adder(kind: HoldKind) -> Callable[..., None]:
    def add(
        call: Call,
        target: Target,
        reason: Why,
        until: Until = None,
        starts: Starts = None,
        author: Who = "",
        payment_plan: IsPlan = False,
    ) -> None:
        chosen = HoldKind.PLAN if payment_plan else kind
        _add(call, _Wanted(chosen, target, reason, until, starts, author))

    return add


def _promised(
    call: Call,
    target: Target,
    reason: Why,
    until: Until = None,
    starts: Starts = None,
    author: Who = "",
    amount: Part = "",
    currency: Coin = "",
    said_by: SaidBy = "",
) -> None:
    part, coin = _part(amount, currency)
    terms = Terms(said_by=said_by.strip()) if said_by.strip() else None
    kind = HoldKind.PROMISE
    _add(call, _Wanted(kind, target, reason, until, starts, author, part, coin, terms))


def _disputed(
    call: Call,
    target: Target,
    reason: Why,
    until: Until = None,
    starts: Starts = None,
    author: Who = "",
    amount: Part = "",
    currency: Coin = "",
    code: About = None,
    owner: Owner = "",
    said_by: SaidBy = "",
) -> None:
    part, coin = _part(amount, currency)
    terms = Terms(cause=code or "", owner=owner.strip(), said_by=said_by.strip())
    kind = HoldKind.DISPUTE
    _add(call, _Wanted(kind, target, reason, until, starts, author, part, coin, terms))


_PART_ADDERS: dict[HoldKind, Callable[..., None]] = {
    HoldKind.PROMISE: _promised,
    HoldKind.DISPUTE: _disputed,
}


def _part(amount: str, currency: str) -> tuple[Decimal | None, str]:
    if not amount:
        if currency:
            raise ConfigError("--currency says what --amount is in; give --amount as well")
        return None, ""
    try:
        part = Decimal(amount)
    except InvalidOperation:
        raise ConfigError(
            f"'{amount}' is no amount; write digits and a point, without separators, like 1250.00"
        ) from None
    if not part.is_finite() or part <= 0:
        raise ConfigError(f"the amount {amount} must be more than zero")
    return part, currency.upper()


def _add(call: Call, wanted: _Wanted) -> None:
    if not wanted.reason.strip():
        raise ConfigError("--reason must say something a colleague understands")
    if wanted.until is None and wanted.kind is not HoldKind.EXCLUDE:
        raise ConfigError(f"a {SPOKEN[wanted.kind]} needs an end: add --until YYYY-MM-DD")
    from syncer.flow.agreements import remembering
    from syncer.policy.agreements.until import last_words

    with call.worker() as worker:
        ledger, account_id, item_id = open_target(call, worker, wanted.target)
        setup = setup_of(call, worker, ledger)
        rules = setup.policy.agreements
        today = call.today(worker, ledger)
        starts = wanted.starts.date() if wanted.starts else today
        until = wanted.until.date() if wanted.until else None
        refuse_past(starts, until, today)
        who = worker.store.account_names(ledger, [account_id]).get(account_id, account_id)
        what = f"invoice {wanted.target} of {who}" if item_id else who
        currency = _checked_part(worker.store, (ledger, account_id, item_id), wanted, what)
        hold = Hold(
            hold_id=f"{wanted.kind}-{secrets.token_hex(4)}",
            kind=wanted.kind,
            account_id=account_id,
            item_id=item_id,
            amount=wanted.amount,
            currency=currency,
            starts_on=starts,
            ends_on=until,
            reason=wanted.reason.strip(),
            author=wanted.author or getpass.getuser(),
            source=HoldSource.CLI,
            created_at=worker.clock(),
            terms=wanted.terms,
        )
        hold = remembering(worker.store, ledger, hold)
        refuse_twice(Beside(worker.store, setup, account_id, today), hold)
        worker.store.add_hold(ledger, hold, worker.clock())
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "hold": hold})
    else:
        last = last_words(hold, rules) if until else "for ever"
        if hold.amount is not None:
            what = f"{money_text(hold.amount, hold.currency)} of {what}"
        comma = "," if hold.kind is HoldKind.PROMISE else ""
        call.screen.say(f"{hold.hold_id}: {what} is left alone from {starts}{comma} {last}")


def _checked_part(store: "Store", place: tuple[str, str, str], wanted: _Wanted, what: str) -> str:
    """The currency of the part, "" for a whole. Raises ConfigError when it cannot be right."""
    invoices = open_invoices(store, *place)
    if wanted.kind in _PART_ADDERS:
        refuse_nothing_open(invoices, SPOKEN[wanted.kind], what=what)
    if wanted.amount is None:
        return ""
    currency = checked_currency(invoices, wanted.amount, wanted.currency)
    refuse_more_than_open(invoices, wanted.amount, currency, what=what)
    return currency


def open_target(call: Call, worker: "Worker", target: str) -> tuple[str, str, str]:
    """As ``locate``, refusing an invoice that is no longer open."""
    from syncer.flow.holds import open_item

    ledger, account_id, item_id = locate(call, worker, target)
    if item_id and not open_item(worker.store, ledger, account_id, item_id):
        raise ConfigError(f"invoice '{target}' is not open any more: there is nothing to hold")
    if item_id:
        refuse_credit(worker.store.peek(ledger, account_id), item_id, target)
    return ledger, account_id, item_id


def locate(call: Call, worker: "Worker", target: str) -> tuple[str, str, str]:
    """(ledger, account_id, item_id) of what was typed. Raises ConfigError unless it is one."""
    from syncer.flow.holds import HOW_TO_NAME, find_target
    from syncer.flow.names import did_you_mean, meant

    setups = call.ledgers(worker)
    _refuse_unread(worker, [one.name for one in setups])
    known = [one.name for one in setups if meant(worker.store, one.name, target)]
    if len(known) > 1:
        raise ConfigError(
            f"'{target}' is in several ledgers ({', '.join(known)}); say which one with --ledger"
        )
    if not known and len(setups) > 1:
        names = [one.name for one in setups]
        raise ConfigError(
            f"no ledger has a customer or open invoice '{target}'"
            + (did_you_mean(worker.store, names, target) or f"; {HOW_TO_NAME}")
        )
    name = known[0] if known else setups[0].name
    return (name, *find_target(worker.store, name, target))


def _refuse_unread(worker: "Worker", names: list[str]) -> None:
    """Where nothing was ever read, nobody can be known: say that instead."""
    day = worker.clock().date()
    if any(worker.store.peek_context(name, day) is not None for name in names):
        return
    raise ConfigError(
        f"nothing was read from {', '.join(names)} yet, so no customer is known; first: syncer plan"
    )


def ender(name: str) -> Callable[..., None]:
    """The verb that ends one of this group by its id."""

    def end(
        call: Call,
        hold_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as list shows it.")],
        author: Who = "",
    ) -> None:
        with call.worker() as worker:
            ledger, known = _known_hold(call, worker, hold_id, name)
            today = call.today(worker, ledger)
            _refuse_end(known, today)
            ended = worker.store.end_hold(
                ledger,
                hold_id,
                on=today - timedelta(days=1),  # its last day
                author=author or getpass.getuser(),
                at=worker.clock(),
            )
            setup = setup_of(call, worker, ledger)
            others = list(still_held(Beside(worker.store, setup, ended.account_id, today), ended))
        if call.screen.as_json:
            call.screen.data({"ledger": ledger, "hold": ended, "still_held": others})
        elif others:
            call.screen.say(f"{hold_id}: ended; still held there: {', '.join(others)}")
        else:
            call.screen.say(f"{hold_id}: ended; contact may resume from the next run on")

    return end


def setup_of(call: Call, worker: "Worker", ledger: str) -> "LedgerSetup":
    """The ledger's own part of the configuration."""
    return next(one for one in call.ledgers(worker) if one.name == ledger)


def _known_hold(call: Call, worker: "Worker", hold_id: str, name: str) -> tuple[str, Hold]:
    for setup in call.ledgers(worker):
        for hold in worker.store.holds(setup.name):
            if hold.hold_id == hold_id:
                return setup.name, hold
    raise ConfigError(f"there is no '{hold_id}'; `syncer {name} list --all` shows what there is")


def _refuse_end(hold: Hold, today: date) -> None:
    if hold.source is HoldSource.CONFIG:
        raise ConfigError(
            f"'{hold.hold_id}' stands in the configuration, and the next run would bring it back; "
            "remove it there, under holds or do_not_contact of its ledger"
        )
    if hold.ends_on is not None and hold.ends_on < today:
        raise ConfigError(f"'{hold.hold_id}' has ended already, on {hold.ends_on}")
