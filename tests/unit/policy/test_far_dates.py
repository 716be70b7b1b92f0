"""Dates at the ends of the calendar, which people and spreadsheets write for "never"."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.policy.calendar import days_after
from syncer.policy.rules import Personal

from .make import TODAY, contact, hold, invoice, ladder, one, policy, said, settled

FOR_EVER = date(9999, 12, 31)


def test_days_after_stops_at_the_end_of_the_calendar() -> None:
    """No sum of days leaves the calendar."""
    assert days_after(TODAY, 3) == TODAY + timedelta(days=3)
    assert [days_after(date(9999, 12, 30), days) for days in (1, 2, 400)] == [FOR_EVER] * 3


def test_a_hold_for_ever_holds() -> None:
    """A hold until 9999-12-31 holds its account and stops no ledger."""
    assert said(one(invoice(), holds=(hold(ends_on=FOR_EVER),))) == ("hold", "dispute")


def test_a_promise_for_never_holds() -> None:
    """A payment expected on 9999-12-31 is waited for."""
    waiting = replace(invoice(), expected_on=FOR_EVER)
    assert said(one(waiting)) == ("hold", "expected_date")


@pytest.mark.parametrize("day", [date.min, date(9999, 6, 1), FOR_EVER])
def test_a_payment_with_a_damaged_date_stops_no_ledger(day: date) -> None:
    """Payment history from either end of the calendar is read without failing."""
    paid = replace(settled("S1", 0), paid_on=day, due_on=day)
    rules = policy(personal=Personal(small_share=Decimal("0.1"), habit_grace_max=5))
    assert one(invoice(late=-3), rules=rules, settled=(paid,)).action == "none"


@pytest.mark.parametrize("day", [date.min, date(9999, 12, 30), FOR_EVER])
def test_a_due_date_at_either_end_is_decided(day: date) -> None:
    """A due date far off is either long overdue or not due."""
    odd = replace(invoice(), due_on=day)
    assert one(odd).outcomes[0].code == ("step_due" if day < TODAY else "not_due")


@pytest.mark.parametrize("repeat", [None, 14])
@pytest.mark.parametrize("days", [(date(9999, 12, 30),), (TODAY, FOR_EVER)])
def test_a_message_with_a_date_far_ahead_is_decided(
    days: tuple[date, ...], repeat: int | None
) -> None:
    """One that a wrong clock or a file of cases puts at the end of time: the next one waits."""
    steps = [replace(step, repeat=repeat) for step in ladder().steps[-1:]]
    rules = policy(*ladder().steps[:-1], *steps)
    made = [
        replace(contact(step.name, 0, "I1"), on=day, step_index=index)
        for index, (day, step) in enumerate(zip(days, rules.ladders[0].steps, strict=False))
    ]
    assert one(invoice(late=30), rules=rules, contacts=tuple(made)).action == "none"
