"""Verbs that tell the worker to leave somebody alone: hold, promise, dispute, exclude.

Each has the same shape: ``add``, ``end`` and ``list``.
"""

import getpass
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.days import day
from syncer.cli.flags import shared
from syncer.cli.hold_checks import (
    checked_currency,
    open_invoices,
    refuse_more_than_open,
    refuse_past,
)
from syncer.errors import ConfigError
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.money import money_text
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.flow.worker import Worker
    from syncer.ports import Store

KINDS = {
    "hold": (HoldKind.MANUAL, "Leave a customer or an invoice alone until a day."),
    "promise": (HoldKind.PROMISE, "Wait for a payment that was promised for a day."),
    "dispute": (HoldKind.DISPUTE, "Do not ask for what the customer disputes."),
    "exclude": (HoldKind.EXCLUDE, "Never contact a customer."),
}
SPOKEN = {
    HoldKind.MANUAL: "hold",
    HoldKind.PROMISE: "promise",
    HoldKind.DISPUTE: "dispute",
    HoldKind.PLAN: "payment plan",
    HoldKind.EXCLUDE: "exclusion",
}
COLUMNS = (
    "id",
    "kind",
    "ledger",
    "customer",
    "invoice",
    "part",
    "from",
    "until",
    "reason",
    "by",
)

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


def register(app: typer.Typer) -> None:
    """Add the four groups."""
    for name, (kind, text) in KINDS.items():
        group = typer.Typer(help=text, no_args_is_help=True)
        in_parts = kind in (HoldKind.DISPUTE, HoldKind.PROMISE)
        group.command("add", help=text)(
            shared(_part_adder(kind) if in_parts else _adder(kind), keeps=True)
        )
        group.command("end", help="End one early; list shows its id.")(shared(end, keeps=True))
        group.command("list", help="Show those in force, or all.")(shared(_lister(kind)))
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


def _part_adder(kind: HoldKind) -> Callable[..., None]:
    def add(
        call: Call,
        target: Target,
        reason: Why,
        until: Until = None,
        starts: Starts = None,
        author: Who = "",
        amount: Part = "",
        currency: Coin = "",
    ) -> None:
        part, coin = _part(amount, currency)
        _add(call, _Wanted(kind, target, reason, until, starts, author, part, coin))

    return add


def _part(amount: str, currency: str) -> tuple[Decimal | None, str]:
    if not amount:
        if currency:
            raise ConfigError("--currency says what --amount is in; give --amount as well")
        return None, ""
    try:
        part = Decimal(amount)
    except InvalidOperation:
        raise ConfigError(f"'{amount}' is no amount; write it as 120.00") from None
    if not part.is_finite() or part <= 0:
        raise ConfigError(f"the amount {amount} must be more than zero")
    return part, currency.upper()


def _add(call: Call, wanted: _Wanted) -> None:
    if not wanted.reason.strip():
        raise ConfigError("--reason must say something a colleague understands")
    if wanted.until is None and wanted.kind is not HoldKind.EXCLUDE:
        raise ConfigError(f"a {SPOKEN[wanted.kind]} needs an end: add --until YYYY-MM-DD")
    with call.worker() as worker:
        ledger, account_id, item_id = _open_target(call, worker, wanted.target)
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
        )
        worker.store.add_hold(ledger, hold, worker.clock())
    if call.screen.as_json:
        call.screen.data({"ledger": ledger, "hold": hold})
    else:
        last = f"until {until}" if until else "for ever"
        if hold.amount is not None:
            what = f"{money_text(hold.amount, hold.currency)} of {what}"
        call.screen.say(f"{hold.hold_id}: {what} is left alone from {starts} {last}")


def _checked_part(store: "Store", place: tuple[str, str, str], wanted: _Wanted, what: str) -> str:
    """The currency of the part, "" for a whole. Raises ConfigError when it cannot be right."""
    if wanted.amount is None:
        return ""
    invoices = open_invoices(store, *place)
    currency = checked_currency(invoices, wanted.amount, wanted.currency)
    refuse_more_than_open(invoices, wanted.amount, currency, what=what)
    return currency


