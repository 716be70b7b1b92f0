"""Plays the scripts of the seeded stories with real processes: the same data, the outer levels.

``syncer.testing.sim`` plays a script in one process on a virtual clock. Here each run of it is a
process over HTTP and SMTP: a call of a step suffers, the mail server has its luck, and the
process dies by SIGKILL before or after a step. Or, at the innermost level, it is traced from
that step on, and ended as the disk is asked to keep what the step wrote.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Any

from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.world import World, WorldClock
from syncer.testing.sim import book
from syncer.testing.sim.coverage import TRANSACTIONS
from syncer.testing.sim.forms import Asked, Form
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.post import Luck
from syncer.testing.sim.script import Cut, Event, MailLuck, Run, Script, Trouble, fill
from syncer.testing.sim.story import StepFaults

from .house import House
from .scenes import Scene, Stage
from .tracing import traced

DAY_LATER = 26 * 3600.0  # seconds: what was put off has come, as at the end of a story
AT_REST = 2  # healthy runs
SYNC = "fdatasync"


class Level(StrEnum):
    """How near to the machine a script is played; a story in one process is the outermost."""

    PROCESSES = "processes"
    SYSTEM_CALLS = "system calls"


@dataclass
class Heard:
    """The ledger as the stories know it: which call is which step."""

    world: World
    form: Form
    asked: Asked = field(default=Asked("", ""))

    def tell(self) -> None:
        """Nobody has to: it is asked call by call."""


@dataclass(frozen=True)
class Ended:
    """What the outside saw, and what the outbox says."""

    mails: int
    notes: int
    ends: tuple[str, ...]
    died: int  # how many runs


def play(stage: Stage, script: Script, level: Level) -> Ended:
    """All runs, then healthy ones. Judged on the way: nothing twice, the state whole."""
    [form] = script.forms
    channel = "folder" if script.provable else "smtp"
    world = book.new_world(WorldClock(datetime.now(UTC)))
    heard = Heard(world, FORMS[form])
    side: Any = heard  # as much of one as filling the books needs
    fill(side, script.books[0])
    with stage.opened(Scene(form, channel), world) as house:
        codes = [_one(house, heard, run, level) for run in script.runs]
        _calm(house)
        for number in range(AT_REST):
            house.wait_for_lease()
            code, said = house.run(clock=DAY_LATER * (number + 1))
            assert code in (0, 1), said
        return _judged(house, died=sum(code < 0 for code in codes))


def at_a_sync(script: Script) -> bool:
    """Whether a death in it strikes where something is committed."""
    events = (event for run in script.runs for event in run.events)
    return any(isinstance(one, Cut) and one.step in TRANSACTIONS for one in events)


def _one(house: House, heard: Heard, run: Run, level: Level) -> int:
    """One process with everything that befalls it; its exit code."""
    _refuse_others(run.events)
    house.wait_for_lease()
    gate: Any = house.side.gate
    troubles = [event for event in run.events if isinstance(event, Trouble)]
    side: Any = heard
    gate.app.faults = StepFaults(side, troubles)
    lucks = {event.nth: event.luck for event in run.events if isinstance(event, MailLuck)}
    numbers = count()
    house.post.luck = lambda: lucks.get(next(numbers), Luck.TAKES)
    cut = next((event for event in run.events if isinstance(event, Cut)), None)
    gate.before = _listening(gate, heard, house, cut)
    gate.after = _dying(heard, house, cut)
    if cut is None or cut.step in heard.form.steps:
        return house.start().wait()
    if level is Level.SYSTEM_CALLS and cut.step in TRANSACTIONS:
        return _killed_at_a_sync(house, cut)
    return house.start(step=cut.step, after=cut.after).wait()


def _killed_at_a_sync(house: House, cut: Cut) -> int:
    """Ended by the tracer as the first sync behind the beginning of the step begins."""
    process = house.start(step=cut.step, after=cut.after, stop=True)
    inject = f"inject={SYNC}:signal=SIGKILL:when=1"
    with traced(process, "-e", f"trace={SYNC}", "-e", inject):
        return process.wait()


def _listening(gate: Any, heard: Heard, house: House, cut: Cut | None) -> Callable[[int], None]:
    def before(_nth: int) -> None:
        heard.asked = heard.form.asked(gate.environ, heard.asked)
        if cut and not cut.after and heard.form.step(heard.asked) == cut.step:
            house.end(signal.SIGKILL)

    return before


def _dying(heard: Heard, house: House, cut: Cut | None) -> Callable[[int], None]:
    def after(_nth: int) -> None:
        if cut and cut.after and heard.form.step(heard.asked) == cut.step:
            house.end(signal.SIGKILL)

    return after


def _refuse_others(events: tuple[Event, ...]) -> None:
    """People's acts and numbered points are played in one process alone."""
    for event in events:
        known = isinstance(event, Trouble | MailLuck) or (isinstance(event, Cut) and event.step)
        assert known, f"not to be played with processes: {event}"


def _calm(house: House) -> None:
    gate: Any = house.side.gate
    gate.app.faults = FaultPlan()
    gate.before = gate.after = lambda _nth: None
    house.post.luck = lambda: Luck.TAKES


def _judged(house: House, *, died: int) -> Ended:
    mails, notes = house.delivered(), house.side.notes()
    assert len(mails) == len(set(mails)), f"a message went out twice: {mails}"
    assert len(notes) == len(set(notes)), f"a note was written twice: {notes}"
    assert set(notes) <= set(mails), "a note tells of what nobody got"
    house.check_state("script")
    ends = tuple(sorted(f"{one.kind} {one.state}" for one in house.effects()))
    return Ended(len(mails), len(notes), ends, died)
