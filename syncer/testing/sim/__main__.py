"""``python -m syncer.testing.sim``: many stories within a time, and the pairs they met."""

import argparse
import os
import sys
import time

from syncer.testing.sim.campaign import Tally, open_state, play_seeds
from syncer.testing.sim.coverage import IMPOSSIBLE, TARGETS
from syncer.testing.sim.pairs import play_pairs
from syncer.testing.sim.script import write
from syncer.testing.sim.shrink import shrink
from syncer.testing.sim.story import perform


def say(text: str) -> None:
    """A line for people, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """0 = every promise held and every pair was met, 1 = not."""
    parser = argparse.ArgumentParser(prog="python -m syncer.testing.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, default=30.0, help="time box")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="replay this one")
    parser.add_argument("--pairs", action="store_true", help="all pairs of troubles instead")
    asked = parser.parse_args(words)
    if asked.seed is not None:
        return replay(asked.seed)
    if asked.pairs:
        return enumerate_pairs(asked.processes, asked.minutes)
    return campaign(asked)


def replay(seed: int) -> int:
    """One story: its settings first, then how it went; cut down where it fails."""
    script = write(seed)
    say("\n".join(script.lines()))
    state = open_state()
    story = perform(state, script)
    say(str(story) if story.problems else "\n".join(story.told))
    if story.problems:
        say("\nThe smallest story found that breaks the same rule:")
        say(str(shrink(state, story)))
    else:
        say("every judge is silent")
    return 1 if story.problems else 0


def campaign(asked: argparse.Namespace) -> int:
    """Seeds in order, until they or the time are used up."""
    seeds = range(asked.first, asked.first + asked.seeds)
    say(
        f"seeds {seeds.start} to {seeds.stop - 1}, {asked.minutes:g} minutes, "
        f"{asked.processes} processes, {len(TARGETS)} pairs of (fault, step) to be met"
    )
    began = time.monotonic()
    last, told = [began], [0]

    def progress(tally: Tally) -> None:
        for failure in tally.failures[told[0] :]:  # at once: the table comes at the end
            told[0] += 1
            say(f"  FAILED, cut down at the end: {failure.splitlines()[0]}")
        if time.monotonic() - last[0] >= 30:
            last[0] = time.monotonic()
            say(f"  {tally.seeds} seeds, {len(tally.failures)} failures")

    tally = play_seeds(seeds, minutes=asked.minutes, processes=asked.processes, progress=progress)
    report(tally, time.monotonic() - began)
    return verdict(tally)


def report(tally: Tally, seconds: float) -> None:
    """What was played and met."""
    say("\n".join(["", *tally.coverage.table()]))
    say("Pairs that cannot be, none of them met:")
    for reason in dict.fromkeys(IMPOSSIBLE.values()):
        number = sum(reason == one for one in IMPOSSIBLE.values())
        say(f"  {number}: {reason}")
    kinds = ", ".join(f"{what} {n}" for what, n in sorted(tally.sums().items()))
    say(f"What went wrong, by kind: {kinds}")
    say(
        f"{tally.seeds} seeds played in {seconds:.0f} s: {tally.runs} runs, "
        f"{tally.mails} messages, "
        f"{tally.acts} acts of people, {sum(tally.sums().values())} faults, {tally.crashes} "
        f"processes cut short; in {tally.in_window} messages somebody acted inside the guard's "
        f"window"
    )


def verdict(tally: Tally) -> int:
    """Say what failed."""
    for failure in tally.failures:
        say(f"\nFAILED. The smallest story found:\n{failure}")
    missed, wrong = tally.coverage.never_met(), tally.coverage.wrongly_impossible()
    for pair in missed:
        say(f"FAILED. Never met: {' / '.join(pair)}")
    for pair in wrong:
        say(f"FAILED. Said to be impossible ({IMPOSSIBLE[pair]}), yet met: {' / '.join(pair)}")
    if not (tally.failures or missed or wrong):
        say("every judge is silent, every pair was met")
    return 1 if tally.failures or missed or wrong else 0


def enumerate_pairs(processes: int, minutes: float) -> int:
    """Every pair of troubles on a small run, as far as the time goes."""
    say(f"all pairs of troubles, {processes} processes, {minutes:g} minutes")
    began = time.monotonic()
    told = play_pairs(processes=processes, minutes=minutes, progress=say)
    say(f"{told.lines()} in {time.monotonic() - began:.0f} s")
    for failure in told.failures:
        say(f"FAILED: {failure}")
    if not told.whole:
        say("NOT ALL were played in this time: MINUTES=n gives more")
    return 1 if told.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
