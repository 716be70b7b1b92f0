"""What a customer's answer asks for: invoices with the next message, or a person of ours."""

from decimal import Decimal
from typing import Any

import pytest

from syncer.model.agreement import Terms, UnpaidCause
from syncer.model.hold import Hold, HoldKind
from syncer.policy.agreements.answers import invoices_wanted, is_for_person
from syncer.policy.agreements.rules import Agreements, Route

from .make import TODAY, contact, days, hold

TASKS = Agreements(routes=((UnpaidCause.CANNOT_PAY, Route.TASK),))


def answer(cause: str = UnpaidCause.NOT_RECEIVED, **facts: Any) -> Hold:
    """An answer of three days ago that holds nothing."""
    terms = Terms(cause=cause, ended=facts.pop("ended", False))
    values = {"amount": Decimal(0), "starts_on": TODAY - days(3), "terms": terms}
    return hold(HoldKind.MANUAL, **(values | facts))


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({}, True),
        ({"starts_on": TODAY}, True),
        ({"starts_on": TODAY + days(1)}, False),
        ({"amount": None}, False),
        ({"amount": Decimal(5)}, False),
        ({"cause": UnpaidCause.OTHER}, False),
        ({"ended": True}, False),
        ({"terms": None}, False),
    ],
)
def test_who_never_got_an_invoice_wants_it(facts: dict[str, Any], *, wanted: bool) -> None:
    """From the day of the answer on, while it stands and holds nothing back."""
    assert (invoices_wanted([answer(**facts)], (), TODAY) is not None) is wanted


@pytest.mark.parametrize(("ago", "wanted"), [(4, True), (3, True), (2, False)])
def test_the_message_of_a_later_day_brought_it(ago: int, *, wanted: bool) -> None:
    """One of the very day may be what the customer answered."""
    made = (contact("friendly", ago),)
    assert (invoices_wanted([answer()], made, TODAY) is not None) is wanted


def test_one_answer_hides_no_other() -> None:
    """Of several the one that asks counts, wherever it stands."""
    assert invoices_wanted([hold(), answer(ended=True), answer()], (), TODAY) is not None


@pytest.mark.parametrize(
    ("word", "asks"),
    [
        (answer(UnpaidCause.CANNOT_PAY), True),
        (answer(UnpaidCause.OTHER), False),
        (answer("something else"), False),
        (answer(UnpaidCause.CANNOT_PAY, ended=True), True),
        (hold(HoldKind.DISPUTE, terms=Terms(cause=UnpaidCause.CANNOT_PAY)), False),
        (hold(HoldKind.MANUAL), False),
    ],
)
def test_an_answer_is_for_a_person_by_its_route(word: Hold, *, asks: bool) -> None:
    """Where the policy gives that answer to somebody; that it was seen to changes nothing."""
    assert is_for_person(word, TASKS) is asks
