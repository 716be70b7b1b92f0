"""Many seeds over several processes within a time, and what they met together."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from syncer.testing.sim.coverage import Coverage
from syncer.testing.sim.shrink import shrink
from syncer.testing.sim.state import State
from syncer.testing.sim.story import Story, play

MEMORY = Path("/dev/shm")  # noqa: S108 - power cuts are not simulated here
CHUNK = 50  # seeds handed to a process at a time
FAILURES_MAX = 5  # then there is enough to read


@dataclass(slots=True)
class Tally:
    """Sums over stories."""

    seeds: int = 0
    runs: int = 0
    mails: int = 0
    acts: int = 0
    crashes: int = 0
    in_window: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    failures: list[str] = field(default_factory=list)

    def take(self, story: Story) -> None:
        """Add one story."""
        self.seeds += 1
        self.runs += story.runs
        self.mails += story.mails
        self.acts += story.acts
        self.crashes += story.crashes
        self.in_window += story.in_window
        self.coverage.add(story.met)

    def add(self, other: "Tally") -> None:
        """Add what another process played."""
        for name in ("seeds", "runs", "mails", "acts", "crashes", "in_window"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.coverage.met.update(other.coverage.met)
        self.failures += other.failures

    def sums(self) -> Counter[str]:
        """How often each thing went wrong."""
        return self.coverage.by_kind()


def open_state() -> State:
    """A state in quick memory, for this process."""
    where = MEMORY if MEMORY.is_dir() else None
    return State(Path(tempfile.mkdtemp(prefix="syncer-sim-", dir=where)))


def play_chunk(seeds: range) -> Tally:
    """Play these; a failure is cut down and told."""
    state, tally = open_state(), Tally()
    try:
        for seed in seeds:
            story = play(state, seed)
            tally.take(story)
            if story.problems:
                tally.failures.append(str(shrink(state, story)))
    finally:
        state.close()
        shutil.rmtree(state.home, ignore_errors=True)
    return tally


def play_seeds(
    seeds: range, *, minutes: float, processes: int, progress: Callable[[Tally], None]
) -> Tally:
    """As many of ``seeds``, in order, as fit into the time; ``progress`` after each chunk."""
    end = time.monotonic() + 60 * minutes
    tally = Tally()
    chunks = _chunks(seeds)
    with ProcessPoolExecutor(processes) as pool:
        waiting: set[Future[Tally]] = set()
        for chunk in islice(chunks, processes):
            waiting.add(pool.submit(play_chunk, chunk))
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                tally.add(one.result())
                progress(tally)
                if time.monotonic() < end and len(tally.failures) < FAILURES_MAX:
                    waiting |= {pool.submit(play_chunk, chunk) for chunk in islice(chunks, 1)}
    return tally


def _chunks(seeds: range) -> Iterator[range]:
    for first in range(0, len(seeds), CHUNK):
        yield seeds[first : first + CHUNK]
