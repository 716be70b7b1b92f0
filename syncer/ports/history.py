"""What earlier runs did: the part of the store that keeps their results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncer.model.run import LedgerResult, OutcomeTotal, RunResult


@dataclass(frozen=True, slots=True)
class PastRun:
    """One ledger's part of an earlier run. ``at`` is when the run began, aware UTC."""

    run_id: str
    at: datetime
    result: LedgerResult


class History(Protocol):
    """Runs and their results."""

    def begin_run(self, run_id: str, *, command: str, at: datetime, config_digest: str) -> None:
        """Note that a run began: one that never finishes shows as interrupted."""

    def finish_run(self, result: RunResult) -> None:
        """Keep the result of a run."""

    def runs(self, *, limit: int = 20, ledger: str = "") -> Sequence[RunResult]:
        """Earlier runs, newest first."""

    def past(
        self, ledger: str, *, limit: int, statuses: Sequence[str] = (), before: str = ""
    ) -> Sequence[PastRun]:
        """One ledger's parts of earlier runs, newest first; ``statuses`` () = any.

        ``before`` a run id: only those older than it.
        """

    def parking_ended(self, ledger: str, run_id: str) -> bool:
        """Whether a person ended the parking of a ledger that this run's limit began."""

    def end_parking(self, ledger: str, run_id: str, *, author: str, at: datetime) -> bool:
        """Note who ended it, journaled; notes that wait are ready again. False = it was ended."""

    def began_on(self, ledger: str = "") -> datetime | None:
        """When the first run that is known began, of this ledger or of any; None = never."""

    def outcome_totals(self, ledger: str, run_id: str) -> Sequence[OutcomeTotal]:
        """How the open items of a run were decided."""
