"""What a failed write means: outcomes for the failures of which it is known what they did."""

from datetime import timedelta

from connectors.tryton.faults import BusyError, RefusedError, UnknownNameError
from syncer.errors import ContractError, RateLimited, Transient
from syncer.model.outcome import Outcome, Rejected, Retry, Snooze, Uncertain

NOT_SENT_WAIT = timedelta(minutes=10)
BUSY_WAIT = timedelta(minutes=5)

Known = Transient | RateLimited | RefusedError | UnknownNameError | ContractError
KNOWN = (Transient, RateLimited, RefusedError, UnknownNameError, ContractError)


def failed(error: Known, what: str) -> Outcome:
    """The outcome of a write that failed before it was done. ``what`` begins the sentence.

    Transient is said of a write only when it never left, and of reads before it. What Tryton
    answers with an error was taken back; only of errors that it does not name is that no proof.
    """
    if isinstance(error, RateLimited):
        return Snooze(until=error.until, reason=str(error))
    if isinstance(error, BusyError):
        return Retry(after=BUSY_WAIT, reason=f"{what}: {error}")
    if isinstance(error, Transient):
        return Retry(after=NOT_SENT_WAIT, reason=str(error))
    if isinstance(error, RefusedError | UnknownNameError):
        return Rejected(reason=f"{what}: {error}")
    return Uncertain(evidence=f"{what}: {error}")
