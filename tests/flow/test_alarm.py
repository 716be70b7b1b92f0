"""A run with counts far outside the usual sends nothing before a person has looked."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.flow.alarm import unusual
from syncer.flow.plan import Planned
from syncer.flow.planfile import approved, read, sealed, written
from syncer.flow.worker import Mode, RunOptions
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.policy.volume import AlarmCode, AlarmLimits
from syncer.ports import PastRun, Selection
from syncer.testing import builders

LIMITS = AlarmLimits(least=5, quiet_runs=6)


def _usual(bench, runs=5):
    """Two customers who owe something, seen by some runs; one message a run at most."""
    for number in range(8):
        bench.owes(f"N{number}", f"N{number}", late=-300)
    for number in range(runs):
        bench.owes(f"O{number}", f"O{number}", late=1 + number)
        bench.ledger(alarm=LIMITS)
        bench.next_day()
    bench.book.mailbox.clear()


def _flood(bench, count=12):
    for number in range(count):
        bench.owes(f"F{number}", f"F{number}", late=10)


def test_far_more_contacts_than_ever_wait_for_a_person(bench):
    """Held with the count and what to do; tomorrow still; the rest of the ledger reads as ever."""
    _usual(bench)
    _flood(bench)
    for _ in range(3):
        done = bench.ledger(alarm=LIMITS)
        assert (done.status, done.alarms) == (LedgerStatus.HELD, (AlarmCode.CONTACTS_ROSE,))
        assert "due at once, the most so far were" in done.error
        assert "syncer apply" in done.error
        bench.next_day()
    assert bench.book.mailbox == []


def test_a_person_lets_them_through_with_a_saved_plan(bench):
    """apply is the word for it: sent once, and from then on as usual as any other run."""
    _usual(bench)
    _flood(bench)
    assert bench.ledger(alarm=LIMITS).status is LedgerStatus.HELD
    done = _let_through(bench, AlarmCode.CONTACTS_ROSE)
    assert done.status is LedgerStatus.OK
    assert len(bench.book.mailbox) == done.contacted >= 12
    bench.next_day()
    for number in range(12):
        bench.owes(f"G{number}", f"G{number}", late=10)
    assert bench.ledger(alarm=LIMITS).status is LedgerStatus.OK


def _let_through(bench, code):
    """Look at a plan, keep it, apply it."""
    kept = _saved_plan(bench, code)
    worker = bench.worker(alarm=LIMITS)
    apply = RunOptions(command="apply", approved=approved(kept, worker))
    return bench.ledger(apply, alarm=LIMITS)


def _saved_plan(bench, code):
    from syncer.flow.planfile import PlanFile, entry_of

    found = []
    result = bench.run(
        RunOptions(command="plan", on_contact=found.append), alarm=LIMITS, mode=Mode.PLAN
    )
    made = PlanFile(
        made_at=result.started_at,
        run_id=result.run_id,
        config_digest=result.config_digest,
        policy_version=result.policy_version,
        days=tuple((one.ledger, one.today) for one in result.ledgers),
        entries=tuple(entry_of(one) for one in found),
    )
    assert code in result.ledgers[0].alarms
    assert "far outside the usual" in " ".join(result.ledgers[0].warnings)
    return read(written(sealed(made)), name="plan.json")


def test_misread_amounts_are_held(bench):
    """A decimal mark read as a thousands mark: as many invoices, a hundred times the money."""
    _usual(bench)
    for key, item in bench.book.items.items():
        bench.book.items[key] = replace(item, open=item.open * 100, total=item.total * 100)
    done = bench.ledger(alarm=LIMITS)
    assert (done.status, done.alarms) == (LedgerStatus.HELD, (AlarmCode.AMOUNT_ROSE,))
    assert bench.book.mailbox == []


def _credits_vanish(bench):
    for number in range(8):
        bench.customer(f"C{number}")
        bench.book.items[f"C{number}"] = builders.credit(f"C{number}", f"C{number}", amount="5.00")
    _usual(bench, runs=10)
    for number in range(8):
        bench.book.items.pop(f"C{number}")
    bench.owes("X", "X", late=10)
    done = bench.ledger(alarm=LIMITS)
    assert (done.status, done.alarms) == (LedgerStatus.HELD, (AlarmCode.CREDITS_FELL,))
    assert bench.book.mailbox == []


def test_credits_that_vanish_are_held(bench):
    """Customers whose credits are missing would be asked for what they paid; tomorrow still."""
    _credits_vanish(bench)
    bench.next_day()
    assert bench.ledger(alarm=LIMITS).status is LedgerStatus.HELD


def test_credits_that_were_used_up_need_one_word_of_a_person(bench):
    """Whoever applied them all at the year's end says so once, not on every day of a week."""
    _credits_vanish(bench)
    assert _let_through(bench, AlarmCode.CREDITS_FELL).status is LedgerStatus.OK
    for _ in range(7):
        bench.next_day()
        assert bench.ledger(alarm=LIMITS).alarms == ()


