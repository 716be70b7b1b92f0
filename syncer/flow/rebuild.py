"""Reads every customer's notes at once, so that the state knows all that was sent.

The same look as before a first contact (``flow.recall``), for every account with open items, and
for those that have paid and may have been thanked. Nothing is sent meanwhile. Stopped in the
middle, what was read stays known, and until the rest is read each customer is still looked up
before its first contact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from syncer.errors import ConfigError, Interrupted, InvariantError
from syncer.flow.lease import keep
from syncer.flow.pull import pull, today_in
from syncer.flow.recall import Past, can_look, look_up
from syncer.flow.thanking import paid_up
from syncer.flow.worker import LedgerSetup, Worker
from syncer.model.doubt import Doubt, Why
from syncer.model.effect import EffectState
from syncer.ports import LedgerSession, Progress, Selection


@dataclass(slots=True)
class Rebuilt:
    """What was found in one ledger."""

    ledger: str
    accounts: int = 0  # whose notes were read, or that need no reading
    found: int = 0  # contacts that an earlier state made
    unclear: int = 0  # of these, for a person to settle


def rebuild(
    worker: Worker, setup: LedgerSetup, *, progress: Progress, stopping: Callable[[], bool]
) -> Rebuilt:
    """Pull the ledger and look every account up. Raises what a run's reading raises.

    Raises ConfigError for a ledger whose notes cannot be read back, and LeaseHeld while a run
    works on it.
    """
    if not can_look(setup):
        raise ConfigError(
            f"ledger '{setup.name}' keeps no notes to read back; compare syncer plan with your "
            f"sent mail, then: syncer state trust --ledger {setup.name}"
        )
    now = worker.clock()
    run_id = f"{now:%Y%m%dT%H%M%SZ}-rebuild-{worker.new_id()}"
    until = now + worker.lease_length
    session = worker.store.take_lease(setup.name, owner=run_id, now=now, until=until)
    try:
        return _rebuild(worker, setup, session, run_id, progress, stopping)
    finally:
        session.release()


def _rebuild(
    worker: Worker,
    setup: LedgerSetup,
    session: LedgerSession,
    run_id: str,
    progress: Progress,
    stopping: Callable[[], bool],
) -> Rebuilt:
    def keep_lease() -> None:
        if stopping():
            raise Interrupted("stopped on request; what was read is kept, start it again to go on")
        keep(session, clock=worker.clock, length=worker.lease_length)

    # What was looked up at a first start was looked up before a copy of that state was made.
    begun = session.doubt()
    goes_on = begun is not None and begun.why is Why.RESTORED
    session.suspect(Why.RESTORED, worker.clock(), anew=not goes_on)
    source = setup.open_source()
    pulled = pull(
        source,
        session,
        clock=worker.clock,
        progress=progress,
        keep_lease=keep_lease,
        configured=worker.names,
    )
    if pulled.organisation is None:
        raise InvariantError("the pull ended without an organisation")
    past = Past(
        setup=setup,
        source=source,
        session=session,
        doubt=session.doubt() or Doubt(why=Why.RESTORED),
        today=today_in(pulled.organisation, worker.clock),
        run_id=run_id,
    )
    done = Rebuilt(setup.name)
    surveyed = paid_up(session, setup.policy, Selection(), past.today)
    paid = (one.snapshot for one in surveyed if one.snapshot is not None)
    for snapshot in chain(session.snapshots(), paid):
        keep_lease()
        done.accounts += 1
        progress.tell("reading notes", done.accounts, None)
        if session.was_looked_up(snapshot.account.account_id):
            continue
        found = look_up(past, snapshot, worker.clock())
        done.found += len(found.contacts)
        done.unclear += sum(one.state is EffectState.UNCERTAIN for one in found.contacts)
    session.end_doubt()
    return done
