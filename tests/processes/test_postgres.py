"""The state on PostgreSQL: workers killed, connections ended, a server gone in the middle.

Real processes beside a real server. ``SYNCER_SIM_FULL=1`` plays every point; without it one of
each kind is played. Skipped by name where no PostgreSQL can be started.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import make_url

from tests.postgres import empty_database

from .house import House
from .points import COMMIT, Point, all_points, kill_at
from .scenes import XERO, Stage

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
CHOSEN = (Point(COMMIT, 18, "before"),)
PASSING = 5

Opener = Callable[[], AbstractContextManager[House]]


@pytest.fixture
def opened(stage: Stage, postgres_server: str) -> Opener:
    """Opens a house whose state is an empty database."""

    @contextmanager
    def fresh() -> Iterator[House]:
        with empty_database(postgres_server) as server, stage.opened(XERO) as house:
            with_server = replace(house, server=server)
            yield with_server
            with_server.end()

    return fresh


def _end_all(house: House, *, gone: bool) -> None:
    """As a server does that stops: every connection is ended; ``gone``: and no new one is taken."""
    url = make_url(house.server)
    around = url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(around, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS {not gone}")
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (url.database,),
        )


@pytest.mark.timeout(3000)
def test_killed_at_points_of_a_run(opened: Opener, record_property) -> None:
    """SIGKILL, restarted until quiet: nothing twice, nothing lost, notes as delivered."""
    points = list(CHOSEN)
    if FULL:
        with opened() as house:
            points = all_points(house)
    reached = doubts = 0
    for point in points:
        with opened() as house:
            killed = kill_at(house, point) != 0
            house.until_quiet()
            reached, doubts = reached + killed, doubts + house.judge(point)
    record_property("kills", ["xero-smtp on postgresql", reached, doubts])
    assert reached >= len(points) * 0.9, "the kills did not strike"


@pytest.mark.parametrize("nth", range(1, 16) if FULL else (11,))
def test_connections_that_are_ended_between_transactions(opened: Opener, nth: int) -> None:
    """A restart while the ledger is asked: the run goes on as if nothing had happened."""
    with opened() as house:
        house.side.gate.before = lambda heard: _end_all(house, gone=False) if heard == nth else None
        code, said = house.run()
        assert code == 0, said
        assert house.judge(nth) == 0
        assert len(house.side.notes()) == 2


@pytest.mark.parametrize("stage_name", ["OPEN", "MAIL", "BODY", "KEPT"] if FULL else ["KEPT"])
def test_a_server_that_is_gone(opened: Opener, stage_name: str) -> None:
    """In the hand-over of a message: a passing fault; that one message waits for a person."""
    with opened() as house:
        house.post.at = lambda heard: _end_all(house, gone=True) if heard == stage_name else None
        code, said = house.run()
        assert code == PASSING, said
        assert "the state database" in said
        assert "Traceback" not in said
        house.post.at = lambda _stage: None
        _end_all(house, gone=False)
        house.until_quiet()
        assert house.judge(stage_name) == 1
