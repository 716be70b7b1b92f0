"""Every public error, classed by what the caller does about it.

Reads raise; writes return an outcome (``syncer.model.outcome``). An error about the
user's data names what, where and what to do next. No error carries a secret or a
message body.
"""

from datetime import datetime


class SyncerError(Exception):
    """Base of all errors that this program raises on purpose."""

    exit_code = 1


class ConfigError(SyncerError):
    """The configuration is wrong: stop before any call and name the file, line and key."""

    exit_code = 2


class AuthError(SyncerError):
    """The ledger refuses us: pause this ledger, tell a person, go on with the others."""

    exit_code = 4


class RateLimited(SyncerError):
    """The vendor's limit is used up until ``until`` (aware UTC): the ledger ends early, green."""

    exit_code = 0

    def __init__(self, message: str, *, until: datetime, scope: str) -> None:
        super().__init__(message)
        self.until = until
        self.scope = scope


class Transient(SyncerError):
    """A fault that may pass: retried within bounds by the HTTP layer, then this ledger fails."""

    exit_code = 5


class Unreachable(Transient):
    """The mail server could not be reached or would not talk: certainly nothing was handed over."""


class RecordError(SyncerError):
    """One record cannot be read: quarantine it and hold its account."""


class ContractError(SyncerError):
    """The vendor broke the agreed shape: stop this ledger; never read it as an empty list."""


class InvariantError(SyncerError):
    """A bug of ours: crash loudly, nothing half sent."""

    exit_code = 7


class LeaseHeld(SyncerError):
    """Another run owns this ledger: leave it alone."""

    exit_code = 6


class StalePlan(SyncerError):
    """A saved plan was altered or no longer matches the ledger: refuse to apply it."""

    exit_code = 6


class Interrupted(SyncerError):
    """Somebody asked the run to stop: what was begun is finished or put back, the rest waits."""


class StateError(SyncerError):
    """The state database cannot be used: nothing is sent; says which file and what to do."""

    exit_code = 2


class StateLost(StateError):
    """The database server went away or keeps us waiting: nothing is wrong that may not pass."""

    exit_code = 5
