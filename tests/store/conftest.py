"""Empty stores on SQLite and, where a server can be started, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import empty_database


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own."""
    with empty_database(postgres_server) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'state.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Each database in turn; PostgreSQL is skipped by name where there is none."""
    chosen = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(chosen))
