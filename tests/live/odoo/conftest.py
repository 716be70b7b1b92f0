"""One Odoo for all tests here, started when the first of them asks for it."""

from collections.abc import Iterator

import pytest

from .running import Live, live_odoo


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """The running server; skipped by name where none is installed."""
    with live_odoo() as running:
        yield running
