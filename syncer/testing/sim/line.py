"""What a worker's process speaks to one ledger through: calls over HTTP, or files in a folder.

Each call, and each look at a file, is a point of the wire; the ledger's books hear of it first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from syncer.errors import InvariantError
from syncer.http.client import HttpClient
from syncer.http.oauth import TokenKeeper
from syncer.http.pace import Pacer
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.transport import Transport
from syncer.http.vault import TokenVault
from syncer.http.wsgi import WsgiAdapter, WsgiApp
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.ports import ConnectorDeps, Source, Store
from syncer.testing.sim.folder import ACCOUNTS, GUARD, ITEMS, OPENING, SETTLED, Folder
from syncer.testing.sim.forms import LOOK_UP, NOTE, Asked
from syncer.testing.sim.side import Side
from syncer.testing.sim.wire import Wire, wired_app

EXCHANGE_SECONDS = 0.08
FILE_SECONDS = 0.01
HANG_SECONDS = 30.0  # what a call that never answers costs
_BOX = SecretBox([new_key()])  # what is sealed ends with this process
_STEPS = {Stream.ITEMS: ACCOUNTS, Stream.ACCOUNTS: SETTLED, Stream.SETTLED: ""}


class Time(Protocol):
    """Who keeps the one clock."""

    def now(self) -> datetime:
        """What the worker's machine takes for the time."""

    def monotonic(self) -> float:
        """Seconds on the one clock."""

    def sleep(self, seconds: float) -> None:
        """Waiting moves the one clock."""


@dataclass(slots=True)
class Hearing:
    """Who is asking now, and who is told of it before it is answered."""

    asking: Side
    told: Callable[[Side, Asked], None]


class HttpLine:
    """Calls to the simulated vendor, mounted in this process."""

    def __init__(self, side: Side, wire: Wire, time: Time, hearing: Hearing) -> None:
        self._side = side
        self._time = time
        self._http = _client(side, wire, time, hearing)

    def source(self, store: Store, data_dir: Path) -> Source:
        """The connector."""
        side = self._side
        return side.form.spec.build(
            ConnectorDeps(
                ledger=side.name,
                config=side.config,
                http=self._http,
                tokens=None if side.form.provider(side.config) is None else self.keeper(store),
                clock=self._time.now,
                data_dir=data_dir,
            )
        )

    def keeper(self, store: Store) -> TokenKeeper:
        """Who keeps the login. Raises InvariantError where there is none."""
        side = self._side
        provider = side.form.provider(side.config)
        if provider is None:
            raise InvariantError(f"{side.form.name} has no login")
        return TokenKeeper(
            provider,
            ledger=side.name,
            http=self._http.adapted(paced=False),
            vault=TokenVault(
                box=_BOX, secrets=store, name=f"tokens/{side.name}", clock=self._time.now
            ),
            clock=self._time.now,
        )

    def calls(self) -> int:
        """How many were made."""
        return self._http.calls.made

    def skew(self) -> float | None:
        """How far the ledger's clock is ahead, as it says itself."""
        return self._http.calls.skew


def _client(side: Side, wire: Wire, time: Time, hearing: Hearing) -> HttpClient:
    def heard(_method: str, _path: str) -> None:
        time.sleep(EXCHANGE_SECONDS)
        hearing.told(side, side.asked)

    inner = wired_app(_patient(side.app, time), wire, heard)

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        hearing.asking = side
        side.asked = side.form.asked(environ, side.asked)
        return inner(environ, start)

    adapter = WsgiAdapter(app, slow=lambda seconds, _drip: time.sleep(seconds))
    own = side.config.hosts() if hasattr(side.config, "hosts") else ()
    hosts, limits = (*side.form.spec.hosts, *own), side.form.spec.limits
    return HttpClient(
        Transport(
            hosts=hosts,
            mounts={f"https://{host}": adapter for host in hosts},
            monotonic=time.monotonic,
        ),
        clock=time.now,
        pacer=Pacer(
            per_minute=limits.calls_per_minute,
            per_second=limits.calls_per_second,
            at_once=limits.calls_at_once,
            day_reserve=50,
            clock=time.now,
            monotonic=time.monotonic,
            sleep=time.sleep,
        ),
        monotonic=time.monotonic,
        sleep=time.sleep,
    )


def _patient(app: WsgiApp, time: Time) -> WsgiApp:
    """A call that never answers takes its deadline's time."""

    def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return app(environ, start)
        except TimeoutError:
            time.sleep(HANG_SECONDS)
            raise

    return call


class FileLine:
    """Looks at files: there are no calls, no login, and no clock but the machine's."""

    def __init__(self, side: Side, wire: Wire, time: Time, hearing: Hearing) -> None:
        self._side = side
        self._wire = wire
        self._time = time
        self._hearing = hearing
        self._looks = 0

    def source(self, store: Store, data_dir: Path) -> Source:
        """The connector; each of its looks and notes is a point."""
        del store, data_dir
        side = self._side
        made: Any = _Watched(
            side.form.spec.build(
                ConnectorDeps(
                    ledger=side.name,
                    config=side.config,
                    http=None,
                    tokens=None,
                    clock=self._time.now,
                    data_dir=side.home,
                )
            ),
            self._point,
        )
        source: Source = made
        return source

    def calls(self) -> int:
        """None."""
        return 0

    def skew(self) -> float | None:
        """Files have no clock."""
        return None

    def _point(self, asked: Asked, act: Callable[[], Any]) -> Any:
        self._hearing.asking, self._side.asked = self._side, asked

        def heard() -> None:
            self._time.sleep(FILE_SECONDS)
            self._hearing.told(self._side, asked)

        def look() -> Any:
            return self._side.app.access(asked.method, asked.path, act, heard)

        return self._wire.pull(f"{asked.method} {asked.path}", look)


class _Watched:
    """Stands before a source that reads files."""

    def __init__(self, target: Any, point: Callable[[Asked, Callable[[], Any]], Any]) -> None:
        self._target = target
        self._point = point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Part by part; a step ends with its list."""
        parts = self._target.pull(cursors)
        step = OPENING
        while step:
            part = self._point(Asked("READ", step), lambda: next(parts, None))
            if part is None:
                return
            if isinstance(part, Organisation):
                step = ITEMS
            elif isinstance(part, StreamEnd):
                step = _STEPS[part.stream]
            yield part

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """The last look."""
        asked = Asked("READ", GUARD, " ".join(account_ids))
        found: Mapping[str, AccountFacts] = self._point(
            asked, lambda: self._target.read_accounts(account_ids)
        )
        return found

    def add_note(self, **note: Any) -> Outcome:
        """Written at once."""
        outcome: Outcome = self._point(Asked("WRITE", NOTE), lambda: self._target.add_note(**note))
        return outcome

    def find_note(self, **note: Any) -> bool:
        """Looked up."""
        there: bool = self._point(Asked("READ", LOOK_UP), lambda: self._target.find_note(**note))
        return there

    def own_notes(self, **note: Any) -> Sequence[str]:
        """Looked up."""
        texts: Sequence[str] = self._point(
            Asked("READ", LOOK_UP), lambda: self._target.own_notes(**note)
        )
        return texts


def line_of(side: Side, wire: Wire, time: Time, hearing: Hearing) -> HttpLine | FileLine:
    """As the ledger is spoken to."""
    if isinstance(side.form, Folder):
        return FileLine(side, wire, time, hearing)
    return HttpLine(side, wire, time, hearing)
