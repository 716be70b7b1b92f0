"""Runs the real worker in this process, over and over, as cron and crashes would.

Real: flow, policy, renderer, SQLite store, HTTP client with pacing and retries, Xero
connector. Simulated: the ledger (sandbox, mounted in process), the mail server, time. The
same seed plays the same story.
"""

import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from connectors.xero import SPEC, XeroConfig
from connectors.xero.config import provider
from syncer.channels.folder import FolderChannel
from syncer.channels.render import TemplateRenderer
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import LedgerSetup, Mode, RunOptions, Worker
from syncer.http.client import HttpClient
from syncer.http.oauth import TokenKeeper
from syncer.http.pace import Pacer
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.transport import Transport
from syncer.http.vault import TokenVault
from syncer.http.wsgi import WsgiAdapter, WsgiApp
from syncer.model.effect import Effect
from syncer.model.hold import Hold
from syncer.model.run import RunResult
from syncer.policy.rules import Policy
from syncer.ports import Channel, ConnectorDeps, LedgerSession, OutboxFilter, Source, Store
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.world import World, WorldClock
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.sandbox.xero.limits import Allowance
from syncer.store import open_store
from syncer.testing import builders
from syncer.testing.memory import Crash
from syncer.testing.secrets_in_memory import SecretsInMemory
from syncer.testing.sim.book import OPT_OUT_GROUP, new_world
from syncer.testing.sim.post import Post, Provable, SmtpLike, WiredChannel
from syncer.testing.sim.wire import Wire, WiredStore, wired_app

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
EXCHANGE_SECONDS = 0.08
HANG_SECONDS = 30.0  # what a call that never answers costs
LEASE_OVER = timedelta(minutes=20)  # longer than the lease of a process that died
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_BOX = SecretBox([new_key()])  # tokens of the sandbox are never stored; any key will do


@cache
def _renderer() -> TemplateRenderer:
    return TemplateRenderer(None)


