"""The shipped suite over SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator

import pytest

from syncer.ports import Store
from syncer.store import open_store
from syncer.testing.store_suite import StoreSuite


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def reopen(url: str) -> Callable[[], Store]:
    """A second store on the same database."""
    return lambda: open_store(url)


class TestStore(StoreSuite):
    """Every promise on every database."""
