"""What the catalogue's tests share: a home in quick memory, and the installation in it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.sandbox.serve import start
from syncer.sandbox.world import WorldClock
from syncer.sandbox.xero.limits import UNLIMITED
from syncer.testing.sim import book

from .house import House
from .outside import Outside
from .workshop import Workshop

MEMORY = Path("/dev/shm")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for one installation. Power cuts are not tried here, so it may lie in memory."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    made = Path(tempfile.mkdtemp(prefix="syncer-faults-", dir=where))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def house(home: Path) -> Callable[..., House]:
    """Makes the installation: ``house("xero")``, ``house("xero", "quickbooks", provable=True)``."""

    def made(*connectors: str, **more: object) -> House:
        return House(home, connectors or ("xero",), **more)

    return made


@pytest.fixture
def outside(home: Path) -> Iterator[Outside]:
    """Two customers are late on the real day, and the worker is a process of its own."""
    world = book.new_world(WorldClock(datetime.now(UTC)))
    for number in (1, 2):
        book.invoice(world.main, book.customer(world.main, number), "100.00", late=9)
    with start(world, allowance=UNLIMITED) as running:
        made = Workshop(home)
        path = home / "syncer.yaml"
        text = path.read_text(encoding="utf-8").replace(made.side.url, running.base_url)
        path.write_text(text.replace("threads: 0", "threads: 0, lease: 1s"), encoding="utf-8")
        yield Outside(home, running)
