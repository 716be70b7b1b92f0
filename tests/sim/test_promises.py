"""P1 and P8 as properties that shrink, and the count of calls."""

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import InvariantError
from syncer.model.run import LedgerStatus
from syncer.sandbox.faults import Fault, FaultKind
from syncer.testing.sim import book
from syncer.testing.sim.judges import Judges
from syncer.testing.sim.people import ACTS, People
from syncer.testing.sim.rig import Rig
from syncer.testing.sim.state import State
from syncer.testing.sim.sweep import small_book
from syncer.testing.sim.wire import Wire

# One state file serves all examples: each begins by emptying it.
SHARED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MOMENTS = st.lists(
    st.tuples(st.integers(0, 50), st.sampled_from(ACTS), st.integers(0, 9)), max_size=6
)


@settings(SHARED, max_examples=40)
@given(moments=MOMENTS)
def test_nobody_is_asked_for_what_they_do_not_owe(state: State, moments) -> None:
    """P1: whatever people do between any two steps, a message fits what its guard could see."""
    rig = Rig(state)
    small_book(rig)
    judges = Judges(rig)

    def meanwhile(index: int, _: str) -> None:
        for at, act, choice in moments:
            if at == index:
                People(rig, judges).act(act, rig.sides[0], random.Random(choice))

    judges.process_begins()
    judges.process_ended(rig.run(Wire(meanwhile=meanwhile)))
    assert judges.problems == []


SERIOUS = [k for k in FaultKind if k not in (FaultKind.BEFORE, FaultKind.AFTER)]
GREEN = {LedgerStatus.OK, LedgerStatus.LIMITED}


@settings(SHARED, max_examples=12)
@given(
    broken=st.integers(0, 2),
    kind=st.sampled_from(SERIOUS),
    path=st.sampled_from(["/api.xro/", "/Contacts", "/Invoices", "/History", "/CreditNotes"]),
    nth=st.integers(1, 12),
)
def test_one_ledgers_trouble_stays_its_own(state: State, broken, kind, path, nth) -> None:
    """P8: three ledgers, one broken somehow: the others complete, the exit code tells."""
    rig = Rig(state, names=("north", "south", "west"))
    small_book(rig)
    judges = Judges(rig)
    rig.sides[broken].faults.faults = [Fault(kind, path=path, nth=nth, times=0)]
    judges.process_begins()
    result = rig.run()
    assert result is not None
    judges.process_ended(result)
    for number, told in enumerate(result.ledgers):
        if number != broken:
            assert (told.status, told.contacted, told.notes) == (LedgerStatus.OK, 2, 2)
    assert (result.exit_code == 0) == (result.ledgers[broken].status in GREEN)
    assert result.exit_code != InvariantError.exit_code
    assert judges.problems == []


def test_a_bug_in_one_ledger_is_told_as_a_bug(state: State) -> None:
    """An exception nobody foresaw ends its ledger only, with exit code 7."""
    rig = Rig(state, names=("north", "south"))
    small_book(rig)

    def bug(world) -> None:
        raise ZeroDivisionError

    rig.sides[0].faults.faults = [Fault(FaultKind.BEFORE, path="/CreditNotes", run=bug)]
    result = rig.run()
    assert result is not None
    assert result.exit_code == InvariantError.exit_code
    assert result.ledgers[1].contacted == 2


def _calls(rig: Rig) -> list[str]:
    calls = [call for call in rig.sides[0].world.calls if "/api.xro/" in call.path]
    rig.sides[0].world.calls.clear()
    return [f"{call.method} {call.path.split('/')[3]}" for call in calls]


PULL = [
    "GET Organisation",
    *("GET Invoices", "GET CreditNotes", "GET Overpayments", "GET Prepayments"),
    *("GET Contacts", "GET Invoices"),  # the second: what was paid
]


@pytest.mark.parametrize("coming", [0, 1100], ids=["one-page", "two-pages"])
def test_calls_equal_the_floor(state: State, coming: int) -> None:
    """1 per 1,000 rows per list; three per account contacted, one of them its notes; a note."""
    rig = Rig(state)
    small_book(rig)
    ledger = rig.sides[0].world.main
    patient = book.customer(ledger, 9)
    for _ in range(coming):
        book.invoice(ledger, patient, "10.00", late=-20)
    floor = len(PULL) + (coming > 0)
    first = rig.run()
    assert first is not None
    calls = _calls(rig)
    assert len(calls) == floor + 2 * 4
    assert calls[-8:] == ["GET Contacts", "GET Contacts", "GET Invoices", "PUT Contacts"] * 2
    assert first.ledgers[0].calls == len(calls) + 1  # and one token
    second = rig.run()
    assert second is not None
    assert len(_calls(rig)) == floor
    assert len(rig.post.mails) == 2


def test_outcomes_sum_to_the_ledgers_own_totals(state: State) -> None:
    """P3: per currency and to the cent, against the sandbox's own AmountDue and credits."""
    rig = Rig(state)
    small_book(rig)
    ledger = rig.sides[0].world.main
    foreign = book.customer(ledger, 7)
    book.invoice(ledger, foreign, "12.34", late=3, currency="EUR")
    result = rig.run()
    assert result is not None
    sums: dict[str, Decimal] = {}
    for total in result.ledgers[0].outcomes:
        sums[total.currency] = sums.get(total.currency, Decimal(0)) + total.amount
    assert sums == {"GBP": Decimal("235.00"), "EUR": Decimal("12.34")}
    assert sums == rig.sides[0].world.totals()[ledger.org.org_id]
