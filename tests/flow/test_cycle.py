"""The whole job over a real store: what is sent, what is written back, what is reported."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.errors import AuthError, ContractError, Transient
from syncer.flow.worker import Approved, Mode, RunOptions
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Quarantined
from syncer.model.outcome import Rejected, Retry, Uncertain
from syncer.model.run import LedgerStatus
from syncer.policy.rules import Freshness, StaleBooks
from syncer.ports import OutboxFilter, Selection
from syncer.testing import builders

from .conftest import MONDAY


def test_an_overdue_account_gets_one_message_and_one_note(bench):
    """A step that is due is delivered once, and its note stands in the ledger."""
    bench.owes(late=3)
    result = bench.ledger()
    assert (result.contacted, result.notes, result.status) == (1, 1, LedgerStatus.OK)
    assert len(bench.book.mailbox) == 1
    [(account_id, text)] = bench.book.notes
    assert account_id == "A1"
    assert "[rs-" in text


def test_a_second_run_on_the_same_day_sends_nothing(bench):
    """Each step happens once, however often cron starts the worker."""
    bench.owes(late=3)
    bench.run()
    for _ in range(3):
        assert bench.ledger().contacted == 0
    assert len(bench.book.mailbox) == 1
    assert len(bench.book.notes) == 1


def test_the_ladder_goes_on_after_its_days(bench):
    """The next step follows when its day is reached, also when runs were missed."""
    bench.owes(late=3)
    bench.run()
    bench.next_day(9)
    assert bench.ledger().contacted == 1
    subjects = {message.subject for message in bench.book.mailbox}
    assert len(subjects) == 2


def test_plan_mode_decides_and_sends_nothing(bench):
    """A new ledger plans only: outcomes are reported, nothing leaves."""
    bench.owes(late=3)
    result = bench.ledger(mode=Mode.PLAN)
    assert (result.planned, result.contacted) == (1, 0)
    assert bench.book.mailbox == []
    assert bench.store.effects(OutboxFilter()) == []


@pytest.mark.parametrize(
    "options",
    [
        RunOptions(command="plan"),
        RunOptions(dry_run=True),
        RunOptions(as_of=date(2026, 11, 20)),
    ],
    ids=["plan", "dry-run", "as-of"],
)
def test_looking_never_sends(bench, options):
    """The plan verb, --dry-run and --as-of leave customers and ledger alone."""
    bench.owes(late=3)
    assert bench.ledger(options).planned == 1
    assert (bench.book.mailbox, bench.book.notes) == ([], [])


@pytest.mark.parametrize(
    "options", [RunOptions(command="plan"), RunOptions(as_of=date(2026, 12, 24))]
)
def test_looking_leaves_a_waiting_reminder_with_its_back_off(bench, options):
    """A reminder that the mail server put off waits on as before, whatever a plan says."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Retry(after=timedelta(hours=4), reason="451 try later")
    bench.run()
    waiting = bench.store.effects(OutboxFilter())
    assert [(one.state, one.attempt) for one in waiting] == [("pending", 1)]
    bench.customer(do_not_chase=True)
    assert bench.ledger(options).planned == 0
    assert bench.store.effects(OutboxFilter()) == waiting
    bench.run()
    assert [one.state for one in bench.store.effects(OutboxFilter())] == ["cancelled"]


def test_a_payment_between_plan_and_send_stops_the_message(bench):
    """The guard's fresh read wins over everything read before."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=20)
    bench.channel.before_send = lambda _: bench.book.items.pop("I2", None)
    result = bench.ledger()
    assert (result.contacted, result.cancelled) == (1, 1)
    assert [m.to[0].email for m in bench.book.mailbox] == ["a1@customer.example"]


def test_a_credit_between_plan_and_send_lowers_what_is_asked(bench):
    """The message asks for the net amount of the guard's read."""
    bench.owes("I1", "A1", late=30, amount="500.00")
    bench.owes("I2", "A2", late=20, amount="300.00")

    def credit(_):
        bench.book.items["C2"] = builders.credit("C2", "A2", amount="120.00")

    bench.channel.before_send = credit
    bench.run()
    assert "180.00" in bench.book.mailbox[1].text