@dataclass(slots=True)
class Side:
    """One ledger: its name in the configuration, its books and what goes wrong with it."""

    name: str
    world: World
    faults: FaultPlan = field(default_factory=FaultPlan)
    allowance: Allowance = field(default_factory=Allowance)
    app: XeroApp = field(init=False)

    def __post_init__(self) -> None:
        self.app = XeroApp(self.world, allowance=self.allowance, faults=self.faults)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a planted bug may replace; as it stands, nothing is replaced."""

    source: Callable[[Source], Source] = field(default=lambda source: source)
    session: Callable[[LedgerSession], LedgerSession] = field(default=lambda session: session)
    channel: Callable[[Channel], Channel] = field(default=lambda channel: channel)
    rules: Callable[[Policy], Policy] = field(default=lambda rules: rules)
    cycle: Callable[..., RunResult] = field(default=run_cycle)


SOUND = Ports()


class State:
    """A state file that can be emptied for the next story; its compiled statements are kept."""

    def __init__(self, home: Path) -> None:
        """``home`` is an existing folder; the mail folder lies in it as well."""
        self.home = home
        self._path, self._empty = home / "state.db", home / "empty.db"
        open_store(f"sqlite:///{self._empty}").close()
        shutil.copyfile(self._empty, self._path)
        self._store = open_store(f"sqlite:///{self._path}")

    @property
    def mail(self) -> Path:
        """The folder channel's folder."""
        return self.home / "mail"

    def begin(self) -> None:
        """Forget everything: no state, no mail."""
        self._store.close()
        for path in self.home.glob("state.db-*"):
            path.unlink()
        shutil.copyfile(self._empty, self._path)
        shutil.rmtree(self.mail, ignore_errors=True)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store, with no connection left open afterwards."""
        try:
            yield self._store
        finally:
            self._store.close()


class Rig:
    """A small installation that lives through many processes."""

    def __init__(
        self,
        state: State,
        *,
        names: tuple[str, ...] = ("north",),
        rules: Policy | None = None,
        provable: bool = False,
        ports: Ports = SOUND,
        seed: int = 1,
    ) -> None:
        """One ledger per name; ``provable`` mail goes to a folder, other mail as by SMTP."""
        self.clock = WorldClock(START)
        self.sides = tuple(
            Side(name, new_world(self.clock, f"{name.title()} Ltd", seed=seed + number))
            for number, name in enumerate(names)
        )
        self.rules = rules or builders.policy()
        self.ports = ports
        self.post = Post(self.clock)
        self.holds: list[tuple[str, Hold]] = []  # (ledger, hold) as people entered them
        self.heard: Callable[[Side, str, str], None] = lambda _side, _method, _path: None
        self.results: list[RunResult] = []
        self._state = state
        self._provable = provable
        self._dice = random.Random(seed)  # noqa: S311 - a repeatable story, not a secret
        self._run_numbers = count(1)
        state.begin()
        with self.store() as store:  # stories are of everyday runs: the first start is past
            for name in names:
                store.trust(name, author="sim", at=START)

    # --- time --------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        """Waiting moves the one clock."""
        self.clock.advance(seconds=seconds)

    def monotonic(self) -> float:
        """Seconds on the one clock."""
        return (self.clock() - _EPOCH).total_seconds()

    # --- running -----------------------------------------------------------------------------

    def run(self, wire: Wire | None = None, options: RunOptions | None = None) -> RunResult | None:
        """One process from start to end; None when the wire cut it."""
        wire = wire or Wire()
        with self.store() as store, self._repeatable():
            worker = self._worker(store, wire)
            try:
                result = self.ports.cycle(worker, now=self.clock(), options=options or RunOptions())
            except Crash:
                return None
        self.results.append(result)
        return result

    def store(self) -> AbstractContextManager[Store]:
        """The state file, as another command would open it."""
        return self._state.opened()

    def effects(self) -> list[Effect]:
        """The outbox as ``syncer outbox`` lists it."""
        with self.store() as store:
            return list(store.effects(OutboxFilter()))

    def add_hold(self, side: Side, hold: Hold) -> None:
        """A person enters a hold, as ``syncer hold add`` does, whatever runs at the time."""
        with self.store() as store:
            store.add_hold(side.name, hold, self.clock())
        self.holds.append((side.name, hold))

    @contextmanager
    def _repeatable(self) -> Iterator[None]:
        """Retries jitter by the global generator: give them this story's numbers."""
        before = random.getstate()
        random.seed(self._dice.random())
        try:
            yield
        finally:
            random.setstate(before)

    # --- parts -------------------------------------------------------------------------------

    def _worker(self, store: Store, wire: Wire) -> Worker:
        wired: Any = WiredStore(store, wire, self.ports.session)
        channel = self.ports.channel(WiredChannel(self._channel(), wire))
        number = next(self._run_numbers)
        return Worker(
            ledgers=tuple(self._setup(side, wire, channel) for side in self.sides),
            store=wired,
            renderer=_renderer(),
            clock=self.clock,
            config_digest="sim",
            threads=0,
            new_id=lambda: f"{number:08x}",
        )

    def _channel(self) -> Channel:
        if self._provable:
            return Provable(FolderChannel(self._state.mail), self.post)
        return SmtpLike(self.post)

    def _setup(self, side: Side, wire: Wire, channel: Channel) -> LedgerSetup:
        http = self._client(side, wire)
        return LedgerSetup(
            name=side.name,
            connector=SPEC.name,
            capabilities=SPEC.capabilities,
            open_source=lambda: self.ports.source(self._source(side, http)),
            mode=Mode.LIVE,
            policy=self.ports.rules(self.rules),
            letterhead=builders.LETTERHEAD,
            channel=channel,
            count_calls=lambda: http.calls.made,
        )

    def _source(self, side: Side, http: HttpClient) -> Source:
        config = XeroConfig.model_validate(
            {
                "client_id": CUSTOM_APP.client_id,
                "client_secret": CUSTOM_APP.secret,
                "flow": "custom_connection",
                "do_not_chase_groups": (OPT_OUT_GROUP,),
            }
        )
        tokens = TokenKeeper(
            provider(config),
            ledger=side.name,
            http=http.adapted(paced=False),
            vault=TokenVault(box=_BOX, secrets=SecretsInMemory(), name="tokens", clock=self.clock),
            clock=self.clock,
        )
        return SPEC.build(
            ConnectorDeps(
                ledger=side.name,
                config=config,
                http=http,
                tokens=tokens,
                clock=self.clock,
                data_dir=self._state.home,
            )
        )

    def _client(self, side: Side, wire: Wire) -> HttpClient:
        def heard(method: str, path: str) -> None:
            self.sleep(EXCHANGE_SECONDS)
            self.heard(side, method, path)

        adapter = WsgiAdapter(
            wired_app(self._patient(side.app), wire, heard),
            slow=lambda seconds, _drip: self.sleep(seconds),
        )
        return HttpClient(
            Transport(
                hosts=SPEC.hosts,
                mounts={f"https://{host}": adapter for host in SPEC.hosts},
                monotonic=self.monotonic,
            ),
            clock=self.clock,
            pacer=Pacer(
                per_minute=SPEC.limits.calls_per_minute,
                at_once=SPEC.limits.calls_at_once,
                day_reserve=50,
                clock=self.clock,
                monotonic=self.monotonic,
                sleep=self.sleep,
            ),
            monotonic=self.monotonic,
            sleep=self.sleep,
        )

    def _patient(self, app: WsgiApp) -> WsgiApp:
        """A call that never answers takes its deadline's time."""

        def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            try:
                return app(environ, start)
            except TimeoutError:
                self.sleep(HANG_SECONDS)
                raise

        return call
