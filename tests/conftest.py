"""What the tests of every folder share: where started programs come from."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import served
from tests.processes.running import Nursery

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
    """Starts the program as a process of its own, without waiting for its imports each time."""
    folder = quick_folder / "nursery"
    folder.mkdir()
    made = Nursery(folder)
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server; skips by name where there is none."""
    with served() as address:
        yield address
