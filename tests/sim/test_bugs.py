"""Mutation controls: a judge must catch every planted bug, else it proves nothing."""

import pytest

from syncer.testing.sim.checks import Check, Problem
from syncer.testing.sim.more_bugs import ALL_BUGS, SHOWN
from syncer.testing.sim.planting import Bug
from syncer.testing.sim.state import State
from syncer.testing.sim.story import perform

PLANTED = 37
# The mutations by which such a harness is judged, and the bugs that are these mutations.
CONTROLS = {
    "send, then record": "sends, then records",
    "no read-back": "says that a message is not there without looking",
    "the key's life is shorter than a restart": "writes a note again without looking for it",
    "paging by offset": "pages by offset",
    "guard before the claim": "guards everybody before the first claim",
}


@pytest.mark.parametrize("bug", ALL_BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_planted_bug_is_caught(state: State, bug: Bug) -> None:
    """By the rule that it breaks; and the same story without the bug is silent."""
    check, script = SHOWN[bug.name]
    problems = perform(state, script, ports=bug.ports).problems
    assert check in {one.check for one in problems if isinstance(one, Problem)}, problems
    assert perform(state, script).problems == []


def test_every_rule_is_broken_by_some_bug() -> None:
    """A judge that no bug can make speak proves nothing."""
    assert {check for check, _ in SHOWN.values()} == set(Check)


def test_the_published_count_is_true() -> None:
    """Every bug has its story, and the count in docs/reliability.md is this one."""
    assert set(SHOWN) == {bug.name for bug in ALL_BUGS}
    assert len(ALL_BUGS) == PLANTED


def test_the_named_mutations_are_among_them() -> None:
    """Of the outbox and of paging: each is planted and so is caught."""
    assert set(CONTROLS.values()) <= {bug.name for bug in ALL_BUGS}
