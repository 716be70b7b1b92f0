"""What goes wrong in the middle: nobody is written to twice, and the exit code says so."""

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from syncer.errors import (
    AuthError,
    ConfigError,
    LeaseHeld,
    RateLimited,
    RecordError,
    StateError,
    Transient,
    Unreachable,
)
from syncer.flow.cycle import run_cycle
from syncer.flow.desk import Budget
from syncer.flow.ledger import run_ledger
from syncer.flow.resolve import resolve
from syncer.flow.worker import RunOptions
from syncer.http.faults import Lost, NotSent
from syncer.model.outcome import AlreadyThere, Delivered, Rejected, Retry, Uncertain
from syncer.model.run import LedgerStatus
from syncer.ports import OutboxFilter
from syncer.testing.memory import Crash


@pytest.mark.parametrize(
    ("failure", "code"), [(AuthError("login refused"), 4), (Unreachable("no answer"), 5)]
)
def test_a_mail_server_that_refuses_us_ends_the_ledger(bench, failure, code):
    """No message is to blame: none loses an attempt, and the next run sends them all."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=3)
    tried = []

    def refuse(message):
        tried.append(message)
        raise failure

    bench.channel.send = refuse
    assert (bench.run().exit_code, len(tried)) == (code, 1)
    effects = bench.store.effects(OutboxFilter())
    assert {(effect.state, effect.attempt) for effect in effects} == {("pending", 0)}
    del bench.channel.send
    assert bench.ledger().contacted == 2


@pytest.mark.parametrize(
    ("failure", "code", "kind"),
    [
        (Lost("the answer broke off"), 5, "Transient"),
        (NotSent("no connection could be made"), 5, "Transient"),
        (StateError("the disk is full"), 2, "StateError"),
    ],
)
def test_every_kind_of_error_has_the_code_of_its_family(bench, failure, code, kind):
    """An adapter's own error counts as the public one it comes from."""
    bench.owes(late=3)
    bench.source.failure = failure
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].error_kind) == (code, kind)


def test_a_message_put_off_does_not_come_back_in_a_long_run(bench):
    """A run that outlasts the wait of a greylisted message leaves it to the next run."""
    for number, late in enumerate((30, 3, 2)):
        bench.owes(f"I{number}", f"A{number}", late=late)
    tried = []

    def slowly(message):
        bench.clock.now += timedelta(minutes=20)
        tried.append(message.to[0].email)
        if tried[-1].startswith("a0@"):
            return Retry(after=timedelta(minutes=15), reason="451 try later")
        return Delivered()

    bench.channel.send = slowly
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].contacted) == (0, 2)
    assert len(tried) == 3
    bench.run()
    assert tried[3:] == [tried[0]]


def test_giving_a_message_up_is_told(bench):
    """The attempt that was the last one makes the run partial: a person has to look."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Retry(after=timedelta(minutes=1), reason="451 try later")
    codes = []
    for _ in range(3):
        result = bench.run()
        codes.append((result.exit_code, result.ledgers[0].rejected))
        bench.clock.now += timedelta(hours=1)
    assert codes == [(0, 0), (0, 0), (1, 1)]


def test_used_up_quota_does_not_hide_what_went_wrong_before(bench):
    """An early end is green only when nothing failed until then."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=3)

    def lose(_):
        bench.source.failure = RateLimited("spent", until=bench.clock(), scope="day")
        return Uncertain(evidence="connection lost after DATA")

    bench.channel.send = lose
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].status) == (1, LedgerStatus.LIMITED)


@pytest.mark.parametrize("failure", [AuthError("scope is missing"), Transient("down")])
def test_a_note_that_could_not_be_written_is_told(bench, failure):
    """The reminder is out, its note is not: that is no complete success, and it is caught up."""
    bench.owes(late=3)

    def refuse(**_):
        raise failure

    bench.source.add_note = refuse
    assert bench.run().exit_code == 1
    del bench.source.add_note
    bench.next_day()
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].notes) == (0, 1)


def test_what_an_earlier_run_left_in_doubt_is_told(bench):
    """A crash in the middle of a send shows in the exit code of the run that finds it."""
    bench.owes(late=3)

    def die(_):
        raise Crash

    bench.channel.send = die
    with pytest.raises(Crash):
        bench.run()
    del bench.channel.send
    bench.next_day()
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].uncertain) == (1, 1)
    assert bench.book.mailbox == []


def test_a_run_that_fails_tells_what_waits_all_the_same(bench):
    """Nobody reads in status or the metrics that nothing is to settle because a ledger was away."""
    bench.owes(late=1)
    bench.channel.send = lambda _: Uncertain(evidence="the line broke")
    assert bench.ledger().waiting == 1
    bench.source.failure = AuthError("refused")
    done = bench.ledger()
    assert (done.status, done.waiting) == (LedgerStatus.FAILED, 1)


