"""One seeded story: several days of runs, crashes, faults and people, then peace and judgment."""

import random
from dataclasses import dataclass, field

from msgspec.structs import replace

from syncer.policy.rules import Cap, CatchUp, Policy
from syncer.sandbox.faults import FaultKind, FaultPlan
from syncer.testing import builders
from syncer.testing.sim.book import random_book
from syncer.testing.sim.judges import Judges
from syncer.testing.sim.people import People
from syncer.testing.sim.post import Luck
from syncer.testing.sim.rig import SOUND, Ports, Rig, State
from syncer.testing.sim.wire import Wire

DAYS = 5
QUIET_RUNS = 3  # the first may still meet what the last trouble left; then two must settle all
POINTS = 60  # about as many as a run has; a cut past the end cuts nothing
CATCH_UPS = (CatchUp.IN_ORDER, CatchUp.LATEST_ONLY)  # skip leaves people unasked, as it should
FAULTS = tuple(kind for kind in FaultKind if kind not in (FaultKind.BEFORE, FaultKind.AFTER))


@dataclass(slots=True)
class Story:
    """How it went."""

    seed: int
    problems: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    mails: int = 0
    crashes: int = 0
    runs: int = 0
    faults: int = 0
    acts: int = 0
    in_window: int = 0

    def __str__(self) -> str:
        head = f"seed {self.seed}: replay it with SEED={self.seed}"
        return "\n".join([head, *self.problems, "What happened:", *self.told])


def rules_for(rng: random.Random) -> Policy:
    """A policy with some restraint; no heads-up, so that whoever is asked is overdue."""
    restraint = replace(
        builders.ALWAYS,
        min_gap=rng.choice((1, 2, 3)),
        caps=rng.choice(((), (Cap(contacts=2, days=4),))),
    )
    return builders.policy(restraint=restraint, catch_up=rng.choice(CATCH_UPS))


def play(
    state: State, seed: int, *, ports: Ports = SOUND, names: tuple[str, ...] = ("north",)
) -> Story:
    """Play the story of ``seed``; its ``problems`` are empty when every promise was kept."""
    rng = random.Random(seed)  # noqa: S311 - a story, not a secret
    rig = Rig(
        state,
        names=names,
        rules=rules_for(rng),
        provable=rng.random() < 0.5,
        ports=ports,
        seed=seed,
    )
    for side in rig.sides:
        random_book(side.world.main, rng)
    judges = Judges(rig)
    crowd = People(rig, judges, rng)
    story = Story(seed, told=crowd.told)
    for _ in range(DAYS):
        _troubled_run(rig, judges, crowd, rng, story)
        rig.clock.advance(hours=rng.choice((1, 5, 24, 24, 48)))
    _peace(rig, judges, crowd, story)
    story.problems = judges.problems
    story.mails, story.in_window = len(rig.post.mails), judges.in_window
    story.acts = len(crowd.told)
    story.faults = sum(bool(call.fault) for side in rig.sides for call in side.world.calls)
    return story


def _troubled_run(
    rig: Rig, judges: Judges, crowd: People, rng: random.Random, story: Story
) -> None:
    for side in rig.sides:
        chance = rng.choice((0.0, 0.0, 0.03, 0.2))
        side.app.faults = FaultPlan(seed=rng.randrange(2**32), chance=chance, kinds=FAULTS)
    crowd.chance = rng.choice((0.0, 0.02, 0.08))
    unlucky = rng.choice((0.0, 0.0, 0.4))
    rig.post.luck = lambda: rng.choice(list(Luck)) if rng.random() < unlucky else Luck.TAKES
    cut_at = rng.randrange(POINTS) if rng.random() < 0.4 else -1
    wire = Wire(cut_at=cut_at, after=rng.random() < 0.5, meanwhile=crowd.meanwhile)
    _one_run(rig, judges, wire, story)


def _one_run(rig: Rig, judges: Judges, wire: Wire, story: Story) -> None:
    judges.process_begins()
    result = rig.run(wire)
    story.runs += 1
    story.crashes += result is None
    end = "cut" if result is None else f"exit {result.exit_code}"
    story.told.append(f"{rig.clock():%d %b %H:%M} a run ends ({end}, {len(wire.calls)} points)")
    judges.process_ended(result)


def _peace(rig: Rig, judges: Judges, crowd: People, story: Story) -> None:
    """Nobody acts and nothing breaks any more: everything must come to rest."""
    crowd.chance = 0.0
    rig.post.luck = lambda: Luck.TAKES
    for side in rig.sides:
        side.app.faults = FaultPlan()
    rig.clock.advance(days=1)
    for _ in range(QUIET_RUNS):
        _one_run(rig, judges, Wire(), story)
        result = rig.results[-1]
        if result.exit_code not in (0, 1):
            judges.problems.append(f"a healthy run ends with exit code {result.exit_code}")
        rig.clock.advance(minutes=40)
    judges.at_rest()
