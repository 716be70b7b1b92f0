"""A vendor's used-up limit is remembered between runs: nobody is asked before it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace as changed

from syncer.errors import RateLimited
from syncer.flow.cycle import run_cycle
from syncer.flow.parking import PARKED_MAX, SHORT, parked
from syncer.flow.silence import standstills
from syncer.flow.worker import RunOptions
from syncer.model.effect import EffectState
from syncer.model.outcome import Snooze
from syncer.model.run import LedgerStatus
from syncer.ports import OutboxFilter

SECOND = timedelta(seconds=1)
LIMITED, OK = LedgerStatus.LIMITED, LedgerStatus.OK


def _limit(bench, wait: timedelta, *, scope: str = "day") -> None:
    """The vendor answers everything with a limit that ends after ``wait``."""
    bench.source.failure = RateLimited("spent", until=bench.clock() + wait, scope=scope)


def _opened(bench, **setup):
    """One run: its result, and how often the ledger was opened."""
    opened = []

    def open_source():
        opened.append(1)
        return bench.source

    worker = bench.worker(**setup)
    [one] = worker.ledgers
    worker = replace(worker, ledgers=(replace(one, open_source=open_source),))
    return run_cycle(worker, now=bench.clock(), options=RunOptions()), len(opened)


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_parked_ledger_is_left_alone_without_a_call(bench, command):
    """Until the moment no run opens the ledger; from the moment on the work goes on."""
    bench.owes(late=3)
    _limit(bench, timedelta(hours=5))
    first = bench.run(RunOptions(command=command))
    assert (first.exit_code, first.ledgers[0].status, first.ledgers[0].left_alone) == (
        0,
        LIMITED,
        False,
    )
    assert "acme is parked until 2026-11-16 14:00 UTC: its day's calls are used up" in (
        first.ledgers[0].error
    )
    for wait in (timedelta(minutes=1), timedelta(hours=4, minutes=58, seconds=59)):
        bench.clock.now += wait
        result, opened = _opened(bench)
        [alone] = result.ledgers
        assert (result.exit_code, alone.status, alone.left_alone, opened) == (0, LIMITED, True, 0)
        assert alone.error == (
            "acme is parked until 2026-11-16 14:00 UTC: its day's calls are used up"
        )
    bench.clock.now += SECOND
    result, opened = _opened(bench)
    assert (result.ledgers[0].status, opened, len(bench.book.mailbox)) == (OK, 1, 1)


@pytest.mark.parametrize(("wait", "asked"), [(SHORT, 1), (SHORT + SECOND, 0)])
def test_a_short_limit_is_asked_again(bench, wait: timedelta, asked: int):
    """What is over in two minutes is no matter for the next run."""
    _limit(bench, wait)
    told = bench.ledger()
    assert (told.status, told.parked, "parked" in told.error) == (LIMITED, not asked, not asked)
    bench.clock.now += SECOND
    assert _opened(bench)[1] == asked


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("Daily", "its day's calls are used up"),
        ("month", "its month's calls are used up"),
        ("minute", "its vendor's limit is used up"),
        ("", "its vendor's limit is used up"),
    ],
)
def test_the_line_says_which_limit(bench, scope: str, said: str):
    """A month's limit is told as one, and a moment inside a minute is rounded up."""
    _limit(bench, timedelta(hours=1, seconds=30), scope=scope)
    bench.run()
    found = parked(bench.store, "acme", now=bench.clock())
    assert found is not None
    assert found.line() == f"acme is parked until 2026-11-16 10:01 UTC: {said}"


def test_no_moment_parks_for_ever(bench):
    """A moment years ahead ends after 31 days at the latest, for the message it stopped as well."""
    bench.owes(late=3)
    truth = bench.source.read_accounts

    def refuse(_):
        raise RateLimited("spent", until=datetime(2099, 1, 1, tzinfo=UTC), scope="month")

    bench.source.read_accounts = refuse
    started = bench.clock()
    assert bench.ledger().limited_until == started + PARKED_MAX
    bench.source.read_accounts = truth
    bench.clock.now = started + PARKED_MAX - SECOND
    assert _opened(bench)[1] == 0
    bench.clock.now = started + PARKED_MAX
    assert (_opened(bench)[1], len(bench.book.mailbox)) == (1, 1)


def test_a_result_that_claims_more_is_not_believed(bench):
    """The bound is kept against what stands in the history, too."""
    _limit(bench, timedelta(hours=5))
    done = bench.ledger()
    now = bench.clock()
    session = bench.store.take_lease("acme", owner="old", now=now, until=now + SECOND)
    [last] = bench.store.past("acme", limit=1)
    session.finish_run(last.run_id, _claiming(done, datetime(2099, 1, 1, tzinfo=UTC)))
    session.release()
    found = parked(bench.store, "acme", now=now)
    assert found is not None
    assert found.until == now + PARKED_MAX


