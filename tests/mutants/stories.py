"""The first stories of the simulator, a test for each, as the last who may notice a fault.

Not collected by itself: ``python -m tests.mutants`` names it.
"""

import pytest

from syncer.testing.sim.state import State
from syncer.testing.sim.story import play
from tests.sim.conftest import state

__all__ = ["state"]

SEEDS = 150


@pytest.mark.parametrize("seed", range(SEEDS))
def test_story(state: State, seed: int) -> None:
    """Every judge is silent."""
    assert play(state, seed).problems == []


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_story_of_three_ledgers(state: State, seed: int) -> None:
    """Every judge is silent, with three ledgers in one run."""
    assert play(state, seed, forms=("xero", "quickbooks", "csv_folder")).problems == []