def test_a_hold_entered_meanwhile_stops_the_message(bench):
    """A hold given on the command line while a run is at work is obeyed."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=20)

    def hold(_):
        bench.store.add_hold(
            "acme",
            Hold(
                hold_id="h1",
                kind=HoldKind.DISPUTE,
                account_id="A2",
                starts_on=date(2026, 11, 1),
                ends_on=date(2026, 12, 1),
                reason="goods returned",
            ),
            bench.clock(),
        )
        bench.channel.before_send = lambda _: None

    bench.channel.before_send = hold
    assert bench.ledger().contacted == 1


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Transient("ledger is down"), LedgerStatus.FAILED, 5),
        (AuthError("reconnect"), LedgerStatus.FAILED, 4),
        (ContractError("no list"), LedgerStatus.FAILED, 1),
        (RuntimeError("bug"), LedgerStatus.FAILED, 7),
    ],
)
def test_a_failed_read_sends_nothing_and_says_so(bench, failure, status, code):
    """The exit code is honest: never 0 after a failure, one code per kind."""
    bench.owes(late=3)
    bench.source.failure = failure
    result = bench.run()
    assert (result.ledgers[0].status, result.exit_code) == (status, code)
    assert bench.book.mailbox == []
    assert bench.ledger().contacted == 1, "the next healthy run goes on"


def test_outcomes_sum_to_the_ledger(bench):
    """Every open item has one outcome, and they add up to the ledger to the cent."""
    bench.owes("I1", "A1", late=3, amount="100.01")
    bench.owes("I2", "A1", late=-10, amount="55.55")
    bench.owes("I3", "A2", late=3, amount="10.00", currency="USD")
    bench.book.items["C1"] = builders.credit("C1", "A1", amount="20.02")
    result = bench.ledger()
    sums = {}
    for total in result.outcomes:
        sums[total.currency] = sums.get(total.currency, Decimal(0)) + total.amount
    assert sums == dict(result.open_totals) == {"GBP": Decimal("135.54"), "USD": Decimal("10.00")}
    assert sum(total.items for total in result.outcomes) == 4


def test_a_lost_answer_is_uncertain_and_never_repeated(bench):
    """At most once where nothing can be proven; then a person decides."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Uncertain(evidence="connection lost after DATA")
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].uncertain) == (1, 1)
    del bench.channel.send
    bench.next_day(2)
    later = bench.ledger()
    assert (later.contacted, later.waiting) == (0, 1), "told again until somebody settles it"
    [effect] = bench.store.effects(OutboxFilter(states=("uncertain",)))
    bench.store.resolve(
        effect.key, delivered=False, author="anna", note="not in mailbox", at=bench.clock()
    )
    assert bench.ledger().contacted == 1, "a person said it never went out: the step is due again"
    assert len(bench.book.mailbox) == 1


def test_a_certain_failure_is_tried_again(bench):
    """A refusal before anything was handed over uses an attempt and is repeated later."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Retry(after=timedelta(hours=1), reason="451 try later")
    assert bench.ledger().snoozed == 1
    del bench.channel.send
    later = bench.ledger()
    assert (later.contacted, later.snoozed) == (0, 1), "not before its time, and told as that"
    bench.clock.now += timedelta(hours=1)
    assert bench.ledger().contacted == 1


def test_a_refusal_is_told_and_not_repeated(bench):
    """A rejected message makes the run partial and waits for a person."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Rejected(reason="550 no such user")
    assert bench.run().exit_code == 1
    del bench.channel.send
    assert bench.ledger().contacted == 0


def test_a_refused_message_goes_out_once_a_person_put_it_back(bench):
    """After the address was mended the step is taken, by way of the guard."""
    bench.owes(late=3)
    bench.channel.send = lambda _: Rejected(reason="550 no such user")
    bench.run()
    del bench.channel.send
    [effect] = bench.store.effects(OutboxFilter(states=("rejected",)))
    bench.store.put_back(effect.key, author="anna", note="new address", at=bench.clock())
    assert bench.ledger().contacted == 1
    assert len(bench.book.mailbox) == 1


def test_an_unknown_error_of_a_channel_counts_as_maybe_sent(bench):
    """Whatever a channel raises unexpectedly, the message is not sent twice."""
    bench.owes(late=3)

    def explode(message):
        bench.book.mailbox.append(message)
        raise ValueError("surprise")

    bench.channel.send = explode
    assert bench.ledger().uncertain == 1
    del bench.channel.send
    bench.next_day()
    assert bench.ledger().contacted == 0
    assert len(bench.book.mailbox) == 1


