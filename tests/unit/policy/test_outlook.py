"""When a customer will probably pay: plain counts that move with what was seen, and no further."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from syncer.policy.outlook import (
    EARLIEST,
    LATEST,
    Counts,
    Grade,
    Observed,
    Outlook,
    counts,
    outlook,
    shares,
    usual_late,
)

TODAY = date(2026, 6, 10)
HABITS = st.lists(st.tuples(st.integers(1, 400), st.integers(-20, 60)), max_size=12)


def history(*paid: tuple[int, int]) -> list[Observed]:
    """(Days since payment, days late) of paid invoices."""
    return [
        Observed(due_on=TODAY - timedelta(days=ago + late), paid_on=TODAY - timedelta(days=ago))
        for ago, late in paid
    ]


LEDGER = counts(history(*[(ago, late) for ago in (10, 100, 200) for late in range(-5, 25)]), TODAY)


def expect(own: list[Observed], *, due: int = 0, ledger: Counts = LEDGER) -> Outlook:
    """The outlook of an invoice that was due so many days ago."""
    mine = counts(own, TODAY)
    chances = shares(mine, ledger)
    due_on = TODAY - timedelta(days=due)
    return outlook(chances, due_on=due_on, today=TODAY, depth=mine.depth)


def test_a_steady_habit_is_expected_again() -> None:
    """Who paid twelve times on the tenth day is expected on the tenth day."""
    found = expect(history(*[(30 * n + 1, 10) for n in range(12)]))
    assert found.expected_on is not None
    assert 7 <= (found.expected_on - TODAY).days <= 10
    assert (found.grade, found.depth) == (Grade.B, 12)


def test_without_history_the_grade_says_so() -> None:
    """A new customer gets the ledger's days and no grade."""
    found = expect([])
    assert (found.grade, found.depth) == (Grade.NO_HISTORY, 0)
    assert found.expected_on is not None


def test_unpaid_invoices_count_against_the_payer() -> None:
    """Open invoices long past due make a late end likelier, though none was paid late."""
    good = history(*[(20 * n + 1, 0) for n in range(6)])
    overdue = [Observed(due_on=TODAY - timedelta(days=60)) for _ in range(6)]
    assert expect(good + overdue).serious > expect(good).serious


def test_recent_payments_weigh_more() -> None:
    """A customer that became late lately is graded worse than one that became prompt."""
    late_now = history(*[(n + 1, 30) for n in range(5)], *[(500 + n, 0) for n in range(5)])
    prompt_now = history(*[(n + 1, 0) for n in range(5)], *[(500 + n, 30) for n in range(5)])
    assert expect(late_now).serious > expect(prompt_now).serious
    mean = Decimal(5)
    assert usual_late(late_now, TODAY, ledger_mean=mean) > usual_late(
        prompt_now, TODAY, ledger_mean=mean
    )


def test_thin_history_leans_on_the_ledger() -> None:
    """One late payment moves the usual lateness a little, twenty move it most of the way."""
    one = usual_late(history((1, 40)), TODAY, ledger_mean=Decimal(0))
    many = usual_late(history(*[(n + 1, 40) for n in range(20)]), TODAY, ledger_mean=Decimal(0))
    assert 0 < one < 15 < 30 < many < 40


def test_what_was_paid_today_is_not_known_yet() -> None:
    """A payment of the same day changes nothing: batches would tell their own future."""
    today = [Observed(due_on=TODAY - timedelta(days=5), paid_on=TODAY)]
    unpaid = [Observed(due_on=TODAY - timedelta(days=5))]
    assert counts(today, TODAY) == counts(unpaid, TODAY)


@given(HABITS, st.integers(-40, 40))
def test_days_and_chances_are_in_order(paid: list[tuple[int, int]], due: int) -> None:
    """Nothing is expected before today, the range encloses the middle, chances are chances."""
    found = expect(history(*paid), due=due)
    days = [day for day in (found.from_on, found.expected_on, found.until_on) if day is not None]
    assert days == sorted(days)
    assert all(day >= TODAY for day in days)
    assert 0 <= found.serious <= 1


@given(HABITS, st.integers(1, 300), st.integers(-20, 59))
def test_one_more_late_payment_never_makes_a_payer_look_better(
    paid: list[tuple[int, int]], ago: int, late: int
) -> None:
    """The same payment made later never lowers the chance of a late end nor the usual lateness.

    Seen from 60 days before the due date: of an invoice that is unpaid on its due date, one who
    paid on that day tells more good than one who paid before it and was no case of this kind.
    """
    earlier, later = history(*paid, (ago, late)), history(*paid, (ago, late + 1))
    assert expect(later, due=EARLIEST).serious >= expect(earlier, due=EARLIEST).serious
    mean = Decimal(3)
    assert usual_late(later, TODAY, ledger_mean=mean) > usual_late(earlier, TODAY, ledger_mean=mean)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(-90, 250)), max_size=12), st.randoms())
def test_the_order_of_payments_is_irrelevant(paid: list[tuple[int, int]], dice: object) -> None:
    """The same payments in any order are the same counts, and none is lost at the edges."""
    shuffled = list(paid)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    found, again = counts(history(*paid), TODAY), counts(history(*shuffled), TODAY)
    assert found == again
    assert found.depth == len(paid)
    assert len(found.open) == LATEST - EARLIEST + 1
    assert all(0 <= done <= still for done, still in zip(found.paid, found.open, strict=True))
