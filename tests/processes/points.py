"""Where a process can be ended: before and after each commit and call, at each SMTP command."""

import signal
from collections import Counter
from dataclasses import dataclass

from .house import House

COMMIT, CALL, MAIL = "commit", "call", "mail"


@dataclass(frozen=True)
class Point:
    """The nth of its kind. ``side`` is before or after, for mail the stage."""

    kind: str
    nth: int
    side: str


def all_points(house: House) -> list[Point]:
    """Every point of this house's first run, which is played here to its healthy end."""
    counted = house.home / "commits"
    code, said = house.run(commits=0, count=str(counted))
    assert code == 0, said
    house.judge("healthy")
    sides = ("before", "after")
    commits = range(1, int(counted.read_text()) + 1)
    calls = range(1, len(house.side.gate.heard) + 1)
    found = [Point(COMMIT, nth, side) for nth in commits for side in sides]
    found += [Point(CALL, nth, side) for nth in calls for side in sides]
    seen: Counter[str] = Counter()
    for stage, _ in house.post.heard:
        seen[stage] += 1
        found.append(Point(MAIL, seen[stage], stage))
    return found


def kill_at(house: House, point: Point) -> int:
    """A run that ends there by SIGKILL; returns its exit code (-9 unless it never came there)."""
    plan = {"commits": point.nth, "after": point.side == "after"} if point.kind == COMMIT else {}
    gate, post = house.side.gate, house.post
    if point.kind == CALL:

        def at(nth: int) -> None:
            if nth == point.nth:
                house.end(signal.SIGKILL)

        setattr(gate, point.side, at)
    if point.kind == MAIL:
        seen: Counter[str] = Counter()

        def hears(stage: str) -> None:
            seen[stage] += 1
            if stage == point.side and seen[stage] == point.nth:
                house.end(signal.SIGKILL)

        post.at = hears
    code = house.start(**plan).wait()
    gate.before = gate.after = lambda _nth: None
    post.at = lambda _stage: None
    return code
