"""Of several reasons to hold an invoice one is told: the whole before the part, on its last day."""

from decimal import Decimal

import pytest

from syncer.model.agreement import Terms
from syncer.model.hold import HoldKind

from .make import TODAY, days, hold, invoice, one, policy, said


def test_what_holds_all_is_named_before_what_holds_a_part() -> None:
    """A dispute about everything is the reason, whatever part was promised and however called."""
    part = hold(HoldKind.DISPUTE, hold_id="A", amount=Decimal(30), currency="GBP")
    whole = hold(HoldKind.PROMISE, hold_id="Z", ends_on=TODAY + days(4))
    decision = one(invoice(late=7), holds=(part, whole))
    assert said(decision) == ("hold", "promise")
    assert decision.position.held == 100


@pytest.mark.parametrize(("ahead", "expected"), [(1, "hold"), (0, "hold"), (-1, "contact")])
def test_nothing_is_asked_on_the_day_of_payment(ahead: int, expected: str) -> None:
    """The day on which the ledger expects payment still belongs to the customer."""
    item = invoice(late=40, due_on=TODAY - days(40), expected_on=TODAY + days(ahead))
    assert one(item).action == expected


@pytest.mark.parametrize(
    ("left", "expected"),
    [("0", "nothing_open"), ("0.01", "handed_over")],
)
def test_a_cent_of_a_debt_that_was_handed_over_keeps_it_there(left: str, expected: str) -> None:
    """It stays with the agency while something of it is open; an empty invoice is nothing."""
    gone = hold(HoldKind.MANUAL, terms=Terms(handed_to="agency"))
    decision = one(invoice("I1", 60, open=Decimal(left)), holds=(gone,))
    assert said(decision)[1] == expected


def test_a_new_debt_is_asked_for_once_the_old_one_is_gone() -> None:
    """An empty invoice of those days keeps nobody at the agency."""
    gone = hold(HoldKind.MANUAL, starts_on=TODAY - days(30), terms=Terms(handed_to="agency"))
    old, new = invoice("I1", 60, open=Decimal(0)), invoice("I2", 10)
    assert said(one(old, new, holds=(gone,)))[1] == "step_due"


def test_the_last_penny_of_a_part_is_held_too() -> None:
    """A part that is larger than the oldest invoice goes on to the next, however little is left."""
    part = hold(HoldKind.DISPUTE, amount=Decimal("100.50"), currency="GBP")
    decision = one(invoice("I1", 20), invoice("I2", 10), holds=(part,))
    assert [line.held for line in decision.lines] == [Decimal(100), Decimal("0.50")]


@pytest.mark.parametrize(
    ("sent", "expected"), [(True, "step_due"), (False, "not_sent_yet"), (None, "not_sent_yet")]
)
def test_only_what_was_sent_is_asked_for_where_that_is_wanted(
    sent: bool | None, expected: str
) -> None:
    """Not marked as sent is as good as not sent."""
    assert said(one(invoice(sent=sent), rules=policy(only_sent=True)))[1] == expected
    assert said(one(invoice(sent=sent), rules=policy(only_sent=False)))[1] == "step_due"
