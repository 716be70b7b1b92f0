"""Tryton for whoever asks: one office per test process and kind, closed at its end."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from tests.channels.listening import Letterbox, letterbox

from .book import BRITONS, GERMANS
from .entering import Booked
from .environment import CURRENT, LONG_TERM, Unavailable
from .seeding import BRITISH, GERMAN, Office, open_office
from .server import DATABASE

TWO_DAYS = 2 * 86400
SECONDS = 900  # a test may have to wait for the installation and for the books
EVERY_SERIES = "TRYTON_EVERY_SERIES"  # set: the long-term series is tested too


@pytest.fixture(scope="session")
def tryton_post() -> Iterator[Letterbox]:
    """Where Tryton delivers its mail."""
    with letterbox() as post:
        yield post


def _opened(folder: Path, series: str, post: Letterbox, postgres: str = "") -> Office:
    try:
        return open_office(folder, series, smtp_port=post.port, postgres=postgres)
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, tryton_post: Letterbox) -> Iterator[Office]:
    """The current Tryton on SQLite, with the base books."""
    opened = _opened(tmp_path_factory.mktemp("tryton"), CURRENT, tryton_post)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def long_term(tmp_path_factory: pytest.TempPathFactory, tryton_post: Letterbox) -> Iterator[Office]:
    """The series with long-term support, on SQLite."""
    if not os.environ.get(EVERY_SERIES):
        pytest.skip(f"Tryton {LONG_TERM} is tested where {EVERY_SERIES} is set")
    opened = _opened(tmp_path_factory.mktemp("tryton-lts"), LONG_TERM, tryton_post)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory,
    tryton_post: Letterbox,
    postgres_server: str,
) -> Iterator[Office]:
    """The current Tryton on PostgreSQL."""
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {DATABASE}")
    address = postgres_server.replace("/postgres?", "/?")
    opened = _opened(tmp_path_factory.mktemp("tryton-pg"), CURRENT, tryton_post, address)
    yield opened
    opened.close()


def enter_book(office: Office) -> Booked:
    """The book in an office: put back as it was kept this day, or entered now."""
    today = date.today()
    entered = Booked(office, today)
    name = f"book-{today}-{entered.digest(*GERMANS, *BRITONS)}"
    kept = office.kept / f"{name}.json"

    def make() -> None:
        office.restart_books()
        entered.enter(office.companies[GERMAN], GERMANS)
        entered.enter(office.companies[BRITISH], BRITONS)
        office.clerk("age", seconds=TWO_DAYS)
        entered.write_down(kept, (*GERMANS, *BRITONS))

    office.put_kept(name, make)
    entered.take_up(kept)
    return entered


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More time than a test of ours alone may take, and the first place in the queue.

    First they fall to one worker, which enters the books once; later they would fall to several.
    """
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in ours:
        item.add_marker(pytest.mark.timeout(SECONDS))
    items.sort(key=lambda item: not item.path.is_relative_to(Path(__file__).parent))
