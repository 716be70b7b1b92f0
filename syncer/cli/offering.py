"""Verb instalments offer: a schedule, the words to offer it with, and the offer as it is kept."""

import getpass
import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.holds import Coin, Target, Who
from syncer.cli.plan_debt import (
    COLUMNS,
    COUNT,
    AllOpen,
    Apart,
    First,
    Parts,
    PlanDebt,
    find_debt,
    schedule,
    shown,
)
from syncer.model.agreement import Instalment, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.money import ZERO
from syncer.policy.agreements.schedule import Every

if TYPE_CHECKING:
    from syncer.flow.worker import Worker

Tongue = Annotated[
    str,
    typer.Option("--language", metavar="CODE", help="Of the text; the customer's by default."),
]
Draft = Annotated[
    bool, typer.Option("--draft", metavar="", help="Only show it, by what was read last.")
]


def offer(
    call: Call,
    target: Target,
    count: Parts = None,
    every: Apart = None,
    first: First = None,
    currency: Coin = "",
    all_open: AllOpen = False,
    language: Tongue = "",
    draft: Draft = False,
    author: Who = "",
) -> None:
    """Show the schedule and the words; keep the offer, unless it is only a draft."""
    from syncer.channels.instalments import offer_text

    with call.worker() as worker:
        debt = find_debt(call, worker, target, currency, all_open=all_open, fresh=not draft)
        parts = schedule(debt, count or COUNT, every or Every.MONTH, first)
        kept = None if draft else _keep_offer(worker, debt, parts, author)
        text = offer_text(
            customer=debt.account.name,
            currency=debt.currency,
            parts=parts,
            languages=(language or debt.account.language, debt.setup.letterhead.language),
            countries=debt.countries,
        )
    if call.screen.as_json:
        own = {} if kept is None else {"offer": kept}
        call.screen.data(debt.document(parts) | {"text": text} | own)
        return
    call.screen.table(COLUMNS, shown(parts, debt.currency))
    call.screen.say("")
    call.screen.say(text)
    if kept is not None:
        call.screen.tell("\n" + _how_to_accept(kept, target, debt))


def _keep_offer(
    worker: "Worker", debt: PlanDebt, parts: tuple[Instalment, ...], author: str
) -> Hold:
    """Remember what was offered, and what the ledger expected then. An earlier offer lapses."""
    from syncer.flow.offers import withdraw_offers
    from syncer.policy.agreements.offers import OFFER

    who, at = author or getpass.getuser(), worker.clock()
    new = Hold(
        hold_id=f"{OFFER}{secrets.token_hex(4)}",
        kind=HoldKind.MANUAL,
        account_id=debt.account.account_id,
        item_id=debt.item_id,
        amount=ZERO,  # it holds nothing
        currency=debt.currency,
        starts_on=debt.today,
        ends_on=parts[0].due_on,
        reason=f"{len(parts)} instalments offered",
        author=who,
        source=HoldSource.CLI,
        created_at=at,
        terms=Terms(covers=debt.covers, instalments=parts, offered=True),
    )
    withdraw_offers(worker.store, debt.ledger, new, today=debt.today, at=at)
    worker.store.add_hold(debt.ledger, new, at)
    return new


def _how_to_accept(kept: Hold, target: str, debt: PlanDebt) -> str:
    terms = kept.terms or Terms()
    first = terms.instalments[0].due_on
    by_hand = f"syncer instalments accept '{target}'"
    there = any(one.expected_on == first for one in terms.covers)
    if there:
        return (
            f"{kept.hold_id} is kept. The ledger expects payment on {first} already, so that day "
            f"there is no sign of acceptance; once the customer accepts: {by_hand}"
        )
    return (
        f"{kept.hold_id} is kept. It becomes a payment plan once the customer accepts: {by_hand}, "
        f"or set the expected payment date of the oldest invoice to {first} in the ledger, where "
        f"'{debt.ledger}' has such a date"
    )
