"""Short ways to say what a test is about: an overdue invoice, a ladder, a worker."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from syncer.flow.worker import LedgerSetup, Mode, Worker
from syncer.model.ledger import Account, ItemKind, OpenItem, Person
from syncer.policy.rules import Ladder, Policy, Restraint, Step, Tone, policy_version
from syncer.ports import Capability, Channel, Clock, Letterhead, Renderer, Source, Store

ALWAYS = Restraint(
    min_gap=1, caps=(), weekdays=tuple(range(7)), send_from=time(0, 0), send_until=time(23, 59)
)
LETTERHEAD = Letterhead(
    sender="billing@acme.example", sender_name="Acme Ltd", reply_to="anna@acme.example"
)


def account(account_id: str = "A1", **facts: Any) -> Account:
    """A customer with one address."""
    people = (Person(email=f"{account_id.lower()}@customer.example", name=f"Person {account_id}"),)
    return Account(
        **({"account_id": account_id, "name": f"Customer {account_id}", "people": people} | facts)
    )


def invoice(
    item_id: str = "I1", account_id: str = "A1", *, due: date, amount: str = "100.00", **facts: Any
) -> OpenItem:
    """An open invoice in GBP, issued thirty days before it is due."""
    values: dict[str, Any] = {
        "item_id": item_id,
        "account_id": account_id,
        "kind": ItemKind.INVOICE,
        "number": f"INV-{item_id}",
        "currency": "GBP",
        "total": Decimal(amount),
        "open": Decimal(amount),
        "issued_on": due - timedelta(days=30),
        "due_on": due,
    }
    return OpenItem(**(values | facts))


def credit(item_id: str, account_id: str = "A1", *, amount: str, **facts: Any) -> OpenItem:
    """An unallocated credit note in GBP."""
    values: dict[str, Any] = {
        "item_id": item_id,
        "account_id": account_id,
        "kind": ItemKind.CREDIT_NOTE,
        "number": f"CN-{item_id}",
        "currency": "GBP",
        "total": Decimal(amount),
        "open": Decimal(amount),
    }
    return OpenItem(**(values | facts))


def policy(**rules: Any) -> Policy:
    """Friendly one day after due, firm five days later, every day and hour allowed."""
    ladder = Ladder(
        name="usual",
        steps=(
            Step(name="friendly", tone=Tone.FRIENDLY, after_due=1),
            Step(name="firm", tone=Tone.FIRM, after_due=6, after_previous=5),
        ),
    )
    values: dict[str, Any] = {
        "name": "test",
        "ladders": (ladder,),
        "default_ladder": "usual",
        "restraint": ALWAYS,
    }
    made = Policy(**(values | rules))
    return replace(made, version=policy_version(made))


def worker(
    *,
    store: Store,
    source: Source,
    channel: Channel | None,
    renderer: Renderer,
    clock: Clock,
    capabilities: frozenset[Capability],
    rules: Policy | None = None,
    mode: Mode = Mode.LIVE,
    **setup: Any,
) -> Worker:
    """A worker for one ledger named ``acme``, in this thread alone."""
    ledger = LedgerSetup(
        name="acme",
        connector="memory",
        capabilities=capabilities,
        open_source=lambda: source,
        mode=mode,
        policy=rules or policy(),
        letterhead=LETTERHEAD,
        channel=channel,
        **setup,
    )
    return Worker(
        ledgers=(ledger,),
        store=store,
        renderer=renderer,
        clock=clock,
        config_digest="test",
        threads=0,
    )
