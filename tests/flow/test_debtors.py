"""Two ledgers with one debtor: their limits are shared, from the plan to the last look."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as with_parts
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from syncer.flow.cycle import run_cycle
from syncer.flow.planfile import charges_in, claim_mark
from syncer.flow.worker import Approved, RunOptions
from syncer.model.ledger import Person
from syncer.model.outcome import Rejected, Retry
from syncer.policy.debtor import DebtorRules
from syncer.policy.rules import Cap
from syncer.ports import OutboxFilter, Selection
from syncer.testing import builders
from syncer.testing.memory import Book, BookSource, BoxChannel

from .conftest import MONDAY

NAMED = DebtorRules(named=(("A1", "acme"),))
GAP = builders.policy(restraint=replace(builders.ALWAYS, min_gap=4))


class Two:
    """Acme, as everywhere in these tests, and south beside it: each its own book and mailbox."""

    def __init__(self, bench, *, threads=0, debtors=(NAMED, NAMED)):
        self.bench = bench
        self.book = Book()
        self.source = BookSource(self.book, bench.clock)
        self.channel = BoxChannel(self.book, proves=False)
        first = bench.worker(rules=GAP)
        acme = with_parts(first.ledgers[0], debtors=debtors[0])
        south = with_parts(
            acme,
            name="south",
            open_source=lambda: self.source,
            channel=self.channel,
            debtors=debtors[1],
        )
        self.worker = with_parts(first, ledgers=(acme, south), threads=threads)

    def owe(self, *, late, account_id="A1"):
        """The customer owes something in both ledgers."""
        self.bench.owes(f"I-{account_id}", account_id, late=late)
        due = MONDAY - timedelta(days=late)
        self.book.accounts[account_id] = builders.account(account_id)
        self.book.items[f"S-{account_id}"] = builders.invoice(
            f"S-{account_id}", account_id, due=due
        )

    def run(self, **options):
        """One run over both."""
        return run_cycle(self.worker, now=self.bench.clock(), options=RunOptions(**options))

    def sent(self):
        """How many messages each ledger has sent."""
        return len(self.bench.book.mailbox), len(self.book.mailbox)

    def effects(self, ledger):
        """What stands in a ledger's outbox, without notes."""
        found = self.bench.store.effects(OutboxFilter(ledger=ledger))
        return [one for one in found if one.kind != "note"]


@pytest.fixture
def two(bench):
    """Both ledgers, one after the other, A1 being one debtor."""
    return Two(bench)


def test_one_message_per_customer_and_ledger_where_nothing_is_shared(bench):
    """Without debtors each ledger writes to its own customers, whatever the other does."""
    two = Two(bench, debtors=(DebtorRules(), DebtorRules()))
    two.owe(late=3)
    result = two.run()
    assert (two.sent(), result.exit_code) == ((1, 1), 0)


def test_the_second_ledger_waits_for_the_gap_of_the_first(two):
    """One message a debtor at a time: the other ledger's turn comes when the gap is over."""
    two.owe(late=3)
    two.owe(late=3, account_id="A2")
    result = two.run()
    assert two.sent() == (2, 1)
    held = {total.code for total in result.ledgers[1].outcomes}
    assert held == {"min_gap_elsewhere", "step_due"}
    for _ in range(3):
        two.bench.next_day()
        two.run()
        assert two.sent() == (2, 1)
    two.bench.next_day()
    two.run()
    assert two.sent() == (2, 2)


def test_planned_together_only_one_is_sent(two):
    """Both ledgers planned before either sent: the second is held by its last look and stays."""
    two.owe(late=3)
    planned = threading.Barrier(2)

    def together(source):
        read = source.read_accounts

        def wait(account_ids):
            planned.wait(timeout=20)
            return read(account_ids)

        source.read_accounts = wait

    together(two.bench.source)
    together(two.source)
    two.worker = with_parts(two.worker, threads=2)
    result = two.run()
    assert sum(two.sent()) == 1
    assert result.exit_code == 0
    assert sorted(ledger.snoozed for ledger in result.ledgers) == [0, 1]
    late = "south" if two.sent() == (1, 0) else "acme"
    [waiting] = two.effects(late)
    assert (waiting.state, waiting.attempt) == ("pending", 0)
    first = "acme" if late == "south" else "south"
    assert waiting.detail.startswith(f"Ledger {first} contacted the same debtor on 2026-11-16;")


def test_the_last_moment_decides(two):
    """A contact that another ledger commits after the last look still stops the message."""
    two.owe(late=3)
    render = two.worker.renderer.render

    class Slow:
        """Renders; the other ledger writes meanwhile."""

        note, task_text = two.worker.renderer.note, two.worker.renderer.task_text
        fired = False

        def render(self, **values):
            message = render(**values)
            if not self.fired:
                self.fired = True
                assert two.run(ledgers=("south",)).ledgers[0].contacted == 1
            return message

    slow = with_parts(two.worker, renderer=Slow())
    result = run_cycle(slow, now=two.bench.clock(), options=RunOptions(ledgers=("acme",)))
    assert two.sent() == (0, 1)
    assert (result.ledgers[0].snoozed, result.exit_code) == (1, 0)
    [waiting] = two.effects("acme")
    assert (waiting.state, waiting.attempt) == ("pending", 0)
    assert waiting.detail.startswith("Ledger south contacted the same debtor")


