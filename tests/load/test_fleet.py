"""200 ledgers in one process: whatever one does, the others write to everybody who is due."""

from pathlib import Path

import pytest

from syncer.model.run import LedgerStatus, RunResult
from syncer.sandbox.faults import FaultKind
from syncer.testing.sim import book
from tests.faults.sides import QUICKBOOKS, XERO, Side

from .fleet import EVENTS, FULL, Fleet, fault, of

LEDGERS = 200
CROWD = LEDGERS if FULL else 8  # where every way of misbehaving is tried in turn
KINDS = [kind for kind in FaultKind if kind not in EVENTS]
GREEN = {LedgerStatus.OK, LedgerStatus.LIMITED}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Ledgers that were read and written to once."""
    made = Fleet(tmp_path_factory.mktemp("fleet"), CROWD)
    made.owe(made.sides)
    assert made.run().exit_code == 0
    return made


def _judge(result: RunResult, bad: Side, others: list[Side], *, unseen: bool = False) -> None:
    """The others did all there was; the exit code is 0 only if the bad one's run was green.

    ``unseen``: what happened at the bad one looks like a day on which nothing did.
    """
    told = [of(result, side) for side in others]
    assert {one.status for one in told} == {LedgerStatus.OK}
    for one in told:
        assert one.planned >= 1, one
        assert (one.contacted, one.notes, one.errors) == (one.planned, one.planned, 0), one
    worst = of(result, bad)
    assert (result.exit_code == 0) == (worst.status in GREEN), worst
    assert worst.status in GREEN or worst.error or worst.uncertain, worst
    assert worst.status is not LedgerStatus.OK or worst.contacted >= 1 or unseen, worst


def test_200_ledgers_complete_beside_one_that_fails(tmp_path: Path) -> None:
    """A first run of all, one of which answers nothing but errors; mended, it alone catches up."""
    fleet = Fleet(tmp_path, LEDGERS)
    bad, *others = fleet.sides
    fleet.owe(fleet.sides)
    bad.suffers(fault(FaultKind.SERVER_ERROR))
    result = fleet.run()
    assert len(result.ledgers) == LEDGERS
    _judge(result, bad, others)
    assert result.exit_code == 1
    assert len(fleet.house.keys()) == LEDGERS - 1
    bad.suffers()
    again = fleet.run(fleet.sides if FULL else [bad, *others[:9]])
    assert [one.ledger for one in again.ledgers if one.contacted] == [bad.name]
    assert again.exit_code == 0
    fleet.house.judge()


def _ways() -> list[tuple[FaultKind, str]]:
    """Every kind at either connector; without the opt-in at one of them in turn."""
    both = [(kind, connector) for kind in KINDS for connector in (XERO, QUICKBOOKS)]
    return both if FULL else [both[2 * at + at % 2] for at in range(len(KINDS))]


@pytest.mark.parametrize(("kind", "connector"), _ways())
def test_one_ledger_misbehaves(crowd: Fleet, kind: FaultKind, connector: str) -> None:
    """In every way a vendor can, at every call; mended, it catches up and nothing is doubled."""
    bad = next(side for side in crowd.sides if side.connector == connector)
    others = [side for side in crowd.sides if side is not bad]
    number = crowd.owe([bad, *others])
    bad.suffers(fault(kind))
    result = crowd.run()
    bad.suffers()
    # "Nothing changed" and an answer without what changed are one and the same to whoever asks.
    _judge(result, bad, others, unseen=kind is FaultKind.EMPTY_PAGE and connector == QUICKBOOKS)
    if kind is FaultKind.REVOKED and connector == QUICKBOOKS:
        crowd.house._log_in()
    crowd.house.pass_time(hours=12)
    again = crowd.run([bad])
    assert of(again, bad).status in {LedgerStatus.OK, LedgerStatus.PARTIAL}, of(again, bad)
    reached = crowd.house.recipients()
    for side in (bad, *others):
        assert reached.count(book.address(side.world.main, number)) == 1
    crowd.house.judge()
