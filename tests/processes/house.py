"""One installation, the runs that work in it, and its judge."""

import re
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

from syncer.model.effect import Effect, EffectState
from syncer.ports import OutboxFilter
from syncer.store import open_store

from .ledgers import CUSTOMERS, Side
from .post import Post
from .running import Nursery, Process, fresh

LEASE_SECONDS = 1.0
RUNS_MAX = 3
KEY = "a-key-for-tests-of-thirty-two-characters"
CHANNELS = ("smtp", "folder", "ledger_email")
CONFIG = """\
state: {{url: "{address}", dir: "{home}/state"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "{key}"}}
run: {{lease: {lease}}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  channels:
    post: {channel}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
      holidays:
    default_ladder: main
    ladders:
      main:
        steps:
          - {{name: friendly, tone: friendly, after_due: 3d, channel: {step}}}
          - {{name: firm, tone: firm, after_due: 30d, after_previous: 14d, channel: {step}}}
ledgers:
  - name: north
    connector: {connector}
    mode: live
    policy: main
    channel: post
    settings:
{settings}"""


@dataclass
class House:
    """``channel`` is one of CHANNELS; ``state`` is where the database lies, the home if empty.

    ``server``: the address of a PostgreSQL database instead.
    """

    home: Path
    side: Side
    post: Post
    nursery: Nursery
    channel: str = "smtp"
    lease: str = f"{LEASE_SECONDS:.0f}s"
    state: Path | None = None
    server: str = ""
    process: Process | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Write the configuration and what the ledger starts with."""
        smtp = f"{{type: smtp, host: 127.0.0.1, port: {self.post.port}, security: none}}"
        folder = f'{{type: folder, dir: "{self.home}/out"}}'
        text = CONFIG.format(
            home=self.home,
            address=self.address,
            key=KEY,
            lease=self.lease,
            channel=folder if self.channel == "folder" else smtp,
            step="ledger_email" if self.channel == "ledger_email" else "email",
            connector=self.side.connector,
            settings=self.side.settings,
        )
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "syncer.yaml").write_text(text, encoding="utf-8")
        for name, content in self.side.files.items():
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            (self.home / name).write_bytes(content)

    @property
    def database(self) -> Path:
        """The state file."""
        return (self.state or self.home) / "syncer.db"

    @property
    def address(self) -> str:
        """The state's, as the configuration has it."""
        return self.server or f"sqlite:///{self.database}"

    # --- running -----------------------------------------------------------------------------

    def start(self, *words: str, **plan: Any) -> Process:
        """A worker at work."""
        said = ("--config", "syncer.yaml", *(words or ("run", "--no-input")))
        self.process = self.nursery.start(*said, home=self.home, **plan)
        return self.process

    def start_fresh(self) -> Process:
        """The same from a new interpreter."""
        words = ("--config", "syncer.yaml", "run", "--no-input")
        self.process = fresh(*words, home=self.home)
        return self.process

    def run(self, *words: str, **plan: Any) -> tuple[int, str]:
        """A worker to its end: exit code and what it said."""
        process = self.start(*words, **plan)
        return process.wait(), process.said()

    def end(self, number: int = signal.SIGKILL) -> None:
        """Signal the worker; after SIGKILL it is certainly gone."""
        if self.process is not None:
            self.process.send(number)

    def wait_for_lease(self) -> None:
        """Until whoever died does not hold the ledger any more."""
        there = self.server or (self.database.exists() and self.database.stat().st_size)
        if not there:
            return
        with closing(open_store(self.address)) as store:
            lease = store.lease("north")
        if lease is not None:
            left = (lease.until - datetime.now(UTC)).total_seconds()
            time.sleep(max(0.0, min(left, 5.0)) + 0.02)

    def until_quiet(self) -> None:
        """Healthy runs until one changes nothing any more: RUNS_MAX at most."""
        before: object = None
        for _ in range(RUNS_MAX):
            self.wait_for_lease()
            code, said = self.run()
            assert code in (0, 1), said  # 1: a message is uncertain, and the table says so
            now = (self.delivered(), self.side.notes(), [e.state for e in self.effects()])
            if now == before:
                return
            before = now
            if not self._open(self.effects()):
                return
        raise AssertionError(f"not at rest after {RUNS_MAX} runs: {self.effects()}")

    # --- looking -----------------------------------------------------------------------------

    def letters(self) -> list[str]:
        """Keys of the messages in the mail folder."""
        found = sorted((self.home / "out").glob("*.eml"))
        return [str(message_from_bytes(path.read_bytes())["X-Receivables-Key"]) for path in found]

    def delivered(self) -> list[str]:
        """What went out, by the mailbox, the folder or the ledger's own books."""
        if self.channel == "ledger_email":
            return self.side.mailed()
        return self.letters() if self.channel == "folder" else self.post.keys()

    def effects(self) -> list[Effect]:
        """The outbox."""
        with closing(open_store(self.address)) as store:
            return list(store.effects(OutboxFilter()))

    def uncertain(self) -> int:
        """How many messages wait for a person."""
        return sum(e.state is EffectState.UNCERTAIN for e in self.effects())

    @property
    def provable(self) -> bool:
        """Whether what went out can be looked up, so that no doubt may remain."""
        return self.channel == "folder"

    @staticmethod
    def _open(effects: list[Effect]) -> list[Effect]:
        done = (EffectState.DELIVERED, EffectState.UNCERTAIN, EffectState.CANCELLED)
        return [effect for effect in effects if effect.state not in done]

    # --- judging -----------------------------------------------------------------------------

    def judge(self, where: object) -> int:
        """After healthy runs: nothing twice, nothing lost, notes as delivered; doubts left."""
        went, notes, doubts = self.delivered(), self.side.notes(), self.uncertain()
        assert len(went) == len(set(went)), f"a message went out twice: {where}"
        assert len(notes) == len(set(notes)), f"a note was written twice: {where}"
        if self.channel == "ledger_email":
            assert len(notes) <= len(went), f"a note tells of what nobody got: {where}"
        else:
            assert set(notes) <= set(went), f"a note tells of what nobody got: {where}"
        assert len(notes) + doubts == CUSTOMERS, f"lost without a word: {where}"
        assert not (self.provable and doubts), f"a channel that can prove left a doubt: {where}"
        self.check_state(where)
        return doubts

    def check_state(self, where: object) -> None:
        """The state file is whole and its journals chain."""
        if not self.server:
            with closing(sqlite3.connect(self.database)) as connection:
                found = connection.execute("PRAGMA integrity_check").fetchall()
            assert found == [("ok",)], f"{found}: {where}"
        with closing(open_store(self.address)) as store:
            assert list(store.verify_journal()) == [], where
        left = [
            path.name
            for path in self.home.rglob("*")
            if re.search(r"\.(tmp|part|restoring)$", path.name)
        ]
        assert len(left) <= 1, f"litter: {left}: {where}"


Act = Callable[[], None]
