"""Plays a script: runs, crashes, faults and people; then peace, and judgment."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from syncer.sandbox.faults import Fault, FaultPlan
from syncer.testing.sim.agreeing import AGREEING_BY_NAME
from syncer.testing.sim.checks import Check
from syncer.testing.sim.coverage import SEND
from syncer.testing.sim.judges import RESTING, Judges
from syncer.testing.sim.losses import END, Losses, Lost
from syncer.testing.sim.people import BY_NAME, People
from syncer.testing.sim.post import Luck
from syncer.testing.sim.rig import SOUND, Ports, Rig
from syncer.testing.sim.script import (
    Act,
    Cut,
    Full,
    MailLuck,
    Run,
    Script,
    Trouble,
    fill,
    write,
)
from syncer.testing.sim.side import Side
from syncer.testing.sim.state import State
from syncer.testing.sim.wire import CUT_AFTER, CUT_BEFORE, Wire

ACTS_BY_NAME = BY_NAME | AGREEING_BY_NAME
LOOKED_AT_AGAIN = 12  # one seed in so many
QUIET_RUNS = 2  # by then everything must be at rest
NOTED = "-note]"  # how a reminder's note ends
# Hours: a day's quota is back, and the lease of any clock has run out, as has the longest wait
# (6) for a limit whose end nobody named, reckoned by a clock that was a day ahead.
PEACE_AFTER = 31.0


@dataclass(slots=True)
class Story:
    """How it went."""

    script: Script
    problems: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    met: list[tuple[str, str, str]] = field(default_factory=list)  # (ledger, what, step)
    mails: int = 0
    crashes: int = 0
    runs: int = 0
    acts: int = 0
    in_window: int = 0
    notes: int = 0  # that programs left in the books
    ends: tuple[str, ...] = ()  # what became of everything in the outbox, sorted

    @property
    def faults(self) -> int:
        """Everything that went wrong on purpose."""
        return len(self.met)

    def __str__(self) -> str:
        seed = self.script.seed
        head = f"replay it with SEED={seed}"
        return "\n".join([*self.script.lines(), head, *self.problems, "What happened:", *self.told])


class StepFaults(FaultPlan):
    """A script of faults by the step of a run, told apart as the ledger's form does."""

    def __init__(self, side: Side, troubles: list[Trouble]) -> None:
        """``struck`` tells what happened, as (ledger, what, step)."""
        super().__init__()
        self._side = side
        self._troubles = troubles
        self._calls: dict[str, int] = {}
        self.struck: list[tuple[str, str, str]] = []

    def strike(self, method: str, path: str) -> list[Fault]:
        """The first trouble that fits this call."""
        del method, path
        step = self._side.form.step(self._side.asked)
        number = self._calls[step] = self._calls.get(step, 0) + 1
        for one in self._troubles:
            if one.step == step and (number == one.nth or (one.lasts and number > one.nth)):
                self.struck.append((self._side.form.name, one.kind, step))
                kind: Any = one.kind  # of a call, or of a file
                return [Fault(kind, seconds=0.2)]
        return []


def play(state: State, seed: int, *, ports: Ports = SOUND, forms: tuple[str, ...] = ()) -> Story:
    """Play the story of ``seed``; its ``problems`` are empty when every promise was kept."""
    return perform(state, write(seed, forms=forms), ports=ports)


def perform(state: State, script: Script, *, ports: Ports = SOUND) -> Story:
    """Play a script."""
    return _Stage(state, script, ports).play()