def test_an_unreadable_record_holds_its_account_only(bench):
    """Nobody is contacted on partial facts; others go on."""
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=3)
    bench.book.quarantined.append(
        Quarantined(record_id="X", account_id="A1", where="page 1, row 3", problem="no amount")
    )
    run = bench.run()
    [result] = run.ledgers
    assert (result.contacted, result.quarantined, run.exit_code) == (1, 1, 1)
    assert bench.book.mailbox[0].to[0].email == "a2@customer.example"


def test_an_unreadable_record_of_nobody_holds_the_ledger(bench):
    """A record whose owner is unknown could lower what anybody owes."""
    bench.owes(late=3)
    bench.book.quarantined.append(
        Quarantined(record_id="X", account_id="", where="page 1, row 3", problem="no customer")
    )
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].status) == (3, LedgerStatus.HELD)
    assert "page 1, row 3" in result.ledgers[0].error
    assert bench.book.mailbox == []


def test_a_list_with_a_record_of_nobody_closes_nothing(bench):
    """A file cut off looks like fewer open items and one bad row; none of them was paid."""
    for number in range(1, 4):
        bench.owes(f"I{number}", f"A{number}", late=3)
    bench.run()
    stray = Quarantined(record_id="X", account_id="", where="row 3", problem="cut off")
    bench.book.quarantined.append(stray)
    kept = bench.book.items.pop("I3")
    assert bench.ledger().closed == 0
    assert bench.store.peek("acme", "A3").items == (kept,)
    bench.book.quarantined.clear()
    assert bench.ledger().closed == 1
    assert bench.ledger().status is LedgerStatus.OK


def test_stale_books_hold_the_ledger(bench):
    """A ledger whose bank reconciliation is older than allowed contacts nobody."""
    bench.owes(late=3)
    bench.book.organisation = replace(bench.book.organisation, books_fresh_on=date(2026, 11, 1))
    result = bench.run(rules=builders.policy(freshness=Freshness(books_max_age=7)))
    assert (result.exit_code, result.ledgers[0].contacted) == (3, 0)
    assert "Nobody is contacted, 1 customer is held" in result.ledgers[0].error


@pytest.mark.parametrize(
    ("mode", "sent"), [(StaleBooks.SOFTEN, ["A1"]), (StaleBooks.WARN, ["A1", "A2"])]
)
def test_stale_books_may_soften_or_warn_instead(bench, mode, sent):
    """soften: friendly words alone, which say so, the firm step waits; warn: all, and a warning."""
    stale = Freshness(books_max_age=7, when_stale=mode)
    bench.owes("I2", "A2", late=3)
    bench.run()
    bench.next_day(5)
    bench.book.mailbox.clear()
    bench.owes("I1", "A1", late=3)
    bench.book.organisation = replace(
        bench.book.organisation, books_fresh_on=date(2026, 11, 1), bank_account="Current"
    )
    result = bench.ledger(rules=builders.policy(freshness=stale))
    assert sorted(mail.to[0].email[:2].upper() for mail in bench.book.mailbox) == sent
    assert result.status is LedgerStatus.OK
    (line,) = result.warnings
    assert 'bank account "Current" was last reconciled on 2026-11-01' in line
    softened = ["Our books show payments received up to" in m.text for m in bench.book.mailbox]
    assert softened == [mode is StaleBooks.SOFTEN] * len(sent)
    assert ("1 customer is held" in line) is (mode is StaleBooks.SOFTEN)


def test_max_sends_is_a_budget_over_the_run(bench):
    """--max-sends N sends N, the most important first, and leaves the rest for later."""
    for number in range(5):
        bench.owes(f"I{number}", f"A{number}", late=3 + number)
    assert bench.ledger(RunOptions(sends_max=2)).contacted == 2
    assert bench.ledger(RunOptions(sends_max=2)).contacted == 2
    assert bench.ledger().contacted == 1


