"""What a person says about an effect: the part of the store that writes it down."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from syncer.model.effect import Effect


class ByHand(Protocol):
    """Each is one transaction, journaled with its author."""

    def resolve(
        self,
        key: str,
        *,
        delivered: bool,
        author: str,
        note: str,
        at: datetime,
        follow_ups: Sequence[Effect] = (),
    ) -> Effect:
        """A person settles an uncertain or rejected effect: it counts as sent, or it does not.

        ``follow_ups`` are enqueued in the same transaction.
        """

    def put_back(self, key: str, *, author: str, note: str, at: datetime) -> Effect:
        """A person lets a refused effect be tried again, with all its attempts."""

    def approve(self, key: str, *, author: str, note: str, at: datetime) -> Effect:
        """A person lets a contact go that waits for approval; it holds for its key for ever."""

    def decline(self, key: str, *, author: str, note: str, at: datetime) -> Effect:
        """A person says no to a pending contact: its key is never planned again."""

    def declined(self, keys: Collection[str]) -> set[str]:
        """Those of the contacts to which a person said no."""
