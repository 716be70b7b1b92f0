"""A mail server and a stage for each test process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.testing.sim.state import State
from tests.live.tryton.environment import CURRENT, Unavailable
from tests.live.tryton.seeding import open_office

from .house import House
from .post import Post, listening
from .running import Nursery
from .scenes import XERO, Stage
from .tryton import tryton


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    """A real SMTP server."""
    with listening() as made:
        yield made


@pytest.fixture(scope="session")
def stage(quick_folder: Path, nursery: Nursery, post: Post) -> Stage:
    """Sets scenes."""
    return Stage(quick_folder, post, nursery)


@pytest.fixture(scope="module")
def state(quick_folder: Path) -> Iterator[State]:
    """The state file of stories in one process."""
    home = quick_folder / "stories"
    home.mkdir()
    made = State(home)
    yield made
    made.close()
    shutil.rmtree(home)


@pytest.fixture
def house(stage: Stage) -> Iterator[House]:
    """Xero and SMTP, before the first run."""
    with stage.opened(XERO) as made:
        yield made


@pytest.fixture(scope="session")
def with_tryton(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same with a Tryton server behind it."""
    with listening() as its_own:
        try:
            folder = tmp_path_factory.mktemp("tryton")
            office = open_office(folder, CURRENT, smtp_port=its_own.port)
            stage.tryton = lambda: tryton(office)
            office.server  # noqa: B018 - starts it, or says why not
        except Unavailable as error:
            pytest.skip(str(error))
        yield stage
        office.close()
