"""One script of faults at all levels: in one process, with real processes, at a system call.

A script is the data of which the seeded stories are made (``syncer.testing.sim.script``). What
the mailbox, the ledger and the outbox hold in the end has to be the same at each level.
``SYNCER_SIM_FULL=1`` plays all scripts at all levels.
"""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from syncer.sandbox.faults import FaultKind
from syncer.testing.sim.forms import NOTE
from syncer.testing.sim.pairs import script_of
from syncer.testing.sim.post import Luck
from syncer.testing.sim.script import Cut, MailLuck, Script, Trouble
from syncer.testing.sim.state import State
from syncer.testing.sim.story import perform

from .playing import Level, at_a_sync, play
from .scenes import Stage
from .tracing import missing

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
WHY_NOT = missing()
XERO = "xero"
K = FaultKind
SCRIPTS: dict[str, Script] = {
    "dies once it was sent": script_of(XERO, (Cut(after=True, step="send"),)),
    "dies before it is sent": script_of(XERO, (Cut(after=False, step="send"),)),
    "dies in the intent": script_of(XERO, (Cut(after=True, step="start_sending"),)),
    "dies in the result": script_of(XERO, (Cut(after=True, step="settle"),)),
    "dies in the claim": script_of(XERO, (Cut(after=True, step="claim"),)),
    "dies in a page": script_of(XERO, (Cut(after=True, step="store_page"),)),
    "dies in the plan": script_of(XERO, (Cut(after=True, step="write_plan"),)),
    "dies once the note is there": script_of(XERO, (Cut(after=True, step=NOTE),)),
    "dies, and dies again": script_of(
        XERO, (Cut(after=True, step="claim"),), (Cut(after=True, step=NOTE),)
    ),
    "the answer to the note is lost": script_of(XERO, (Trouble(0, K.COMMIT_THEN_DROP, NOTE),)),
    "the list breaks off": script_of(XERO, (Trouble(0, K.RESET, "invoices", lasts=True),)),
    "the list is an error": script_of(XERO, (Trouble(0, K.ERROR_BODY, "invoices", lasts=True),)),
    "the mail server hangs up": script_of(XERO, (MailLuck(0, Luck.TAKES_AND_HANGS_UP),)),
    "the mail server says later": script_of(XERO, (MailLuck(0, Luck.DEFERS),)),
    "the mail server says no": script_of(XERO, (MailLuck(0, Luck.REFUSES),)),
    "a lost answer, then a death": script_of(
        XERO,
        (Trouble(0, K.COMMIT_THEN_DROP, NOTE),),
        (Cut(after=True, step="store_page"),),
        provable=True,
    ),
}
HURRIED = {
    Level.PROCESSES: ("the mail server hangs up",),
    Level.SYSTEM_CALLS: ("dies in the result",),
}


def _cases() -> Iterator[tuple[Level, str]]:
    for level in Level:
        for name, script in SCRIPTS.items():
            if level is Level.SYSTEM_CALLS and not at_a_sync(script):
                continue  # the same as with processes
            if FULL or name in HURRIED[level]:
                yield level, name


def died_before(script: Script) -> Script:
    """The same, but that each death comes before its step took effect."""
    runs = tuple(
        replace(
            run,
            events=tuple(
                replace(one, after=False) if isinstance(one, Cut) else one for one in run.events
            ),
        )
        for run in script.runs
    )
    return replace(script, runs=runs)


@pytest.mark.parametrize(("level", "name"), list(_cases()))
def test_one_script_at_every_level(stage: Stage, state: State, level: Level, name: str) -> None:
    """The same messages, notes and ends as in one process, and each death struck."""
    if level is Level.SYSTEM_CALLS and WHY_NOT:
        pytest.skip(WHY_NOT)
    script = SCRIPTS[name]
    told = perform(state, script)
    assert told.problems == []
    ended = play(stage, script, level)
    assert ended.died == told.crashes, "a death did not strike"
    if level is Level.PROCESSES:
        assert (ended.mails, ended.notes, ended.ends) == (told.mails, told.notes, told.ends)
    else:  # killed within a commit: as if before it or after it
        before = perform(state, died_before(script))
        ways = [(one.mails, one.notes, one.ends) for one in (told, before)]
        assert (ended.mails, ended.notes, ended.ends) in ways
