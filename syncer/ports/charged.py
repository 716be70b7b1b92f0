"""What is remembered of charges: what messages named, and which are to be given up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from syncer.model.charge import Announced
from syncer.model.effect import Effect


class ChargeMemory(Protocol):
    """A session's part of it; each call is one transaction under the lease."""

    def announced(self, account_ids: Sequence[str]) -> Sequence[Announced]:
        """Every reminder to these accounts that may have arrived, oldest first."""

    def left_behind(self) -> Sequence[Effect]:
        """Charges raised in the ledger whose late invoice is closed, not yet told to anybody.

        One that was booked is among them only while its own invoice is open.
        """

    def enqueue(self, effects: Sequence[Effect], at: datetime) -> int:
        """Put effects into the outbox that no decision asks for: how many were new."""


class ChargeHistory(Protocol):
    """The store's part of it, without a lease."""

    def announced(self, ledger: str, account_ids: Sequence[str]) -> Sequence[Announced]:
        """As a session tells it; () for a ledger that nobody knows."""
