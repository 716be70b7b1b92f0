"""Runs the real worker in this process, over and over, as cron and crashes would.

Real: flow, policy, renderer, SQLite store, HTTP client with pacing and retries, the connectors.
Simulated: the ledgers (sandbox, mounted in process), the mail server, time. The same seed
plays the same story.
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

from syncer.channels.folder import FolderChannel
from syncer.channels.render import TemplateRenderer
from syncer.errors import StateError
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
from syncer.store import open_store
from syncer.testing import builders
from syncer.testing.memory import Crash
from syncer.testing.sim.book import LONDON, new_world
from syncer.testing.sim.forms import FORMS, Asked, Form
from syncer.testing.sim.post import Post, Provable, SmtpLike, WiredChannel
from syncer.testing.sim.wire import Wire, WiredStore, wired_app

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
EXCHANGE_SECONDS = 0.08
HANG_SECONDS = 30.0  # what a call that never answers costs
LEASE_OVER = timedelta(minutes=20)  # longer than the lease of a process that died
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_BOX = SecretBox([new_key()])  # what is sealed ends with this process
_NO_TIME = timedelta(0)


@cache
def _renderer() -> TemplateRenderer:
    return TemplateRenderer(None)


@dataclass(slots=True)
class Side:
    """One ledger: its name in the configuration, its books and what goes wrong with it."""

    name: str
    world: World
    form: Form
    faults: FaultPlan = field(default_factory=FaultPlan)
    app: Any = field(init=False)
    config: Any = field(init=False)
    asked: Asked = field(default=Asked("", ""))  # the latest request

    def __post_init__(self) -> None:
        self.app = self.form.app(self.world, self.faults)
        self.config = self.form.config(self.world)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a planted bug may replace; as it stands, nothing is replaced."""

    source: Callable[[Source], Source] = field(default=lambda source: source)
    session: Callable[[LedgerSession], LedgerSession] = field(default=lambda session: session)
    channel: Callable[[Channel], Channel] = field(default=lambda channel: channel)
    rules: Callable[[Policy], Policy] = field(default=lambda rules: rules)
    setup: Callable[[LedgerSetup], LedgerSetup] = field(default=lambda setup: setup)
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
        """The store. Its connections stay open until the next ``begin``."""
        yield self._store

    def close(self) -> None:
        """Leave the files alone from now on."""
        self._store.close()


