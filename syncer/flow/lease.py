"""Keeps a ledger's lease alive while work goes on, and gives it back."""

from datetime import timedelta

from syncer.ports import Clock, LedgerSession


def keep(session: LedgerSession, *, clock: Clock, length: timedelta) -> None:
    """Renew once half of the lease has passed. Raises LeaseHeld when somebody took over."""
    now = clock()
    if session.lease.until - now < length / 2:
        session.renew(now + length)
