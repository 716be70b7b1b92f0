"""The days of each balance: before and after a payment, and what the day of payment counts for."""

from datetime import date
from decimal import Decimal

import pytest

from syncer.policy.charges.interest import PaymentDay, Terms, YearlyRate
from tests.unit.charges.sums import day, owed

NOT_COUNTED = Terms(payment_day=PaymentDay.NOT_COUNTED)


def told(
    *paid: tuple[str, str], until: str = "2026-01-20", terms: Terms | None = None
) -> list[str]:
    """Each segment of 100 that was due on the 10th of January, as "first-last balance"."""
    found = owed(
        "100",
        due="2026-01-10",
        until=until,
        rate="10",
        paid=paid,
        **({} if terms is None else {"terms": terms}),
    )
    return [f"{one.first.day}-{one.last.day} {one.balance}" for one in found.segments]


@pytest.mark.parametrize(
    ("on", "counted", "not_counted"),
    [
        ("2026-01-09", ["11-20 60"], ["11-20 60"]),
        ("2026-01-10", ["11-20 60"], ["11-20 60"]),
        ("2026-01-11", ["11-11 100", "12-20 60"], ["11-20 60"]),
        ("2026-01-12", ["11-12 100", "13-20 60"], ["11-11 100", "12-20 60"]),
        ("2026-01-19", ["11-19 100", "20-20 60"], ["11-18 100", "19-20 60"]),
        ("2026-01-20", ["11-20 100"], ["11-19 100", "20-20 60"]),
        ("2026-01-21", ["11-20 100"], ["11-20 100"]),
    ],
)
def test_a_payment_ends_a_stretch(on: str, counted: list[str], not_counted: list[str]) -> None:
    """Its own day still bears interest on the balance before, or does not, as the terms say."""
    assert told((on, "40")) == counted
    assert told((on, "40"), terms=NOT_COUNTED) == not_counted


def test_a_debt_that_was_paid_bears_no_more() -> None:
    """After the balance is zero there is no stretch, though more was paid later."""
    assert told(("2026-01-15", "100")) == ["11-15 100"]
    assert told(("2026-01-15", "100"), ("2026-01-17", "5")) == ["11-15 100"]


def test_the_first_day_late_is_a_stretch() -> None:
    """Interest begins on the day after the due date, and not on it."""
    assert told(until="2026-01-11") == ["11-11 100"]
    assert told(until="2026-01-10") == []


def test_a_rate_of_one_day_governs_that_day() -> None:
    """The last day of a rate belongs to it; the next one begins on the day after."""

    def rate(on: date) -> YearlyRate:
        if on.day < 20:
            return YearlyRate(percent=Decimal(1), source="a", valid_to=day("2026-01-19"))
        return YearlyRate(percent=Decimal(2), source="b", valid_to=day("2026-01-20"))

    found = owed("100", due="2026-01-10", until="2026-01-20", rate=rate)
    days = [(one.first.day, one.last.day, one.days, one.source) for one in found.segments]
    assert days == [(11, 19, 9, "a"), (20, 20, 1, "b")]
