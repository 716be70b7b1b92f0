"""Mutation controls: a judge must catch every planted bug, else it proves nothing."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from syncer.sandbox import people
from syncer.testing.sim.bugs import BUGS, Bug
from syncer.testing.sim.rig import Rig, State
from syncer.testing.sim.story import play
from syncer.testing.sim.sweep import Cut, play_acts, play_cuts

SEEDS = 80
Hunt = Callable[[State, Bug], Iterator[list[str]]]


def _by_cuts(state: State, bug: Bug, *, provable: bool) -> Iterator[list[str]]:
    points = len(play_cuts(state, [], provable=provable, ports=bug.ports).points)
    for index in range(points):
        cuts = [Cut(index, after=True)]
        yield play_cuts(state, cuts, provable=provable, ports=bug.ports).problems


def _pay(rig: Rig) -> None:
    for doc in rig.sides[0].world.main.open_invoices():
        rig.sides[0].world.main.pay(doc)


def _opt_out(rig: Rig) -> None:
    ledger = rig.sides[0].world.main
    [group] = ledger.books.groups.values()
    for contact_id in list(ledger.books.contacts):
        people.join_group(ledger, group.group_id, contact_id)


def _by_acts(state: State, bug: Bug, *, act: Callable[[Rig], None]) -> Iterator[list[str]]:
    for index in range(51):
        yield play_acts(state, index, act, ports=bug.ports).problems


def _by_stories(state: State, bug: Bug, *, first: int = 0) -> Iterator[list[str]]:
    for seed in range(first, first + SEEDS):
        yield play(state, seed, ports=bug.ports).problems


HUNTS: dict[str, Hunt] = {
    "sends, then records": partial(_by_cuts, provable=False),
    "writes a note again without looking for it": partial(_by_cuts, provable=False),
    "says that a message is not there without looking": partial(_by_cuts, provable=False),
    "leaves what was interrupted where it is": partial(_by_cuts, provable=True),
    "settles a reminder without its note": partial(_by_cuts, provable=True),
    "guards everybody before the first claim": partial(_by_acts, act=_pay),
    "guards by what the pull said": partial(_by_acts, act=_pay),
    "does not see at the last look who opted out": partial(_by_acts, act=_opt_out),
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_planted_bug_is_caught(state: State, bug: Bug) -> None:
    """Some cut, act or story makes a judge speak."""
    hunt = HUNTS.get(bug.name, _by_stories)
    assert any(problems for problems in hunt(state, bug)), f"nobody noticed: {bug.name}"


def test_hunts_are_for_known_bugs() -> None:
    """A renamed bug cannot slip out of its hunt."""
    assert set(HUNTS) <= {bug.name for bug in BUGS}
