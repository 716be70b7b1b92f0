"""A ledger that no run completes is noticed, whatever the reason nobody noticed before."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import AuthError
from syncer.flow.silence import standstills
from syncer.flow.worker import Mode, RunOptions
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.ports import Selection

ALLOWED = timedelta(days=4)


def _one(bench, **setup):
    worker = bench.worker(**setup)
    (found,) = standstills(bench.store, worker.ledgers, now=bench.clock(), allowed=ALLOWED)
    return found


def _refused():
    raise AuthError("the login was revoked")


def test_a_ledger_that_completes_is_not_silent(bench):
    """On the fourth day still fine, one second later silent; a run ends the silence."""
    bench.owes(late=3)
    bench.run()
    bench.next_day(4)
    assert not _one(bench).silent
    bench.clock.now += timedelta(seconds=1)
    found = _one(bench)
    assert (found.silent, found.days(bench.clock())) == (True, 4)
    bench.run()
    assert not _one(bench).silent


def test_runs_that_fail_each_day_do_not_count(bench):
    """The schedule runs, the login is gone: silent, counted from the last good run."""
    bench.owes(late=3)
    bench.run()
    good = bench.clock()
    bench.source.pull = lambda _cursors: _refused()
    for _ in range(5):
        bench.next_day()
        assert bench.ledger().status is LedgerStatus.FAILED
    found = _one(bench)
    assert (found.silent, found.completed_at, found.last.status) == (
        True,
        good,
        LedgerStatus.FAILED,
    )


@pytest.mark.parametrize(
    "options",
    [
        RunOptions(selection=Selection(accounts=("A1",))),
        RunOptions(command="plan"),
    ],
    ids=["selection", "plan"],
)
def test_what_is_no_run_of_the_whole_ledger_does_not_count(bench, options):
    """A plan looked at, or one customer by name, keeps no ledger alive."""
    bench.owes(late=3)
    bench.run()
    bench.next_day(5)
    mode = Mode.PLAN if options.command == "plan" else Mode.LIVE
    bench.run(options, mode=mode)
    assert _one(bench).silent
    assert _one(bench, mode=Mode.PLAN).silent is (options.command != "plan")


def test_a_ledger_that_never_completed_is_counted_from_its_first_run(bench):
    """And one that no run ever reached from the first run of any: the schedule forgot it."""
    assert _one(bench).since is None
    bench.source.pull = lambda _cursors: _refused()
    bench.run()
    bench.next_day(5)
    found = _one(bench)
    assert (found.silent, found.completed_at) == (True, None)
    (setup,) = bench.worker().ledgers
    from dataclasses import replace

    other = replace(setup, name="forgotten")
    (seen,) = standstills(bench.store, [other], now=bench.clock(), allowed=ALLOWED)
    assert (seen.silent, seen.last) == (True, None)


def test_zero_days_is_never(bench):
    """Switched off."""
    bench.run()
    bench.next_day(400)
    worker = bench.worker()
    (found,) = standstills(bench.store, worker.ledgers, now=bench.clock(), allowed=timedelta(0))
    assert not found.silent


def test_a_good_run_is_found_behind_many_that_do_not_count(bench):
    """However many narrowed runs came after it, more than are looked at in one go."""
    good = bench.clock()
    for narrowed in (False, *[True] * 25):
        _record(bench, LedgerStatus.OK, narrowed=narrowed)
    assert _one(bench).completed_at == good


def _record(bench, status, *, narrowed, mode="live"):
    """A run that ended so, now; the clock moves on."""
    at = bench.clock()
    run_id = f"{at:%Y%m%dT%H%M%SZ}-x"
    bench.store.begin_run(run_id, command="run", at=at, config_digest="c")
    session = bench.store.take_lease("acme", owner=run_id, now=at, until=at + ALLOWED)
    done = LedgerResult(ledger="acme", connector="m", mode=mode, status=status, narrowed=narrowed)
    session.finish_run(run_id, done)
    session.release()
    bench.next_day()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(LedgerStatus), st.booleans(), st.sampled_from(["live", "plan"])),
        max_size=30,
    )
)
def test_the_last_complete_run_is_the_newest_that_counts(make_bench, history):
    """Whatever ended how in between, and however long ago it is."""
    bench = make_bench(f"s{abs(hash(tuple(history)))}")
    expected = None
    for status, narrowed, mode in history:
        at = bench.clock()
        _record(bench, status, narrowed=narrowed, mode=mode)
        whole = status in (LedgerStatus.OK, LedgerStatus.PARTIAL, LedgerStatus.HELD)
        if whole and mode == "live" and not narrowed:
            expected = at
    assert _one(bench).completed_at == expected
    bench.store.close()
