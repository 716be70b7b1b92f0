"""The promises about agreements, over any mix of them and any history of payments."""

from collections import Counter
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings
from msgspec.structs import replace

from syncer.model.agreement import Covered, Instalment, Terms, UnpaidCause
from syncer.model.decision import AccountSnapshot, Action, Code
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind
from syncer.model.money import minor_digits
from syncer.policy.agreements.kept import State, kept_in_time, standing, unpaid
from syncer.policy.agreements.rules import Agreements, DisputeOverdue
from syncer.policy.agreements.schedule import Every, instalments, wrong_schedule
from syncer.policy.decide import decide
from syncer.policy.rules import Policy

from .agreed import played
from .make import CUSTOMER, TODAY, contact, context, days, hold, invoice, policy, settled, snapshot

CENTS = st.integers(1, 50_000).map(lambda cents: Decimal(cents) / 100)
IDS = ["I0", "I1", "I2", "I3"]
NOTES = ["", "", "#hold until 2026-06-12 why", "#hold until 2026-06-09", "#hold", "#other"]


@st.composite
def agreed(draw: st.DrawFn, number: int) -> Hold:
    """Any promise, plan, dispute or claim, remembered or not, ended or not."""
    kind = draw(st.sampled_from(list(HoldKind)))
    parts = draw(st.lists(st.tuples(st.integers(-40, 40), CENTS), max_size=3))
    due = {TODAY + days(day): amount for day, amount in parts}
    remembered = draw(st.lists(st.tuples(st.sampled_from(IDS), CENTS), max_size=3))
    terms = Terms(
        covers=tuple(Covered(item_id=one, open=of) for one, of in sorted(dict(remembered).items())),
        instalments=tuple(Instalment(due_on=day, amount=due[day]) for day in sorted(due)),
        cause=draw(st.sampled_from(["", UnpaidCause.PAID_CLAIM, UnpaidCause.OTHER])),
        ended=draw(st.sampled_from([False, False, False, True])),
    )
    starts = TODAY - days(draw(st.integers(0, 40)))
    return hold(
        kind,
        hold_id=f"H{number}",
        item_id=draw(st.sampled_from(["", *IDS])),
        amount=draw(st.one_of(st.none(), CENTS)),
        currency=draw(st.sampled_from(["", "GBP"])),
        starts_on=starts,
        ends_on=draw(st.one_of(st.none(), st.integers(0, 60).map(lambda n: starts + days(n)))),
        terms=draw(st.sampled_from([None, terms])),
    )


