"""Until when an agreement holds: the day that was said is never mixed with the grace behind it."""

from datetime import date
from decimal import Decimal

import pytest

from syncer.model.agreement import Instalment, Terms
from syncer.model.hold import HoldKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.speaking import speaking
from syncer.policy.agreements.until import last_words
from syncer.policy.answer import answers
from syncer.policy.decide import decide

from .make import TODAY, context, days, hold, invoice, policy, snapshot

FIRST, LAST = TODAY + days(3), TODAY + days(60)
PARTS = (
    Instalment(due_on=FIRST, amount=Decimal(50)),
    Instalment(due_on=LAST, amount=Decimal(50)),
)
PROMISE = hold(HoldKind.PROMISE, ends_on=FIRST)
PLAN = hold(HoldKind.PLAN, ends_on=LAST, currency="GBP", terms=Terms(instalments=PARTS))
BARE_PLAN = hold(HoldKind.PLAN, ends_on=FIRST)


def _held(grace: int) -> date:
    return FIRST + days(grace)


@pytest.mark.parametrize(
    ("agreed", "says"),
    [
        (PROMISE, f"promised by {FIRST}, held until {_held(2)} with 2 days' grace"),
        (
            PLAN,
            (
                f"next instalment {FIRST}, held until {_held(1)} with 1 day's grace, "
                f"last instalment {LAST}"
            ),
        ),
        (BARE_PLAN, f"agreed until {FIRST}, held until {_held(1)} with 1 day's grace"),
        (hold(ends_on=FIRST), f"until {FIRST}"),
    ],
)
def test_the_day_and_the_grace_are_told_apart(agreed, says) -> None:
    """In why-not and wherever else a hold that speaks is told."""
    rules = policy(agreements=Agreements(promise_grace=2, plan_grace=1))
    facts = snapshot(invoice("I1", 20, "100"), holds=(agreed,))
    (decision,) = decide(facts, rules, context())
    (answer,) = answers(decision, facts, rules, context())
    assert f"({says})" in answer.sentence
    (spoken,) = speaking(facts, rules.agreements, TODAY)
    assert last_words(spoken, rules.agreements) == says
