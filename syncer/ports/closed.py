"""What was closed lately, for thanking: asked for only where a policy thanks for payments."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Protocol

from syncer.model.decision import AccountSnapshot
from syncer.model.ledger import OpenItem


class ClosedMemory(Protocol):
    """As one run sees it, under its lease."""

    def closed_items(self, item_ids: Collection[str]) -> Sequence[OpenItem]:
        """Those of these items that are no longer open, as they were last seen open."""

    def paid_up(self, since: date) -> Iterator[AccountSnapshot]:
        """Accounts with nothing open and a payment dated on or after ``since``, by account id.

        Only those that a message reached, or that promised to pay.
        """


class ClosedHistory(Protocol):
    """Without a lease."""

    def closed_items(self, ledger: str, item_ids: Collection[str]) -> Sequence[OpenItem]:
        """Those of these items that are no longer open, as they were last seen open."""
