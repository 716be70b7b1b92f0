"""Tryton for whoever asks: one office per test process, closed at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.tryton.environment import CURRENT, Unavailable
from tests.live.tryton.post import Post, receiving
from tests.live.tryton.seeding import Office, open_office


@pytest.fixture(scope="session")
def tryton_post() -> Iterator[Post]:
    """Where Tryton delivers its mail."""
    with receiving() as post:
        yield post


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, tryton_post: Post) -> Iterator[Office]:
    """The current Tryton on SQLite, with the base books."""
    folder: Path = tmp_path_factory.mktemp("tryton")
    try:
        opened = open_office(folder, CURRENT, smtp_port=tryton_post.port)
    except Unavailable as error:
        pytest.skip(str(error))
    yield opened
    opened.close()