@pytest.mark.parametrize(
    "outcome", [Rejected(reason="550 unknown"), Retry(after=timedelta(hours=9), reason="451")]
)
def test_what_reached_nobody_is_no_contact_for_others(two, outcome):
    """One ledger's refused mail leaves the debtor to the other ledger, the same day."""
    two.owe(late=3)
    two.bench.channel.send = lambda _: outcome
    two.run()
    assert two.sent() == (0, 1)


def test_a_ledger_that_is_not_run_counts_all_the_same(bench):
    """Rules are applied to every ledger's customers as they were read last, run or not."""
    two = Two(bench, debtors=(DebtorRules(), DebtorRules()))
    two.owe(late=3)
    two.run(ledgers=("south",))
    assert two.sent() == (0, 1)
    two.source.failure = None
    shared = Two(bench)
    shared.book, shared.source = two.book, two.source
    shared.run(ledgers=("acme",))
    assert two.sent() == (0, 1)


@pytest.mark.parametrize("by_tax_number", [False, True])
def test_a_renamed_customer_stays_the_debtor_it_was(bench, by_tax_number):
    """A name that fits nobody any more stops its ledger; what that sent still holds the others."""
    named = DebtorRules(named=(("Customer A1", "acme"),), by_tax_number=by_tax_number)
    two = Two(bench, debtors=(named, NAMED))
    two.owe(late=3)
    two.run(ledgers=("acme",))
    bench.book.accounts["A1"] = builders.account("A1", name="Customer A1 Holding")
    bench.next_day()
    for _ in range(2):
        acme, south = two.run().ledgers
        assert (acme.error_kind, south.status, two.sent()) == ("ConfigError", "ok", (1, 0))


def test_rules_taken_away_share_nothing(two):
    """What the configuration no longer says is forgotten by the next run."""
    two.owe(late=3)
    two.run()
    assert two.sent() == (1, 0)
    alone = Two(two.bench, debtors=(DebtorRules(), DebtorRules()))
    alone.source, alone.channel = two.source, two.channel
    south = with_parts(alone.worker.ledgers[1], open_source=lambda: two.source, channel=two.channel)
    worker = with_parts(alone.worker, ledgers=(alone.worker.ledgers[0], south))
    run_cycle(worker, now=two.bench.clock(), options=RunOptions())
    assert two.sent() == (1, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"command": "plan"},
        {"as_of": MONDAY},
        {"dry_run": True},
    ],
)
def test_a_run_that_only_shows_leaves_the_others_debtors_alone(two, options):
    """A look with other rules takes nothing from what a ledger that sends has to count."""
    two.owe(late=3)
    two.run()
    alone = tuple(with_parts(one, debtors=DebtorRules()) for one in two.worker.ledgers)
    worker = with_parts(two.worker, ledgers=alone)
    run_cycle(worker, now=two.bench.clock(), options=RunOptions(**options))
    [told] = two.bench.store.peek("south", "A1").elsewhere
    assert told.ledger == "acme"


def test_a_plan_counts_debtors_named_since_the_last_run(bench):
    """What a plan shows is what a run would do, also right after somebody named a debtor."""
    two = Two(bench, debtors=(DebtorRules(), DebtorRules()))
    two.owe(late=3)
    two.run(ledgers=("acme",))
    setups = [with_parts(one, debtors=NAMED) for one in two.worker.ledgers]
    two.worker = with_parts(two.worker, ledgers=tuple(setups))
    _, south = two.run(command="plan").ledgers
    assert [total.code for total in south.outcomes] == ["min_gap_elsewhere"]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ((("Custmer A1", "acme"),), "has no customer 'Custmer A1'; did you mean 'Customer A1'?"),
        ((("I-A1", "acme"),), "has no customer 'I-A1'"),
        ((("Twin", "acme"),), "has several customers 'Twin' (T1, T2); use the id"),
        ((("A1", "acme"), ("Customer A1", "zenith")), "is both 'acme' and 'zenith'; keep one"),
    ],
)
def test_a_name_that_does_not_fit_stops_its_ledger_alone(bench, named, says):
    """Nobody is contacted more often than allowed for a typing mistake; the other goes on."""
    two = Two(bench, debtors=(DebtorRules(named=named), NAMED))
    two.owe(late=3)
    bench.customer("T1", name="Twin")
    bench.customer("T2", name="Twin")
    result = two.run()
    acme, south = result.ledgers
    assert (acme.status, acme.error_kind) == ("failed", "ConfigError")
    assert says in acme.error
    assert (south.status, south.contacted, result.exit_code) == ("ok", 1, 1)


