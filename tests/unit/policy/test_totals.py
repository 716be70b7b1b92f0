"""What a run's totals say of money: gross by outcome, and of contacts what is really asked for."""

from decimal import Decimal

from hypothesis import given, settings

from syncer.model.decision import AccountSnapshot, Action, Decision
from syncer.model.hold import HoldKind
from syncer.model.run import OutcomeTotal
from syncer.policy.decide import decide
from syncer.policy.rules import Policy, Restraint
from syncer.policy.totals import come_to

from .make import (
    FINAL,
    FIRM,
    FRIENDLY,
    HEADS_UP,
    contact,
    context,
    credit,
    hold,
    invoice,
    policy,
    snapshot,
)
from .test_properties import accounts, policies

RULES = policy(HEADS_UP, FRIENDLY, FIRM, FINAL, restraint=Restraint(min_gap=5))


def totals(*items: object, **facts: object) -> dict[str, OutcomeTotal]:
    """What one account's decisions come to, by outcome code."""
    facts_ = snapshot(*items, **facts)  # type: ignore[arg-type]
    return {one.code: one for one in come_to(decide(facts_, RULES, context()))}


def test_what_is_asked_is_less_credits_and_less_what_is_disputed() -> None:
    """100 overdue, 30 of it disputed, 20 of credit: 100 counted, 50 asked, all of it explained."""
    part = hold(HoldKind.DISPUTE, item_id="I1", amount=Decimal(30), currency="GBP")
    found = totals(invoice("I1", 10), credit("C1", "20.00"), holds=(part,))
    due = found["step_due"]
    assert (due.amount, due.credits, due.held, due.asked) == (100, -20, 30, 50)
    assert found["netted"].amount == -20


def test_what_waits_for_its_step_is_net_as_well() -> None:
    """Written to yesterday, and the next step is not due: still 50 of the 100 are due."""
    part = hold(HoldKind.DISPUTE, item_id="I1", amount=Decimal(30), currency="GBP")
    items = (invoice("I1", 10), credit("C1", "20.00"))
    due = totals(*items, holds=(part,), contacts=(contact("friendly", 1, "I1"),))["between_steps"]
    assert (due.amount, due.credits, due.held, due.asked) == (100, -20, 30, 50)


def test_a_heads_up_names_what_is_left_after_the_overdue_that_credits_cover() -> None:
    """Only the credit that the overdue invoice leaves over lowers what comes due."""
    found = totals(invoice("I1", 10, "50.00"), invoice("I2", -2), credit("C1", "80.00"))
    soon = found["heads_up"]
    assert (soon.amount, soon.credits, soon.held, soon.asked) == (100, -30, 0, 70)


def test_credits_count_against_what_is_held() -> None:
    """Who owes 100, has 20 of credit and was just written to counts as held with 80."""
    lately = (contact("friendly", 1, "I9"),)
    waits = totals(invoice("I1", 10), credit("C1", "20.00"), contacts=lately)["min_gap"]
    assert (waits.amount, waits.credits, waits.held) == (100, -20, 0)
    items = (invoice("I1", 10, "50.00"), invoice("I2", -2), credit("C1", "80.00"))
    soon = totals(*items, contacts=lately)["min_gap"]
    assert (soon.amount, soon.credits) == (100, -30)


@settings(deadline=None, max_examples=60)
@given(accounts(), policies())
def test_totals_say_what_the_messages_ask(facts: AccountSnapshot, rules: Policy) -> None:
    """Asked is the position's to the cent; nothing is lowered below zero; items add up."""
    for decision in decide(facts, rules, context()):
        found = come_to([decision])
        assert sum(one.amount for one in found) == sum(one.amount for one in decision.outcomes)
        assert sum(one.items for one in found) == len(decision.outcomes)
        for one in found:
            assert one.credits <= 0 <= one.held
            assert one.amount + one.credits >= 0 or one.credits == 0
        if decision.action is Action.HOLD:
            assert {one.held for one in found} <= {Decimal(0)}
        elif decision.position.asked:
            assert _led(decision, found).asked == decision.position.asked


def _led(decision: Decision, found: tuple[OutcomeTotal, ...]) -> OutcomeTotal:
    return next(one for one in found if one.code == decision.reasons[0].code)
