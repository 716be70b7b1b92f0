"""Many small ledgers in one installation, two kinds of them, over simulated vendors."""

import os
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from syncer.flow.worker import RunOptions
from syncer.model.run import LedgerResult, RunResult
from syncer.sandbox.faults import Fault, FaultKind
from tests.faults.house import House
from tests.faults.sides import QUICKBOOKS, XERO, Side

FULL = os.environ.get("SYNCER_SIM_FULL") == "1"
EVENTS = {FaultKind.BEFORE, FaultKind.AFTER}  # happenings in the books, not misbehaviour


def fault(kind: FaultKind) -> Fault:
    """Every call of the ledger suffers it, for good; the slow ones are very slow."""
    more: dict[str, Any] = {"code": "10000"} if kind is FaultKind.CODED else {}
    return Fault(kind, times=0, seconds=20.0, **more)


class Fleet:
    """So many ledgers; every call of one shares nothing with the others but the process."""

    def __init__(self, home: Path, ledgers: int) -> None:
        kinds = (XERO, QUICKBOOKS) * (ledgers // 2)
        self.house = House(home, kinds)
        self._numbers = count(1)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The ledgers."""
        return self.house.sides

    def owe(self, sides: Iterable[Side]) -> int:
        """A new customer of each is late: its number."""
        number = next(self._numbers)
        for side in sides:
            side.late(number)
        return number

    def run(self, sides: Iterable[Side] = ()) -> RunResult:
        """One run, of these ledgers or of all; what the simulators log is forgotten before."""
        for side in self.sides:
            side.world.calls.clear()
        self.house.results.clear()
        self.house.slept.clear()
        names = tuple(side.name for side in sides)
        result = self.house.run(options=RunOptions(ledgers=names))
        self.house.pass_time(hours=1)
        return result


def of(result: RunResult, side: Side) -> LedgerResult:
    """How the run of one ledger ended."""
    return next(one for one in result.ledgers if one.ledger == side.name)
