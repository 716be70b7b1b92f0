"""SIGKILL at the system calls that write, sync and name files: the state is before or after.

The tracer ends the worker as the nth call of a kind begins, over the state file, its log, the
mail folder, the folder ledger's notes and the report. Nothing of it is seen by the program.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from .house import House
from .scenes import Scene, Stage
from .tracing import missing, traced

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
WHY_NOT = missing()
NAMING = ("link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "ftruncate")
SYNCS = ("fsync", "fdatasync")
WRITES = ("pwrite64", "write", "mkdir", "openat")
STRIDES = {**dict.fromkeys(NAMING, 1), **dict.fromkeys(SYNCS, 1), **dict.fromkeys(WRITES, 12)}
PART = 8  # one of so many of these is played without SYNCER_SIM_FULL
SCENES = (Scene("csv_folder", "folder"), Scene("xero", "smtp"))

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "strace is here")


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("scene", SCENES if FULL else SCENES[:1], ids=lambda scene: scene.name)
def test_killed_at_system_calls(stage: Stage, scene: Scene, record_property) -> None:
    """The database opens and is whole; nothing was sent twice, and no mail was half written."""
    made = _counted(stage, scene)
    assert made["fdatasync"] > 20, made
    points = [
        (name, nth) for name, stride in STRIDES.items() for nth in range(1, made[name] + 1, stride)
    ]
    wanted = points if FULL else [("link", 1), *points[:: -(-len(points) // PART)]]
    doubts = sum(_play(stage, scene, name, nth) for name, nth in wanted)
    record_property("kills", [scene.name, "syscall", len(wanted), doubts])


def _counted(stage: Stage, scene: Scene) -> Counter[str]:
    """How often a healthy run makes each call."""
    with stage.opened(scene) as house:
        out = house.home / "trace"
        process = house.start(wait=True)
        with traced(process, "-e", f"trace={','.join(STRIDES)}", out=out):
            assert process.wait() == 0, process.said()
        return _calls(out)


def _calls(out: Path) -> Counter[str]:
    lines = (line.partition(" ")[2].lstrip() for line in out.read_text().splitlines())
    return Counter(line.partition("(")[0] for line in lines if "(" in line)


def _play(stage: Stage, scene: Scene, name: str, nth: int) -> int:
    with stage.opened(scene) as house:
        process = house.start(wait=True)
        inject = f"inject={name}:signal=SIGKILL:when={nth}"
        with traced(process, "-e", f"trace={name}", "-e", inject):
            assert process.wait() == -9, (name, nth, process.said())
        if not house.database.exists():
            return _before_anything(house)
        assert house.database.stat().st_size, f"an empty state file: {name} {nth}"
        house.until_quiet()
        return house.judge((scene.name, name, nth))


def _before_anything(house: House) -> int:
    """Killed before there was a state file: the next start is a first start."""
    code, said = house.run()
    assert code == 0, said
    assert len(house.delivered()) == 2
    return house.judge("before anything")
