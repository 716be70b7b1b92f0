"""A real SMTP server on loopback that keeps what it gets."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Post:
    """What arrived."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        self.received.append(envelope.original_content or b"")
        return "250 OK"

    def messages(self) -> list[Message]:
        """The messages, parsed."""
        return [message_from_bytes(raw) for raw in self.received]


@contextmanager
def receiving() -> Iterator[Post]:
    """A server on a free port, in a thread of its own."""
    handler, loop = Post(), asyncio.new_event_loop()
    serving = loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    server = loop.run_until_complete(serving)
    handler.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield handler
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()