def test_a_schedule_of_many_runs_a_day_cries_no_wolf(bench):
    """After a night and a holiday of empty runs a usual morning is a usual morning."""
    (setup,) = bench.worker(alarm=LIMITS).ledgers
    often, now = _Often(bench.clock()), bench.clock().date()

    def found(contacts):
        return [one.code for one in unusual(often, setup, Planned(contacts=contacts), now)]

    assert found(90) == []
    assert found(91) == [AlarmCode.CONTACTS_ROSE]
    often.busy = 10**6  # nobody was ever contacted
    assert found(12) == [AlarmCode.CONTACTS_ROSE]


class _Often:
    """A history of a run every quarter of an hour, the 901st of which had thirty contacts."""

    def __init__(self, now):
        self.now = now
        self.busy = 900

    def past(self, ledger, *, limit, statuses=(), before=""):
        first = int(before) + 1 if before else 0
        return [self._run(number) for number in range(first, first + limit)]

    def _run(self, number):
        at = self.now - timedelta(minutes=15 * (number + 1))
        planned = 30 if number == self.busy else 0
        result = LedgerResult(
            ledger="acme",
            connector="memory",
            mode=Mode.LIVE,
            status=LedgerStatus.OK,
            today=at.date(),
            planned=planned,
        )
        return PastRun(f"{number}", at, result)


def test_a_look_at_another_day_makes_nothing_usual(bench):
    """A forecast with many contacts is no reason to let as many through today."""
    _usual(bench)
    for number in range(3):
        bench.owes(f"L{number}", f"L{number}", late=-40)
    ahead = RunOptions(command="plan", as_of=date(2027, 1, 20))
    assert bench.ledger(ahead, alarm=replace(LIMITS, rise=0), mode=Mode.PLAN).planned >= 4
    _flood(bench, 8)
    assert bench.ledger(alarm=LIMITS).status is LedgerStatus.HELD


def test_an_empty_ledger_is_told_and_goes_on(bench):
    """Nobody can be asked wrongly for invoices that are not there: a warning, no hold."""
    _usual(bench)
    bench.book.items.clear()
    done = bench.ledger(alarm=LIMITS)
    assert (done.status, done.alarms) == (LedgerStatus.OK, (AlarmCode.ITEMS_FELL,))
    assert "far outside the usual: only 0 invoices open" in " ".join(done.warnings)


def test_a_small_ledger_and_a_new_one_are_left_alone(bench):
    """With the limits as shipped nothing alarms below twenty; nor in the first runs at all."""
    _flood(bench, 30)
    assert bench.ledger(alarm=LIMITS).status is LedgerStatus.OK
    bench.book.items.clear()
    for number in range(19):
        bench.owes(f"S{number}", f"S{number}", late=-300)
    for _ in range(6):
        bench.next_day()
        assert bench.ledger().alarms == ()
    bench.book.items.clear()
    assert bench.ledger().alarms == ()
    assert bench.ledger(alarm=LIMITS).alarms == (AlarmCode.ITEMS_FELL,)


def test_one_customer_by_name_is_no_measure(bench):
    """A narrowed run is neither compared nor what later runs are compared with."""
    _usual(bench)
    _flood(bench)
    one = RunOptions(selection=Selection(accounts=("F1",)))
    assert bench.ledger(one, alarm=LIMITS).status is LedgerStatus.OK
    all_of_them = Selection(accounts=tuple(f"F{number}" for number in range(12)))
    looked = RunOptions(command="plan", selection=all_of_them)
    assert bench.ledger(looked, alarm=LIMITS, mode=Mode.PLAN).planned >= 11
    assert bench.ledger(alarm=LIMITS).status is LedgerStatus.HELD


@pytest.mark.parametrize("rise", [0, 100])
def test_the_setting_lets_everything_through(bench, rise):
    """Switched off, or set high: the run sends."""
    _usual(bench)
    _flood(bench)
    assert bench.ledger(alarm=replace(LIMITS, rise=rise)).contacted >= 12


def test_nobody_due_for_long_is_told(bench):
    """Everybody overdue is held for days: the run says that it has been silent, and who to ask."""
    _usual(bench)
    shut = builders.policy(minimum=(("*", Decimal(10_000)),))
    limits = replace(LIMITS, quiet_runs=3)
    told = []
    for _ in range(4):
        bench.next_day()
        told.append(bench.ledger(rules=shut, alarm=limits).alarms)
    assert told == [(), (), (AlarmCode.NOTHING_DUE,), (AlarmCode.NOTHING_DUE,)]
