"""When the state may not know everything that was sent, and from when on it does."""

from datetime import datetime
from enum import StrEnum

from syncer.model.ledger import Record


class Why(StrEnum):
    """What makes a state doubtful."""

    NEW = "new"  # it never worked on this ledger; an earlier one may have, unseen
    LOST = "lost"  # a state file lay here and is gone
    RESTORED = "restored"  # an older state file was put in the place of a newer one


HAPPENED = {
    Why.LOST: "the state file that was here is gone",
    Why.RESTORED: "an older state was put in its place",
}
"""The same in words for people."""


class Doubt(Record, kw_only=True, frozen=True):
    """What was sent before ``since`` (aware UTC) may be unknown to this state.

    ``since`` is None until the ledger is next run: everything may be unknown.
    """

    why: Why
    since: datetime | None = None
