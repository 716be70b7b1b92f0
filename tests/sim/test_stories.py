"""Seeded stories: runs with people, crashes, faults and bad mail luck between any two steps.

P1, P2, P3, P4, P5, P6 and P8 in one: the judges of ``syncer.testing.sim`` must have nothing to
say. A failure prints the smallest story found, its settings and its seed; ``SEED=n`` replays it.
"""

import os
from dataclasses import replace

import pytest

from syncer.sandbox.faults import FaultKind
from syncer.testing.sim.checks import Check
from syncer.testing.sim.coverage import IMPOSSIBLE, TARGETS, Coverage
from syncer.testing.sim.more_bugs import ALL_BUGS
from syncer.testing.sim.pairs import script_of
from syncer.testing.sim.post import Luck
from syncer.testing.sim.script import STRIDE, Act, Customer, Cut, MailLuck, Run, Trouble
from syncer.testing.sim.shrink import shrink
from syncer.testing.sim.state import State
from syncer.testing.sim.story import perform, play

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
SEEDS = int(os.environ.get("SEEDS", str((16 if FULL else 5) * len(TARGETS) // 2)))
CHUNKS = 16
TRIES = 12  # seeds of one pair, until it is met
ONE = os.environ.get("SEED")
SENDING_POINTS = 35  # a run that writes to somebody has more


def _judged(state: State, seed: int) -> Coverage:
    story, met = play(state, seed), Coverage()
    assert story.problems == [], str(shrink(state, story))
    met.add(story.met)
    return met


@pytest.mark.skipif(ONE is not None, reason="SEED=n replays one story")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_promise_holds_whatever_meets_whichever_step(state: State, chunk: int) -> None:
    """Every pair of (fault, step) is met by some seed, and the judges find nothing in any.

    The first seed of each pair answers for it: its chunk plays on until the pair is met.
    """
    seeds = range(chunk, SEEDS, CHUNKS)
    together = Coverage()
    for seed in seeds:
        together.add(pair for pair in _judged(state, seed).met)
    for seed in (one for one in seeds if one < len(TARGETS)):
        pair = TARGETS[seed * STRIDE % len(TARGETS)]
        for again in range(seed, seed + TRIES * len(TARGETS), len(TARGETS)):
            if together.met[pair]:
                break
            together.add(_judged(state, again).met)
        assert together.met[pair], f"never met: {pair}"
    assert together.wrongly_impossible() == []


@pytest.mark.skipif(ONE is None, reason="SEED=n replays one story")
def test_replay(state: State) -> None:
    """The story of SEED, told whole."""
    story = play(state, int(ONE or 0))
    assert story.problems == [], f"{story}\n\nThe smallest found:\n{shrink(state, story)}"


def test_a_story_can_be_replayed(state: State) -> None:
    """The same seed tells the same story, to the message and the minute."""
    one, two = play(state, 7), play(state, 7)
    assert (one.script, one.told, one.mails, one.met) == (two.script, two.told, two.mails, two.met)


def test_what_cannot_be_is_not_asked_for() -> None:
    """No pair is both required and impossible, and each impossible one has a reason."""
    assert not set(TARGETS) & set(IMPOSSIBLE)
    assert all(IMPOSSIBLE.values())
    assert len(set(TARGETS)) == len(TARGETS)


@pytest.mark.parametrize("forms", [("xero", "quickbooks", "csv_folder"), ("odoo", "xero")])
def test_stories_with_several_ledgers(state: State, forms: tuple[str, ...]) -> None:
    """Two or three books in one run keep every promise just as one does."""
    for seed in range(1000, 1003):
        story = play(state, seed, forms=forms)
        assert story.problems == [], str(shrink(state, story))


def test_a_failure_shrinks_to_what_matters(state: State) -> None:
    """Of a long story with a planted bug only the event that shows it is left."""
    [bug] = [one for one in ALL_BUGS if one.name == "takes a refusal for a delivery"]
    refused = MailLuck(0, Luck.REFUSES)
    slow, dead = Trouble(0, FaultKind.SLOW, "contacts"), Cut(after=True, point=9)
    script = replace(
        script_of("xero", (Act("sell", 0, 5, point=3), refused, slow), (dead,)),
        books=((Customer(invoices=((5, 10_000), (9, 5000)), credit=300), Customer()),),
    )
    found = perform(state, script, ports=bug.ports)
    assert found.problems
    small = shrink(state, found, ports=bug.ports).script
    assert [run.events for run in small.runs] == [(refused,)]
    assert [len(one.invoices) for book in small.books for one in book] == [1]


def test_an_empty_answer_at_the_last_look_closes_nothing(state: State) -> None:
    """QuickBooks shows none of a customer's invoices though it counts some: nothing is closed."""
    empty = Trouble(0, FaultKind.EMPTY_PAGE, "guard: invoices", lasts=True)
    story = perform(state, script_of("quickbooks", (empty,)))
    assert story.met
    assert story.problems == []


@pytest.mark.parametrize("ahead", [-24.0, 24.0])
def test_a_clock_that_is_wrong_sends_nothing(state: State, ahead: float) -> None:
    """A machine a day behind, or ahead of, the ledger's server writes to nobody until it is set."""
    wrong = replace(script_of("xero", ()), runs=(Run(2.0, ahead),))
    story = perform(state, wrong)
    assert story.problems == []
    first = story.told[0].rpartition("(")[2]
    assert story.mails == 1
    assert int(first.rpartition(", ")[2].split()[0]) < SENDING_POINTS, "it ended before a message"


def test_every_rule_has_a_name() -> None:
    """The names of the rules are what people read in a failure: each says something else."""
    assert len({str(check) for check in Check}) == len(Check)