class _Stage:
    def __init__(self, state: State, script: Script, ports: Ports) -> None:
        self.script = script
        self.rig = Rig(
            state,
            names=tuple(f"ledger{number}" for number in range(len(script.forms))),
            forms=script.forms,
            zones=script.zones,
            rules=script.rules(),
            provable=script.provable,
            ports=ports,
            seed=script.seed,
            start=script.start,
        )
        for side, customers in zip(self.rig.sides, script.books, strict=True):
            fill(side, customers)
        self.judges = Judges(self.rig)
        self.crowd = People(self.rig, self.judges)
        self.story = Story(script, told=self.crowd.told)
        events = (event for run in script.runs for event in run.events)
        self.losses = Losses(self.rig, tuple(one for one in events if isinstance(one, Lost)))
        self.ended = END  # what the last process did last

    def play(self) -> Story:
        """To the end."""
        for number, run in enumerate(self.script.runs):
            self.rig.clock.advance(hours=run.wait)
            self.losses.keep(number)
            for event in run.events:
                if isinstance(event, Lost):
                    self._lose(event)
            self._troubled(run)
        self._peace()
        story = self.story
        story.problems = self.judges.problems
        story.mails, story.in_window = len(self.rig.post.mails), self.judges.in_window
        story.acts = sum(": " in line for line in story.told)
        notes = (side.form.notes(side.world, side.app) for side in self.rig.sides)
        story.notes = sum(NOTED in text for texts in notes for text in texts)
        story.ends = tuple(sorted(f"{one.kind} {one.state}" for one in self.rig.effects()))
        return story

    def _lose(self, event: Lost) -> None:
        before = len(self.rig.post.mails)
        told = self.losses.lose(event, lambda seen: self.judges.state_lost(seen=seen))
        if len(self.rig.post.mails) > before:
            self.judges.say(Check.LOSS_QUIET, f"{event.what}: messages went out meanwhile")
        if told:
            self.story.told.append(f"{told} (copies of before run {event.since})")
            self.story.met.append((self.rig.sides[0].form.name, event.what, self.ended))

    def _troubled(self, run: Run) -> None:
        rig = self.rig
        plans = []
        for number, side in enumerate(rig.sides):
            mine = [e for e in run.events if isinstance(e, Trouble) and e.side == number]
            plans.append(StepFaults(side, mine))
            side.app.faults = plans[-1]
        rig.skew = timedelta(hours=run.ahead)
        wire = self._wire(run)
        rig.post.luck = self._luck(run, wire)
        self._one_run(wire)
        for plan in plans:
            self.story.met += plan.struck
        self.story.met += [
            (self._form_of(ledger), what, step) for ledger, what, step in wire.struck
        ]

    def _luck(self, run: Run, wire: Wire) -> Callable[[], Luck]:
        numbers = count()
        lucks = {event.nth: event.luck for event in run.events if isinstance(event, MailLuck)}

        def luck() -> Luck:
            mine = lucks.get(next(numbers), Luck.TAKES)
            if mine is not Luck.TAKES:
                self.story.met.append((self._form_of(wire.ledger), mine, SEND))
            return mine

        return luck

    def _form_of(self, ledger: str) -> str:
        """The form of a ledger by name; before the first one is begun, that of the first."""
        sides = {side.name: side for side in self.rig.sides}
        return sides.get(ledger, self.rig.sides[0]).form.name

    def _wire(self, run: Run) -> Wire:
        wire = Wire(meanwhile=self._meanwhile(run))
        for event in run.events:
            if isinstance(event, Cut):
                wire.cut_at, wire.cut_step, wire.after = event.point, event.step, event.after
            elif isinstance(event, Full):
                wire.full_step = event.step
        return wire

    def _meanwhile(self, run: Run) -> Callable[[int, str], None]:
        acts = [event for event in run.events if isinstance(event, Act)]
        done: set[int] = set()

        def meanwhile(index: int, step: str) -> None:
            for number, act in enumerate(acts):
                if number not in done and (act.point == index or (act.step and act.step == step)):
                    done.add(number)
                    self._act(act, f"before point {index} ({step})")

        return meanwhile

    def _act(self, act: Act, when: str) -> None:
        if act.side < len(self.rig.sides):
            rng = random.Random(act.dice)  # noqa: S311 - a story, not a secret
            self.crowd.act(ACTS_BY_NAME[act.name], self.rig.sides[act.side], rng, when)

    def _one_run(self, wire: Wire) -> None:
        self.judges.process_begins()
        result = self.rig.run(wire)
        self.story.runs += 1
        self.story.crashes += result is None
        cuts = [step for _, what, step in wire.struck if what in (CUT_AFTER, CUT_BEFORE)]
        self.ended = cuts[-1] if cuts and self.rig.killed else END
        end = "cut" if result is None else f"exit {result.exit_code}"
        now = f"{self.rig.clock():%d %b %H:%M}"
        self.story.told.append(f"{now} a run ends ({end}, {len(wire.calls)} points)")
        self.judges.process_ended(result, wire)

    def _peace(self) -> None:
        """Nobody acts and nothing breaks any more: everything must come to rest."""
        rig = self.rig
        rig.skew = timedelta(0)
        rig.post.luck = lambda: Luck.TAKES
        rig.clock.advance(hours=PEACE_AFTER)
        for side in rig.sides:
            side.app.faults = FaultPlan()
            rig.log_in(side)  # whatever became of the login, a person has seen to it
        for number in range(QUIET_RUNS):
            if number and self._rests() and self.script.seed % LOOKED_AT_AGAIN:
                break  # what is at rest after one healthy run is looked at again now and then
            rig.clock.advance(minutes=40 * number)
            for side in rig.sides:
                side.tell()
                side.heed()
            self._one_run(Wire())
            told = rig.results[-1]
            if told.exit_code not in (0, 1):
                self.judges.say(Check.HEALTHY, f"a healthy run ends with code {told.exit_code}")
        self.judges.at_rest()

    def _rests(self) -> bool:
        return all(effect.state in RESTING for effect in self.rig.effects())
