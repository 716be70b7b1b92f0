"""Handing a debt over: when it qualifies, what its file lacks, and that writing ends with it."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.agreement import Terms
from syncer.model.decision import AccountSnapshot, Decision
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Stop
from syncer.policy.handover_file import delivered, missing_evidence
from syncer.policy.rules import Policy, Step, StepChannel, Tone
from syncer.policy.strategy import Eligibility, HandOver

from .make import (
    CUSTOMER,
    TODAY,
    contact,
    context,
    days,
    hold,
    invoice,
    one,
    policy,
    said,
    snapshot,
)

LAST = Step(
    name="agency",
    tone=Tone.FINAL,
    after_due=30,
    channel=StepChannel.TASK,
    hand_over=HandOver.AGENCY,
)
FIRST = Step(name="friendly", tone=Tone.FRIENDLY, after_due=7)
TAKEN = (contact("friendly", 20, "I1"),)
PLACED = replace(CUSTOMER, country="GB")


def rules(**fit: Any) -> Policy:
    """Two steps, the second of which hands the debt over when it is fit for it."""
    return policy(FIRST, LAST, hand_over=Eligibility(**fit))


def decided(late: int = 40, amount: str = "300.00", **facts: Any) -> Decision:
    """One invoice after its friendly step; it must be 250 at least, 35 days late and so on."""
    fit = rules(
        amount_at_least=Decimal(250), late_at_least=35, late_below=2000, messages_at_least=1
    )
    given = {"contacts": TAKEN, "rules": fit} | facts
    return one(invoice(late=late, amount=amount), **given)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "step_due"),
        ({"amount": "249.99"}, "hand_over_not_yet"),
        ({"amount": "250.00"}, "step_due"),
        ({"late": 34}, "hand_over_not_yet"),
        ({"late": 35}, "step_due"),
        ({"late": 1999}, "step_due"),
        ({"late": 2000}, "hand_over_not_yet"),
        ({"contacts": (replace(TAKEN[0], channel="task"),)}, "hand_over_not_yet"),
        (
            {"holds": (hold(HoldKind.DISPUTE, item_id="I1", amount=Decimal("10.00")),)},
            "hand_over_not_yet",
        ),
    ],
)
def test_a_debt_qualifies_only_when_every_rule_holds(facts: Any, expected: str) -> None:
    """Amount, age from both sides, messages that reached the customer and disputes all count."""
    decision = decided(**facts)
    assert said(decision) == ("contact" if expected == "step_due" else "none", expected)
    assert decision.step == "agency"


@pytest.mark.parametrize(
    ("facts", "disputed"),
    [
        ({"holds": (hold(HoldKind.DISPUTE, item_id="I2", amount=Decimal(10)),)}, True),
        ({"holds": (hold(HoldKind.DISPUTE, amount=Decimal(10), currency="GBP"),)}, True),
        ({"holds": (hold(HoldKind.DISPUTE, amount=Decimal(10), currency="EUR"),)}, False),
        ({"holds": (hold(HoldKind.DISPUTE, item_id="I9", amount=Decimal(10)),)}, False),
        ({"holds": (hold(HoldKind.DISPUTE, item_id="I2", ends_on=TODAY - days(1)),)}, False),
        ({"stop": Stop.DISPUTED}, True),
        ({"stop": Stop.BLOCKED}, False),
    ],
)
def test_a_dispute_counts_whatever_else_holds_its_invoice(
    facts: dict[str, Any], disputed: bool
) -> None:
    """It is promised whole as well, and named for that: disputed it is all the same."""
    word = hold(HoldKind.PROMISE, item_id="I2", ends_on=TODAY + days(5))
    items = invoice("I1", 40, "300.00"), invoice("I2", 20, "50.00", stop=facts.get("stop"))
    decision = one(*items, rules=rules(), contacts=TAKEN, holds=(word, *facts.get("holds", ())))
    assert said(decision)[1] == ("hand_over_not_yet" if disputed else "step_due")


def test_the_day_on_which_it_may_qualify_is_known() -> None:
    """Too young is told with the day of the next look; what is missing is named."""
    decision = decided(late=34)
    assert decision.next_look_on == TODAY + days(1)
    assert "at least 35 needed" in decision.reasons[0].args[2]


def test_after_the_task_nothing_more_is_sent() -> None:
    """The task was given: the ladder is done, however long nobody answers it."""
    given = (*TAKEN, contact("agency", 5, "I1", step_index=1, channel="task"))
    for late in (40, 400):
        assert said(decided(late=late, contacts=given)) == ("none", "ladder_done")


def handed(ago: int = 3, **facts: Any) -> Hold:
    """The word of a person, so many days ago, that the debt is with an agency."""
    given = {"starts_on": TODAY - days(ago), "terms": Terms(handed_to="agency")}
    return hold(HoldKind.EXCLUDE, **(given | facts))


@pytest.mark.parametrize("step", ["friendly", "agency"])
def test_once_handed_over_nobody_else_writes(step: str) -> None:
    """Whatever step would be due, about old and new invoices, in any currency: its own code."""
    taken = TAKEN if step == "agency" else ()
    items = (
        invoice(late=40, amount="300.00"),
        invoice("I2", late=-1),
        invoice("I3", late=20, currency="EUR"),
    )
    facts = snapshot(*items, contacts=taken, holds=(handed(),))
    for decision in decide_all(facts):
        assert said(decision) == ("hold", "handed_over")
        assert decision.position.asked == 0


def decide_all(facts: AccountSnapshot) -> tuple[Decision, ...]:
    """Every currency's decision under the two steps."""
    from syncer.policy.decide import decide

    return decide(facts, rules(), context())


