"""Who is sent first: a day more counts up to 999 days late, and never as much as an amount."""

from .make import invoice, one


def rank(late: int, amount: str = "100.00") -> int:
    """The priority of one invoice so many days late."""
    return one(invoice("I1", late, amount)).priority


def test_days_count_up_to_the_last_and_never_reach_the_next_amount() -> None:
    """998 before 999; from there on alike; ten times the amount goes before any lateness."""
    assert rank(999) == rank(998) + 1
    assert rank(1000) == rank(999) == rank(5000)
    assert rank(30, "1000.00") > rank(5000, "100.00")
