"""A whole installation on loopback: sandbox ledger over HTTP, real SMTP server, real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.sandbox.book import demo_world
from syncer.sandbox.serve import Running, start
from syncer.sandbox.world import WorldClock
from syncer.sandbox.xero.limits import UNLIMITED
from tests.channels.listening import Letterbox, letterbox
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
class House:
    """One installation: a configuration and the command that works with it."""

    home: Path
    ledger: Running
    post: Letterbox
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
def post() -> Iterator[Letterbox]:
    """A real SMTP server."""
    with letterbox() as box:
        yield box


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
def house(tmp_path: Path, ledger: Running, post: Letterbox, nursery: Nursery) -> House:
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
