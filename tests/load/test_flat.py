"""Consecutive runs in one process leave nothing behind: memory, handles, threads.

Every run is put together anew, reads, decides, sends and writes back; the simulators' own logs
are emptied in between. Measured after the first runs, when caches are filled.
"""

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from .fleet import FULL, Fleet

RUNS, WARM = (1000, 100) if FULL else (20, 8)
OBJECTS_A_RUN = 40  # one database left behind is over a hundred; the simulators keep tokens: five
BYTES_A_RUN = 24_000


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds."""

    objects: int
    files: int
    threads: int
    memory: int  # bytes that are resident

    @classmethod
    def now(cls) -> "Held":
        """Counted after a look for garbage."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(
            objects=len(gc.get_objects()),
            files=len(os.listdir("/proc/self/fd")),
            threads=threading.active_count(),
            memory=pages * os.sysconf("SC_PAGE_SIZE"),
        )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="counts in /proc, as Linux has")
def test_a_thousand_runs_hold_what_the_first_held(tmp_path: Path) -> None:
    """Handles and threads stay the same number, memory and objects do not grow with the runs."""
    fleet = Fleet(tmp_path, 2)
    fleet.owe(fleet.sides)
    fleet.run()
    held: list[Held] = []
    for number in range(RUNS):
        assert fleet.run().exit_code == 0
        if number >= WARM:
            held.append(Held.now())
    first, last, runs = held[0], held[-1], len(held) - 1
    assert {(one.files, one.threads) for one in held} == {(first.files, first.threads)}
    assert (last.objects - first.objects) / runs <= OBJECTS_A_RUN
    if FULL:  # the allocator's own pools even out over many runs alone
        assert _slope(held) <= BYTES_A_RUN


def _slope(held: list[Held]) -> float:
    """Bytes of memory a run, by least squares."""
    middle = (len(held) - 1) / 2
    mean = sum(one.memory for one in held) / len(held)
    over = sum((at - middle) * (one.memory - mean) for at, one in enumerate(held))
    return over / sum((at - middle) ** 2 for at in range(len(held)))
