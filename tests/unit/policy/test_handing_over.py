"""A debt's file in words: which step is missing since when, what went out, when it is too old."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from syncer.model.decision import Code, Contact
from syncer.policy.handover_file import delivered, missing_evidence
from syncer.policy.law.giving import HandOverRule
from syncer.policy.rules import Policy, Step, StepChannel, Tone
from syncer.policy.strategy import Eligibility, HandOver

from .make import CUSTOMER, FRIENDLY, TODAY, contact, context, days, invoice, one, policy, snapshot
from .test_handover_law import row, sent
from .test_handover_law import rules as by_law

FINAL = Step(name="final", tone=Tone.FINAL, after_previous=10)
AWAY = Step(
    name="away",
    tone=Tone.FINAL,
    after_due=60,
    channel=StepChannel.TASK,
    hand_over=HandOver.AGENCY,
)


def rules(*steps: Step, **fit: Any) -> Policy:
    """A ladder that ends with handing over."""
    return policy(*steps, AWAY, hand_over=Eligibility(undisputed=False, **fit))


def lacks(late: int, *steps: Step, contacts: tuple[Contact, ...] = (), **fit: Any) -> list[str]:
    """What the file of one invoice lacks, the customer's place aside."""
    facts = snapshot(
        invoice(late=late, issued_on=TODAY - days(late + 30)),
        contacts=contacts,
        account=type(CUSTOMER)(
            account_id="A1", name="Customer", people=CUSTOMER.people, country="GB"
        ),
    )
    return missing_evidence(facts, rules(*steps, **fit), context(), to=HandOver.AGENCY)


def test_a_missing_step_says_its_day() -> None:
    """A day that has come or is to come; a step that follows another counts from that one."""
    due_on = TODAY - days(7)
    assert lacks(7, FRIENDLY) == [
        f"step 'friendly' was not delivered: it has been due since {TODAY}"
    ]
    assert lacks(6, FRIENDLY) == [
        f"step 'friendly' was not delivered: it is due on {due_on + days(8)}"
    ]
    made = (contact("friendly", 3),)
    assert lacks(30, FRIENDLY, FINAL, contacts=made) == [
        "step 'final' was not delivered: it comes 10 days after step 'friendly'"
    ]


def test_a_step_that_was_only_tried_is_missing() -> None:
    """Until it is settled nobody knows that it arrived; a later one that arrived stands for it."""
    tried = contact("friendly", 3, settled=False)
    (said,) = lacks(30, FRIENDLY, contacts=(tried,))
    assert f"not delivered for certain: it was tried on {tried.on}" in said
    assert lacks(30, FRIENDLY, contacts=(contact("friendly", 1), tried)) == []


@pytest.mark.parametrize(("late", "told"), [(39, True), (40, False)])
def test_a_debt_that_is_too_young_says_from_when(late: int, *, told: bool) -> None:
    """The day on which it qualifies stands behind what is missing, while it is to come."""
    made = (contact("friendly", 3),)
    found = lacks(late, FRIENDLY, contacts=made, late_at_least=40)
    assert bool(found) is told
    if told:
        assert found[0].endswith(f"at least 40 needed (met from {TODAY + days(1)} on)")


def test_what_went_out_is_told_in_its_order() -> None:
    """By day, then by name; what was never settled did not go out."""
    made = (
        contact("friendly", 9),
        contact("b", 3, step_index=1),
        contact("a", 3, step_index=1),
        contact("final", 1, step_index=1, settled=False),
    )
    facts = snapshot(invoice(late=40), contacts=made)
    assert delivered(facts, rules(FRIENDLY, FINAL), context()) == [
        ("friendly", TODAY - days(9)),
        ("a", TODAY - days(3)),
        ("b", TODAY - days(3)),
    ]


@pytest.mark.parametrize(
    ("due_on", "today", "fits"),
    [
        ("2020-02-28", "2026-02-27", True),
        ("2020-02-28", "2026-02-28", False),
        ("2020-02-29", "2026-02-27", True),
        ("2020-02-29", "2026-02-28", False),
        ("2020-03-01", "2026-02-28", True),
    ],
)
def test_six_years_end_on_the_day_before(due_on: str, today: str, *, fits: bool) -> None:
    """A debt due on a leap day is as old as one that was due on the day before it."""
    given = by_law(row(years_old_below=6), to=HandOver.AGENCY)
    item = invoice(due_on=date.fromisoformat(due_on))
    at = context(date.fromisoformat(today))
    made = tuple(
        contact(step, 0, step_index=number, on=at.today - days(40 - 10 * number))
        for number, step in enumerate(("friendly", "formal"))
    )
    decision = one(item, rules=given, at=at, contacts=made)
    assert (decision.reasons[0].code is Code.STEP_DUE) is fits


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        (row(formal_notice=True, notice_days=14), "formal notice delivered on"),
        (row(letter=True), "no notice by letter was delivered"),
        (
            row(formal_notice=True, letter=True, notice_days=14),
            "no formal notice by letter was delivered, at least 14 days",
        ),
        (row(forbidden=True), "handing over is forbidden by r"),
    ],
)
def test_what_a_row_misses_is_said_in_its_words(rule: HandOverRule, missing: str) -> None:
    """Formal or not, by letter or not, and how long before."""
    decision = one(
        invoice(late=45, amount="300.00"),
        rules=by_law(rule),
        contacts=sent(),
        account=type(CUSTOMER)(
            account_id="A1", name="Customer", people=CUSTOMER.people, country="CA"
        ),
    )
    assert decision.reasons[0].code is Code.HAND_OVER_NOT_YET
    assert missing in decision.reasons[0].args[2]


def test_each_currency_of_a_file_is_its_own() -> None:
    """What is not overdue has no file, whatever currency is asked about."""
    facts = snapshot(invoice("I1", 40), invoice("I2", -5, amount=str(Decimal(9)), currency="EUR"))
    given = rules(FRIENDLY)
    of = {
        code: missing_evidence(facts, given, context(), to=None, currency=code)
        for code in ("", "GBP", "EUR")
    }
    assert of[""] == of["GBP"] != []
    assert of["EUR"] == []
