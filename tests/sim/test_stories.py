"""Seeded stories: days of runs with people, crashes, faults and bad mail luck between any steps.

P1, P2, P3, P5 and P6 in one: the judges of ``syncer.testing.sim`` must have nothing to say.
A failure prints its seed and the whole story; ``SEED=n`` replays it.
"""

import os

import pytest

from syncer.testing.sim.rig import State
from syncer.testing.sim.story import play

SEEDS = int(os.environ.get("SEEDS", "120"))
CHUNKS = 8
ONE = os.environ.get("SEED")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_promise_holds_in_every_story(state: State, chunk: int) -> None:
    """Whatever happens in between: the judges find nothing, and it comes to rest in two runs."""
    mails = 0
    for seed in range(chunk, SEEDS, CHUNKS) if ONE is None else [int(ONE)][chunk:]:
        story = play(state, seed)
        assert story.problems == [], str(story)
        mails += story.mails
    assert mails or ONE is not None, "stories in which nobody is asked prove nothing"


def test_a_story_can_be_replayed(state: State) -> None:
    """The same seed tells the same story, to the message and the minute."""
    one, two = play(state, 7), play(state, 7)
    assert (one.told, one.mails, one.faults) == (two.told, two.mails, two.faults)


def test_stories_with_three_ledgers(state: State) -> None:
    """Three books in one run keep every promise just as one does."""
    for seed in range(1000, 1004):
        story = play(state, seed, names=("north", "south", "west"))
        assert story.problems == [], str(story)
