"""Short words for agreements: promises, plans, claims, and days played one after the other."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from syncer.model.agreement import Covered, Instalment, Terms
from syncer.model.decision import AccountSnapshot, Action, Contact, Decision
from syncer.model.hold import Hold, HoldKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.decide import decide
from syncer.policy.rules import Policy

from .make import TODAY, context, days, hold, policy


def rules(**facts: Any) -> Policy:
    """The plain policy with these rules about agreements."""
    return policy(agreements=Agreements(**facts))


def covers(**opens: str) -> tuple[Covered, ...]:
    """What was open when it was agreed."""
    return tuple(Covered(item_id=one, open=Decimal(amount)) for one, amount in opens.items())


def promise(last: int, **facts: Any) -> Hold:
    """A promise for a day so many days from today; about I1 unless told otherwise."""
    values = {"item_id": "I1", "starts_on": TODAY - days(20), "ends_on": TODAY + days(last)}
    return hold(HoldKind.PROMISE, **(values | facts))


def plan(*parts: tuple[int, str], **facts: Any) -> Hold:
    """A payment plan: (days from today, amount) each; about I1 over the sum of it."""
    due = tuple(Instalment(due_on=TODAY + days(day), amount=Decimal(of)) for day, of in parts)
    whole = str(sum((one.amount for one in due), Decimal(0)))
    values = {
        "starts_on": TODAY - days(60),
        "ends_on": due[-1].due_on,
        "currency": "GBP",
        "terms": Terms(covers=covers(I1=whole), instalments=due),
    }
    return hold(HoldKind.PLAN, **(values | facts))


def played(
    facts: AccountSnapshot,
    rules: Policy,
    last: int,
    paid: Sequence[tuple[int, str, str]] = (),
) -> Iterator[tuple[date, Decision]]:
    """Each day's decision from today on; contacts are made, payments (day, item, amount) come."""
    contacts: list[Contact] = list(facts.contacts)
    for ahead in range(last + 1):
        for day, item_id, amount in paid:
            if day == ahead:
                facts = _paid(facts, item_id, Decimal(amount))
        today = TODAY + days(ahead)
        for decision in decide(replace(facts, contacts=tuple(contacts)), rules, context(today)):
            yield today, decision
            if decision.action is Action.CONTACT:
                contacts.append(_contact(decision, today))


def _paid(facts: AccountSnapshot, item_id: str, amount: Decimal) -> AccountSnapshot:
    items = [
        replace(one, open=one.open - amount) if one.item_id == item_id else one
        for one in facts.items
    ]
    return replace(facts, items=tuple(one for one in items if one.open > 0))


def _contact(decision: Decision, on: date) -> Contact:
    return Contact(
        account_id=decision.account_id,
        currency=decision.currency,
        step=decision.step,
        step_index=decision.step_index,
        episode=decision.episode,
        key=decision.key,
        on=on,
        channel="email",
        item_ids=tuple(line.item_id for line in decision.lines),
    )
