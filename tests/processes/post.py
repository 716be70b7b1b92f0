"""A real SMTP server that can do something at each command of a conversation."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.smtp import SMTP

from syncer.testing.sim.post import Luck
from tests.channels.listening import served

STAGES = ("OPEN", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "KEPT", "RSET", "QUIT")
"""In order. BODY: the message is here and not yet kept; KEPT: it is, and nobody was told."""

ANSWERS = {Luck.DEFERS: "451 later", Luck.REFUSES: "550 never"}


@dataclass
class Post:
    """What it heard and what it keeps."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    heard: list[tuple[str, float]] = field(default_factory=list)  # (stage, monotonic seconds)
    at: Callable[[str], None] = field(default=lambda _stage: None)
    luck: Callable[[], Luck] = field(default=lambda: Luck.TAKES)  # of each message

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
        self.luck = lambda: Luck.TAKES

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """The message is whole."""
        luck = self.luck()
        if luck in ANSWERS:
            return ANSWERS[luck]
        self.hears("BODY")
        if luck is not Luck.HANGS_UP:
            self.received.append(envelope.original_content)
            self.hears("KEPT")
        if luck is not Luck.TAKES:
            server.transport.abort()
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
    """On a free port."""
    post = Post()
    with served(lambda loop: _Server(post, loop=loop)) as post.port:
        yield post
