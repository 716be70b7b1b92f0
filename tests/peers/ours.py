"""Our policy on the book that docs/peers.md is about: every day of it, as one line a customer.

The facts are those that must come out of Tryton for what was put in (``expected`` is plain
arithmetic and part of its live tests), the policy is the one that the comparison configures.
Nobody pays meanwhile; what is said is remembered, as the program remembers it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from benchmarks.dunning_book import (
    DISPUTED,
    DISPUTED_UNTIL,
    DISPUTES,
    FIRST_DAY,
    PROMISED_UNTIL,
    PROMISES,
    customers,
    days,
)
from benchmarks.dunning_ours import CONFIG
from syncer.bootstrap import build, discover
from syncer.model.decision import AccountSnapshot, Action, Contact, Decision, LedgerContext
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Account, ItemKind, OpenItem, Organisation, Person
from syncer.policy.decide import decide
from syncer.policy.rules import Policy
from syncer.settings import load_settings
from tests.live.tryton.put_in import Customer, Expected, expected

OWNER = Organisation(name="ACME GmbH", time_zone="Europe/Berlin", currency="EUR", country="DE")
RATES = {"EUR": None, "USD": Decimal("0.5"), "JPY": Decimal("0.00625")}
SETTINGS = "{url: http://127.0.0.1:1, database: books, user: syncer, password: unused-here}"


def policy(home: Path) -> Policy:
    """The policy of the comparison, through our own settings."""
    path = home / "syncer.yaml"
    path.write_text(CONFIG.format(home=home, connector="tryton", settings=SETTINGS))
    settings = load_settings([path], environ={"STORE_KEY": "k" * 44}, specs=discover())
    worker = build(settings)
    try:
        return worker.ledgers[0].policy
    finally:
        worker.close()


@dataclass
class Told:
    """What one customer heard, and why not on the first day."""

    contacts: list[tuple[date, Decision]] = field(default_factory=list)
    silent: str = ""


def lived(rules: Policy) -> dict[str, Told]:
    """All customers, through all days."""
    wanted = expected(customers(), FIRST_DAY)
    return {one.key: _customer(one, wanted, rules) for one in customers()}


def _customer(one: Customer, wanted: Expected, rules: Policy) -> Told:
    items, told = tuple(_items(one, wanted)), Told()
    holds = tuple(_holds(one, items))
    contacts: list[Contact] = []
    for day in days():
        facts = AccountSnapshot(
            ledger="book",
            account=_account(one),
            items=items,
            holds=holds,
            contacts=tuple(contacts),
        )
        made = decide(facts, rules, LedgerContext(ledger="book", organisation=OWNER, today=day))
        spoken = [decision for decision in made if decision.action is Action.CONTACT]
        if day == FIRST_DAY and made and not spoken:
            told.silent = made[0].reasons[0].code.value
        told.contacts += [(day, decision) for decision in spoken]
        contacts += [_contact(decision, day) for decision in spoken]
    return told


def _account(one: Customer) -> Account:
    return Account(
        account_id=one.key,
        name=one.name,
        people=tuple(Person(email=email) for email in one.recipients),
        archived=one.archived,
        merged_into=one.merged_into,
        do_not_chase=one.procedure == "none",
    )


def _items(one: Customer, wanted: Expected) -> Iterable[OpenItem]:
    owed = [owed for owed in wanted.owed if owed.who == one.key]
    for number, debt in enumerate(owed):
        yield OpenItem(
            item_id=f"{debt.number}.{number}",
            account_id=one.key,
            kind=ItemKind.INVOICE,
            number=debt.number,
            currency=debt.currency,
            total=debt.total,
            open=debt.open,
            issued_on=debt.issued_on,
            due_on=debt.due_on,
            rate_to_base=RATES.get(debt.currency),
            stop=debt.stop,
        )
    for number, unused in enumerate(left for left in wanted.unused if left.who == one.key):
        yield OpenItem(
            item_id=f"credit.{number}",
            account_id=one.key,
            kind=ItemKind.PAYMENT,
            number="",
            currency=unused.currency,
            total=unused.open,
            open=unused.open,
        )


def _holds(one: Customer, items: Iterable[OpenItem]) -> Iterable[Hold]:
    if one.key == PROMISES:
        yield _hold(one, HoldKind.PROMISE, PROMISED_UNTIL, "")
    if one.key == DISPUTES:
        (item,) = [item.item_id for item in items if item.open == DISPUTED]
        yield _hold(one, HoldKind.DISPUTE, DISPUTED_UNTIL, item)


def _hold(one: Customer, kind: HoldKind, until: date, item: str) -> Hold:
    return Hold(
        hold_id=kind.value,
        kind=kind,
        account_id=one.key,
        item_id=item,
        starts_on=FIRST_DAY,
        ends_on=until,
        reason="as in the book",
    )


def _contact(decision: Decision, day: date) -> Contact:
    return Contact(
        account_id=decision.account_id,
        currency=decision.currency,
        step=decision.step,
        step_index=decision.step_index,
        episode=decision.episode,
        key=decision.key,
        on=day,
        channel="folder",
        item_ids=tuple(line.item_id for line in decision.lines),
    )


def cell(told: Mapping[str, Told], *keys: str) -> str:
    """What the table says of customers that are told the same thing."""
    (said,) = {_sentence(told[key]) for key in keys}
    return said


def _sentence(one: Told) -> str:
    """``**138.00** on Mon 16 Nov, Mon 23 Nov``, one part for each amount in each currency."""
    if not one.contacts:
        return f"silent: `{one.silent}`" if one.silent else "silent"
    parts = []
    for (amount, currency), same in groupby(one.contacts, key=_asked):
        on = ", ".join(f"{day:%a} {day.day} {day:%b}" for day, _ in same)
        parts.append(f"**{amount:,f}{'' if currency == 'EUR' else f' {currency}'}** on {on}")
    return "; ".join(parts)


def _asked(one: tuple[date, Decision]) -> tuple[Decimal, str]:
    return one[1].position.asked, one[1].currency
