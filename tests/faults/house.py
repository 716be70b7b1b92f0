"""An installation for the catalogue: put together by the composition root, over sandboxes.

Real: the YAML configuration, the composition root, flow, policy, renderer, SQLite store, HTTP
client with pacing and retries, the Xero, QuickBooks and Odoo connectors. Simulated: the ledgers
(sandbox, mounted in process), the mail server, time. Judged by the books and the mailbox.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from syncer.bootstrap import Surroundings, build, discover, line_to
from syncer.channels.folder import FolderChannel
from syncer.channels.render import TemplateRenderer
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions, Worker
from syncer.http.wsgi import WsgiAdapter
from syncer.model.effect import Effect, EffectState
from syncer.model.run import LedgerResult, RunResult
from syncer.ports import Channel, OutboxFilter, Store
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.world import WorldClock
from syncer.settings import Settings, load_settings
from syncer.store import open_store
from syncer.testing.memory import Crash
from syncer.testing.sim import book
from syncer.testing.sim.post import Post, Provable, SmtpLike, WiredChannel
from syncer.testing.sim.wire import Wire, WiredStore, wired_app

from .sides import XERO, Side, browse, settings_of

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # a Monday
LEASE_OVER = timedelta(minutes=20)  # longer than the lease of a process that died
EXCHANGE_SECONDS = 0.08
HANG_SECONDS = 30.0  # what a call that never answers costs
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
CONFIG = """\
state: {{url: "sqlite:///{home}/state.db", dir: "{home}/files"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "a-key-for-tests-of-thirty-two-characters"}}
run: {{threads: 0}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  channels:
    post: {{type: folder, dir: "{home}/mail"}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
ledgers:
"""
LEDGER = """\
  - name: {name}
    connector: {connector}
    mode: live
    policy: main
    channel: post
    settings: {{{settings}}}
"""


@cache
def _renderer() -> TemplateRenderer:
    return TemplateRenderer(None)  # compiled once for all processes of a test run


class House:
    """An installation that lives through many processes, on one virtual clock."""

    def __init__(
        self,
        home: Path,
        connectors: Iterable[str] = (XERO,),
        *,
        provable: bool = False,
        settings: str = "",
        known: bool = True,
    ) -> None:
        """One ledger per connector; ``provable`` mail goes to a folder, other mail as by SMTP.

        ``settings`` are further ones of every ledger, in YAML. ``known`` False: a new state,
        which looks at a customer's notes before its first message.
        """
        self.home = home
        self.clock = WorldClock(START)
        self.post = Post(self.clock)
        self.heard: Callable[[Side, str, str], None] = lambda _side, _method, _path: None
        self.results: list[RunResult] = []
        self.slept: list[float] = []
        self.provable = provable
        self.sides = tuple(
            self._side(connector, number) for number, connector in enumerate(connectors)
        )
        self._wire = Wire()
        self.settings = self._configured(settings)
        self.around = Surroundings(
            clock=self.clock,
            sleep=self.sleep,
            monotonic=self.monotonic,
            mounts={side.url: self._mounted(side) for side in self.sides},
        )
        self._log_in()
        if known:
            self.trust()

    @property
    def side(self) -> Side:
        """The only ledger, or the first."""
        return self.sides[0]

    @property
    def state(self) -> Path:
        """The state file."""
        return self.home / "state.db"

    # --- time --------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        """Waiting moves the one clock, and is remembered."""
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)

    def monotonic(self) -> float:
        """Seconds on the one clock."""
        return (self.clock() - _EPOCH).total_seconds()

    def pass_time(self, **time: float) -> None:
        """Let time pass between two runs."""
        self.clock.advance(seconds=timedelta(**time).total_seconds())

    # --- running -----------------------------------------------------------------------------

    def run(self, wire: Wire | None = None, options: RunOptions | None = None) -> RunResult:
        """One process from start to its own end."""
        result = self.process(wire, options)
        assert result is not None, "the wire cut a process that should have ended by itself"
        return result

    def process(
        self, wire: Wire | None = None, options: RunOptions | None = None
    ) -> RunResult | None:
        """One process from start to end; None when the wire cut it."""
        self._wire = wire or Wire()
        with self.worker(self._wire) as worker:
            try:
                result = run_cycle(worker, now=self.clock(), options=options or RunOptions())
            except Crash:
                return None
        self.results.append(result)
        return result

    def cut(
        self, name: str, *, after: bool, nth: int = 1, options: RunOptions | None = None
    ) -> None:
        """One process that dies before or after the ``nth`` point whose name has ``name`` in it."""
        seen = 0

        def meanwhile(index: int, point: str) -> None:
            nonlocal seen
            if re.search(name, point):
                seen += 1
                if seen == nth:
                    wire.cut_at = index

        wire = Wire(after=after, meanwhile=meanwhile)
        assert self.process(wire, options) is None, f"no point is named {name!r}: {wire.calls}"
        self.pass_time(seconds=LEASE_OVER.total_seconds())

    def at(self, name: str, act: Callable[[], object], *, nth: int = 1) -> Wire:
        """A wire on which somebody acts right before the ``nth`` point named so."""
        seen = 0

        def meanwhile(_: int, point: str) -> None:
            nonlocal seen
            if re.search(name, point):
                seen += 1
                if seen == nth:
                    act()

        return Wire(meanwhile=meanwhile)

    @contextmanager
    def worker(self, wire: Wire | None = None) -> Iterator[Worker]:
        """A worker as the composition root makes it, with points on a wire."""
        wire = wire or Wire()
        made = build(self.settings, self.around)
        channel = WiredChannel(self._channel(), wire)
        store: Any = WiredStore(made.store, wire, lambda session: session)
        ledgers = tuple(replace(setup, channel=channel) for setup in made.ledgers)
        try:
            yield replace(made, store=store, ledgers=ledgers, renderer=_renderer())
        finally:
            made.close()

    # --- looking -----------------------------------------------------------------------------

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The state file, as another command would open it."""
        store = open_store(f"sqlite:///{self.state}")
        try:
            yield store
        finally:
            store.close()

    def effects(self, *states: EffectState) -> list[Effect]:
        """The outbox, all of it or what is in one of ``states``."""
        with self.store() as store:
            return list(store.effects(OutboxFilter(states=states)))

    def last(self, name: str = "") -> LedgerResult:
        """How the latest run of a ledger ended; of the first ledger unless named."""
        return next(one for one in self.results[-1].ledgers if name in ("", one.ledger))

    def notes(self) -> list[str]:
        """Keys of the reminders of which the ledgers tell."""
        return [key for side in self.sides for key in side.notes()]

    def keys(self) -> list[str]:
        """Keys of the messages that arrived, in order."""
        return [mail.key for mail in self.post.mails]

    def recipients(self) -> list[str]:
        """Who received a message, in order."""
        return [mail.to for mail in self.post.mails]

    def finish(self, runs: int = 2) -> None:
        """Healthy runs until all is at rest: nothing twice, note if and only if delivered."""
        for side in self.sides:
            side.suffers()
        for _ in range(runs):
            self.run()
            self.pass_time(minutes=40)
        self.judge()

    def judge(self) -> None:
        """At rest: no message and no note twice; a note for each message, and for no other."""
        keys, notes = self.keys(), self.notes()
        assert len(keys) == len(set(keys)), f"a message went out twice: {keys}"
        assert len(notes) == len(set(notes)), f"a note was written twice: {notes}"
        doubtful = {effect.key for effect in self.effects(EffectState.UNCERTAIN)}
        assert set(notes) == set(keys) - doubtful, (notes, keys, doubtful)
        with self.store() as store:
            assert list(store.verify_journal()) == []

    # --- making ------------------------------------------------------------------------------

    def trust(self) -> None:
        """The state is taken to know all that was sent, as after the first runs."""
        with self.store() as store:
            for side in self.sides:
                store.trust(side.name, author="test", at=self.clock())

    def _side(self, connector: str, number: int) -> Side:
        name = f"{connector}{number}"
        world = book.new_world(self.clock, f"{name.title()} Ltd", seed=number + 1)
        return Side(name, connector, world, f"http://127.0.0.1:{9000 + number}")

    def _configured(self, settings: str) -> Settings:
        text = CONFIG.format(home=self.home)
        for side in self.sides:
            own = settings_of(side) + (f", {settings}" if settings else "")
            text += LEDGER.format(name=side.name, connector=side.connector, settings=own)
        path = self.home / "syncer.yaml"
        path.write_text(text, encoding="utf-8")
        return load_settings([path], environ={}, specs=discover())

    def _mounted(self, side: Side) -> WsgiAdapter:
        def heard(method: str, path: str) -> None:
            self.clock.advance(seconds=EXCHANGE_SECONDS)
            self.heard(side, method, path)

        def patient(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            try:  # the wire of the process that runs now, and the server as it is now
                return wired_app(side.answer, self._wire, heard)(environ, start)
            except TimeoutError:
                self.clock.advance(seconds=HANG_SECONDS)
                raise

        def slow(seconds: float, _slowly: bool) -> None:
            self.clock.advance(seconds=seconds)

        return WsgiAdapter(patient, slow=slow)

    def _channel(self) -> Channel:
        if self.provable:
            return Provable(FolderChannel(self.home / "mail"), self.post)
        return SmtpLike(self.post)

    def _log_in(self) -> None:
        """A person at the browser, for ledgers that need one."""
        for side in self.sides:
            if isinstance(side.app, QuickBooksApp):
                with self.store() as store:
                    line = line_to(self.settings, side.name, store, self.around)
                    shown: list[str] = []
                    ask = partial(_browsed, side.app, shown)
                    line.log_in(show=shown.append, ask=ask)


def _browsed(app: QuickBooksApp, shown: list[str]) -> str:
    return browse(app, shown[0])
