"""Runs are told apart and sorted by the moment at which they began."""

from dataclasses import replace
from datetime import timedelta

from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions


def test_two_runs_of_one_second_are_sorted(bench) -> None:
    """Whatever comes by chance, the later run has the later id, down to fractions of a second."""
    ids = []
    for chance in ("ffff", "8888", "0000"):
        worker = replace(bench.worker(), new_id=lambda chance=chance: chance)
        ids.append(run_cycle(worker, now=bench.clock(), options=RunOptions(command="plan")).run_id)
        bench.clock.now += timedelta(milliseconds=5)
    assert ids == sorted(ids)
    assert len({one.split("-")[0] for one in ids}) == 1
