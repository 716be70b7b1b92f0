"""The promises about one day, over any account that can be thought of."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import given, settings
from msgspec.structs import replace

from syncer.model.agreement import Terms
from syncer.model.decision import AccountSnapshot, Action, Decision
from syncer.model.hold import HoldKind
from syncer.model.ledger import ItemKind, Stop
from syncer.policy.compiled import ready
from syncer.policy.decide import decide, ground_of
from syncer.policy.explain import explain, sentence
from syncer.policy.rules import Freshness, Personal, Policy, Restraint, StepChannel
from syncer.policy.strategy import DirectDebit, Eligibility, FirstRun, HandOver, OldDebts

from .make import (
    CUSTOMER,
    FINAL,
    FIRM,
    FRIENDLY,
    HEADS_UP,
    ORGANISATION,
    TODAY,
    contact,
    context,
    days,
    hold,
    invoice,
    ladder,
    policy,
    settled,
    snapshot,
)

CENTS = st.integers(1, 500_000).map(lambda cents: Decimal(cents) / 100)
CURRENCY = st.sampled_from(["GBP", "EUR", "JPY"])
IDS = [f"I{n}" for n in range(6)]
PLAIN = policy(HEADS_UP, FRIENDLY, FIRM, FINAL)
AGAIN = replace(FINAL, repeat=7)
GIVEN = replace(FINAL, channel=StepChannel.TASK, hand_over=HandOver.AGENCY)
LADDERS = [PLAIN.ladders, *((ladder(HEADS_UP, FRIENDLY, FIRM, last),) for last in (AGAIN, GIVEN))]
STARTS = [FirstRun(old_debts=mode) for mode in OldDebts]
FIT = Eligibility(amount_at_least=Decimal(20), late_at_least=25, messages_at_least=1)


@st.composite
def item(draw: st.DrawFn, item_id: str) -> Any:
    """Any open item."""
    kind = draw(st.sampled_from([ItemKind.INVOICE] * 4 + list(ItemKind)))
    return invoice(
        item_id,
        draw(st.one_of(st.none(), st.integers(-10, 60))),
        kind=kind,
        open=draw(CENTS),
        currency=draw(CURRENCY),
        sent=draw(st.sampled_from([None, True, False])),
        expected_on=draw(st.sampled_from([None, None, TODAY, TODAY + days(3)])),
        stop=draw(st.sampled_from([None, None, None, *Stop])),
        rate_to_base=draw(st.sampled_from([None, Decimal("0.8")])),
    )


@st.composite
def accounts(draw: st.DrawFn) -> AccountSnapshot:
    """Any account: items, holds, contacts, history and state."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=6))
    holds = [
        hold(
            draw(st.sampled_from(list(HoldKind))),
            hold_id=f"H{number}",
            item_id=draw(st.sampled_from(["", *IDS])),
            amount=draw(st.one_of(st.none(), CENTS)),
            currency=draw(st.sampled_from(["", "GBP", "EUR"])),
            ends_on=draw(st.sampled_from([None, TODAY - days(1), TODAY, TODAY + days(4)])),
            terms=draw(st.sampled_from([None, None, None, Terms(handed_to="legal")])),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    contacts = [
        contact(
            draw(st.sampled_from(["soon", "friendly", "firm"])),
            draw(st.integers(1, 50)),
            *draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True)),
            currency=draw(CURRENCY),
            settled=draw(st.sampled_from([True, True, True, False])),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    history = [settled(f"S{n}", draw(st.integers(-5, 40))) for n in range(draw(st.integers(0, 7)))]
    archived = draw(st.sampled_from([False, False, False, True]))
    return snapshot(
        *[draw(item(item_id)) for item_id in ids],
        account=replace(
            CUSTOMER, archived=archived, groups=draw(st.sampled_from([(), (), ("dd",)]))
        ),
        holds=tuple(holds),
        contacts=tuple(contacts),
        settled=tuple(history),
        quarantined=draw(st.sampled_from([0, 0, 0, 1])),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy with the plain ladder."""
    return replace(
        PLAIN,
        only_sent=draw(st.booleans()),
        ladders=draw(st.sampled_from(LADDERS)),
        first_run=draw(st.sampled_from(STARTS)),
        direct_debit=draw(st.sampled_from([DirectDebit(), DirectDebit(groups=("DD",))])),
        hand_over=draw(st.sampled_from([Eligibility(), FIT])),
        restraint=draw(st.sampled_from([PLAIN.restraint, Restraint(holidays="GB")])),
        minimum=draw(st.sampled_from([(), (("*", Decimal(50)),), (("EUR", Decimal(900)),)])),
        personal=draw(
            st.sampled_from(
                [
                    Personal(),
                    Personal(
                        first_time_large=Decimal(1000),
                        small_share=Decimal("0.5"),
                        habit_grace_max=10,
                    ),
                ]
            )
        ),
        freshness=draw(st.sampled_from([Freshness(), Freshness(books_max_age=3)])),
    )


@settings(deadline=None)
@given(accounts(), policies())
def test_nobody_is_asked_for_more_than_they_owe(facts: AccountSnapshot, rules: Policy) -> None:
    """P1: asked is at most the net position, never below zero, and the statement foots to it."""
    for decision in decide(facts, rules, context()):
        position = decision.position
        assert 0 <= position.asked <= max(Decimal(0), position.net)
        assert position.net == position.open_invoices - position.held - position.credits
        if decision.action is Action.CONTACT:
            assert position.asked > 0
            assert sum(line.asked for line in decision.lines) == position.asked
            lines = {line.item_id for line in decision.lines}
            assert all(i.currency == decision.currency for i in facts.items if i.item_id in lines)
        else:
            assert decision.lines == ()


@settings(deadline=None)
@given(accounts(), policies())
def test_every_item_has_one_outcome(facts: AccountSnapshot, rules: Policy) -> None:
    """P3: each open item appears once, and the outcomes sum to the open total, per currency."""
    decisions = decide(facts, rules, context())
    assert [d.currency for d in decisions] == sorted({i.currency for i in facts.items})
    outcomes = {o.item_id: (d.currency, o.amount) for d in decisions for o in d.outcomes}
    assert sum(len(d.outcomes) for d in decisions) == len(outcomes) == len(facts.items)
    for entry in facts.items:
        sign = 1 if entry.kind is ItemKind.INVOICE else -1
        assert outcomes[entry.item_id] == (entry.currency, sign * entry.open)


@settings(deadline=None)
@given(accounts(), policies())
def test_at_most_one_contact_and_every_answer_has_a_sentence(
    facts: AccountSnapshot, rules: Policy
) -> None:
    """One step per account and day; every reason can be said and every decision explained."""
    decisions = decide(facts, rules, context())
    assert sum(d.action is Action.CONTACT for d in decisions) <= 1
    for decision in decisions:
        assert decision.reasons
        assert all(sentence(reason).endswith(".") for reason in decision.reasons)
        assert explain(decision, facts, rules, context())[-1].rule == "result"
        assert bool(decision.key) is (decision.action is Action.CONTACT)


@settings(deadline=None)
@given(accounts(), policies(), st.randoms(use_true_random=False))
def test_order_never_matters(facts: AccountSnapshot, rules: Policy, random: Any) -> None:
    """Shuffled tuples give equal decisions, digest included."""
    shuffled = {
        name: tuple(random.sample(getattr(facts, name), len(getattr(facts, name))))
        for name in ("items", "holds", "contacts", "settled")
    }
    mixed = [
        replace(c, item_ids=tuple(random.sample(c.item_ids, len(c.item_ids))))
        for c in shuffled["contacts"]
    ]
    again = decide(replace(facts, **(shuffled | {"contacts": tuple(mixed)})), rules, context())
    assert again == decide(facts, rules, context())


@settings(deadline=None)
@given(accounts(), policies())
def test_the_same_ground_and_facts_say_the_same(facts: AccountSnapshot, rules: Policy) -> None:
    """Runs of one day decide alike where ground and facts are the same; JSON keeps every word."""
    ran_before = replace(context(), last_run_on=context().today)
    assert ground_of(rules, ran_before) == ground_of(rules, context())
    decisions = decide(facts, rules, context())
    assert decide(facts, rules, ran_before) == decisions
    assert msgspec.json.decode(msgspec.json.encode(decisions), type=tuple[Decision, ...]) == (
        decisions
    )


@given(policies(), policies(), st.integers(1, 400))
def test_another_day_or_policy_is_another_ground(one: Policy, two: Policy, days: int) -> None:
    """What was decided yesterday, or by other rules, is never taken for today's decision."""
    later = replace(context(), today=context().today + timedelta(days=days))
    assert ground_of(one, later) != ground_of(one, context())
    if ready(one).version != ready(two).version:
        assert ground_of(one, context()) != ground_of(two, context())


@settings(deadline=None)
@given(accounts(), st.integers(0, 5), CENTS)
def test_more_paid_is_never_harsher(facts: AccountSnapshot, which: int, paid: Decimal) -> None:
    """P1: paying any part of any invoice neither raises the ask nor brings a harsher step."""
    invoices = [i for i in facts.items if i.kind is ItemKind.INVOICE]
    if not invoices:
        return
    target = invoices[which % len(invoices)]
    rest = target.open - paid
    kept = tuple(i for i in facts.items if i is not target)
    items = (*kept, replace(target, open=rest)) if rest > 0 else kept
    before = {d.currency: d for d in decide(facts, PLAIN, context())}
    for after in decide(replace(facts, items=items), PLAIN, context()):
        earlier = before[after.currency]
        if earlier.step != "soon" and after.step != "soon":
            assert after.position.asked <= earlier.position.asked
        if earlier.step_index >= 0 and earlier.step != "soon":
            assert after.step_index <= earlier.step_index


@settings(deadline=None)
@given(accounts(), CENTS)
def test_more_credit_is_never_harsher(facts: AccountSnapshot, amount: Decimal) -> None:
    """P1: a further credit lowers the ask by its amount and brings no harsher step."""
    for before in decide(facts, PLAIN, context()):
        extra = invoice("C9", 1, kind=ItemKind.PAYMENT, open=amount, currency=before.currency)
        more = replace(facts, items=(*facts.items, extra))
        (after,) = [d for d in decide(more, PLAIN, context()) if d.currency == before.currency]
        if before.step != "soon" and after.step != "soon":
            assert after.position.asked == max(Decimal(0), before.position.asked - amount)
        if before.step_index >= 0 and before.step != "soon":
            assert after.step_index <= before.step_index


@settings(max_examples=60, deadline=None)
@given(accounts(), policies())
def test_nothing_happens_before_the_next_look(facts: AccountSnapshot, rules: Policy) -> None:
    """No contact becomes due by itself before the day the decision names."""
    for decision in decide(facts, rules, context()):
        if decision.action is Action.CONTACT:
            continue
        limit = (decision.next_look_on - TODAY).days if decision.next_look_on else 40
        for ahead in range(1, min(limit, 40)):
            later = decide(facts, rules, context(TODAY + days(ahead)))
            (same,) = [d for d in later if d.currency == decision.currency]
            assert same.action is not Action.CONTACT, (ahead, same.reasons)


@settings(deadline=None)
@given(accounts())
def test_books_of_unknown_age_send_nothing(facts: AccountSnapshot) -> None:
    """P4: with a limit on the age of the books, silence about it means no contact."""
    rules = replace(PLAIN, freshness=Freshness(books_max_age=1))
    silent = context(organisation=replace(ORGANISATION, books_fresh_on=None))
    assert all(d.action is not Action.CONTACT for d in decide(facts, rules, silent))
