"""Heads-ups nearer to each other than the minimum gap are told, and told what becomes of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Action
from syncer.policy.decide import decide
from syncer.policy.rules import Ladder, Policy, Step, Tone
from syncer.settings import lint
from syncer.settings.crowding import crowded
from tests.unit.policy.make import (
    OPEN_ALWAYS,
    TODAY,
    contact,
    context,
    invoice,
    ladder,
    policy,
    snapshot,
)

LAST = Step(name="first", tone=Tone.FRIENDLY, after_due=30)


def heads_ups(*days: int) -> Ladder:
    """A ladder with heads-ups so many days before due."""
    steps = [
        Step(name=f"soon-{n}", tone=Tone.HEADS_UP, before_due=before)
        for n, before in enumerate(days)
    ]
    return ladder(*steps, LAST)


def sent(made: Ladder, min_gap: int) -> dict[int, int]:
    """Day by day: on which day before the due date each heads-up went out, by its place."""
    rules: Policy = policy(ladders=(made,), restraint=replace(OPEN_ALWAYS, min_gap=min_gap))
    contacts, found = [], {}
    for before in range(25, -3, -1):
        today = TODAY - timedelta(days=before)
        (decision,) = decide(
            snapshot(invoice(late=0), contacts=tuple(contacts)), rules, context(today)
        )
        if decision.action is Action.CONTACT:
            found[decision.step_index] = before
            made_on = contact(decision.step, 0, "I1", step_index=decision.step_index)
            contacts.append(replace(made_on, on=today, key=decision.key))
    return found


@settings(max_examples=40)
@given(
    days=st.sets(st.integers(0, 20), min_size=1, max_size=3).map(
        lambda found: sorted(found, reverse=True)
    ),
    min_gap=st.integers(1, 8),
)
def test_what_is_told_is_what_happens(days: list[int], min_gap: int) -> None:
    """Told nothing it goes out on its day; told late, so much later; told never, never."""
    made = heads_ups(*days)
    told, went = dict(crowded(made, min_gap)), sent(made, min_gap)
    for number, before in enumerate(days):
        text = told.get(number)
        if text is None:
            assert went[number] == before
        elif "never" in text:
            assert number not in went
        else:
            late = before - went[number]
            assert f"goes out {late} day{'s' if late != 1 else ''} later" in text


@pytest.mark.parametrize(
    ("second", "words"), [("2d", "lapses"), ("7d", "1 day later than that"), ("5d", "")]
)
def test_lint_names_both_settings(load, minimal: str, second: str, words: str) -> None:
    """The step's before_due at its place, restraint.min_gap, and what follows."""
    first = "3d" if second == "2d" else "10d"
    text = minimal + POLICY.format(first=first, second=second)
    told = [one for one in lint(load(text), today=date(2026, 11, 20)) if "min_gap" in one.text]
    assert len(told) == bool(words)
    for one in told:
        assert one.path.endswith("steps[sooner].before_due")
        assert words in one.text


POLICY = """
policies:
  crowded:
    default_ladder: usual
    restraint: {{min_gap: 4d}}
    ladders:
      usual:
        steps:
          - {{name: soon, tone: heads_up, before_due: {first}}}
          - {{name: sooner, tone: heads_up, before_due: {second}}}
          - {{name: late, tone: friendly, after_due: 30d}}
"""