def _claiming(result, until):
    """The result as a program without the bound would have written it."""
    return changed(result, limited_until=until)


def test_a_run_of_the_future_parks_nothing(bench):
    """A limit that was met under a clock years ahead does not count once the clock is right."""
    bench.owes(late=3)
    right = bench.clock()
    bench.clock.now = right + timedelta(days=20)
    _limit(bench, timedelta(hours=5))
    assert bench.ledger().status is LIMITED
    bench.clock.now = right
    assert _opened(bench)[1] == 1


def test_a_clock_set_back_does_not_hide_a_new_limit(bench):
    """Beside a run of the future, what the vendor says now is remembered as ever."""
    right = bench.clock()
    bench.clock.now = right + timedelta(days=20)
    bench.run()
    bench.clock.now = right
    _limit(bench, timedelta(hours=5))
    bench.run()
    assert _opened(bench)[1] == 0


def test_a_person_ends_it_early(bench):
    """Only what was ended is ended: the vendor's next limit parks again, and it is journaled."""
    bench.owes(late=3)
    _limit(bench, timedelta(hours=5))
    bench.run()
    found = parked(bench.store, "acme", now=bench.clock())
    assert found is not None
    ended = [
        bench.store.end_parking("acme", found.run_id, author="ann", at=bench.clock())
        for _ in range(2)
    ]
    assert ended == [True, False]
    assert parked(bench.store, "acme", now=bench.clock()) is None
    bench.clock.now += SECOND
    _limit(bench, timedelta(hours=5))
    assert (_opened(bench)[1], bench.ledger().left_alone) == (1, True)
    assert bench.store.verify_journal() == []


def test_what_waited_goes_on_most_overdue_first(bench):
    """The reminder at which the limit was met is not put behind the others, also after unlock."""
    for number, late in enumerate((5, 30, 9, 20)):
        bench.owes(f"I{number}", f"A{number}", late=late)
    truth, reads = bench.source.read_accounts, []

    def refuse(ids):
        reads.append(ids)
        if len(reads) > 1:
            raise RateLimited("spent", until=bench.clock() + timedelta(hours=5), scope="day")
        return truth(ids)

    bench.source.read_accounts = refuse
    assert bench.ledger().contacted == 1
    bench.source.read_accounts = truth
    found = parked(bench.store, "acme", now=bench.clock())
    assert found is not None
    bench.store.end_parking("acme", found.run_id, author="ann", at=bench.clock())
    bench.clock.now += timedelta(minutes=1)
    assert bench.ledger().contacted == 3
    numbers = [(message.subject + message.text) for message in bench.book.mailbox]
    assert [f"INV-I{n}" in text for n, text in zip((1, 3, 2, 0), numbers, strict=True)] == [
        True
    ] * 4


def test_unlocking_wakes_the_notes_that_wait(bench):
    """A note that its connector put off until the limit ends is written once a person says so."""
    bench.owes(late=3)
    until = bench.clock() + timedelta(hours=5)

    def put_off(**_):
        _limit(bench, timedelta(hours=5))
        return Snooze(until=until, reason="spent")

    bench.source.add_note = put_off
    bench.owes("I2", "A2", late=2)
    assert bench.ledger().status is LIMITED
    del bench.source.add_note
    [last] = bench.store.past("acme", limit=1)
    bench.store.end_parking("acme", last.run_id, author="ann", at=bench.clock())
    bench.clock.now += timedelta(minutes=1)
    assert bench.ledger().notes == 2
    assert not bench.store.effects(OutboxFilter(states=(EffectState.PENDING,)))


def test_a_parked_ledger_is_shown_and_still_counts_as_not_completed(bench):
    """Who watches sees until when, and a ledger parked for too long falls silent all the same."""
    bench.run()
    bench.next_day()
    _limit(bench, timedelta(days=20), scope="month")
    bench.run()
    bench.next_day(5)
    bench.run()
    worker = bench.worker()
    allowed = timedelta(days=4)
    [seen] = standstills(bench.store, worker.ledgers, now=bench.clock(), allowed=allowed)
    assert (seen.silent, seen.last.status) == (True, LIMITED)
    assert seen.parked == "acme is parked until 2026-12-07 09:00 UTC: its month's calls are used up"
    assert seen.parked_until == datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
    bench.next_day(20)
    [seen] = standstills(bench.store, worker.ledgers, now=bench.clock(), allowed=allowed)
    assert (seen.parked, seen.parked_until) == ("", None)


def test_parked_runs_do_not_crowd_out_the_usual(bench):
    """However many runs found the ledger parked, its last real runs are still what is compared."""
    bench.owes(late=3)
    bench.run()
    bench.clock.now += timedelta(hours=1)
    _limit(bench, timedelta(hours=20))
    bench.run()
    for _ in range(40):
        bench.clock.now += timedelta(minutes=10)
        assert bench.ledger().left_alone
    assert [one.result.status for one in bench.store.past("acme", limit=50)] == [LIMITED, OK]