def test_a_selection_touches_nobody_else(bench):
    """--select customer:A2 contacts that customer only, also when others are waiting."""
    for number in range(3):
        bench.owes(f"I{number}", f"A{number}", late=3)
    bench.run(RunOptions(sends_max=1))
    sent = {m.to[0].email for m in bench.book.mailbox}
    waiting = next(f"A{n}" for n in range(3) if f"a{n}@customer.example" not in sent)
    assert bench.ledger(RunOptions(selection=Selection(accounts=(waiting,)))).contacted == 1
    assert bench.ledger(RunOptions(selection=Selection(accounts=("nobody",)))).contacted == 0


def test_a_run_over_a_selection_is_no_day_of_work(bench):
    """What was missed for the others stays missed: catch-up counts whole runs only."""
    bench.owes("I1", "A1", late=-10)
    bench.owes("I2", "A2", late=-10)
    bench.run()
    bench.next_day()
    assert bench.ledger(RunOptions(selection=Selection(accounts=("A1",)))).mode == "selection"
    context = bench.store.peek_context("acme", bench.clock().date())
    assert context.last_run_on == MONDAY


def test_a_stop_is_obeyed_between_two_messages(bench):
    """After a request to stop the message in hand is finished and no other is begun."""
    for number in range(3):
        bench.owes(f"I{number}", f"A{number}", late=3)
    stopped = []
    bench.channel.before_send = lambda _: stopped.append(True)
    result = bench.ledger(RunOptions(stopping=lambda: bool(stopped)))
    assert (result.contacted, len(bench.book.mailbox)) == (1, 1)
    assert bench.ledger().contacted == 2


def test_an_unfinished_sweep_closes_nothing(bench):
    """A source that breaks off half-way never makes anybody look paid."""
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=3)
    bench.run(mode=Mode.PLAN)
    whole = bench.source.pull

    def half(cursors):
        for number, part in enumerate(whole(cursors)):
            if number == 4:
                return
            yield part

    bench.source.pull = half
    assert bench.run().exit_code == 1
    with_open = bench.store.peek("acme", "A2")
    assert with_open is not None
    assert [item.item_id for item in with_open.items] == ["I2"]


def test_the_journal_verifies_after_everything(bench):
    """The hash chains hold after a run with every kind of outcome."""
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=3)
    bench.run()
    bench.next_day(9)
    bench.run()
    assert list(bench.store.verify_journal()) == []


def test_what_stands_is_counted_as_if_it_were_decided_again(bench):
    """A run after which nothing changed reports the same outcomes, totals and plans."""
    bench.owes(late=3)
    bench.owes("I2", "A2", late=-5)
    bench.owes("I3", "A3", late=40)
    never = RunOptions(sends_max=0)
    first, second = bench.run(never).ledgers[0], bench.run(never).ledgers[0]
    assert first.planned == second.planned == 2
    assert second.outcomes == first.outcomes
    assert (second.accounts_considered, second.open_totals) == (3, first.open_totals)
    bench.book.pay("I3", MONDAY)
    assert bench.run(never).ledgers[0].planned == 1
    bench.next_day()
    assert bench.run(never).ledgers[0].planned == 1
    assert bench.ledger().contacted == 1


def test_suspected_facts_are_decided_again_whatever_stood(bench):
    """P8: a record of nobody's holds everyone, also those on whom nothing else is new."""
    bench.owes("I1", "A1", late=-5)
    bench.owes("I2", "A2", late=-9)
    assert {one.code for one in bench.ledger().outcomes} == {"not_due"}
    stray = Quarantined(record_id="X", account_id="", where="row 3", problem="cut off")
    bench.book.quarantined.append(stray)
    assert {one.code for one in bench.ledger().outcomes} == {"partial_facts"}
    bench.book.quarantined.clear()
    assert {one.code for one in bench.ledger().outcomes} == {"not_due"}


def test_an_applied_plan_leaves_nothing_standing(bench):
    """What a saved plan left out is planned again by the next run of that day."""
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=3)
    never = RunOptions(sends_max=0)
    first = bench.run(never).ledgers[0]
    none = {first.ledger: {}}
    nothing = Approved(contacts=none, claims=none, days={first.ledger: MONDAY})
    applied = bench.run(RunOptions(command="apply", approved=nothing)).ledgers[0]
    assert (first.planned, applied.planned, applied.contacted) == (2, 0, 0)
    assert bench.ledger().contacted == 2
