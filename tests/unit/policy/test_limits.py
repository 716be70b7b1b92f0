"""A limit is proven by trying the worst that a restraint allows, or the breach is shown."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncer.policy.limits import breach_of, worst
from syncer.policy.rules import Cap, Restraint

MONDAY = date(2026, 6, 1)
EVERY_DAY = tuple(range(7))


def test_a_gap_of_three_days_passes_three_a_week_never() -> None:
    """Days 0, 3 and 6 are three in seven days; a gap of two days allows a fourth."""
    limit = Cap(contacts=3, days=7)
    assert breach_of(Restraint(min_gap=3, caps=(), weekdays=EVERY_DAY), limit, MONDAY) is None
    found = breach_of(Restraint(min_gap=2, caps=(), weekdays=EVERY_DAY), limit, MONDAY)
    assert found is not None
    assert [(day - MONDAY).days for day in found.days] == [0, 2, 4, 6]


def test_closed_days_can_be_what_keeps_a_limit() -> None:
    """With two days a week open, three contacts in seven days cannot be."""
    restraint = Restraint(min_gap=1, caps=(), weekdays=(1, 3))
    assert breach_of(restraint, Cap(contacts=2, days=7), MONDAY) is None
    assert breach_of(restraint, Cap(contacts=1, days=7), MONDAY) is not None


def test_a_cap_of_ones_own_keeps_a_wider_one() -> None:
    """Four in 30 days never make five in 30, whatever the gap."""
    restraint = Restraint(min_gap=1, caps=(Cap(contacts=4, days=30),), weekdays=EVERY_DAY)
    assert breach_of(restraint, Cap(contacts=4, days=30), MONDAY) is None
    assert breach_of(restraint, Cap(contacts=3, days=30), MONDAY) is not None


@given(
    st.integers(1, 9),
    st.lists(st.builds(Cap, contacts=st.integers(1, 4), days=st.integers(1, 20)), max_size=2),
    st.sets(st.integers(0, 6), min_size=1),
    st.builds(Cap, contacts=st.integers(1, 5), days=st.integers(1, 21)),
    st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_no_history_beats_the_search(
    gap: int, caps: list[Cap], weekdays: set[int], limit: Cap, wishes: list[bool]
) -> None:
    """Where the search finds no breach, no contacts that keep the restraint have one."""
    restraint = Restraint(min_gap=gap, caps=tuple(caps), weekdays=tuple(sorted(weekdays)))
    if breach_of(restraint, limit, MONDAY, days=60) is not None:
        return
    written: list[date] = []
    for offset, wish in enumerate(wishes):
        day = MONDAY + timedelta(days=offset)
        allowed = day.weekday() in weekdays and all((day - one).days >= gap for one in written)
        allowed = allowed and all(
            sum((day - one).days < cap.days for one in written) < cap.contacts for cap in caps
        )
        if wish and allowed:
            written.append(day)
        assert sum((day - one).days < limit.days for one in written) <= limit.contacts


def test_the_worst_takes_every_day_it_may() -> None:
    """From a Monday on with a gap of five days: Monday, then the next open day after the gap."""
    restraint = Restraint(min_gap=5, caps=())
    found = list(worst(restraint, MONDAY, MONDAY + timedelta(days=14)))
    assert [(day - MONDAY).days for day in found] == [0, 7, 14]
