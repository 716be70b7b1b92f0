"""What a verdict says beside its code: the day, the step, the count, and no more than is true."""

from decimal import Decimal

import pytest

from syncer.model.decision import Action, Code
from syncer.model.ledger import OpenItem, Person
from syncer.policy.ladder import contact_key
from syncer.policy.rules import Personal, Step, StepChannel, Tone

from .agreed import promise
from .make import (
    CUSTOMER,
    TODAY,
    contact,
    context,
    days,
    invoice,
    one,
    policy,
    said,
    settled,
)

DIGEST = Step(name="digest", tone=Tone.FRIENDLY, after_due=1, repeat=7)


@pytest.mark.parametrize(
    ("late", "made", "step", "ahead"),
    [
        (3, (), "friendly", 4),
        (14, (contact("friendly", 3),), "firm", 2),
        (30, (contact("friendly", 9), contact("firm", 4, step_index=1)), "final", 6),
    ],
)
def test_a_wait_names_its_step_and_day(
    late: int, made: tuple[object, ...], step: str, ahead: int
) -> None:
    """Between steps the next step, its day and the days late stand in the reason."""
    decision = one(invoice(late=late), contacts=made)
    on = TODAY + days(ahead)
    assert decision.reasons[0].code is Code.BETWEEN_STEPS
    assert decision.reasons[0].args == (step, on.isoformat(), str(late), "INV-I1")
    assert decision.next_look_on == on


def test_patience_begins_on_the_day_of_the_step() -> None:
    """On the very day of the first step it is the habit that makes it wait, and is named."""
    paid = tuple(settled(f"S{n}", 10) for n in range(3))
    rules = policy(personal=Personal(habit_grace_max=1, habit_min_settled=3))
    codes = [one(invoice(late=n), rules=rules, settled=paid).reasons[0].code for n in (6, 7, 8)]
    assert codes == [Code.BETWEEN_STEPS, Code.USUAL_LATENESS, Code.STEP_DUE]


@pytest.mark.parametrize("amount", ["999.99", "1000", "5000"])
def test_a_known_customer_is_never_called_large(amount: str) -> None:
    """Only a first-time customer at or above the limit gets that reason beside the step."""
    rules = policy(personal=Personal(first_time_large=Decimal(1000)))
    known = one(invoice(amount=amount), rules=rules, settled=(settled("S1", 0),))
    assert [reason.code for reason in known.reasons] == [Code.STEP_DUE]
    first = one(invoice(amount=amount), rules=rules)
    large = [Code.STEP_DUE, Code.FIRST_TIME_LARGE]
    assert [r.code for r in first.reasons] == (large if Decimal(amount) >= 1000 else large[:1])


def test_a_broken_word_decides_only_where_it_brings_the_step_sooner() -> None:
    """On the step's own day the step decides and the word stands behind it."""
    word = promise(-1)
    before = one(invoice(late=13), contacts=(contact("friendly", 8),), holds=(word,))
    there = one(invoice(late=14), contacts=(contact("friendly", 8),), holds=(word,))
    assert [r.code for r in before.reasons] == [Code.PROMISE_BROKEN, Code.STEP_DUE]
    assert [r.code for r in there.reasons] == [Code.STEP_DUE, Code.PROMISE_BROKEN]


@pytest.mark.parametrize(
    ("channel", "role", "expected"),
    [
        (StepChannel.LEDGER_EMAIL, "owner", "step_due"),
        (StepChannel.EMAIL, "owner", "no_address"),
        (StepChannel.LEDGER_EMAIL, None, "no_address"),
        (StepChannel.TASK, None, "step_due"),
        (StepChannel.LETTER, None, "step_due"),
    ],
)
def test_who_needs_an_address_of_the_right_role(
    channel: StepChannel, role: str | None, expected: str
) -> None:
    """The ledger mails to whom it knows; a mail of ours needs a role; tasks and letters nobody."""
    people = () if role is None else (Person(email="x@customer.example", role=role),)
    step = Step(name="friendly", tone=Tone.FRIENDLY, after_due=7, channel=channel)
    account = type(CUSTOMER)(account_id="A1", name="Customer", people=people)
    assert said(one(invoice(), rules=policy(step), account=account))[1] == expected


@pytest.mark.parametrize(
    ("items", "quarantined", "count"),
    [
        ((invoice("I1", 7, open=Decimal(-1)),), 0, "1"),
        ((invoice("I1", 7, open=Decimal(-1)), invoice("I2", 7, open=Decimal(-1))), 0, "2"),
        ((invoice("I1"),), 3, "3"),
        ((invoice("I1", 7, open=Decimal(-1)), invoice("I2")), 3, "4"),
    ],
)
def test_doubtful_records_are_counted(
    items: tuple[OpenItem, ...], quarantined: int, count: str
) -> None:
    """Records that could not be read and amounts below zero are counted one by one."""
    decision = one(*items, quarantined=quarantined)
    assert (decision.action, decision.reasons[0].args) == (Action.HOLD, (count,))


@pytest.mark.parametrize(("amount", "code"), [("0.01", Code.NOT_DUE), ("0", Code.NOTHING_OPEN)])
def test_a_cent_that_is_not_due_is_open(amount: str, code: Code) -> None:
    """What is open and to come is not due, however little; nothing at all is nothing open."""
    assert one(invoice(late=-3, open=Decimal(amount))).reasons[0].code is code


def test_a_step_taken_again_is_another_contact() -> None:
    """The first time has the step's name in its key, the second says that it is the second."""
    keys = []
    made: tuple[object, ...] = ()
    for late in (1, 8, 15):
        decision = one(
            invoice(due_on=TODAY - days(1)),
            rules=policy(DIGEST),
            at=context(TODAY + days(late - 1)),
            contacts=made,
        )
        keys.append(decision.key)
        made = (*made, contact("digest", 1 - late, key=decision.key))
    names = ("digest", "digest#2", "digest#3")
    facts = {"ledger": "L", "account_id": "A1", "currency": "GBP", "episode": "I1"}
    assert keys == [contact_key(step=name, **facts) for name in names]


def test_the_first_day_to_come_is_named() -> None:
    """Of several invoices that come due, the reason tells the first day."""
    decision = one(invoice("I1", -9), invoice("I2", -2), invoice("I3", -30))
    assert decision.reasons[0].args == ((TODAY + days(2)).isoformat(),)


def test_invoices_without_a_due_date_are_counted() -> None:
    """Two without a day are told as two."""
    decision = one(invoice("I1", None), invoice("I2", None))
    assert (decision.reasons[0].code, decision.reasons[0].args) == (Code.NO_DUE_DATE, ("2",))


def test_an_empty_invoice_is_neither_doubtful_nor_overdue() -> None:
    """Nothing is left of it: alone it is nothing open, and beside another it changes nothing."""
    empty = invoice("I9", 20, open=Decimal(0))
    assert one(empty).reasons[0].code is Code.NOTHING_OPEN
    beside = one(empty, invoice("I1", 7))
    assert (beside.reasons[0].code, [line.item_id for line in beside.lines]) == (
        Code.STEP_DUE,
        ["I1"],
    )


def test_a_ladder_that_is_done_waits_for_no_step() -> None:
    """After the last step no step is named, and no day."""
    made = (contact("friendly", 40), contact("firm", 30), contact("final", 20))
    done = one(invoice(late=60), contacts=made)
    assert (done.reasons[0].code, done.reasons[0].args) == (Code.LADDER_DONE, ("60", "INV-I1"))
    assert (done.step, done.step_index, done.next_look_on) == ("", -1, None)
