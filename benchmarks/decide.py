"""The decide step alone: 20,000 customers with 100,000 open items, in processor seconds.

Three policies: the ready one, the same with a country's preset and hours at the customer's place,
and the one that looks at history; each customer has twelve paid invoices and one earlier contact.
"""

import gc
from datetime import date, timedelta
from decimal import Decimal
from time import process_time

from syncer.model.decision import AccountSnapshot, Contact, LedgerContext
from syncer.model.ledger import Account, ItemKind, OpenItem, Organisation, Person, Settled
from syncer.policy.decide import decide
from syncer.policy.rules import Policy
from syncer.settings.policies import PolicySettings
from syncer.settings.ready import preset, ready_policy
from syncer.settings.rulebook import to_policy
from syncer.settings.tree import merge, plain

TODAY = date(2026, 6, 10)
ITEMS_PER_CUSTOMER = 5
PAID_PER_CUSTOMER = 12
REPEATS = 3


def report(invoices: int) -> str:
    """The table, as Markdown: the lowest of three."""
    snapshots = [_snapshot(number) for number in range(invoices // ITEMS_PER_CUSTOMER)]
    lines = ["| policy | customers | items | CPU, s | ms a customer |", "|---|---|---|---|---|"]
    for name, rules in _policies():
        seconds = min(_seconds(snapshots, rules) for _ in range(REPEATS))
        each = seconds / len(snapshots) * 1000
        lines.append(f"| {name} | {len(snapshots):,} | {invoices:,} | {seconds:.2f} | {each:.3f} |")
    return "\n".join(("### The decide step alone", "", *lines, ""))


def _policies() -> list[tuple[str, Policy]]:
    standard, keys = ready_policy("standard"), ready_policy("key-accounts")
    laid = merge(standard, preset("us"))
    trees = [("standard", standard), ("standard, preset us", laid), ("key-accounts", keys)]
    return [(name, to_policy(name, PolicySettings.model_validate(plain(t)))) for name, t in trees]


def _seconds(snapshots: list[AccountSnapshot], rules: Policy) -> float:
    context = LedgerContext(
        ledger="L",
        organisation=Organisation(name="L", time_zone="Europe/London", currency="GBP"),
        today=TODAY,
        last_run_on=TODAY - timedelta(days=1),
        turnover=(("GBP", Decimal(100_000_000)),),
    )
    gc.collect()
    began = process_time()
    for snapshot in snapshots:
        decide(snapshot, rules, context)
    return process_time() - began


def _snapshot(number: int) -> AccountSnapshot:
    account_id = f"A{number:06}"
    return AccountSnapshot(
        ledger="L",
        account=Account(
            account_id=account_id,
            name=f"Customer {number}",
            people=(Person(email=f"ap@c{number}.example"),),
            country=("GB", "US", "DE", "")[number % 4],
        ),
        items=tuple([_item(account_id, number, place) for place in range(ITEMS_PER_CUSTOMER)]),
        contacts=(_contact(account_id, number),),
        settled=tuple([_paid(account_id, number, place) for place in range(PAID_PER_CUSTOMER)]),
    )


def _item(account_id: str, number: int, place: int) -> OpenItem:
    due = TODAY - timedelta(days=number % 40 + place * 9 - 20)
    amount = Decimal(100 + number % 900)
    return OpenItem(
        item_id=f"{account_id}-{place}",
        account_id=account_id,
        kind=ItemKind.INVOICE,
        number=f"INV-{number}-{place}",
        currency="GBP",
        total=amount,
        open=amount,
        issued_on=due - timedelta(days=30),
        due_on=due,
        sent=True,
    )


def _contact(account_id: str, number: int) -> Contact:
    return Contact(
        account_id=account_id,
        currency="GBP",
        step="friendly",
        step_index=1,
        episode=f"{account_id}-4",
        key=f"k{number}",
        on=TODAY - timedelta(days=number % 12),
        channel="email",
        item_ids=(f"{account_id}-4",),
    )


def _paid(account_id: str, number: int, place: int) -> Settled:
    paid = TODAY - timedelta(days=20 + 28 * place)
    return Settled(
        item_id=f"{account_id}-P{place}",
        account_id=account_id,
        currency="GBP",
        amount=Decimal(250),
        issued_on=None,
        due_on=paid - timedelta(days=number % 9),
        paid_on=paid,
    )
