"""Cuts a failing script down: whatever can be left out while the same rule stays broken, is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from syncer.testing.sim.checks import Problem
from syncer.testing.sim.rig import SOUND, Ports
from syncer.testing.sim.script import Customer, Run, Script
from syncer.testing.sim.state import State
from syncer.testing.sim.story import Story, perform

T = TypeVar("T")
PLAYS_MAX = 300


def shrink(state: State, story: Story, *, ports: Ports = SOUND) -> Story:
    """The smallest story found that breaks a rule which ``story`` broke."""
    rules = {_rule(problem) for problem in story.problems}
    plays = 0
    smaller = True
    while smaller and plays < PLAYS_MAX:
        smaller = False
        for script in _smaller(story.script):
            plays += 1
            tried = perform(state, script, ports=ports)
            if rules & {_rule(problem) for problem in tried.problems}:
                story, smaller = tried, True
                break
            if plays >= PLAYS_MAX:
                break
    return story


def _rule(problem: str) -> str:
    return problem.check if isinstance(problem, Problem) else problem


def _smaller(script: Script) -> Iterator[Script]:
    """One thing less each, the largest things first."""
    for kept in _without_one(script.runs):
        yield replace(script, runs=kept)
    if len(script.forms) > 1:
        yield replace(
            script, forms=script.forms[:1], books=script.books[:1], zones=script.zones[:1]
        )
    for number, run in enumerate(script.runs):
        for less in _less_in(run):
            runs = (*script.runs[:number], less, *script.runs[number + 1 :])
            yield replace(script, runs=runs)
    for number, customers in enumerate(script.books):
        for fewer in _fewer(customers):
            books = (*script.books[:number], fewer, *script.books[number + 1 :])
            yield replace(script, books=books)


def _less_in(run: Run) -> Iterator[Run]:
    for events in _without_one(run.events):
        yield replace(run, events=events)
    if run.ahead:
        yield replace(run, ahead=0.0)


def _fewer(customers: tuple[Customer, ...]) -> Iterator[tuple[Customer, ...]]:
    """At least one stays: people act on somebody."""
    if len(customers) > 1:
        yield from _without_one(customers)
    for number, one in enumerate(customers):
        for invoices in _without_one(one.invoices):
            less = replace(one, invoices=invoices)
            yield (*customers[:number], less, *customers[number + 1 :])
        if one.credit:
            less = replace(one, credit=0)
            yield (*customers[:number], less, *customers[number + 1 :])


def _without_one(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for number in range(len(items)):
        yield (*items[:number], *items[number + 1 :])
