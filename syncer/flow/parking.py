"""Leaves a ledger alone while its vendor's limit lasts, instead of asking at every run.

What is known of it stands in the history of runs: the ledger's last run ended ``limited`` and
says until when. A run that leaves it alone adds nothing to that history, so what counts is
always what the vendor said last.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncer.errors import RateLimited
from syncer.model.run import run_stamp
from syncer.ports import History

PARKED_MAX = timedelta(days=31)  # the longest month: no allowance is counted over more
SHORT = timedelta(minutes=2)  # a limit that is over so soon needs no parking

_MINUTE = timedelta(minutes=1)
_USED_UP = {"day": "its day's calls are used up", "month": "its month's calls are used up"}


class Parking(RateLimited):
    """A limit long enough that later runs leave the ledger alone until it ends."""


class LeftAlone(Parking):
    """The ledger is parked: nothing was asked of its vendor."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A ledger that is left alone until ``until`` (aware UTC), by what ``run_id`` was told."""

    ledger: str
    run_id: str
    until: datetime
    scope: str  # the limit's name, as RateLimited has it

    def line(self) -> str:
        """``north is parked until 2026-11-16 23:59 UTC: its day's calls are used up``."""
        return f"{_parked(self.ledger, self.until)}: {_used_up(self.scope)}"


def parked(store: History, ledger: str, *, now: datetime) -> Parked | None:
    """Whether the ledger is parked at ``now`` (aware UTC).

    Runs that began after ``now`` were made under a clock that has been set back since: they
    are not believed.
    """
    begun = run_stamp(now + timedelta(seconds=1))
    for last in store.past(ledger, limit=1, before=begun):
        told = last.result
        if not told.parked or told.limited_until is None:
            return None
        until = min(told.limited_until, last.at + PARKED_MAX)
        if until <= now or store.parking_ended(ledger, last.run_id):
            return None
        return Parked(ledger, last.run_id, until, told.limited_scope)
    return None


def leave_parked_alone(store: History, ledger: str, *, now: datetime) -> None:
    """Raises LeftAlone while the ledger is parked."""
    found = parked(store, ledger, now=now)
    if found is not None:
        raise LeftAlone(found.line(), until=found.until, scope=found.scope)


def park(error: Exception, ledger: str, *, now: datetime) -> Exception:
    """A limit as the run's result tells it: bounded, and with what it means for later runs.

    Anything else that ended the run, and a limit that is soon over, is returned as it is.
    """
    if not isinstance(error, RateLimited) or isinstance(error, Parking):
        return error
    if error.until <= now + SHORT:
        return error
    until = min(error.until, now + PARKED_MAX)
    told = Parking(
        f"{error}. {_parked(ledger, until)}: {_used_up(error.scope)}; to have it asked before, "
        f"`syncer unlock {ledger}`",
        until=until,
        scope=error.scope,
    )
    return told.with_traceback(error.__traceback__)


def limit_of(error: Exception) -> dict[str, Any]:
    """The fields of a ledger's result that tell of a limit; none where no limit ended the run."""
    if not isinstance(error, RateLimited):
        return {}
    return {
        "limited_until": error.until,
        "limited_scope": error.scope,
        "parked": isinstance(error, Parking),
        "left_alone": isinstance(error, LeftAlone),
    }


def _parked(ledger: str, until: datetime) -> str:
    """In whole minutes, rounded up: at the minute that is named it is over."""
    shown = until if not (until.second or until.microsecond) else until + _MINUTE
    return f"{ledger} is parked until {shown:%Y-%m-%d %H:%M} UTC"


def _used_up(scope: str) -> str:
    for name, said in _USED_UP.items():
        if scope.lower().startswith(name[:2]):  # vendors write Daily, day, DAY
            return said
    return "its vendor's limit is used up"
