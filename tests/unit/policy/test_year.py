"""400 days, one run a day, contacts fed back: what must hold over time, whatever happens."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from syncer.model.decision import Action, Contact, Decision
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind, OpenItem, Settled
from syncer.policy.calendar import closed
from syncer.policy.decide import decide
from syncer.policy.rules import Cap, CatchUp, Personal, Policy, Restraint

from .make import FINAL, FIRM, FRIENDLY, HEADS_UP, context, credit, hold, invoice, policy, snapshot

FIRST_DAY = date(2026, 1, 1)
HORIZON = 400
RESTRAINT = Restraint(
    min_gap=4, caps=(Cap(contacts=3, days=20), Cap(contacts=5, days=60)), holidays="GB-SCT"
)
STRICT = policy(HEADS_UP, FRIENDLY, FIRM, FINAL, restraint=RESTRAINT)


@dataclass
class World:
    """One account living through the days: invoices, payments, credits, holds, missed runs."""

    random: Random
    rules: Policy
    items: dict[str, OpenItem] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    last_run: date | None = None
    run_days: list[date] = field(default_factory=list)

    def live(self, today: date) -> None:
        """What the customer and the bookkeeper do on a day."""
        chance = self.random.random
        number = len(self.items) + len(self.settled)
        if chance() < 0.10 and len(self.items) < 12:
            item = invoice(
                f"I{today:%y%m%d}",
                due_on=today + timedelta(days=self.random.choice([-20, 5, 14, 30])),
                open=Decimal(self.random.randint(100, 900_000)) / 100,
                currency=self.random.choice(["GBP", "GBP", "EUR"]),
            )
            self.items[item.item_id] = item
        if chance() < 0.06 and self.items:
            self.pay(self.random.choice(sorted(self.items)), today)
        if chance() < 0.01:
            self.items[f"C{number}{today}"] = credit(f"C{number}{today}", "50")
        if chance() < 0.02:
            self.holds.append(self.held(today))

    def pay(self, item_id: str, today: date) -> None:
        """All of it, or half."""
        item = self.items.pop(item_id)
        if self.random.random() < 0.3:
            self.items[item_id] = replace(item, open=(item.open / 2).quantize(Decimal("0.01")))
        elif item.kind is ItemKind.INVOICE:
            paid = Settled(
                item_id=item_id,
                account_id="A1",
                currency=item.currency,
                amount=item.open,
                issued_on=None,
                due_on=item.due_on,
                paid_on=today,
            )
            self.settled.append(paid)

    def held(self, today: date) -> Hold:
        """A hold of some days on everything or on one item."""
        return hold(
            self.random.choice([HoldKind.PROMISE, HoldKind.DISPUTE]),
            hold_id=f"H{today}",
            item_id=self.random.choice(["", *sorted(self.items)]),
            starts_on=today,
            ends_on=today + timedelta(days=self.random.randint(0, 20)),
        )

    def run(self, today: date) -> Decision | None:
        """One run: the contact it made, fed back for the next."""
        at = context(today, last_run_on=self.last_run)
        facts = snapshot(
            *self.items.values(),
            holds=tuple(self.holds),
            contacts=tuple(self.contacts),
            settled=tuple(self.settled),
        )
        due = [d for d in decide(facts, self.rules, at) if d.action is Action.CONTACT]
        self.last_run = today
        self.run_days.append(today)
        for decision in due:
            self.contacts.append(_made(decision, today, unsettled=self.random.random() < 0.03))
        return due[0] if due else None


def _made(decision: Decision, today: date, *, unsettled: bool) -> Contact:
    return Contact(
        account_id="A1",
        currency=decision.currency,
        step=decision.step,
        step_index=decision.step_index,
        episode=decision.episode,
        key=decision.key,
        on=today,
        channel="smtp",
        item_ids=tuple(line.item_id for line in decision.lines),
        settled=not unsettled,
    )


def play(seed: int, rules: Policy, *, missed: float = 0.05) -> World:
    """The whole horizon; on some days no run happens."""
    world = World(random=Random(seed), rules=rules)
    for offset in range(HORIZON):
        today = FIRST_DAY + timedelta(days=offset)
        world.live(today)
        if world.random.random() >= missed:
            world.run(today)
    return world


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**9), st.sampled_from([Personal(), Personal(first_time_large=Decimal(1000))])
)
def test_contact_limits_hold_over_400_days(seed: int, personal: Personal) -> None:
    """P5: gap, caps, weekends and holidays hold; each key once; no step is passed over."""
    world = play(seed, replace(STRICT, personal=personal))
    on = [contact.on for contact in world.contacts]
    assert on == sorted(set(on))
    assert all(later - earlier >= timedelta(days=4) for earlier, later in itertools.pairwise(on))
    for cap in RESTRAINT.caps:
        for day in on:
            window = [d for d in on if day - timedelta(days=cap.days) < d <= day]
            assert len(window) <= cap.contacts
    assert all(closed(RESTRAINT, day) is None for day in on)
    keys = [contact.key for contact in world.contacts]
    assert len(keys) == len(set(keys))
    _no_holes(world.contacts)


def _no_holes(contacts: list[Contact]) -> None:
    """In each episode the overdue steps are taken in order, from the first, without a hole."""
    episodes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for contact in contacts:
        if contact.step != "soon":
            episodes[contact.currency, contact.episode].append(contact.step_index)
    for steps in episodes.values():
        assert steps == list(range(1, 1 + len(steps)))


def test_the_year_is_eventful() -> None:
    """The simulation really contacts people, in every step, so that the property can fail."""
    steps = {c.step for seed in range(12) for c in play(seed, STRICT).contacts}
    assert steps == {"soon", "friendly", "firm", "final"}


@pytest.mark.parametrize("catch_up", list(CatchUp))
@pytest.mark.parametrize("gap", [1, 2, 5, 13, 30, 60])
def test_a_gap_loses_no_step_in_order_and_doubles_none(catch_up: CatchUp, gap: int) -> None:
    """After 1 to 60 days without a run no key repeats; in order, no step is lost."""
    rules = policy(FRIENDLY, FIRM, FINAL, restraint=RESTRAINT, catch_up=catch_up)
    world = World(random=Random(0), rules=rules)
    world.items["I1"] = invoice("I1", due_on=FIRST_DAY)
    missing = range(6, 6 + gap)
    for offset in range(150):
        if offset not in missing:
            world.run(FIRST_DAY + timedelta(days=offset))
    taken = [contact.step for contact in world.contacts]
    assert len(taken) == len(set(taken))
    if catch_up is CatchUp.IN_ORDER:
        assert taken == ["friendly", "firm", "final"]
    if catch_up is CatchUp.LATEST_ONLY:
        assert taken[-1] == "final"


def test_one_run_more_on_the_same_day_adds_nothing() -> None:
    """A second run of a day finds every contact already made."""
    world = World(random=Random(3), rules=STRICT)
    for offset in range(120):
        today = FIRST_DAY + timedelta(days=offset)
        world.live(today)
        world.run(today)
        made = len(world.contacts)
        assert world.run(today) is None
        assert len(world.contacts) == made
