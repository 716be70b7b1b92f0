"""Short words for policy tests: invoices by days late, contacts by days ago, one plain ladder."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from syncer.model.decision import AccountSnapshot, Contact, Decision, LedgerContext
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Account, ItemKind, OpenItem, Organisation, Person, Settled
from syncer.policy.decide import decide
from syncer.policy.rules import Ladder, Policy, Restraint, Step, Tone

TODAY = date(2026, 6, 10)  # a Wednesday
ORGANISATION = Organisation(name="Acme", time_zone="Europe/London", currency="GBP")
CUSTOMER = Account(account_id="A1", name="Customer", people=(Person(email="x@customer.example"),))
FRIENDLY = Step(name="friendly", tone=Tone.FRIENDLY, after_due=7)
FIRM = Step(name="firm", tone=Tone.FIRM, after_due=14, after_previous=5)
FINAL = Step(name="final", tone=Tone.FINAL, after_previous=10)
HEADS_UP = Step(name="soon", tone=Tone.HEADS_UP, before_due=3)
OPEN_ALWAYS = Restraint(
    min_gap=1, caps=(), weekdays=tuple(range(7)), send_from=time(0), send_until=time(23, 59)
)


def days(count: int) -> timedelta:
    """A number of days."""
    return timedelta(days=count)


def ladder(*steps: Step, **facts: Any) -> Ladder:
    """Friendly after 7 days, firm after 14, final 10 days after that."""
    return Ladder(**({"name": "usual", "steps": steps or (FRIENDLY, FIRM, FINAL)} | facts))


def policy(*steps: Step, **rules: Any) -> Policy:
    """One ladder and no restraint, unless told otherwise."""
    values = {"name": "test", "ladders": (ladder(*steps),), "default_ladder": "usual"}
    return Policy(**(values | {"restraint": OPEN_ALWAYS} | rules))


def invoice(item_id: str = "I1", late: int | None = 7, amount: str = "100.00", **facts: Any) -> Any:
    """An invoice ``late`` days past due today; negative is still to come, None has no date."""
    values = {
        "item_id": item_id,
        "account_id": "A1",
        "kind": ItemKind.INVOICE,
        "number": f"INV-{item_id}",
        "currency": "GBP",
        "total": Decimal(amount),
        "open": Decimal(amount),
        "due_on": None if late is None else TODAY - days(late),
    }
    return OpenItem(**(values | facts))


def credit(item_id: str, amount: str, **facts: Any) -> OpenItem:
    """A credit note with something left on it."""
    values = {"kind": ItemKind.CREDIT_NOTE, "number": f"CN-{item_id}"}
    item: OpenItem = invoice(item_id, None, amount, **(values | facts))
    return item


def contact(step: str = "friendly", ago: int = 6, *items: str, **facts: Any) -> Contact:
    """A contact some days ago about these items; the first of them named the episode."""
    named = items or ("I1",)
    values = {
        "account_id": "A1",
        "currency": "GBP",
        "step": step,
        "step_index": 0,
        "episode": named[0],
        "key": f"{step}-{ago}-{named[0]}",
        "on": TODAY - days(ago),
        "channel": "smtp",
        "item_ids": named,
    }
    return Contact(**(values | facts))


def hold(kind: HoldKind = HoldKind.DISPUTE, **facts: Any) -> Hold:
    """A hold that began yesterday and has no end."""
    values = {
        "hold_id": f"H-{kind}",
        "kind": kind,
        "account_id": "A1",
        "starts_on": TODAY - days(1),
        "reason": "said on the phone",
    }
    return Hold(**(values | facts))


def settled(item_id: str, late: int, ago: int = 30, amount: str = "100", **facts: Any) -> Settled:
    """An invoice paid ``ago`` days ago, ``late`` days after its due date."""
    values = {
        "item_id": item_id,
        "account_id": "A1",
        "currency": "GBP",
        "amount": Decimal(amount),
        "issued_on": None,
        "due_on": TODAY - days(ago + late),
        "paid_on": TODAY - days(ago),
    }
    return Settled(**(values | facts))


def snapshot(*items: OpenItem, **facts: Any) -> AccountSnapshot:
    """An account with these open items."""
    return AccountSnapshot(**({"ledger": "L", "account": CUSTOMER, "items": items} | facts))


def context(today: date = TODAY, **facts: Any) -> LedgerContext:
    """A ledger in pounds whose last run was yesterday."""
    values = {"ledger": "L", "organisation": ORGANISATION, "last_run_on": today - days(1)}
    return LedgerContext(**(values | {"today": today} | facts))


def one(*items: OpenItem, rules: Policy | None = None, at: Any = None, **facts: Any) -> Decision:
    """The only decision about these items."""
    (decision,) = decide(snapshot(*items, **facts), rules or policy(), at or context())
    return decision


def said(decision: Decision) -> tuple[str, str]:
    """Action and deciding reason, as words."""
    return decision.action.value, decision.reasons[0].code.value
