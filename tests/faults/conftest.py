"""What the catalogue's tests share: a home in quick memory, and the installation in it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .house import House

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
