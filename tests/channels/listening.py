"""Real SMTP servers on loopback, each in a thread of its own, and one that just keeps its mail."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiosmtpd.smtp import SMTP, Envelope, Session

Make = Callable[[asyncio.AbstractEventLoop], SMTP]
"""Makes what talks on one connection."""


@contextmanager
def served(make: Make, *, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port on which it listens; with ``context``, within TLS from the first byte."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        loop.create_server(lambda: make(loop), "127.0.0.1", 0, ssl=context), loop
    ).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)


@dataclass
class Letterbox:
    """What arrived at a server that takes everything."""

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
def letterbox() -> Iterator[Letterbox]:
    """A server that takes everything."""
    box = Letterbox()
    with served(lambda loop: SMTP(box, loop=loop)) as box.port:
        yield box
