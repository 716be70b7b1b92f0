"""What customers say and agree to, entered in the program as its commands do.

A payment plan over what is overdue in one currency, money for its next instalment, and answers
that somebody has to see to.
"""

import random
from datetime import timedelta
from decimal import Decimal

from syncer.flow.agreements import answered
from syncer.model.agreement import Covered, Instalment, Terms
from syncer.model.hold import Hold, HoldKind
from syncer.sandbox.records import Document
from syncer.testing.sim.beside import FOR_A_PERSON
from syncer.testing.sim.people import Act, People, pay_all
from syncer.testing.sim.plans import is_plan, stands
from syncer.testing.sim.side import Side
from syncer.testing.sim.truth import item_known_as, known_as

PARTS = 3
LEAST = Decimal("0.10")


def agree(crowd: People, side: Side, rng: random.Random) -> str:
    """All that a customer owes and is late with comes in instalments."""
    ledger = side.world.main
    today = ledger.today()
    late = [one for one in ledger.open_invoices() if one.due_on is not None and one.due_on < today]
    if not late:
        return ""
    one = rng.choice(late)
    account_id = known_as(side, ledger.contact(one.contact_id))
    own = [doc for doc in late if (doc.contact_id, doc.currency) == (one.contact_id, one.currency)]
    debt = sum((doc.left for doc in own), Decimal(0))
    if debt < LEAST or not crowd.known(side, account_id) or _has_plan(crowd, side, account_id):
        return ""
    days = sorted(rng.sample(range(1, 9), PARTS))
    each = (debt / PARTS).quantize(Decimal("0.01"))
    amounts = [*([each] * (PARTS - 1)), debt - each * (PARTS - 1)]
    parts = tuple(
        Instalment(due_on=today + timedelta(days=day), amount=amount)
        for day, amount in zip(days, amounts, strict=True)
    )
    covers = tuple(_covered(side, doc) for doc in own)
    plan = Hold(
        hold_id=f"plan-{len(crowd.told)}",
        kind=HoldKind.PLAN,
        account_id=account_id,
        amount=debt,
        currency=one.currency,
        starts_on=today,
        ends_on=parts[-1].due_on,
        reason=f"{PARTS} instalments agreed",
        author="Sam",
        terms=Terms(covers=covers, instalments=parts),
    )
    crowd.rig.add_hold(side, plan)
    said = ", ".join(f"{part.amount} on {part.due_on}" for part in parts)
    return f"{ledger.contact(one.contact_id).name} pays {one.currency} in parts: {said}"


def _covered(side: Side, doc: Document) -> Covered:
    return Covered(item_id=item_known_as(side, doc), open=doc.left, currency=doc.currency)


def _has_plan(crowd: People, side: Side, account_id: str) -> bool:
    return any(
        name == side.name and hold.account_id == account_id and is_plan(hold)
        for name, hold in crowd.rig.holds
    )


def pay_next(crowd: People, side: Side, rng: random.Random) -> str:
    """What is missing of the next instalment of a plan, or some of it."""
    ledger = side.world.main
    documents = {item_known_as(side, doc): doc for doc in ledger.open_invoices()}
    plans = [hold for name, hold in crowd.rig.holds if name == side.name and is_plan(hold)]
    if not plans:
        return ""
    plan = rng.choice(plans)
    everything = {item_known_as(side, doc): doc for doc in ledger.books.documents.values()}
    coming = stands(plan, everything, ledger.today()).coming
    owed = [documents[one.item_id] for one in _covers(plan) if one.item_id in documents]
    if coming is None or not owed:
        return ""
    amount = min(coming.missing, owed[0].left)
    ledger.pay(owed[0], amount)
    return f"{amount} of {owed[0].number} paid for the instalment of {coming.due_on}"


def _covers(plan: Hold) -> tuple[Covered, ...]:
    return plan.terms.covers if plan.terms is not None else ()


def answer(crowd: People, side: Side, rng: random.Random) -> str:
    """A customer says something that somebody has to see to."""
    found = side.world.main.open_invoices()
    if not found:
        return ""
    doc = rng.choice(found)
    account_id = known_as(side, side.world.main.contact(doc.contact_id))
    if not crowd.known(side, account_id):
        return ""
    hold = answered(
        rng.choice(FOR_A_PERSON),
        crowd.rig.rules.agreements,
        hold_id=f"answer-{len(crowd.told)}",
        account_id=account_id,
        item_id=rng.choice(("", item_known_as(side, doc))),
        note="by phone",
        author="Sam",
        owner="",
        said_by="",
        today=side.world.main.today(),
        at=crowd.rig.clock(),
    )
    crowd.rig.add_hold(side, hold)
    return f"{doc.number}: {hold.reason}, until {hold.ends_on}"


AGREEING: tuple[Act, ...] = (agree, agree, pay_next, pay_next, pay_next, answer, pay_all, pay_all)
AGREEING_BY_NAME: dict[str, Act] = {act.__name__: act for act in AGREEING}
