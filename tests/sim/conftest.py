"""What simulations share: a state file in quick memory, and how much of the work to do.

``SYNCER_SIM_FULL=1`` plays every cut and every pair, ``SEEDS=n`` plays n seeds, ``SEED=n``
replays one. Without them a part that fits into a pull request's patience is played.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.testing.sim.state import State

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    """One state file per module. Power cuts are not simulated, so it may lie in memory."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    home = Path(tempfile.mkdtemp(prefix="syncer-sim-", dir=where))
    state = State(home)
    yield state
    state.close()
    shutil.rmtree(home)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lay the long plays out over the whole queue: in a row they would fall to one worker."""
    long = [item for item in items if "whatever_meets_whichever_step" in item.name]
    if not long or len(long) == len(items):
        return
    others = [item for item in items if item not in set(long)]
    apart = max(1, len(others) // (len(long) + 1))
    for number, item in enumerate(long, 1):
        others.insert(number * (apart + 1) - 1, item)
    items[:] = others
