"""A real SMTP server that can do something at each command of a conversation."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.smtp import SMTP

STAGES = ("OPEN", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "KEPT", "RSET", "QUIT")
"""In order. BODY: the message is here and not yet kept; KEPT: it is, and nobody was told."""


@dataclass
class Post:
    """What it heard and what it keeps."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    heard: list[tuple[str, float]] = field(default_factory=list)  # (stage, monotonic seconds)
    at: Callable[[str], None] = field(default=lambda _stage: None)

    def hears(self, stage: str) -> None:
        """Note it and do what is to be done."""
        self.heard.append((stage, time.monotonic()))
        self.at(stage)

    def keys(self) -> list[str]:
        """The keys of what arrived."""
        return [str(message_from_bytes(raw)["X-Receivables-Key"]) for raw in self.received]

    def forget(self) -> None:
        """As if nothing had happened."""
        self.received.clear()
        self.heard.clear()
        self.at = lambda _stage: None

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """The message is whole."""
        self.hears("BODY")
        self.received.append(envelope.original_content)
        self.hears("KEPT")
        return "250 OK"


class _Server(SMTP):
    """Tells of every command before it is answered."""

    def connection_made(self, transport) -> None:
        self.event_handler.hears("OPEN")
        super().connection_made(transport)

    async def smtp_EHLO(self, hostname) -> None:  # noqa: N802
        self.event_handler.hears("EHLO")
        await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg) -> None:  # noqa: N802
        self.event_handler.hears("MAIL")
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg) -> None:  # noqa: N802
        self.event_handler.hears("RCPT")
        await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg) -> None:  # noqa: N802
        self.event_handler.hears("DATA")
        await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg) -> None:  # noqa: N802
        self.event_handler.hears("RSET")
        await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg) -> None:  # noqa: N802
        self.event_handler.hears("QUIT")
        await super().smtp_QUIT(arg)


@contextmanager
def listening() -> Iterator[Post]:
    """On a free port, in a thread of its own."""
    handler, loop = Post(), asyncio.new_event_loop()
    serving = loop.create_server(lambda: _Server(handler, loop=loop), "127.0.0.1", 0)
    server = loop.run_until_complete(serving)
    handler.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield handler
    asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)
