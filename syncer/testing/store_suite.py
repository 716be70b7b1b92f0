"""What every store must keep, as one suite to run over each database.

Subclass ``StoreSuite`` in a test module and give it a fixture ``store`` (an empty store) and
a fixture ``reopen`` (a callable giving a second store on the same database). It speaks to
the ports alone, so that no database can pass by a special case.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

from syncer.errors import ContractError, InvariantError, LeaseHeld
from syncer.model.effect import EffectKind, EffectState
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import (
    Account,
    AccountFacts,
    ItemKind,
    Organisation,
    Page,
    Quarantined,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Cancelled, Delivered, Rejected, Retry, Snooze, Uncertain
from syncer.ports import LedgerSession, OutboxFilter, Selection, Store
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
    open_ids,
    plan,
    refused,
    same,
    send,
    sweep,
    sweep_accounts,
)


class FactsSuite:
    """Sweeps, snapshots, quarantine and holds."""

    def test_full_sweep_closes_what_it_did_not_see(self, store: Store) -> None:
        """Only a finished full sweep closes; a seen item that was closed opens again."""
        session = lease(store)
        same(sweep(session, item("1"), item("2")), 0)
        same(sweep(session, item("1"), full=False), 0)
        same(open_ids(session), ["1", "2"])
        same(sweep(session, item("2")), 1)
        same(open_ids(session), ["2"])
        same(sweep(session, item("1"), item("2")), 0)
        same(open_ids(session), ["1", "2"])

    def test_unfinished_sweep_closes_nothing(self, store: Store) -> None:
        """A sweep that never ended leaves every item open, also for the next one."""
        session = lease(store)
        sweep(session, item("1"), item("2"))
        state = session.begin_stream(Stream.ITEMS)
        session.store_page(state, Page(stream=Stream.ITEMS, items=(item("1"),)), NOW)
        same(open_ids(session), ["1", "2"])
        session.begin_stream(Stream.ITEMS)
        refused(
            InvariantError,
            lambda: session.store_page(state, Page(stream=Stream.ITEMS), NOW),
        )

    def test_vendor_count_below_what_was_read_is_refused(self, store: Store) -> None:
        """A list that counts fewer records than it gave cannot close anything."""
        session = lease(store)
        sweep(session, item("1"), item("2"))
        state = session.begin_stream(Stream.ITEMS)
        page = Page(stream=Stream.ITEMS, items=(item("1"), item("3"), item("3")))
        session.store_page(state, page, NOW)
        end = StreamEnd(stream=Stream.ITEMS, full=True, records=1)
        refused(ContractError, lambda: session.finish_stream(state, end, NOW))
        same("2" in open_ids(session), True)

    def test_record_twice_counts_once(self, store: Store) -> None:
        """A row that shifted onto two pages is one item, the last reading wins."""
        session = lease(store)
        state = session.begin_stream(Stream.ITEMS)
        for amount in ("5.00", "7.00"):
            page = Page(stream=Stream.ITEMS, items=(item("1", amount=amount),))
            session.store_page(state, page, NOW)
        session.finish_stream(state, StreamEnd(stream=Stream.ITEMS, full=True, records=1), NOW)
        same(session.open_totals(), {"GBP": Decimal("7.00")})

    def test_totals_are_signed(self, store: Store) -> None:
        """Credits count down, currencies stay apart."""
        session = lease(store)
        credit = item("2", amount="30.01", kind=ItemKind.CREDIT_NOTE)
        sweep(session, item("1"), credit, item("3", amount="0.0001", currency="CLF"))
        totals = {"CLF": Decimal("0.0001"), "GBP": Decimal("69.99")}
        same(dict(session.open_totals()), totals)

    def test_too_fine_an_amount_is_a_bug(self, store: Store) -> None:
        """More than four decimals are refused, never rounded."""
        session = lease(store)
        refused(InvariantError, lambda: sweep(session, item("1", amount="1.00001")))

    def test_snapshots_come_in_account_order(self, store: Store) -> None:
        """Order is by code point, accounts never listed get their id as name."""
        session = lease(store)
        names = ("b", "Z", "a", "ä", "10", "2")
        sweep(session, *(item(f"i-{name}", name) for name in names))
        sweep_accounts(
            session, Account(account_id="a", name="Ann"), Account(account_id="x", name="")
        )
        found = [(s.account.account_id, s.account.name) for s in session.snapshots()]
        same(found, [(n, "Ann" if n == "a" else n) for n in sorted(names)])
        same(session.snapshot("nobody"), None)

    def test_merged_account_is_followed(self, store: Store) -> None:
        """Items, holds and contacts of a merged account belong to the surviving one."""
        session = lease(store)
        sweep(session, item("1", "old"), item("2", "new"))
        plan(session, contact("K1", "old"))
        send(session, "K1", Delivered())
        moved = Account(account_id="old", name="Old", merged_into="new")
        sweep_accounts(session, moved, Account(account_id="new", name="New"))
        found = list(session.snapshots())
        same([s.account.account_id for s in found], ["new"])
        same(sorted(i.item_id for i in found[0].items), ["1", "2"])
        same([c.key for c in found[0].contacts], ["K1"])
        same(session.snapshot("new"), found[0])

    def test_selection_narrows(self, store: Store) -> None:
        """Accounts by id or name, items by id or number."""
        session = lease(store)
        sweep(session, item("1", "A"), item("2", "B"), item("3", "C"))
        sweep_accounts(session, Account(account_id="B", name="Bob"))
        for selection, expected in (
            (Selection(accounts=("Bob",)), ["B"]),
            (Selection(items=("INV-3",)), ["C"]),
            (Selection(accounts=("A",), items=("3",)), ["A", "C"]),
            (Selection(accounts=("nobody",)), []),
        ):
            same([s.account.account_id for s in session.snapshots(selection)], expected)

    def test_quarantine_counts_until_replaced(self, store: Store) -> None:
        """An unreadable record holds its account until a finished sweep reads it."""
        session = lease(store)
        bad = Quarantined(record_id="9", account_id="A", where="row 9", problem="no amount")
        lost = Quarantined(record_id="8", account_id="", where="row 8", problem="no customer")
        sweep(session, item("1"), quarantined=(bad, lost))
        same([s.quarantined for s in session.snapshots()], [1])
        same([q.record_id for q in store.quarantine(LEDGER)], ["8", "9"])
        sweep(session, item("1"), full=False)
        same([s.quarantined for s in session.snapshots()], [1])
        sweep(session, item("1"), item("9"), full=False)
        same([s.quarantined for s in session.snapshots()], [0])
        sweep(session, item("1"))
        same(store.quarantine(LEDGER), [])

    def test_guard_read_replaces_an_account(self, store: Store) -> None:
        """After a fresh read, exactly what it found is open on that account alone."""
        session = lease(store)
        sweep(session, item("1"), item("2"), item("3", "B"))
        account = Account(account_id="A", name="Ann")
        facts = AccountFacts(account=account, items=(item("2", amount="40.00"),), read_at=NOW)
        session.refresh_account(facts)
        same(dict(session.open_totals()), {"GBP": Decimal("140.00")})
        session.refresh_account(AccountFacts(account=account, items=(), read_at=NOW))
        found = session.snapshot("A")
        same(found is not None and found.items, ())

    def test_holds_of_the_configuration_are_exactly_these(self, store: Store) -> None:
        """Configured holds come and go with the file; those of people stay."""
        mine = Hold(
            hold_id="h1", kind=HoldKind.MANUAL, account_id="A", starts_on=TODAY, reason="on leave"
        )
        config = Hold(
            hold_id="c1",
            kind=HoldKind.EXCLUDE,
            account_id="B",
            starts_on=TODAY,
            reason="own company",
            source=HoldSource.CONFIG,
        )
        store.add_hold(LEDGER, mine, NOW)
        store.sync_config_holds(LEDGER, (config,), NOW)
        same([h.hold_id for h in store.holds(LEDGER)], ["h1", "c1"])
        store.sync_config_holds(LEDGER, (), NOW)
        ended = store.end_hold(LEDGER, "h1", on=TODAY, author="anna", at=NOW)
        same([h.hold_id for h in store.holds(LEDGER, account_id="A", on=TODAY)], ["h1"])
        same(ended.ends_on, TODAY)
        same(store.holds(LEDGER, on=TODAY + timedelta(days=1)), [])


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
        second = reopen()
        found = second.peek_context(LEDGER, TODAY)
        same(found is not None and found.organisation, organisation)
        same(second.load_secret("token"), b"\x00two")
        same(second.load_secret("other"), None)
        second.close()


class StoreSuite(FactsSuite, OutboxSuite):
    """Everything a store must keep."""
