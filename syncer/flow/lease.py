"""Keeps a ledger's lease alive while work goes on, and tells a dead one from one at work."""

from datetime import datetime, timedelta

from syncer.ports import Clock, Lease, LedgerSession


def keep(session: LedgerSession, *, clock: Clock, length: timedelta) -> None:
    """Renew once half of the lease has passed. Raises LeaseHeld when somebody took over."""
    now = clock()
    if session.lease.until - now < length / 2:
        session.renew(now + length)


def seems_alive(lease: Lease, *, now: datetime, length: timedelta) -> bool:
    """Whether a run could be at work under it.

    No run ever holds a lease for longer than ``length``: one that ends later was taken under
    another clock, which has been set back since.
    """
    return now < lease.until <= now + length
