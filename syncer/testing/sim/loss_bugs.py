"""Bugs that only a lost or older state shows, and the stories that show them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncer.flow.cycle import run_cycle
from syncer.flow.rebuild import Rebuilt
from syncer.flow.worker import LedgerSetup, RunOptions, Worker
from syncer.model.doubt import Doubt, Why
from syncer.testing.sim.checks import Check
from syncer.testing.sim.losses import Loss, Lost
from syncer.testing.sim.pairs import BOOK
from syncer.testing.sim.planting import Bug, Instead, of_session, of_source
from syncer.testing.sim.rig import Ports
from syncer.testing.sim.script import Customer, Run, Script


class ReadsNoNotes(Instead):
    """Takes every customer for one that was never written to."""

    def own_notes(self, **_: Any) -> Sequence[str]:
        """None, without a look."""
        return ()


class KeepsTheLossToItself(Instead):
    """Works on as if nothing had happened; the notes are read all the same."""

    def doubt(self) -> Doubt | None:
        """None."""
        return None

    def suspect(self, why: Why, at: datetime, *, anew: bool) -> None:
        """Never."""


def _runs_instead(worker: Worker, setup: LedgerSetup, **_: Any) -> Rebuilt:
    """The lost state is rebuilt by an everyday run."""
    run_cycle(worker, now=worker.clock(), options=RunOptions())
    return Rebuilt(setup.name)


LOSS_BUGS: tuple[Bug, ...] = (
    of_source("reads no notes of an earlier state", ReadsNoNotes),
    of_session("keeps a loss to itself", KeepsTheLossToItself),
    Bug("sends while it rebuilds", Ports(rebuild=_runs_instead)),
)


def _lost(what: Loss, *more: Customer) -> Script:
    """One customer owes since five days; the copy is of before its first reminder."""
    runs = (Run(2.0), Run(72.0, 0.0, (Lost(what),)))
    return Script(seed=0, forms=("xero",), books=((*BOOK, *more),), runs=runs)


SOON_LATE = Customer(invoices=((-1, 10_000),))
SHOWN_BY_LOSS: dict[str, tuple[Check, Script]] = {
    "reads no notes of an earlier state": (Check.SECOND_COPY, _lost(Loss.DELETED)),
    "keeps a loss to itself": (Check.LOSS_TOLD, _lost(Loss.OLDER)),
    "sends while it rebuilds": (Check.LOSS_QUIET, _lost(Loss.REBUILT, SOON_LATE)),
}
