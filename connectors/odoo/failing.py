"""What a failed write means: outcomes for the failures of which it is known what they did."""

from datetime import timedelta

from connectors.odoo.speech import DeniedError, GoneError, RefusedError
from syncer.errors import ContractError, RateLimited, Transient
from syncer.model.outcome import Outcome, Rejected, Retry, Snooze, Uncertain

NOT_SENT_WAIT = timedelta(minutes=10)

Known = Transient | RateLimited | GoneError | RefusedError | DeniedError | ContractError
KNOWN = (Transient, RateLimited, GoneError, RefusedError, DeniedError, ContractError)


def failed(error: Known, what: str) -> Outcome:
    """The outcome of a write that failed before it was done. ``what`` begins the sentence."""
    if isinstance(error, RateLimited):
        return Snooze(until=error.until, reason=str(error))
    if isinstance(error, Transient):  # also of a read before the write
        return Retry(after=NOT_SENT_WAIT, reason=str(error))
    if isinstance(error, GoneError):
        return Rejected(reason=f"{what}: Odoo no longer knows this record")
    if isinstance(error, RefusedError | DeniedError):
        return Rejected(reason=f"{what}: {error}")
    return Uncertain(evidence=f"{what}: {error}")
