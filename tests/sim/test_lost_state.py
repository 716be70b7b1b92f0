"""The state is lost on any day, customers pay on any day: no step reaches anybody twice."""

import os
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.testing.sim import book
from syncer.testing.sim.rig import Rig
from syncer.testing.sim.state import State

DAYS = 9
STEPS = 2  # of the usual ladder
DAY_NUMBERS = st.integers(0, DAYS - 1)


@settings(
    max_examples=12 if os.environ.get("SYNCER_SIM_FULL") else 6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lost=st.sets(DAY_NUMBERS, min_size=1, max_size=3), paid=st.none() | DAY_NUMBERS)
def test_no_step_reaches_anybody_twice(state: State, lost: set[int], paid: int | None) -> None:
    """Through the real Xero connector: what is found in the history counts as sent."""
    rig = Rig(state)
    ledger = rig.sides[0].world.main
    customer = book.customer(ledger, 1)
    opened_by = book.invoice(ledger, customer, "80.50", late=9)
    book.invoice(ledger, customer, "19.50", late=4)
    book.invoice(ledger, book.customer(ledger, 2), "60.00", late=-2)
    for day in range(DAYS):
        if day in lost:
            state.begin()
        if day == paid:  # what opened the episode; the other invoice keeps it alive
            ledger.pay(opened_by)
        rig.run()
        rig.clock.advance(seconds=24 * 3600)
    received = Counter((mail.to, mail.subject) for mail in rig.post.mails)
    assert len(received) >= STEPS
    assert max(received.values()) == 1, received
