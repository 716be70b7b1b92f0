"""A vendor's allowance for a day ends in the middle: what waits goes out first when it is back.

The simulated Xero counts calls by its own clock and says how long to wait, up to 24 hours.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from syncer.model.run import LedgerResult, LedgerStatus
from syncer.sandbox.xero.limits import Allowance
from syncer.testing.sim import book
from tests.faults.house import House
from tests.faults.sides import XERO

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
    """Green, and until when is said; the runs meanwhile are refused once each and send nothing."""
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
    assert len(short.told()) == sent
    refused = [one for one in short.house.side.world.calls[before:] if "/api.xro/" in one.path]
    assert [call.status for call in refused] == [429] * 4


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