@st.composite
def accounts(draw: st.DrawFn) -> AccountSnapshot:
    """Invoices, some credit, and up to three agreements."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    items = [
        invoice(
            one,
            draw(st.integers(-5, 60)),
            open=draw(CENTS),
            issued_on=draw(st.sampled_from([None, TODAY - days(70), TODAY - days(10)])),
            expected_on=draw(st.sampled_from([None, None, TODAY - days(2), TODAY + days(2)])),
            note=draw(st.sampled_from(NOTES)),
        )
        for one in ids
    ]
    for number in range(draw(st.integers(0, 1))):
        day = draw(st.sampled_from([None, TODAY - days(3)]))
        kind = draw(st.sampled_from([ItemKind.PAYMENT, ItemKind.CREDIT_NOTE]))
        items.append(invoice(f"C{number}", None, kind=kind, open=draw(CENTS), issued_on=day))
    contacts = [
        contact(draw(st.sampled_from(["friendly", "firm"])), draw(st.integers(1, 40)), one)
        for one in draw(st.lists(st.sampled_from(IDS), max_size=2))
    ]
    history = [settled(draw(st.sampled_from([*IDS, "S"])), 3, draw(st.integers(0, 30)))]
    return snapshot(
        *items,
        account=replace(CUSTOMER, note=draw(st.sampled_from(NOTES))),
        holds=tuple([draw(agreed(number)) for number in range(draw(st.integers(0, 3)))]),
        contacts=tuple(contacts),
        settled=tuple(history[: draw(st.integers(0, 1))]),
    )


RULES = st.builds(
    Agreements,
    promise_grace=st.integers(0, 3),
    plan_grace=st.integers(0, 3),
    remind_instalment=st.sampled_from([None, 3, 10]),
    dispute_overdue=st.sampled_from(DisputeOverdue),
    hold_marker=st.sampled_from(["", "#hold"]),
).map(lambda rules: policy(agreements=rules))


@settings(deadline=None, max_examples=120)
@given(accounts(), RULES)
def test_nobody_is_asked_for_more_than_they_owe(facts: AccountSnapshot, rules: Policy) -> None:
    """Asked is at most the net position whatever was agreed, and every item has one outcome."""
    for made in decide(facts, rules, context()):
        assert 0 <= made.position.asked <= max(Decimal(0), made.position.net)
        assert sum(o.amount for o in made.outcomes) == sum(
            one.open if one.kind is ItemKind.INVOICE else -one.open for one in facts.items
        )
        if made.action is Action.CONTACT:
            assert sum(line.asked for line in made.lines) == made.position.asked


@settings(deadline=None, max_examples=60)
@given(accounts(), RULES)
def test_no_agreement_changes_its_mind_before_the_next_look(
    facts: AccountSnapshot, rules: Policy
) -> None:
    """No contact becomes due by itself before the day that the decision names."""
    (made,) = decide(facts, rules, context())
    if made.action is Action.CONTACT:
        return
    limit = (made.next_look_on - TODAY).days if made.next_look_on else 45
    for ahead in range(1, min(limit, 45)):
        (later,) = decide(facts, rules, context(TODAY + days(ahead)))
        assert later.action is not Action.CONTACT, (ahead, later.reasons)


@st.composite
def histories(draw: st.DrawFn) -> tuple[AccountSnapshot, list[tuple[int, str, str]], Policy]:
    """One invoice, one or two promises or plans about it, and payments on any days."""
    words = []
    for number in range(draw(st.integers(1, 2))):
        day = draw(st.integers(-5, 40))
        terms = Terms(covers=(Covered(item_id="I1", open=Decimal(100)),))
        kind = HoldKind.PROMISE
        if draw(st.booleans()):
            kind = HoldKind.PLAN
            parts = [Decimal(50), Decimal(50)]
            due = [TODAY + days(day), TODAY + days(day + draw(st.integers(1, 30)))]
            terms = replace(
                terms,
                instalments=tuple(
                    Instalment(due_on=on, amount=of) for on, of in zip(due, parts, strict=True)
                ),
            )
        words.append(
            hold(
                kind,
                hold_id=f"H{number}",
                item_id="I1",
                currency="GBP",
                starts_on=TODAY - days(30),
                ends_on=TODAY + days(day),
                terms=terms,
            )
        )
    paid = [
        (draw(st.integers(0, 60)), "I1", str(draw(st.integers(1, 40))))
        for _ in range(draw(st.integers(0, 2)))
    ]
    grace = Agreements(promise_grace=draw(st.integers(0, 3)), plan_grace=draw(st.integers(0, 3)))
    facts = snapshot(invoice(late=draw(st.integers(0, 20))), holds=tuple(words))
    return facts, paid, policy(agreements=grace)


@settings(deadline=None, max_examples=60)
@given(histories())
def test_a_broken_word_brings_one_step_over_any_history(history: Any) -> None:
    """Each word brings at most one step, and one that stays unanswered brings exactly one."""
    facts, paid, rules = history
    brought: Counter[tuple[str, ...]] = Counter()
    steps: list[int] = []
    last = None
    for _, made in played(facts, rules, 90, paid):
        last = made
        if made.action is Action.CONTACT:
            steps.append(made.step_index)
            for reason in made.reasons:
                if reason.code in (Code.PROMISE_BROKEN, Code.INSTALMENT_MISSED):
                    brought[reason.args] += 1
    assert all(count == 1 for count in brought.values()), brought
    assert steps == list(range(len(steps)))  # no step is passed over, none repeated
    if last is not None and len(steps) < 3:
        assert last.reasons[0].code not in (Code.PROMISE_BROKEN, Code.INSTALMENT_MISSED)


@settings(deadline=None, max_examples=80)
@given(accounts(), RULES, st.integers(0, 3), CENTS)
def test_more_paid_never_breaks_a_word(
    facts: AccountSnapshot, rules: Policy, which: int, paid: Decimal
) -> None:
    """A payment on what an agreement is about leaves it no worse than it was."""
    order = [State.BROKEN, State.PART_KEPT, State.OPEN, State.KEPT, State.ENDED]
    target = facts.items[which % len(facts.items)]
    if target.kind is not ItemKind.INVOICE:
        return
    rest = replace(target, open=target.open - paid)
    others = [one for one in facts.items if one is not target]
    after = replace(facts, items=(*others, *([rest] if rest.open > 0 else [])))
    terms = rules.agreements
    for one in facts.holds:
        if one.kind in (HoldKind.PROMISE, HoldKind.PLAN) and one.terms and one.terms.covers:
            before = standing(one, facts, terms, TODAY).state
            now = standing(one, after, terms, TODAY).state
            assert order.index(now) >= order.index(before)


@given(
    st.decimals(min_value="0.001", max_value="9999999", places=3),
    st.sampled_from(["GBP", "JPY", "KWD", "EUR"]),
    st.integers(2, 60),
    st.sampled_from(list(Every)),
    st.dates(TODAY, TODAY + days(4000)),
)
def test_instalments_come_to_the_debt(
    amount: Decimal, currency: str, count: int, every: Every, first: Any
) -> None:
    """To the last coin, in every currency: whole coins, none bigger by more than one, in order."""
    coin = Decimal(1).scaleb(-minor_digits(currency))
    debt = (amount // coin) * coin
    if debt < coin * count:
        return
    parts = instalments(debt, currency, count=count, first_on=first, every=every)
    assert sum(part.amount for part in parts) == debt
    assert wrong_schedule(parts, debt, currency) == ""
    amounts = [part.amount for part in parts]
    assert all(of > 0 and of % coin == 0 for of in amounts)
    assert max(amounts) - min(amounts) <= coin
    assert amounts == sorted(amounts, reverse=True)
    assert parts[0].due_on == first
    assert unpaid(parts, debt) is None
    assert unpaid(parts, debt - coin) == parts[-1]


def test_a_promise_paid_in_full_but_late_was_not_kept() -> None:
    """The share of promises kept counts the day, as far as the ledger tells it."""
    terms = Terms(covers=(Covered(item_id="I1", open=Decimal(100)),))
    said = hold(HoldKind.PROMISE, item_id="I1", ends_on=TODAY - days(10), terms=terms)
    rules = Agreements(promise_grace=2)

    def state(ago: int) -> State:
        return kept_in_time(said, snapshot(settled=(settled("I1", 5, ago),)), rules, TODAY)

    assert (state(8), state(7)) == (State.KEPT, State.BROKEN)
    assert kept_in_time(said, snapshot(), rules, TODAY) is State.KEPT  # nobody knows the day
