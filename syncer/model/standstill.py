"""Since when a ledger has not been worked on to its end."""

from datetime import datetime

from syncer.model.ledger import Record
from syncer.model.run import LedgerResult


class Standstill(Record, gc=True, frozen=True, kw_only=True):
    """What is known of a ledger's last runs. Times are aware UTC; None = there was none."""

    ledger: str
    completed_at: datetime | None
    last_at: datetime | None
    last: LedgerResult | None  # of any run, completed or not
    since: datetime | None  # what the silence is counted from
    silent: bool  # for longer than is allowed
    sends: bool = True  # False: its mode is plan, as somebody may have forgotten
    parked_until: datetime | None = None  # left alone until then, for a vendor's limit
    parked: str = ""  # the same as a sentence; "" when it is not parked

    def days(self, now: datetime) -> int | None:
        """Whole days of silence so far; None when no run is known at all."""
        return None if self.since is None else max(0, (now - self.since).days)
