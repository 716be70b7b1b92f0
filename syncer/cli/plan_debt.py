"""What a payment plan is about, and the schedule that the policy's calendar and limits allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.days import day
from syncer.cli.hold_checks import checked_currency
from syncer.cli.holds import open_target
from syncer.errors import ConfigError
from syncer.model.agreement import Covered, Instalment
from syncer.model.ledger import Account, ItemKind, OpenItem
from syncer.model.money import ZERO, money_text, total
from syncer.policy.agreements.schedule import Every, instalments, wrong_schedule

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup, Worker

COUNT = 3
FIRST_IN = 14  # days, for the first instalment of an offer that names no day
Parts = Annotated[
    int | None, typer.Option("--count", metavar="N", help="How many instalments; 3 if not given.")
]
Apart = Annotated[
    Every | None, typer.Option("--every", help="How far apart they are; a month if not given.")
]
First = Annotated[
    datetime | None,
    typer.Option("--first", parser=day, metavar="DATE", help="Day of the first; in two weeks."),
]
AllOpen = Annotated[bool, typer.Option("--all-open", metavar="", help="Also what is not due yet.")]
COLUMNS = ("day", "due", "amount")


@dataclass(frozen=True, slots=True)
class PlanDebt:
    """What a plan is about."""

    setup: "LedgerSetup"
    account: Account
    item_id: str
    countries: tuple[str, str]  # the customer's and the ledger's, ISO 3166
    currency: str
    amount: Decimal
    covers: tuple[Covered, ...]
    today: date

    @property
    def ledger(self) -> str:
        """The ledger's name."""
        return self.setup.name

    def document(self, parts: Sequence[Instalment]) -> dict[str, object]:
        """For programs."""
        return {
            "ledger": self.ledger,
            "account_id": self.account.account_id,
            "customer": self.account.name,
            "currency": self.currency,
            "amount": self.amount,
            "item_ids": [one.item_id for one in self.covers],
            "instalments": parts,
        }


def shown(parts: Sequence[Instalment], currency: str) -> list[tuple[object, ...]]:
    """The schedule for people, one row for each part."""
    return [
        (part.due_on.strftime("%a"), part.due_on, money_text(part.amount, currency))
        for part in parts
    ]


def find_debt(
    call: Call, worker: "Worker", target: str, currency: str, *, all_open: bool, fresh: bool = False
) -> PlanDebt:
    """The debt that ``target`` names; ``fresh`` = as the ledger has it now, else as last read."""
    from syncer.flow.offers import read_now
    from syncer.policy.agreements.kept import covering

    ledger, account_id, item_id = open_target(call, worker, target)
    today = call.today(worker, ledger)
    setup = next(one for one in call.ledgers(worker) if one.name == ledger)
    facts = worker.store.peek(ledger, account_id)
    if facts is None:
        raise ConfigError(f"nothing is known of '{target}'")
    account, items = facts.account, facts.items
    if fresh:
        now = read_now(setup, account_id)
        account, items = now.account, now.items
    found = [one for one in _invoices(items, item_id) if item_id or all_open or _late(one, today)]
    if not found:
        raise ConfigError(f"nothing of '{target}' is overdue; --all-open takes what is not due yet")
    coin = checked_currency(found, None, currency.upper())
    covers = covering(found, currency=coin)
    return PlanDebt(
        setup=setup,
        account=account,
        item_id=item_id,
        countries=(account.country, _country(worker, ledger, today)),
        currency=coin,
        amount=total(one.open for one in covers),
        covers=covers,
        today=today,
    )


def _invoices(items: Sequence[OpenItem], item_id: str) -> list[OpenItem]:
    return [
        one
        for one in items
        if one.kind is ItemKind.INVOICE and one.open > ZERO and item_id in ("", one.item_id)
    ]


def _late(item: OpenItem, today: date) -> bool:
    return item.due_on is not None and item.due_on < today


def _country(worker: "Worker", ledger: str, today: date) -> str:
    context = worker.store.peek_context(ledger, today)
    return context.organisation.country if context is not None else ""


def schedule(
    debt: PlanDebt, count: int, every: Every, first: datetime | None
) -> tuple[Instalment, ...]:
    """The instalments, each on a banking day, none later than a plan may last."""
    from syncer.policy.agreements.banking import on_banking_days
    from syncer.policy.calendar import days_after
    from syncer.policy.quiet import for_debtor

    first_on = first.date() if first else days_after(debt.today, FIRST_IN)
    if first_on < debt.today:
        raise ConfigError(f"--first {first_on} is past (today is {debt.today})")
    parts = instalments(debt.amount, debt.currency, count=count, first_on=first_on, every=every)
    last = refuse_too_long(debt, parts)
    restraint = for_debtor(debt.setup.policy.restraint, debt.account.country, debt.account.region)
    return on_banking_days(parts, restraint, first=debt.today, last=last)


def refuse_too_long(debt: PlanDebt, parts: Sequence[Instalment]) -> date | None:
    """The last day that a plan made today may have; None = any. Raises ConfigError past it."""
    from syncer.policy.agreements.longest import longest_plan

    limit = longest_plan(debt.setup.policy, debt.setup.law, debt.account, debt.today)
    if limit is None:
        return None
    if len(parts) > limit.parts:
        raise ConfigError(
            f"{len(parts)} instalments are more than the {limit.parts} that {limit.source} lets a "
            "plan have; take fewer"
        )
    if parts[-1].due_on > limit.last:
        raise ConfigError(
            f"the plan would last until {parts[-1].due_on}, and {limit.source} lets it last until "
            f"{limit.last}; take fewer instalments, nearer to each other, or an earlier --first"
        )
    return limit.last


def agreed(debt: PlanDebt, written: Sequence[str]) -> tuple[Instalment, ...]:
    """The instalments as typed. Raises ConfigError unless they come to the debt."""
    parts = tuple(_part(one) for one in written)
    mistake = wrong_schedule(parts, debt.amount, debt.currency)
    if mistake:
        raise ConfigError(mistake)
    if parts[0].due_on < debt.today:
        raise ConfigError(f"the first instalment, {parts[0].due_on}, is past")
    refuse_too_long(debt, parts)
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