def test_payment_ends_it() -> None:
    """When all that was overdue on the day of the hand-over is paid, new debts are as any other."""
    new = invoice("I2", late=8)
    assert said(one(new, holds=(handed(20),))) == ("contact", "step_due")
    that_day = invoice("I3", late=20)
    assert said(one(that_day, holds=(handed(20),))) == ("contact", "step_due")
    still = invoice("I1", late=40, amount="0.01")
    assert said(one(new, still, holds=(handed(20),))) == ("hold", "handed_over")


def test_withdrawal_ends_it() -> None:
    """A person who ends it lets contact resume the day after its last day."""
    ended = handed(ends_on=TODAY - days(1))
    assert said(decided(holds=(ended,))) == ("contact", "step_due")


def missing(**facts: Any) -> list[str]:
    """What the file lacks of a customer whose one step was delivered."""
    item = invoice(late=40, issued_on=TODAY - days(70), **facts.pop("item", {}))
    given = snapshot(item, **({"account": PLACED, "contacts": TAKEN} | facts))
    return missing_evidence(given, rules(), context(), to=HandOver.AGENCY)


def test_a_whole_file_lacks_nothing() -> None:
    """Every step delivered, documents dated and numbered, address and country known."""
    assert missing() == []


DUE = TODAY - days(33)  # of the friendly step, seven days after an invoice 40 days late
PROMISED = hold(HoldKind.PROMISE, ends_on=TODAY + days(5))


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ({"contacts": ()}, f"step 'friendly' was not delivered: it has been due since {DUE}"),
        (
            {"contacts": (replace(TAKEN[0], settled=False),)},
            f"not delivered for certain: it was tried on {TAKEN[0].on}",
        ),
        ({"contacts": (contact("friendly", 20, "I9"),)}, "step 'friendly' was not delivered"),
        ({"contacts": (), "holds": (PROMISED,)}, f"it has been due since {DUE}"),
        ({"item": {"number": ""}}, f"due since {TODAY - days(40)}, 40 days late) has no number"),
        ({"account": replace(PLACED, people=())}, "no address"),
        ({"account": CUSTOMER}, "country is not known"),
    ],
)
def test_each_gap_in_the_file_is_named(facts: Any, lacks: str) -> None:
    """One sentence for each thing that somebody has to add, and since when it is missing."""
    (found,) = missing(**facts)
    assert lacks in found


def test_what_went_out_counts_while_the_account_is_held() -> None:
    """A promise holds the customer today; the steps of the debt were delivered all the same."""
    assert missing(holds=(PROMISED,)) == []
    facts = snapshot(invoice(late=40), contacts=TAKEN, holds=(PROMISED,))
    assert delivered(facts, rules(), context()) == [("friendly", TAKEN[0].on)]


def test_a_task_at_the_end_of_a_ladder_is_the_handing_over_itself() -> None:
    """It is nothing that the file could lack, whether the step says to whom or not."""
    call = replace(LAST, name="hand-over", hand_over=None)
    given = snapshot(invoice(late=40, issued_on=DUE), account=PLACED, contacts=TAKEN)
    assert missing_evidence(given, policy(FIRST, call), context(), to=HandOver.AGENCY) == []


def test_of_two_currencies_each_sentence_names_its_own() -> None:
    """What is missing of the debt in euro is not taken for one of the debt in pounds."""
    items = (
        invoice(late=40, issued_on=DUE),
        invoice("I2", late=40, issued_on=DUE, currency="EUR"),
    )
    found = missing_evidence(
        snapshot(*items, account=PLACED, contacts=TAKEN), rules(), context(), to=HandOver.AGENCY
    )
    assert found == [f"EUR: step 'friendly' was not delivered: it has been due since {DUE}"]
