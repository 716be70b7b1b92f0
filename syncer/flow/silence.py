"""Since when each ledger has not been worked on to its end: the dead man's switch.

A run that fails says so itself. A ledger that no run reaches any more, or whose every run ends
half-way, is told by whoever asks next: ``status``, the metrics, Sentry, the ping.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncer.flow.parking import parked
from syncer.flow.worker import LedgerSetup, Mode
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.model.standstill import Standstill
from syncer.ports import History

COMPLETE = (LedgerStatus.OK, LedgerStatus.PARTIAL, LedgerStatus.HELD)
"""How a run ends that came to its end; one that a quota ended early did not."""

_AT_ONCE = 20


def standstills(
    store: History, setups: Sequence[LedgerSetup], *, now: datetime, allowed: timedelta
) -> tuple[Standstill, ...]:
    """How it stands with each ledger. ``allowed`` zero: none is ever called silent.

    One that never completed is counted from its first run, and where it has none from the first
    run of any ledger: a ledger that the schedule forgot must not go unseen.
    """
    installed = store.began_on()
    return tuple(_standstill(store, one, now, allowed, installed) for one in setups)


def _standstill(
    store: History,
    setup: LedgerSetup,
    now: datetime,
    allowed: timedelta,
    installed: datetime | None,
) -> Standstill:
    completed_at = _last_completed(store, setup)
    latest = store.past(setup.name, limit=1)
    resting = parked(store, setup.name, now=now)
    since = completed_at or store.began_on(setup.name) or installed
    return Standstill(
        ledger=setup.name,
        completed_at=completed_at,
        last_at=latest[0].at if latest else None,
        last=latest[0].result if latest else None,
        since=since,
        silent=bool(allowed) and since is not None and now - since > allowed,
        sends=setup.mode is Mode.LIVE,
        parked_until=resting.until if resting else None,
        parked=resting.line() if resting else "",
    )


def _last_completed(store: History, setup: LedgerSetup) -> datetime | None:
    """The newest run over the whole ledger that came to its end and could have sent."""
    before = ""
    while some := store.past(setup.name, limit=_AT_ONCE, statuses=COMPLETE, before=before):
        for one in some:
            if _counts(one.result, setup):
                return one.at
        before = some[-1].run_id
    return None


def _counts(result: LedgerResult, setup: LedgerSetup) -> bool:
    """A plan that somebody looked at is no run of a ledger that is live."""
    if result.narrowed:
        return False
    return setup.mode is not Mode.LIVE or result.mode == Mode.LIVE