@pytest.mark.parametrize("gone", [False, True])
def test_merged_customers_of_one_name_are_one(bench, gone):
    """Merging two of one name, or losing one, stops no ledger: the name means the one left."""
    two = Two(bench, debtors=(DebtorRules(named=(("Acme Ltd", "acme"),)), NAMED))
    two.owe(late=3)
    bench.customer("A1", name="Acme Ltd")
    bench.customer("A2", name="Acme Ltd")
    assert "several customers 'Acme Ltd' (A1, A2)" in two.run(command="plan").ledgers[0].error
    if gone:
        del bench.book.accounts["A2"]
    else:
        merged = builders.account("A2", name="Acme Ltd", merged_into="A1")
        bench.book.accounts["A2"] = merged
    result = two.run()
    assert (result.exit_code, two.sent()) == (0, (1, 0))


def test_matched_debtors_share_as_well(bench):
    """Tax number and domain do what a name does, for customers read in the same run."""
    two = Two(bench, debtors=(DebtorRules(by_tax_number=True),) * 2)
    two.owe(late=3)
    for book in (bench.book, two.book):
        book.accounts["A1"] = builders.account("A1", tax_number="GB 123456782")
    two.run()
    assert two.sent() == (1, 0)


def test_a_saved_plan_is_stale_when_another_ledger_wrote(two):
    """What was approved before the other ledger's contact is not sent after it."""
    two.owe(late=3)
    planned = {}
    two.run(command="plan", on_contact=lambda one: planned.update({one.effect.key: one}))
    assert len(planned) == 2
    digests = {key: one.decision.digest for key, one in planned.items()}
    marks = {
        key: claim_mark(charges_in(one.claim), one.claim.before) for key, one in planned.items()
    }
    contacts, claims = (dict.fromkeys(("acme", "south"), of) for of in (digests, marks))
    days = {"acme": MONDAY, "south": MONDAY}
    two.run(command="apply", approved=Approved(contacts=contacts, claims=claims, days=days))
    assert two.sent() == (1, 0)


def test_a_selected_customer_is_held_too(two):
    """--select looks at one customer and still counts what others sent."""
    two.owe(late=3)
    two.run(ledgers=("acme",))
    two.run(ledgers=("south",), selection=Selection(accounts=("A1",)))
    assert two.sent() == (1, 0)


def test_many_runs_at_once_send_one(bench):
    """Two processes on one debtor: each runs one ledger, one message goes out."""
    two = Two(bench)
    two.owe(late=3)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: two.run(ledgers=(name,)), ("acme", "south")))
    assert sum(two.sent()) == 1


SHARED = DebtorRules(by_address=True)


def test_customers_of_one_ledger_at_one_address_are_written_to_in_turn(bench):
    """Planned together, one is sent; the other waits for the gap, and its outcome says for whom."""
    for account_id in ("A1", "A2", "A3"):
        address = "own@a3.example" if account_id == "A3" else "desk@payers.example"
        bench.customer(account_id, people=(Person(email=address),))
        bench.owes(f"I-{account_id}", account_id, late=3)
    setup = {"rules": GAP, "debtors": SHARED}
    result = bench.ledger(**setup)
    assert len(bench.book.mailbox) == 2
    assert (result.status, result.snoozed) == ("ok", 1)
    [waiting] = [
        one for one in bench.store.effects(OutboxFilter(ledger="acme")) if one.state == "pending"
    ]
    assert "Ledger acme (customer A" in waiting.detail
    for _ in range(3):
        bench.next_day()
        result = bench.ledger(**setup)
        assert len(bench.book.mailbox) == 2
        assert {total.code for total in result.outcomes} >= {"min_gap_elsewhere"}
    bench.next_day()
    bench.ledger(**setup)
    assert len(bench.book.mailbox) == 3


def test_at_one_address_the_caps_hold_over_weeks(bench):
    """Three customers behind one mailbox get no more messages than one customer would."""
    rules = builders.policy(
        restraint=replace(builders.ALWAYS, min_gap=2, caps=(Cap(contacts=3, days=10),))
    )
    for number in range(3):
        bench.customer(f"A{number}", people=(Person(email="desk@payers.example"),))
        bench.owes(f"I-{number}", f"A{number}", late=30)
    days = []
    for _ in range(15):
        before = len(bench.book.mailbox)
        bench.ledger(rules=rules, debtors=SHARED)
        days += [bench.clock().date()] * (len(bench.book.mailbox) - before)
        bench.next_day()
    assert len(days) == 6  # two steps for each of the three
    assert all((b - a).days >= 2 for a, b in pairwise(days))
    assert all((days[n + 3] - days[n]).days >= 10 for n in range(3))
