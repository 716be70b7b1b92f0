"""SIGKILL at every commit, call and SMTP command of a real run, for every connector and channel.

The ledgers speak HTTP and the mail server SMTP, both in this process, where they can end the
worker at the moment they hear from it. Judged by the ledger's own books and the mailbox.
``SYNCER_SIM_FULL=1`` plays every point; without it a fixed choice of each kind is played.
"""

import os

import pytest

from .points import CALL, COMMIT, MAIL, Point, all_points, kill_at
from .scenes import SANDBOXED, TRYTON, Scene, Stage

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
KINDS = (COMMIT, CALL, MAIL)
LATE_POINTS_MAX = 8  # commits that a hurried run does not come to
CHOSEN = {COMMIT: 0.62, CALL: 0.72, MAIL: 0.42}  # how far into the run


def _chosen(scene: Scene, points: list[list[Point]]) -> list[Point]:
    """One point of each kind for the first scene, of one kind in turn for each of the others."""
    number = SANDBOXED.index(scene)
    some = points if number == 0 else [points[number % len(points)]]
    return [of_kind[int(CHOSEN[of_kind[0].kind] * len(of_kind))] for of_kind in some]


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS if FULL else ("any",))
@pytest.mark.parametrize("scene", SANDBOXED, ids=lambda scene: scene.name)
def test_killed_at_every_point(stage: Stage, scene: Scene, kind: str, record_property) -> None:
    """Restarted until quiet: nothing twice, nothing lost, notes as delivered, the state whole."""
    _sweep(stage, scene, kind, record_property)


@pytest.mark.skipif(not FULL, reason="Tryton takes a minute to start: SYNCER_SIM_FULL=1 plays it")
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", TRYTON, ids=lambda scene: scene.name)
def test_killed_at_every_point_beside_a_real_tryton(
    with_tryton: Stage, scene: Scene, kind: str, record_property
) -> None:
    """The same where the ledger is no simulation."""
    _sweep(with_tryton, scene, kind, record_property)


def _sweep(stage: Stage, scene: Scene, kind: str, record_property) -> None:
    with stage.opened(scene) as house:
        points = all_points(house)
    by_kind = {each: [p for p in points if p.kind == each] for each in KINDS}
    assert len(by_kind[COMMIT]) >= 40, "the sweep must see the whole run"
    assert (scene.channel != "smtp") == (not by_kind[MAIL])
    assert (scene.connector == "csv_folder") == (not by_kind[CALL])
    some = [points for points in by_kind.values() if points]
    wanted = by_kind[kind] if FULL else _chosen(scene, some)
    doubts = [_play(stage, scene, point) for point in wanted]
    reached = [found for found in doubts if found is not None]
    late = LATE_POINTS_MAX if kind == COMMIT else 0
    assert len(reached) >= len(wanted) - late, "the kills did not strike"
    record_property("kills", [scene.name, kind, len(reached), sum(reached)])


def _play(stage: Stage, scene: Scene, point: Point) -> int | None:
    """One kill and what follows; how many messages wait for a person then.

    None where the run was over before: a lease is renewed by the clock, and each time is a commit.
    """
    with stage.opened(scene) as house:
        code = kill_at(house, point)
        assert code in (-9, 0), (point, house.process and house.process.said())
        house.until_quiet()
        doubts = house.judge((scene.name, point))
        return doubts if code else None
