"""Real processes over real sockets, killed at every request: SIGKILL, SIGTERM, two at once.

The sandbox speaks HTTP and the mail server SMTP, both in this process, where they can end the
worker at the moment they hear from it. Judged by the sandbox's notes and the mailbox.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.serve import Running, start
from syncer.sandbox.world import WorldClock
from syncer.sandbox.xero.limits import UNLIMITED
from syncer.testing.sim import book

ROOT = Path(__file__).parents[2]
FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
REQUESTS = 15  # over the book below: token, pull, and twice old notes, the guard, the new note
MAIL_STAGES = ("MAIL", "RCPT", "DATA", "taken") if FULL else ("DATA", "taken")
LEASE_SECONDS = 1.0
CONFIG = """\
state: {{url: "sqlite:///{home}/syncer.db", dir: "{home}/state"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "a-key-for-tests-of-thirty-two-characters"}}
run: {{lease: {lease}}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {port}, security: none}}
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
    mode: live
    policy: main
    channel: post
    settings:
      flow: custom_connection
      client_id: sandbox-custom
      client_secret: sandbox-custom-secret
      history_months: 0
      base_url: {url}
      identity_url: {url}
"""


@dataclass
class MailServer:
    """A real SMTP server that can do something at each stage of a message."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    heard: list[tuple[str, float]] = field(default_factory=list)  # (stage, monotonic seconds)
    at: Callable[[str], None] = field(default=lambda _stage: None)

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
        """The sender."""
        self._heard("MAIL")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        """A recipient."""
        self._heard("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """The message is whole: before and after it is kept."""
        self._heard("DATA")
        self.received.append(envelope.original_content)
        self._heard("taken")
        return "250 OK"

    def _heard(self, stage: str) -> None:
        self.heard.append((stage, time.monotonic()))
        self.at(stage)

    def keys(self) -> list[str]:
        """The keys of what arrived."""
        return [str(message_from_bytes(raw)["X-Receivables-Key"]) for raw in self.received]


@pytest.fixture
def post() -> Iterator[MailServer]:
    """Listening on a free port in a thread of its own."""
    handler, loop = MailServer(), asyncio.new_event_loop()
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
    """Two customers who are late, on the real day, because the processes' day is the real one."""
    world = book.new_world(WorldClock(datetime.now(UTC)))
    for number in (1, 2):
        late = book.customer(world.main, number)
        book.invoice(world.main, late, "100.00", late=5 + number)
    with start(world, allowance=UNLIMITED) as running:
        yield running


@dataclass
class House:
    """One installation and the processes that work in it."""

    home: Path
    ledger: Running
    post: MailServer
    process: subprocess.Popen[str] | None = None

    def configure(self, *, lease: str) -> None:
        """Write the configuration."""
        text = CONFIG.format(
            home=self.home, port=self.post.port, url=self.ledger.base_url, lease=lease
        )
        (self.home / "syncer.yaml").write_text(text, encoding="utf-8")

    def start(self) -> subprocess.Popen[str]:
        """A worker at work."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "syncer", "--config", "syncer.yaml", "run", "--no-input"],
            cwd=self.home,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        return self.process

    def run(self) -> tuple[int, str]:
        """A worker to its end: exit code and what it said."""
        out, err = self.start().communicate(timeout=60)
        assert self.process is not None
        return self.process.returncode, out + err

    def end(self, number: int) -> None:
        """Signal the worker; after SIGKILL it is certainly gone."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait(timeout=10)

    def notes(self) -> list[str]:
        """Keys of the reminders that notes tell of."""
        books = self.ledger.world.main.books
        texts = [n.text for notes in books.notes.values() for n in notes if not n.author]
        return [found[1] for text in texts if (found := re.search(r"\[(\S+)-note\]", text))]

    def uncertain(self) -> int:
        """How many messages wait for a person, as the program lists them."""
        done = subprocess.run(
            [sys.executable, "-m", "syncer", "--config", "syncer.yaml", "outbox", "list"],
            cwd=self.home,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return len(set(re.findall(r"^.*uncertain.*$", done.stdout, re.MULTILINE)))

    def judge(self, where: object) -> None:
        """After healthy runs: nothing twice, nothing lost in silence, notes as delivered."""
        keys, notes = self.post.keys(), self.notes()
        assert len(keys) == len(set(keys)), f"a message went out twice: {where}"
        assert len(notes) == len(set(notes)), f"a note was written twice: {where}"
        assert set(notes) <= set(keys), f"a note tells of what nobody got: {where}"
        if len(notes) < 2:
            assert len(notes) + self.uncertain() == 2, f"lost without a word: {where}"


@pytest.fixture
def house(tmp_path: Path, ledger: Running, post: MailServer) -> Iterator[House]:
    """A configured installation whose leases are short, so that tests need not wait."""
    made = House(tmp_path, ledger, post)
    made.configure(lease=f"{LEASE_SECONDS:.0f}s")
    yield made
    made.end(signal.SIGKILL)


def _until_quiet(house: House) -> None:
    time.sleep(LEASE_SECONDS)
    code, said = house.run()
    assert code in (0, 1), said  # 1: a message is uncertain, and the table says so


def test_a_healthy_run_is_the_measure(house: House) -> None:
    """Nothing killed: two messages, two notes, and as many requests as the sweep kills at."""
    code, said = house.run()
    assert code == 0, said
    assert len(house.post.received) == len(house.notes()) == 2
    assert len(house.ledger.world.calls) == REQUESTS, [c.path for c in house.ledger.world.calls]


KILLS = range(1, REQUESTS + 1) if FULL else (10, 11)  # the guard's last read, the note


@pytest.mark.parametrize("kind", [FaultKind.BEFORE, FaultKind.AFTER])
@pytest.mark.parametrize("nth", KILLS)
def test_killed_when_the_ledger_hears_from_it(house: House, nth: int, kind: FaultKind) -> None:
    """SIGKILL as the nth request arrives, or once it took effect and before it is answered."""
    fault = Fault(kind, path="", nth=nth, run=lambda _: house.end(signal.SIGKILL))
    house.ledger.app.faults.faults = [fault]
    house.run()
    assert fault.seen >= nth, "the run never came that far"
    house.ledger.app.faults.faults = []
    _until_quiet(house)
    house.judge((kind, nth))


@pytest.mark.parametrize("message", [1, 2] if FULL else [1])
@pytest.mark.parametrize("stage", MAIL_STAGES)
def test_killed_while_mail_is_handed_over(house: House, stage: str, message: int) -> None:
    """SIGKILL at each command of a message: at most one copy, and doubt waits for a person."""
    seen: list[str] = []

    def kill(heard: str) -> None:
        seen.append(heard)
        if heard == stage and seen.count(stage) == message:
            house.end(signal.SIGKILL)

    house.post.at = kill
    house.run()
    house.post.at = lambda _: None
    _until_quiet(house)
    house.judge((stage, message))
    assert house.uncertain() == 1, "nobody can prove what a mail server did with it"


@pytest.mark.parametrize("nth", [3, 9, 11] if FULL else [3, 9])
def test_sigterm_ends_cleanly_and_the_next_run_goes_on(house: House, nth: int) -> None:
    """Exit code 143 within ten seconds, the lease given back, nothing lost or repeated."""
    told: list[float] = []

    def stop(_: object) -> None:
        told.append(time.monotonic())
        house.end(signal.SIGTERM)

    house.ledger.app.faults.faults = [Fault(FaultKind.BEFORE, path="", nth=nth, run=stop)]
    code, said = house.run()
    assert code == 143, said
    assert time.monotonic() - told[0] < 10
    house.ledger.app.faults.faults = []
    code, said = house.run()  # at once: no lease is in the way
    assert code == 0, said
    house.judge(nth)
    assert len(house.notes()) == 2


def test_two_at_once(house: House) -> None:
    """One works, the other says that the ledger is taken (6); nothing is sent twice."""
    house.configure(lease="15m")
    others: list[tuple[int, str]] = []

    def second(_: object) -> None:
        other = House(house.home, house.ledger, house.post)
        others.append(other.run())

    house.post.at = lambda stage: second(stage) if stage == "MAIL" and not others else None
    code, said = house.run()
    assert code == 0, said
    assert [found for found, _ in others] == [6], others
    assert "being worked on" in others[0][1]
    house.judge("two at once")
    assert len(house.post.received) == 2


def test_the_guards_race_is_short(house: House, record_property) -> None:
    """Between the last answer of the guard and the mail server's DATA: well under a second."""
    answered: list[float] = []
    fault = Fault(FaultKind.AFTER, path="/Invoices$", times=0)
    fault.run = lambda _: answered.append(time.monotonic())
    house.ledger.app.faults.faults = [fault]
    assert house.run()[0] == 0
    taken = [at for stage, at in house.post.heard if stage == "DATA"]
    widths = [at - max(a for a in answered if a < at) for at in taken]
    record_property("guard_race_ms", [round(width * 1000) for width in widths])
    assert max(widths) < 1.0, widths
