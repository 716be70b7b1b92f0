"""A vendor's allowance for a day ends in the middle: what waits goes out first when it is back.

The simulated Xero counts calls by its own clock and says how long to wait, up to 24 hours.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from syncer.model.run import LedgerResult, LedgerStatus
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.xero.limits import Allowance
from syncer.testing.sim import book
from tests.faults.house import House
from tests.faults.sides import QUICKBOOKS, XERO

DEBTORS = 24
A_DAY = 60  # calls: enough for the lists and for some of the debtors
DAY = timedelta(hours=24)


class Short:
    """A ledger with many debtors, of whom each later one is later with more, and few calls."""

    def __init__(self, home: Path) -> None:
        self.house = House(home, [XERO], settings="day_reserve: 0")
        side = self.house.side
        self.late = {}
        for number in range(1, DEBTORS + 1):
            days = 8 + number * 7 % 23  # in no order
            side.late(number, f"{100 + days}.00", days=days)
            self.late[book.address(side.world.main, number)] = days
        side.app.limiter.allowance = Allowance(per_minute=None, per_day=A_DAY)

    def run(self) -> LedgerResult:
        """One run of cron."""
        self.house.run()
        return self.house.last()

    def told(self) -> list[str]:
        """Who was written to, in order."""
        return self.house.recipients()


@pytest.fixture
def short(tmp_path: Path) -> Short:
    """See ``Short``."""
    return Short(tmp_path)


def test_a_day_without_calls_is_waited_for(short: Short) -> None:
    """Green, and until when is said; the runs meanwhile make no call and send nothing."""
    first = short.run()
    assert (first.status, short.house.results[-1].exit_code) == (LedgerStatus.LIMITED, 0)
    assert 0 < first.contacted < DEBTORS
    now = short.house.clock()
    assert first.limited_until is not None
    assert now < first.limited_until <= now + DAY
    sent, before = len(short.told()), len(short.house.side.world.calls)
    for _ in range(4):
        short.house.pass_time(hours=1)
        parked = short.run()
        assert (parked.status, parked.contacted) == (LedgerStatus.LIMITED, 0)
        assert (parked.left_alone, parked.limited_until) == (True, first.limited_until)
    assert len(short.told()) == sent
    assert len(short.house.side.world.calls) == before


def test_a_small_allowance_is_not_eaten_below_its_reserve(tmp_path: Path) -> None:
    """Under the reserve from the first call: a run that asked leaves hours of runs that do not."""
    house = House(tmp_path, [XERO], settings="day_reserve: 50")
    house.side.late(1)
    house.side.app.limiter.allowance = Allowance(per_minute=None, per_day=40)
    used = []
    for _ in range(12):
        before = len(house.side.world.calls)
        assert house.run().exit_code == 0
        assert house.last().status is LedgerStatus.LIMITED
        used.append(len(house.side.world.calls) - before)
        house.pass_time(minutes=15)
    assert used[0] > 0
    assert sum(used[1:]) == 0


@pytest.mark.parametrize("limited", [0, 1])
def test_a_parked_ledger_is_its_own_matter(tmp_path: Path, limited: int) -> None:
    """Xero or QuickBooks: the parked one gets no call and no wait, the other is worked on."""
    house = House(tmp_path, [XERO, QUICKBOOKS])
    for side in house.sides:
        side.late(1)
    parked, other = house.sides[limited], house.sides[1 - limited]
    parked.suffers(Fault(FaultKind.DAY_LIMIT, times=0))
    house.run()
    for minutes in (30, 60):
        house.pass_time(minutes=minutes)
        before, waits = [len(side.world.calls) for side in house.sides], len(house.slept)
        result = house.run()
        alone, done = (result.ledgers[at] for at in (limited, 1 - limited))
        assert (result.exit_code, alone.left_alone, alone.calls) == (0, True, 0)
        assert done.status is LedgerStatus.OK
        assert len(parked.world.calls) == before[limited]
        assert len(other.world.calls) > before[1 - limited]
        assert sum(house.slept[waits:]) < 30
    parked.suffers()
    house.pass_time(days=1)
    house.finish()
    assert len(house.keys()) == 2


def test_the_most_overdue_go_first_on_every_day(short: Short) -> None:
    """Day after day runs go on where the allowance ended; in the end everybody was told once."""
    order: list[str] = []
    days = 0
    while len(short.told()) < DEBTORS:
        days += 1
        assert days <= DEBTORS, short.house.last()
        last = short.run()
        fresh = short.told()[len(order) :]
        order += fresh
        assert [short.late[one] for one in fresh] == sorted(
            (short.late[one] for one in fresh), reverse=True
        )
        if last.limited_until is not None:
            waited = last.limited_until - short.house.clock()
            short.house.pass_time(seconds=waited.total_seconds() + 60)
    assert days > 1
    assert sorted(order) == sorted(short.late)
    assert [short.late[one] for one in order] == sorted(short.late.values(), reverse=True)
    short.house.side.unlimited()
    short.house.finish()
