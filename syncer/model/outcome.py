"""What became of one write outside. Writes return one of these; unknown is never ``Retry``."""

from datetime import datetime, timedelta

from syncer.model.ledger import Record


class Delivered(Record, tag="delivered", kw_only=True, frozen=True):
    """The other side accepted it."""

    remote_id: str = ""
    detail: str = ""


class AlreadyThere(Record, tag="already_there", kw_only=True, frozen=True):
    """An earlier attempt had worked; nothing was done again."""

    remote_id: str = ""
    detail: str = ""


class Retry(Record, tag="retry", kw_only=True, frozen=True):
    """Certainly not done; may be tried again after a wait."""

    after: timedelta
    reason: str


class Snooze(Record, tag="snooze", kw_only=True, frozen=True):
    """Not now (quiet hours, quota): no attempt is used up."""

    until: datetime
    reason: str


class Cancelled(Record, tag="cancelled", kw_only=True, frozen=True):
    """No longer wanted: the guard, or a person, stopped it before it left."""

    reason: str  # a reason code
    detail: str = ""


class Rejected(Record, tag="rejected", kw_only=True, frozen=True):
    """The other side refused it for good: a person must look."""

    reason: str


class Uncertain(Record, tag="uncertain", kw_only=True, frozen=True):
    """It may or may not have happened and nothing can prove it: never repeated by itself."""

    evidence: str


Outcome = Delivered | AlreadyThere | Retry | Snooze | Cancelled | Rejected | Uncertain
