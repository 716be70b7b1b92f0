"""The last look before a message leaves: only what is still wanted goes out."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Decision, Reason
from syncer.model.effect import Effect, EffectKind
from syncer.policy.decide import decide
from syncer.policy.guard import still_due

from .make import TODAY, contact, context, credit, days, hold, invoice, policy, snapshot


def planned(facts: AccountSnapshot) -> Effect:
    """The effect the plan made of these facts."""
    (decision,) = [d for d in decide(facts, policy(), context()) if d.action == "contact"]
    return Effect(
        key=decision.key,
        ledger="L",
        kind=EffectKind.REMINDER,
        account_id="A1",
        currency=decision.currency,
        channel="smtp",
        step=decision.step,
        amount=decision.position.asked,
        planned_on=TODAY,
        run_id="r1",
    )


BEFORE = snapshot(invoice("I1", 9), invoice("I2", 8))


def look_again(fresh: AccountSnapshot, today: date = TODAY) -> Decision | Reason:
    """The guard's answer about the plan of ``BEFORE``."""
    return still_due(fresh, planned(BEFORE), policy(), context(today))


def test_unchanged_facts_are_still_due() -> None:
    """The same facts give the same contact."""
    answer = look_again(BEFORE)
    assert isinstance(answer, Decision)
    assert answer.position.asked == 200


def test_a_part_payment_changes_the_amount_only() -> None:
    """The message is built from the fresh figures."""
    answer = look_again(snapshot(invoice("I1", 9, open=Decimal("1.50")), invoice("I2", 8)))
    assert isinstance(answer, Decision)
    assert answer.position.asked == Decimal("101.50")


@pytest.mark.parametrize(
    ("fresh", "code"),
    [
        (snapshot(), "nothing_open"),
        (snapshot(credit("C1", "5", currency="EUR")), "nothing_open"),
        (replace(BEFORE, items=(*BEFORE.items, credit("C1", "200"))), "covered_by_credit"),
        (replace(BEFORE, holds=(hold(),)), "dispute"),
        (replace(BEFORE, quarantined=1), "partial_facts"),
        (replace(BEFORE, account=replace(BEFORE.account, archived=True)), "archived"),
        (replace(BEFORE, contacts=(contact("x", 0, "I9"),)), "min_gap"),
        (replace(BEFORE, contacts=(contact("friendly", 4),)), "between_steps"),
        (
            replace(BEFORE, items=(*BEFORE.items, invoice("I3", 50, currency="EUR"))),
            "other_currency_first",
        ),
        (snapshot(invoice("I2", 8)), "step_changed"),
        (snapshot(invoice("I1", -9)), "not_due"),
    ],
)
def test_what_happened_in_between_stops_the_message(fresh: AccountSnapshot, code: str) -> None:
    """Paid, credited, held, changed or contacted in between: it is not sent, and why is said."""
    answer = look_again(fresh)
    assert isinstance(answer, Reason)
    assert answer.code == code


def test_a_later_day_still_wants_the_same_step() -> None:
    """A message that waited for the window keeps its key on the next day."""
    assert isinstance(look_again(BEFORE, TODAY + days(1)), Decision)
