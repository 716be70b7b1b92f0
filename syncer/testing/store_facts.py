"""What a store must keep of a ledger's facts: sweeps, snapshots, quarantine and holds."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from syncer.errors import ContractError, InvariantError
from syncer.model.agreement import Covered, Instalment, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import (
    Account,
    AccountFacts,
    EarlyPayment,
    ItemKind,
    Page,
    Quarantined,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Delivered
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.ports import Selection, Store
from syncer.testing.store_cases import (
    LEDGER,
    NOW,
    TODAY,
    contact,
    item,
    lease,
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

    def test_pages_speak_in_their_order(self, store: Store) -> None:
        """What is closed and then read again is open; what is read and then closed is not."""
        session = lease(store)
        sweep(session, item("1"), item("2"))
        state = session.begin_stream(Stream.ITEMS)
        for page in (
            Page(stream=Stream.ITEMS, items=(item("2"),), gone=("1",)),
            Page(stream=Stream.ITEMS, items=(item("1"),), gone=("2",)),
        ):
            session.store_page(state, page, NOW)
        session.finish_stream(state, StreamEnd(stream=Stream.ITEMS, full=False, records=2), NOW)
        same(open_ids(session), ["1"])

    def test_a_page_may_name_what_is_closed(self, store: Store) -> None:
        """A sweep of changes closes what its pages name, also what stands on them; nothing else."""
        session = lease(store)
        sweep(session, item("1"), item("2"), item("3"))
        state = session.begin_stream(Stream.ITEMS)
        page = Page(stream=Stream.ITEMS, items=(item("4"),), gone=("2", "unknown", "4"))
        session.store_page(state, page, NOW)
        end = StreamEnd(stream=Stream.ITEMS, full=False, records=1)
        same(session.finish_stream(state, end, NOW), 1)
        same(open_ids(session), ["1", "3"])
        sweep(session, item("2"), full=False)
        same(open_ids(session), ["1", "2", "3"])

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

    def test_offers_and_sites_are_kept(self, store: Store) -> None:
        """What few items have comes back as it was read; others come back without it."""
        session = lease(store)
        offer = EarlyPayment(until=TODAY, amount=Decimal("2.00"))
        read = (item("1", early_payment=offer, site="Leeds"), item("2"))
        sweep(session, *read)
        known = session.snapshot("A")
        same(known and sorted(known.items, key=lambda one: one.item_id), list(read))

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

    def test_a_ledgers_own_runs_are_found_newest_first(self, store: Store) -> None:
        """By ledger, by how they ended, page after page; and when the first of them began."""
        same(store.began_on(), None)
        same(list(store.past("never seen", limit=5)), [])
        for number, status in enumerate((LedgerStatus.OK, LedgerStatus.FAILED, LedgerStatus.OK)):
            at = NOW + timedelta(days=number)
            run_id = f"{at:%Y%m%dT%H%M%SZ}-x"
            store.begin_run(run_id, command="run", at=at, config_digest="c")
            for ledger in (LEDGER, "another"):
                session = store.take_lease(
                    ledger, owner=run_id, now=at, until=at + timedelta(minutes=1)
                )
                done = LedgerResult(ledger=ledger, connector="x", mode="live", status=status)
                session.finish_run(run_id, done)
                session.release()
        every = store.past(LEDGER, limit=5)
        same([one.at for one in every], [NOW + timedelta(days=number) for number in (2, 1, 0)])
        same({one.result.ledger for one in every}, {LEDGER})
        good = store.past(LEDGER, limit=1, statuses=[LedgerStatus.OK], before=every[0].run_id)
        same([one.run_id for one in good], [every[2].run_id])
        same((store.began_on(), store.began_on(LEDGER), store.began_on("?")), (NOW, NOW, None))

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
        same((ended.ends_on, ended.terms), (TODAY, Terms(ended=True)))
        same(store.holds(LEDGER, account_id="A")[0], ended)
        same(store.holds(LEDGER, on=TODAY + timedelta(days=1)), [])

    def test_a_configured_agreement_remembers_what_was_open(self, store: Store) -> None:
        """The file is read again every run; what it was when first seen stays, edited or not."""
        then, later = (
            Terms(
                covers=(Covered(item_id="I1", open=Decimal(amount)),),
                instalments=(Instalment(due_on=TODAY, amount=Decimal("50.00")),),
                owner="anna",
            )
            for amount in ("50.00", "20.00")
        )
        plan = Hold(
            hold_id="c2",
            kind=HoldKind.PLAN,
            account_id="A",
            starts_on=TODAY,
            reason="agreed",
            source=HoldSource.CONFIG,
            terms=then,
        )
        store.sync_config_holds(LEDGER, (plan,), NOW)
        store.sync_config_holds(LEDGER, (replace(plan, terms=later),), NOW)
        same(store.holds(LEDGER)[0].terms, then)
        edited = replace(later, owner="bert")
        store.sync_config_holds(LEDGER, (replace(plan, terms=edited),), NOW)
        same(store.holds(LEDGER)[0].terms, replace(then, owner="bert"))
