"""Mutation controls at every kind of ledger: each of them is caught wherever it can be made."""

import os
import re
from pathlib import Path

import pytest

from syncer.testing.sim.checks import Problem
from syncer.testing.sim.controls import CONTROLS, OFFSETS, Control
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.script import Script
from syncer.testing.sim.state import State
from syncer.testing.sim.story import perform

MUTATIONS = 4  # that can be made at any ledger; paging is made where there are pages
FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
# What the flow alone decides is shown by test_bugs at one kind of ledger, unless in full.
OF_THE_CONNECTOR = ("no read-back of notes", "paging by offset")
PLAYED = [one for one in CONTROLS if FULL or one.mutation in OF_THE_CONNECTOR]
RELIABILITY = Path(__file__).parents[2] / "docs" / "reliability.md"


def _shows(state: State, control: Control, script: Script) -> bool:
    problems = perform(state, script, ports=control.bug.ports).problems
    return control.check in {one.check for one in problems if isinstance(one, Problem)}


@pytest.mark.parametrize(
    "control", PLAYED, ids=lambda one: f"{one.form}-{one.mutation}".replace(" ", "-")
)
def test_a_control_is_caught_at_every_ledger(state: State, control: Control) -> None:
    """By the rule that it breaks; and the same story without it is silent."""
    shown = next((one for one in control.scripts if _shows(state, control, one)), None)
    assert shown is not None, "no story shows it"
    assert perform(state, shown).problems == []


def test_the_published_count_of_controls_is_true() -> None:
    """Every mutation at every form, paging where there are pages; docs/reliability.md says so."""
    made = {(one.mutation, one.form) for one in CONTROLS}
    assert len(made) == len(CONTROLS) == MUTATIONS * len(FORMS) + len(OFFSETS.keys() & FORMS)
    told = RELIABILITY.read_text(encoding="utf-8")
    [row] = re.findall(r"\| Mutation controls at each kind of ledger \| (\d+)", told)
    assert int(row) == MUTATIONS
