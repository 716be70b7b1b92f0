"""A whole installation on loopback: sandbox ledger over HTTP, real SMTP server, real processes."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from syncer.sandbox.book import demo_world
from syncer.sandbox.serve import Running, start
from syncer.sandbox.world import WorldClock
from syncer.sandbox.xero.limits import UNLIMITED
from tests.processes.running import Nursery

ROOT = Path(__file__).parents[2]
CANARY = "canary-3f9a1c7e"  # planted in every secret; must come out nowhere
SECRETS = {
    "XERO_SECRET": "sandbox-custom-secret",
    "STORE_KEY": f"{CANARY}-key-of-thirty-two-characters",
}
CUSTOMERS = 12

CONFIG = """\
state: {{url: "sqlite:///{home}/syncer.db", dir: "{home}/state"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "${{STORE_KEY}}"}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {smtp_port}, security: none}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
ledgers:
  - name: north
    connector: xero
    mode: {mode}
    policy: main
    channel: post
    settings:
      flow: custom_connection
      client_id: sandbox-custom
      client_secret: ${{XERO_SECRET}}
      base_url: {url}
      identity_url: {url}
      do_not_chase_groups: [No reminders]
"""


@dataclass
class Post:
    """What a real SMTP server received."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """Keep the message."""
        self.received.append(envelope.original_content)
        return "250 OK"

    def messages(self) -> list[Message]:
        """The messages, parsed."""
        return [message_from_bytes(raw) for raw in self.received]


@dataclass
class House:
    """One installation: a configuration and the command that works with it."""

    home: Path
    ledger: Running
    post: Post
    environ: dict[str, str]
    nursery: Nursery

    @property
    def config(self) -> Path:
        """Its configuration file."""
        return self.home / "syncer.yaml"

    def configure(self, *, mode: str = "live", url: str = "", extra: str = "") -> None:
        """Write the configuration."""
        text = CONFIG.format(
            home=self.home,
            smtp_port=self.post.port,
            mode=mode,
            url=url or self.ledger.base_url,
        )
        self.config.write_text(text + extra, encoding="utf-8")

    def syncer(
        self, *words: str, environ: dict[str, str] | None = None, config: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        return self.nursery.run(
            *self._words(*words, config=config),
            home=self.home,
            environ={**self.environ, **(environ or {})},
        )

    def command(self, *words: str, config: bool = True) -> list[str]:
        """The command line of the program in a new interpreter."""
        return [sys.executable, "-m", "syncer", *self._words(*words, config=config)]

    def _words(self, *words: str, config: bool) -> list[str]:
        named = ["--config", str(self.config)] if config else []
        return [*named, *words]


@pytest.fixture
def post() -> Iterator[Post]:
    """A real SMTP server on a free port, in a thread of its own."""
    handler = Post()
    loop = asyncio.new_event_loop()
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


@pytest.fixture
def ledger() -> Iterator[Running]:
    """A small ledger whose day is the real day, because the processes under test use it."""
    now = datetime.now(UTC)
    world = demo_world(now.date(), customers=CUSTOMERS)
    if isinstance(world.clock, WorldClock):
        world.clock.set(now)
    with start(world, allowance=UNLIMITED) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, ledger: Running, post: Post, nursery: Nursery) -> House:
    """A configured installation in live mode."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "USER": "tester",
        **SECRETS,
    }
    made = House(tmp_path, ledger, post, environ, nursery)
    made.configure()
    return made
