"""The Odoo that the tests share, with the mail server it sends through."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from .desk import prepared
from .mirror import Templates
from .server import DIRECTORY, MISSING, Odoo

BASE = "odoo_base"


@dataclass
class Letterbox:
    """What a real SMTP server received."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope) -> str:  # type: ignore[no-untyped-def]  # noqa: N802
        """Keep the message."""
        self.received.append(envelope.original_content)
        return "250 OK"

    def messages(self) -> list[Message]:
        """The messages, parsed."""
        return [message_from_bytes(raw) for raw in self.received]


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    """A real SMTP server on a free port, in a thread of its own."""
    handler = Letterbox()
    loop = asyncio.new_event_loop()
    serving = loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    server = loop.run_until_complete(serving)
    handler.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield handler
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


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
