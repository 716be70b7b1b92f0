"""Runs the real worker in this process, over and over, as cron and crashes would.

Real: flow, policy, renderer, SQLite store, HTTP client with pacing and retries, the connectors.
Simulated: the ledgers (sandbox, mounted in process, or files that people export from it), the
mail server, time. The same seed plays the same story.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from syncer.channels.folder import FolderChannel
from syncer.channels.render import TemplateRenderer
from syncer.errors import StateError, SyncerError
from syncer.flow.cycle import run_cycle
from syncer.flow.rebuild import Rebuilt, rebuild
from syncer.flow.worker import LedgerSetup, Mode, RunOptions, Worker
from syncer.model.effect import Effect
from syncer.model.hold import Hold
from syncer.model.run import RunResult
from syncer.policy.rules import Policy
from syncer.ports import Channel, LedgerSession, OutboxFilter, Progress, Source, Store
from syncer.sandbox.world import WorldClock
from syncer.testing import builders
from syncer.testing.memory import Crash
from syncer.testing.sim.book import LONDON, new_world
from syncer.testing.sim.forms import Asked
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.line import Hearing, HttpLine, line_of
from syncer.testing.sim.post import Post, Provable, SmtpLike, WiredChannel
from syncer.testing.sim.side import Side
from syncer.testing.sim.state import State
from syncer.testing.sim.wire import Wire, WiredStore

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LEASE_OVER = timedelta(minutes=20)  # longer than the lease of a process that died
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_NO_TIME = timedelta(0)


@cache
def _renderer() -> TemplateRenderer:
    return TemplateRenderer(None)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a planted bug may replace; as it stands, nothing is replaced."""

    source: Callable[[Source], Source] = field(default=lambda source: source)
    session: Callable[[LedgerSession], LedgerSession] = field(default=lambda session: session)
    channel: Callable[[Channel], Channel] = field(default=lambda channel: channel)
    rules: Callable[[Policy], Policy] = field(default=lambda rules: rules)
    setup: Callable[[LedgerSetup], LedgerSetup] = field(default=lambda setup: setup)
    cycle: Callable[..., RunResult] = field(default=run_cycle)
    rebuild: Callable[..., Rebuilt] = field(default=rebuild)


SOUND = Ports()


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
                state.home / "exports" / name,
            )
            for number, name in enumerate(names)
        )
        self.rules = rules or builders.policy()
        self.ports = ports
        self.post = Post(self.clock)
        self.holds: list[tuple[str, Hold]] = []  # (ledger, hold) as people entered them
        self.heard: Callable[[Side, Asked], None] = lambda _side, _asked: None
        self.results: list[RunResult] = []
        self.killed = False  # whether the last process died
        self.state = state
        self._provable = provable
        self._dice = random.Random(seed)  # noqa: S311 - a repeatable story, not a secret
        self._run_numbers = count(1)
        self._hearing = Hearing(self.sides[0], lambda side, asked: self.heard(side, asked))
        state.begin()
        with self.store() as store:  # stories are of everyday runs: the first start is past
            for name in names:
                store.trust(name, author="sim", at=start)
        for side in self.sides:
            self.log_in(side)
            side.tell()

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
            self.killed = False
            try:
                result = self.ports.cycle(worker, now=self.now(), options=options or RunOptions())
            except Crash:
                self.killed = True
                return None
            except StateError:  # a state that cannot even be opened ends the command
                return None
        self.results.append(result)
        return result

    def rebuild(self) -> None:
        """A person starts ``syncer state rebuild``; a ledger that refuses it stays in doubt."""
        with self.store() as store, self._repeatable():
            worker = self._worker(store, Wire())
            for setup in worker.ledgers:
                with suppress(SyncerError):
                    self.ports.rebuild(worker, setup, progress=Progress(), stopping=lambda: False)

    def store(self) -> AbstractContextManager[Store]:
        """The state file, as another command would open it."""
        return self.state.opened()

    def effects(self) -> list[Effect]:
        """The outbox as ``syncer outbox`` lists it."""
        with self.store() as store:
            return list(store.effects(OutboxFilter()))

    def log_in(self, side: Side) -> None:
        """A person logs in again, as ``syncer auth login`` does, where the vendor needs one, or
        enters a new key.
        """
        side.config = side.form.config(side.world, side.home)
        if side.form.person_logs_in:
            with self.store() as store, self._repeatable():
                line = HttpLine(side, Wire(), self, self._hearing)
                side.form.log_in(side.app, side.config, line.keeper(store))

    def add_hold(self, side: Side, hold: Hold) -> None:
        """A person enters a hold, as ``syncer hold add`` does, whatever runs at the time."""
        with self.store() as store:
            store.add_hold(side.name, hold, self.clock())
        self.holds.append((side.name, hold))

    def enter_holds_again(self) -> None:
        """A person enters what a lost state knew, of customers that this one has met."""
        with self.store() as store:
            known = {
                (side.name, one.hold_id) for side in self.sides for one in store.holds(side.name)
            }
            kept = []
            for name, hold in self.holds:
                if (name, hold.hold_id) not in known:
                    if not store.find_account(name, hold.account_id):
                        continue
                    store.add_hold(name, hold, self.clock())
                kept.append((name, hold))
        self.holds = kept

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
        asking = self._hearing.asking
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
            return Provable(FolderChannel(self.state.mail), self.post)
        return SmtpLike(self.post)

    def _setup(self, side: Side, wire: Wire, store: Store, channel: Channel) -> LedgerSetup:
        line = line_of(side, wire, self, self._hearing)
        made = LedgerSetup(
            name=side.name,
            connector=side.form.spec.name,
            capabilities=side.form.spec.capabilities,
            open_source=lambda: self.ports.source(line.source(store, self.state.home)),
            mode=Mode.LIVE,
            policy=self.ports.rules(self.rules),
            letterhead=builders.LETTERHEAD,
            channel=channel,
            count_calls=line.calls,
            clock_skew=line.skew,
        )
        return self.ports.setup(made)
