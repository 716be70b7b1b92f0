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
CHOSEN = {COMMIT: (0.62, 0.79), CALL: (0.72,), MAIL: (0.3, 0.42)}  # how far into the run


def _chosen(points: list[Point]) -> list[Point]:
    return [points[int(share * len(points))] for share in CHOSEN[points[0].kind]]


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
    wanted = (
        by_kind[kind] if FULL else [p for some in by_kind.values() if some for p in _chosen(some)]
    )
    doubts = sum(_play(stage, scene, point) for point in wanted)
    record_property("kills", [scene.name, kind, len(wanted), doubts])


def _play(stage: Stage, scene: Scene, point: Point) -> int:
    """One kill and what follows; how many messages wait for a person then."""
    with stage.opened(scene) as house:
        assert kill_at(house, point) == -9, f"{point} was not reached"
        house.until_quiet()
        return house.judge((scene.name, point))
