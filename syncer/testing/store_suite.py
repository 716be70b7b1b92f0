"""What every store must keep, as one suite to run over each database.

Subclass ``StoreSuite`` in a test module and give it a fixture ``store`` (an empty store) and
a fixture ``reopen`` (a callable giving a second store on the same database). It speaks to
the ports alone, so that no database can pass by a special case.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from syncer.errors import InvariantError, LeaseHeld
from syncer.model.effect import EffectKind, EffectState
from syncer.model.ledger import (
    Organisation,
    Page,
    Stream,
)
from syncer.model.outcome import Cancelled, Delivered, Rejected, Retry, Snooze, Uncertain
from syncer.ports import LedgerSession, OutboxFilter, Store
from syncer.testing.store_cases import (
    LATER,
    LEDGER,
    NOW,
    TODAY,
    contact,
    effect,
    item,
    lease,
    message,
    plan,
    refused,
    same,
    send,
    sweep,
)
from syncer.testing.store_facts import FactsSuite


class OutboxSuite:
    """Leases, effects, journals and secrets."""

    def test_one_owner_at_a_time(self, store: Store) -> None:
        """A lease is refused while it lasts, and free once given back or expired."""
        session = lease(store)
        refused(LeaseHeld, lambda: lease(store, "run-2"))
        session.release()
        lease(store, "run-2")
        lease(store, "run-3", NOW + timedelta(hours=1))

    def test_overtaken_owner_is_fenced(self, store: Store) -> None:
        """A run whose lease was taken over can neither read nor write."""
        old = lease(store)
        sweep(old, item("1"))
        plan(old, contact())
        old.claim("K1", NOW)
        state = old.begin_stream(Stream.ITEMS)
        lease(store, "run-2", LATER)
        page = Page(stream=Stream.ITEMS, items=(item("2"),))
        for act in (
            lambda: old.start_sending("K1", None, LATER),
            lambda: old.settle("K1", Delivered(), LATER),
            lambda: plan(old, contact("K2")),
            lambda: old.store_page(state, page, LATER),
            lambda: old.renew(LATER + timedelta(hours=1)),
            lambda: list(old.snapshots()),
            old.release,
        ):
            refused(LeaseHeld, act)

    def test_key_is_used_once_for_ever(self, store: Store) -> None:
        """A key that was sent is never enqueued again; a cancelled one may be."""
        session = lease(store)
        same(plan(session, contact()), 1)
        same(plan(session, contact()), 0)
        session.claim("K1", NOW)
        session.settle("K1", Cancelled(reason="paid"), NOW)
        same(plan(session, contact(digest="d2")), 1)
        send(session, "K1", Delivered())
        same(plan(session, contact(digest="d3")), 0)
        same(session.pending(LATER, 10), [])

    def test_plan_cancels_what_it_no_longer_wants(self, store: Store) -> None:
        """Pending reminders of decided accounts go, unless it is only looked at; others stay."""
        session = lease(store)
        plan(session, contact("K1"), contact("K2"), contact("K3", "B"))
        session.claim("K2", NOW)
        decision = contact(digest="d2").decision
        same(session.write_plan(run_id="r2", decisions=[decision], planned=None, at=NOW), 0)
        same([e.key for e in session.pending(LATER, 10)], ["K1", "K3"])
        session.write_plan(run_id="r2", decisions=[decision], planned=(), at=NOW)
        states = {e.key: e.state for e in store.effects(OutboxFilter(ledger=LEDGER))}
        gone, busy, other = EffectState.CANCELLED, EffectState.CLAIMED, EffectState.PENDING
        same(states, {"K1": gone, "K2": busy, "K3": other})
        same(store.effects(OutboxFilter(key="K1"))[0].detail, "no_longer_due")

    def test_illegal_moves_are_refused(self, store: Store) -> None:
        """Each move needs its own state before it."""
        session = lease(store)
        plan(session, contact())
        for act in (
            lambda: session.start_sending("K1", None, NOW),
            lambda: session.settle("K1", Delivered(), NOW),
            lambda: session.settle("K1", Retry(after=timedelta(0), reason="x"), NOW),
            lambda: session.settle("unknown", Cancelled(reason="x"), NOW),
        ):
            refused(InvariantError, act)
        send(session, "K1", Delivered())
        same(session.claim("K1", NOW), None)
        refused(InvariantError, lambda: session.settle("K1", Cancelled(reason="x"), NOW))

    def test_delivery_and_its_note_are_one(self, store: Store) -> None:
        """A note is there exactly when its reminder is delivered."""
        session = lease(store)
        plan(session, contact())
        send(session, "K1", Delivered(remote_id="7"), effect("N1", kind=EffectKind.NOTE))
        same([e.key for e in session.pending(LATER, 10, (EffectKind.NOTE,))], ["N1"])
        same([(a.number, a.outcome) for a in store.attempts("K1")], [(1, "delivered")])
        same(session.message("K1"), message("K1"))

    def test_snooze_uses_no_attempt_and_three_failures_reject(self, store: Store) -> None:
        """Waiting is free; failing is not."""
        session = lease(store)
        plan(session, contact())
        snoozed = send(session, "K1", Snooze(until=LATER, reason="night"))
        same((snoozed.attempt, snoozed.state), (0, EffectState.PENDING))
        same(session.pending(NOW, 10), [])
        same([session.put_off(at, (EffectKind.REMINDER,)) for at in (NOW, LATER)], [1, 0])
        same(session.put_off(NOW, (EffectKind.TASK,)), 0)
        failure = Retry(after=timedelta(minutes=5), reason="mailbox busy")
        done = [send(session, "K1", failure) for _ in range(3)][-1]
        same((done.state, done.attempt), (EffectState.REJECTED, 3))
        same(done.detail, "mailbox busy")
        same([a.number for a in store.attempts("K1")], [1, 2, 3])

    def test_contacts_are_what_may_have_reached_the_customer(self, store: Store) -> None:
        """Delivered counts; in flight, uncertain and refused count as unsettled."""
        session = lease(store)
        sweep(session, item("1"))
        plan(session, *(contact(key) for key in ("K1", "K2", "K3", "K4", "K5")))
        send(session, "K5", Rejected(reason="550"))
        send(session, "K1", Delivered(), effect("N1", kind=EffectKind.NOTE))
        send(session, "K2", Uncertain(evidence="lost answer"))
        session.claim("K3", NOW)
        send(session, "N1", Delivered())
        found = next(session.snapshots()).contacts
        same({c.key: c.settled for c in found}, {"K1": True, "K2": False, "K3": False, "K5": False})
        same([e.key for e in session.in_flight()], ["K3"])
        store.resolve("K2", delivered=False, author="anna", note="not in the mailbox", at=LATER)
        same({c.key for c in next(session.snapshots()).contacts}, {"K1", "K3", "K5"})

    def test_unchanged_decision_is_not_written_again(self, store: Store) -> None:
        """The journal grows with what changed, and stays intact."""
        session = lease(store)
        for digest in ("d1", "d1", "d2"):
            plan(session, contact(digest=digest))
        same(store.verify_journal(), [])

    def test_claims_are_never_shared(self, store: Store, reopen: Callable[[], Store]) -> None:
        """Any number of workers on one database claim each effect exactly once."""
        session = lease(store)
        keys = [f"K{number}" for number in range(40)]
        plan(session, *(contact(key) for key in keys))
        others = [session, session]

        def claim_all(mine: LedgerSession) -> list[str]:
            return [key for key in keys if mine.claim(key, NOW) is not None]

        with ThreadPoolExecutor(2) as pool:
            claimed = [key for part in pool.map(claim_all, others) for key in part]
        same(sorted(claimed), sorted(keys))
        second = reopen()
        same({e.attempt for e in second.effects(OutboxFilter(ledger=LEDGER))}, {1})
        second.close()

    def test_context_and_secrets_survive(self, store: Store, reopen: Callable[[], Store]) -> None:
        """What is committed is there for the next process."""
        session = lease(store)
        organisation = Organisation(name="Acme", time_zone="Europe/London", currency="GBP")
        session.save_organisation(organisation, NOW)
        store.save_secret("token", b"\x00one", NOW)
        store.save_secret("token", b"\x00two", NOW)
        same(store.save_secret("token", b"late", NOW, replaces=b"\x00one"), False)
        second = reopen()
        found = second.peek_context(LEDGER, TODAY)
        same(found is not None and found.organisation, organisation)
        same(second.load_secret("token"), b"\x00two")
        same(second.load_secret("other"), None)
        second.close()


class StoreSuite(FactsSuite, OutboxSuite):
    """Everything a store must keep."""