def _open_target(call: Call, worker: "Worker", target: str) -> tuple[str, str, str]:
    from syncer.flow.holds import open_item

    ledger, account_id, item_id = locate(call, worker, target)
    if item_id and not open_item(worker.store, ledger, account_id, item_id):
        raise ConfigError(f"invoice '{target}' is not open any more: there is nothing to hold")
    return ledger, account_id, item_id


def locate(call: Call, worker: "Worker", target: str) -> tuple[str, str, str]:
    """(ledger, account_id, item_id) of what was typed. Raises ConfigError unless it is one."""
    from syncer.flow.holds import HOW_TO_NAME, find_target
    from syncer.flow.names import did_you_mean, meant

    setups = call.ledgers(worker)
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


def end(
    call: Call,
    hold_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as list shows it.")],
    author: Who = "",
) -> None:
    """End a hold of any kind; contact may resume with the next run."""
    with call.worker() as worker:
        for setup in call.ledgers(worker):
            if any(hold.hold_id == hold_id for hold in worker.store.holds(setup.name)):
                ended = worker.store.end_hold(
                    setup.name,
                    hold_id,
                    on=call.today(worker, setup.name) - timedelta(days=1),  # its last day
                    author=author or getpass.getuser(),
                    at=worker.clock(),
                )
                break
        else:
            raise ConfigError(f"there is no '{hold_id}'; `syncer hold list` shows what there is")
    if call.screen.as_json:
        call.screen.data({"ledger": setup.name, "hold": ended})
    else:
        call.screen.say(f"{hold_id}: ended; contact may resume from the next run on")


def _lister(kind: HoldKind) -> Callable[..., None]:
    kinds = {kind, HoldKind.PLAN} if kind is HoldKind.MANUAL else {kind}

    def listing(
        call: Call,
        everything: Annotated[
            bool, typer.Option("--all", metavar="", help="Also those that ended.")
        ] = False,
    ) -> None:
        with call.worker() as worker:
            found = [
                (setup.name, hold)
                for setup in call.ledgers(worker)
                for hold in worker.store.holds(
                    setup.name, on=None if everything else call.today(worker, setup.name)
                )
                if hold.kind in kinds
            ]
            named = [
                Named(ledger, hold, *_called(worker.store, ledger, hold)) for ledger, hold in found
            ]
        if call.screen.as_json:
            call.screen.data([one.document() for one in named])
        elif named:
            call.screen.table(COLUMNS, [one.row() for one in named])
        else:
            call.screen.say(f"No {SPOKEN[kind]} is {'known' if everything else 'in force'}.")

    return listing


def _called(store: "Store", ledger: str, hold: Hold) -> tuple[str, str]:
    """The customer's name and the invoice's number, as far as the ledger still knows them."""
    name = store.account_names(ledger, [hold.account_id]).get(hold.account_id, "")
    invoices = open_invoices(store, ledger, hold.account_id, hold.item_id) if hold.item_id else ()
    return name, next((one.number for one in invoices), hold.item_id)


@dataclass(frozen=True, slots=True)
class Named:
    """A hold, and what people call whom it holds."""

    ledger: str
    hold: Hold
    customer: str
    invoice: str  # number; the id once it is no longer open

    def document(self) -> dict[str, object]:
        """For programs."""
        names = {"customer": self.customer, "invoice": self.invoice}
        return {"ledger": self.ledger, "hold": self.hold} | names

    def row(self) -> tuple[object, ...]:
        """One line of the table of holds."""
        from syncer.settings.rulebook import ALREADY

        hold = self.hold
        part = amount_text(hold.amount, hold.currency) if hold.amount is not None else "all"
        return (
            hold.hold_id,
            hold.kind,
            self.ledger,
            self.customer or hold.account_id,
            self.invoice,
            part,
            "the beginning" if hold.starts_on == ALREADY else hold.starts_on,
            hold.ends_on or "no end",
            hold.reason,
            hold.author,
        )
