"""A mail server, a nursery and a stage for each test process; a quick folder for state files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.tryton.environment import CURRENT, Unavailable
from tests.live.tryton.seeding import open_office

from .house import House
from .post import Post, listening
from .running import Nursery
from .scenes import XERO, Stage
from .tryton import tryton

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """In memory where that can be: loss of power is played by other means."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="syncer-processes-", dir=where))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def nursery(quick_folder: Path) -> Iterator[Nursery]:
    """Where workers come from."""
    folder = quick_folder / "nursery"
    folder.mkdir()
    made = Nursery(folder)
    yield made
    made.close()


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    """A real SMTP server."""
    with listening() as made:
        yield made


@pytest.fixture(scope="session")
def stage(quick_folder: Path, nursery: Nursery, post: Post) -> Stage:
    """Sets scenes."""
    return Stage(quick_folder, post, nursery)


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