def test_a_send_that_did_not_happen_costs_no_budget(bench):
    """One ledger's broken-off send leaves its place in --max-sends to the others."""
    bench.owes(late=3)
    bench.source.read_accounts = lambda _: 1 / 0
    budget = Budget(1)
    worker = bench.worker()
    run_ledger(worker, worker.ledgers[0], run_id="r1", options=RunOptions(), budget=budget)
    assert budget.take()


@pytest.mark.parametrize("outcome", [Delivered(), AlreadyThere(), Uncertain(evidence="lost")])
def test_what_may_have_arrived_is_counted_against_the_limit(bench, outcome):
    """--max-sends 1 lets one message leave, also when nobody knows whether it arrived."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=3)
    tried = []

    def answer(message):
        tried.append(message)
        return outcome

    bench.channel.send = answer
    bench.run(RunOptions(sends_max=1))
    assert len(tried) == 1


def test_the_guard_looks_at_merged_accounts_as_well(bench):
    """An invoice of an account that was merged into this one is not asked for once it is paid."""
    bench.owes("I1", "A1", late=30, amount="100.00")
    bench.owes("I2", "A2", late=20, amount="50.00")
    bench.book.accounts["A2"] = replace(bench.book.accounts["A2"], merged_into="A1")
    read = bench.source.read_accounts

    def paid_meanwhile(account_ids):
        bench.book.items.pop("I2", None)
        return read(account_ids)

    bench.source.read_accounts = paid_meanwhile
    assert bench.ledger().contacted == 1
    [message] = bench.book.mailbox
    assert "100.00" in message.text
    assert "150.00" not in message.text


def test_a_slow_read_does_not_let_the_lease_run_out_in_a_send(bench):
    """When a message leaves, the lease has at least half of its length ahead."""
    bench.owes(late=3)
    bench.source.pay_link = lambda _: setattr(
        bench.clock, "now", bench.clock.now + timedelta(minutes=14)
    )
    owners = []

    def meanwhile(_):
        now = bench.clock()
        try:
            bench.store.take_lease("acme", owner="other", now=now + timedelta(minutes=5), until=now)
        except LeaseHeld:
            owners.append("ours")

    bench.channel.before_send = meanwhile
    assert bench.ledger(pay_links=True).contacted == 1
    assert owners == ["ours"]


@pytest.mark.parametrize("failure", [Transient("down"), RecordError("no such invoice")])
def test_a_link_that_cannot_be_had_stops_no_message(bench, failure):
    """It goes without that link, and with the others."""
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A1", late=3)
    link = bench.source.pay_link

    def some(item_id):
        if item_id == "I1":
            raise failure
        return link(item_id)

    bench.source.pay_link = some
    assert bench.ledger(pay_links=True).contacted == 1
    [message] = bench.book.mailbox
    assert "https://pay.example/I2" in message.text
    assert "https://pay.example/I1" not in message.text


def test_a_refused_message_holds_its_account_until_a_person_settles_it(bench):
    """No run promises again what it will not send; discarded, the step is due once more."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Rejected(reason="550 no such user")
    worker = bench.worker()
    bench.run()
    del bench.channel.send
    bench.next_day()
    result = bench.ledger()
    assert (result.planned, [total.code for total in result.outcomes]) == (0, ["in_flight"])
    [effect] = bench.store.effects(OutboxFilter(states=("rejected",)))
    resolve(worker, effect, delivered=False, author="anna", note="address corrected")
    assert bench.ledger().contacted == 1


def test_a_confirmed_message_gets_its_note_and_the_ladder_goes_on(bench):
    """A person who found the message in the mailbox completes the reminder as a run would."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Uncertain(evidence="connection lost after DATA")
    bench.run()
    del bench.channel.send
    [effect] = bench.store.effects(OutboxFilter(states=("uncertain",)))
    resolve(bench.worker(), effect, delivered=True, author="anna", note="in the mailbox")
    bench.next_day()
    assert (bench.ledger().notes, len(bench.book.notes)) == (1, 1)
    bench.next_day(8)
    assert bench.ledger().contacted == 1
    [settled] = bench.store.effects(OutboxFilter(key=effect.key))
    with pytest.raises(ConfigError, match="delivered"):
        resolve(bench.worker(), settled, delivered=False, author="anna", note="")
    assert list(bench.store.verify_journal()) == []


def test_a_ledger_whose_books_cannot_be_closed_stays_alone(bench):
    """The state database failing at a ledger's very end is that ledger's failure only."""
    bench.owes(late=3)
    worker = bench.worker()

    class Full:
        def __getattr__(self, name):
            return getattr(bench.store, name)

        def take_lease(self, *args, **kwargs):
            session = bench.store.take_lease(*args, **kwargs)

            def full(*_):
                raise StateError("the disk is full")

            session.finish_run = full
            return session

    result = run_cycle(
        dataclasses.replace(worker, store=Full()), now=bench.clock(), options=RunOptions()
    )
    [ledger] = result.ledgers
    assert (ledger.status, ledger.contacted, result.exit_code) == (LedgerStatus.FAILED, 1, 2)
    assert "disk is full" in ledger.error
