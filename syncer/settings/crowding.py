"""Heads-ups that the minimum gap pushes back, or past the due date: there they lapse.

What: a warning for each, which names both settings. Why no error: a policy that is used by several
ledgers may be right in one part and idle in the other, and nothing wrong is sent.
"""

from collections.abc import Iterator

from syncer.policy.finding import days
from syncer.policy.rules import Ladder
from syncer.policy.trial.timeline import timeline
from syncer.settings.root import Settings
from syncer.settings.tree import Path


def crowding(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Every heads-up that cannot go out on its day, with its place."""
    for name in settings.policies:
        policy = settings.policy(name)
        for ladder in policy.ladders:
            for number, text in crowded(ladder, policy.restraint.min_gap):
                path = ("policies", name, "ladders", ladder.name, "steps", number, "before_due")
                yield path, text


def crowded(ladder: Ladder, min_gap: int) -> Iterator[tuple[int, str]]:
    """Places in the ladder, from 0, of heads-ups too near to the one before, and what follows."""
    for number, stop in enumerate(timeline(ladder, min_gap=min_gap)):
        said = ladder.steps[number].before_due
        if said is None or stop.day <= -said:
            continue
        before = ladder.steps[number - 1]
        near = (
            f"{days(said)} before due, but restraint.min_gap keeps {days(min_gap)} from step "
            f"'{before.name}' ({days(before.before_due or 0)} before due): "
        )
        late = f"it goes out {days(stop.day + said)} later than that"
        what = late if stop.day <= 0 else "it can never go out before the due date, and lapses"
        yield number, f"{near}{what}; move before_due of one of them, or lower min_gap"
