"""What a failed write means: outcomes for the failures of which it is known what they did."""

from datetime import timedelta

from connectors.quickbooks.api import MONTH, GoneError, RefusedError, StaleError
from syncer.errors import ContractError, RateLimited, Transient
from syncer.model.outcome import Outcome, Rejected, Retry, Snooze, Uncertain

NOT_SENT_WAIT = timedelta(minutes=10)
STALE_WAIT = timedelta(minutes=5)

Known = Transient | RateLimited | GoneError | StaleError | RefusedError | ContractError
KNOWN = (Transient, RateLimited, GoneError, StaleError, RefusedError, ContractError)


def failed(error: Known, what: str) -> Outcome:
    """The outcome of a write that failed before it was done. ``what`` begins the sentence.

    Raises RateLimited when the month's allowance is used up: then every further write would
    wait for minutes too, and the ledger is to be left alone as a whole.
    """
    if isinstance(error, RateLimited):
        if error.scope == MONTH:
            raise error
        return Snooze(until=error.until, reason=str(error))
    if isinstance(error, Transient):  # also of a read before the write
        return Retry(after=NOT_SENT_WAIT, reason=str(error))
    if isinstance(error, StaleError):
        return Retry(after=STALE_WAIT, reason=f"{what}: somebody else keeps changing the record")
    if isinstance(error, GoneError):
        return Rejected(
            reason=f"{what}: QuickBooks no longer knows this record, or something it refers to "
            "was made inactive"
        )
    if isinstance(error, RefusedError):
        return Rejected(reason=f"{what}: {error}")
    return Uncertain(evidence=f"{what}: {error}")
