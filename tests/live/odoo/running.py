"""The Odoo that the tests share, with the mail server it sends through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.channels.listening import Letterbox, letterbox

from .desk import prepared
from .mirror import Templates
from .server import DIRECTORY, MISSING, Odoo

BASE = "odoo_base"


@dataclass
class Live:
    """A running Odoo with an empty set of books to copy from."""

    odoo: Odoo
    post: Letterbox
    templates: Templates


_shared: list[Live] = []


@contextmanager
def live_odoo() -> Iterator[Live]:
    """Start it; skip where it is not installed."""
    if not DIRECTORY:
        pytest.skip(MISSING)
    with letterbox() as post:
        odoo = Odoo(Path(DIRECTORY), post.port)
        prepared(odoo, BASE)
        odoo.start()
        live = Live(odoo, post, Templates(odoo, BASE))
        _shared.append(live)
        try:
            yield live
        finally:
            _shared.remove(live)
            odoo.stop()


def shared() -> Live:
    """The one that is running."""
    return _shared[0]