class Rig:
    """A small installation that lives through many processes."""

    def __init__(
        self,
        state: State,
        *,
        names: tuple[str, ...] = ("north",),
        forms: tuple[str, ...] = ("xero",),
        zones: tuple[str, ...] = (LONDON,),
        rules: Policy | None = None,
        provable: bool = False,
        ports: Ports = SOUND,
        seed: int = 1,
        start: datetime = START,
    ) -> None:
        """One ledger per name, forms and zones in turn; ``provable`` mail goes to a folder."""
        self.clock = WorldClock(start)
        self.skew = _NO_TIME  # by which the worker's machine is ahead of the world
        self.sides = tuple(
            Side(
                name,
                new_world(
                    self.clock,
                    f"{name.title()} Ltd",
                    seed=seed + number,
                    zone=zones[number % len(zones)],
                ),
                FORMS[forms[number % len(forms)]],
            )
            for number, name in enumerate(names)
        )
        self.rules = rules or builders.policy()
        self.ports = ports
        self.post = Post(self.clock)
        self.holds: list[tuple[str, Hold]] = []  # (ledger, hold) as people entered them
        self.heard: Callable[[Side, Asked], None] = lambda _side, _asked: None
        self.results: list[RunResult] = []
        self._state = state
        self._provable = provable
        self._dice = random.Random(seed)  # noqa: S311 - a repeatable story, not a secret
        self._run_numbers = count(1)
        self._asking = self.sides[0]  # whose call is on the wire
        state.begin()
        with self.store() as store:  # stories are of everyday runs: the first start is past
            for name in names:
                store.trust(name, author="sim", at=start)
        for side in self.sides:
            self.log_in(side)

    # --- time --------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        """Waiting moves the one clock."""
        self.clock.advance(seconds=seconds)

    def now(self) -> datetime:
        """What the worker's machine takes for the time."""
        return self.clock() + self.skew

    def monotonic(self) -> float:
        """Seconds on the one clock."""
        return (self.clock() - _EPOCH).total_seconds()

    # --- running -----------------------------------------------------------------------------

    def run(self, wire: Wire | None = None, options: RunOptions | None = None) -> RunResult | None:
        """One process from start to end; None when the wire cut it."""
        wire = wire or Wire()
        wire.named = self._step
        with self.store() as store, self._repeatable():
            worker = self._worker(store, wire)
            try:
                result = self.ports.cycle(worker, now=self.now(), options=options or RunOptions())
            except (Crash, StateError):  # a state that cannot even be opened ends the command
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

    def log_in(self, side: Side) -> None:
        """A person logs in again, as ``syncer auth login`` does, where the vendor needs one."""
        if side.form.person_logs_in:
            with self.store() as store, self._repeatable():
                http = self._client(side, Wire())
                side.form.log_in(side.app, side.config, self._keeper(side, http, store))

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

    def _step(self, point: str) -> str:
        """The step of a run that a point belongs to: of calls as their ledger's form says."""
        asking = self._asking
        return asking.form.step(asking.asked) if " " in point else point

    def _worker(self, store: Store, wire: Wire) -> Worker:
        wired: Any = WiredStore(store, wire, self.ports.session)
        channel = self.ports.channel(WiredChannel(self._channel(), wire))
        number = next(self._run_numbers)
        return Worker(
            ledgers=tuple(self._setup(side, wire, wired, channel) for side in self.sides),
            store=wired,
            renderer=_renderer(),
            clock=self.now,
            config_digest="sim",
            threads=0,
            new_id=lambda: f"{number:08x}",
        )

    def _channel(self) -> Channel:
        if self._provable:
            return Provable(FolderChannel(self._state.mail), self.post)
        return SmtpLike(self.post)

    def _setup(self, side: Side, wire: Wire, store: Store, channel: Channel) -> LedgerSetup:
        http = self._client(side, wire)
        made = LedgerSetup(
            name=side.name,
            connector=side.form.spec.name,
            capabilities=side.form.spec.capabilities,
            open_source=lambda: self.ports.source(self._source(side, http, store)),
            mode=Mode.LIVE,
            policy=self.ports.rules(self.rules),
            letterhead=builders.LETTERHEAD,
            channel=channel,
            count_calls=lambda: http.calls.made,
            clock_skew=lambda: http.calls.skew,
        )
        return self.ports.setup(made)

    def _source(self, side: Side, http: HttpClient, store: Store) -> Source:
        return side.form.spec.build(
            ConnectorDeps(
                ledger=side.name,
                config=side.config,
                http=http,
                tokens=self._keeper(side, http, store),
                clock=self.now,
                data_dir=self._state.home,
            )
        )

    def _keeper(self, side: Side, http: HttpClient, store: Store) -> TokenKeeper:
        name = f"tokens/{side.name}"
        return TokenKeeper(
            side.form.provider(side.config),
            ledger=side.name,
            http=http.adapted(paced=False),
            vault=TokenVault(box=_BOX, secrets=store, name=name, clock=self.now),
            clock=self.now,
        )

    def _client(self, side: Side, wire: Wire) -> HttpClient:
        def heard(_method: str, _path: str) -> None:
            self.sleep(EXCHANGE_SECONDS)
            self.heard(side, side.asked)

        inner = wired_app(self._patient(side.app), wire, heard)

        def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            self._asking = side
            side.asked = Asked(
                str(environ["REQUEST_METHOD"]),
                str(environ["PATH_INFO"]),
                str(environ.get("QUERY_STRING", "")),
            )
            return inner(environ, start)

        adapter = WsgiAdapter(app, slow=lambda seconds, _drip: self.sleep(seconds))
        hosts, limits = side.form.spec.hosts, side.form.spec.limits
        return HttpClient(
            Transport(
                hosts=hosts,
                mounts={f"https://{host}": adapter for host in hosts},
                monotonic=self.monotonic,
            ),
            clock=self.now,
            pacer=Pacer(
                per_minute=limits.calls_per_minute,
                per_second=limits.calls_per_second,
                at_once=limits.calls_at_once,
                day_reserve=50,
                clock=self.now,
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
