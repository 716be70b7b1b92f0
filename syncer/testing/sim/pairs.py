"""Every trouble, and every pair of troubles, on a small run: one customer, a message and a note.

Three classes of pairs: two deaths in successive runs, the first from the first claim on; a
call, a message or a transaction that fails and a death later in the same run; two failing
writes in successive runs. What is enumerated is named by points of the run as it is counted
here, so a run that grows is enumerated whole.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from shutil import rmtree

from syncer.testing.sim.campaign import open_state
from syncer.testing.sim.coverage import TRANSACTIONS
from syncer.testing.sim.forms import LOOK_UP, NOTE, Form
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.post import Luck
from syncer.testing.sim.rig import SOUND, Ports, Rig
from syncer.testing.sim.script import (
    Customer,
    Cut,
    Event,
    Full,
    MailLuck,
    Run,
    Script,
    Trouble,
    fill,
)
from syncer.testing.sim.state import State
from syncer.testing.sim.story import perform
from syncer.testing.sim.wire import Wire

BOOK = (Customer(invoices=((5, 10_000),)),)
LEASE_OVER = 0.4  # hours
CLAIM = "claim"


@dataclass(slots=True)
class Enumerated:
    """What was tried, by class, and what failed."""

    tried: Counter[str] = field(default_factory=Counter)
    there_are: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def lines(self) -> str:
        """One line."""
        return ", ".join(f"{what} {self.tried[what]} of {n}" for what, n in self.there_are.items())

    @property
    def whole(self) -> bool:
        """Whether there was time for all."""
        return self.tried == self.there_are


def steps_of_a_run(state: State, form: str, *, ports: Ports = SOUND) -> list[str]:
    """The points of a healthy first run over the small book, by step."""
    rig = Rig(state, forms=(form,), ports=ports)
    fill(rig.sides[0], BOOK)
    rig.clock.advance(hours=2)
    wire = Wire()
    rig.run(wire)
    return wire.steps


def script_of(form: str, *runs: tuple[Event, ...], provable: bool = False) -> Script:
    """One process for each of ``runs``; what follows are healthy ones."""
    waits = (2.0, *(LEASE_OVER for _ in runs[1:]))
    return Script(
        seed=0,  # of which the last healthy run is never left out
        forms=(form,),
        books=(BOOK,),
        runs=tuple(Run(wait, 0.0, events) for wait, events in zip(waits, runs, strict=True)),
        provable=provable,
    )


def single_deaths(form: str, steps: list[str]) -> Iterator[Script]:
    """A death after every point, and before the first: before any other is after the one before."""
    for provable in (False, True):
        for cut in _deaths(0, len(steps)):
            yield script_of(form, (cut,), provable=provable)


def two_deaths(form: str, steps: list[str]) -> Iterator[Script]:
    """In successive runs, the first from the first claim on."""
    for provable in (False, True):
        for one in _deaths(steps.index(CLAIM), len(steps)):
            for two in _deaths(0, len(steps)):
                yield script_of(form, (one,), (two,), provable=provable)


def failure_and_death(form: str, steps: list[str]) -> Iterator[Script]:
    """Something fails from the first claim on, and the process dies later in the same run."""
    first = steps.index(CLAIM)
    for event in (*_failing_calls(FORMS[form]), *_lucks(), *_full_disks(steps[first:])):
        for cut in _deaths(first, len(steps) + 2):  # a failure may add a call
            yield script_of(form, (event, cut))


def two_failures(form: str, steps: list[str]) -> Iterator[Script]:
    """Of writes: the message, or the note, in successive runs."""
    del steps
    events = (*_failing(FORMS[form], (NOTE,)), *_lucks())
    for one in events:
        for two in (*events, *_failing(FORMS[form], (LOOK_UP,))):
            yield script_of(form, (one,), (two,))


CLASSES: dict[str, Callable[[str, list[str]], Iterator[Script]]] = {
    "single deaths": single_deaths,
    "two deaths": two_deaths,
    "a failure and a death": failure_and_death,
    "two failing writes": two_failures,
}


def play_pairs(*, processes: int, minutes: float, progress: Callable[[str], None]) -> Enumerated:
    """All of them, over several processes; what does not fit into ``minutes`` is left out.

    Each class gets the share of what is left of the time that its size asks for, in an order that
    is chance and always the same, so that a part of a class is a fair choice of it.
    """
    told, end = Enumerated(), time.monotonic() + 60 * minutes
    sizes = how_many()
    to_come = sum(sizes.values())
    progress(f"  there are {to_come}: " + ", ".join(f"{f} {n} {k}" for (f, n), k in sizes.items()))
    with ProcessPoolExecutor(processes) as pool:
        for (form, name), size in sizes.items():
            left = end - time.monotonic()
            seconds = max(0.0, left * size / to_come)
            to_come -= size
            play = partial(_play_part, form, name, parts=processes, seconds=seconds)
            for part in pool.map(play, range(processes)):
                told.tried += part.tried
                told.there_are += part.there_are
                told.failures += part.failures
            what = f"{form}: {name}"
            progress(f"  {what}: {told.tried[what]} of {told.there_are[what]} tried, "
                     f"{len(told.failures)} failures")  # fmt: skip
    return told


def how_many() -> dict[tuple[str, str], int]:
    """The size of each class of each ledger, as a healthy run of today gives it."""
    state = open_state()
    try:
        steps = {form: steps_of_a_run(state, form) for form in FORMS}
        return {
            (form, name): sum(1 for _ in scripts(form, steps[form]))
            for form in FORMS
            for name, scripts in CLASSES.items()
        }
    finally:
        state.close()
        rmtree(state.home, ignore_errors=True)


def _play_part(form: str, name: str, part: int, *, parts: int, seconds: float) -> Enumerated:
    state, told, what = open_state(), Enumerated(), f"{form}: {name}"
    end = time.monotonic() + seconds
    try:
        scripts = list(CLASSES[name](form, steps_of_a_run(state, form)))
        random.Random(0).shuffle(scripts)  # noqa: S311 - an order, not a secret
        mine = scripts[part::parts]
        told.there_are[what] += len(mine)
        for script in mine:
            if time.monotonic() > end:
                break
            told.tried[what] += 1
            story = perform(state, script)
            if story.problems:
                told.failures.append(str(story))
    finally:
        state.close()
        rmtree(state.home, ignore_errors=True)
    return told


def _deaths(first: int, end: int) -> Iterator[Cut]:
    if first == 0:
        yield Cut(after=False, point=0)
    for point in range(first, end):
        yield Cut(after=True, point=point)


def _failing_calls(form: Form) -> Iterator[Event]:
    return _failing(form, [s for s in form.steps if s.startswith("guard") or s == NOTE])


def _failing(form: Form, steps: "tuple[str, ...] | list[str]") -> Iterator[Event]:
    for step in steps:
        for kind in form.kinds:
            if not form.cannot_be(kind, step):
                yield Trouble(0, kind, step)


def _lucks() -> Iterator[Event]:
    return (MailLuck(0, luck) for luck in Luck if luck is not Luck.TAKES)


def _full_disks(steps: list[str]) -> Iterator[Event]:
    return (Full(step) for step in dict.fromkeys(steps) if step in TRANSACTIONS)
