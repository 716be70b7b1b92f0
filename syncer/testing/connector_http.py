"""Mounts a connector that speaks HTTP over a server, with trouble on order.

The connector gets the product's own HTTP client, whose waits move the world's clock. Between
it and the server (any WSGI application: a simulator over the world, or a door to a real
server that holds the same book) stands ``Interference``, which knows HTTP but no vendor:
what differs between vendors is in ``Wire``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from io import BytesIO
from pathlib import Path
from typing import Any

from syncer.http.client import HttpClient
from syncer.http.oauth import TokenKeeper
from syncer.http.pace import Pacer
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.transport import Transport
from syncer.http.vault import TokenVault
from syncer.http.wsgi import WsgiAdapter, WsgiApp
from syncer.ports import ConnectorDeps, ConnectorSpec
from syncer.sandbox.world import World
from syncer.testing.connector_case import CANARY, Mounted, Trouble, require, written_in
from syncer.testing.secrets_in_memory import SecretsInMemory

DAY_CAP_SECONDS = 40_000
RUN_SECONDS = 100_000.0
_HTML = f"<html><body>Please log in. {CANARY}</body></html>".encode()
_LASTING = frozenset(
    {
        Trouble.MISSING_KEY,
        Trouble.HTML,
        Trouble.TRUNCATED,
        Trouble.EMPTY_LIST,
        Trouble.UNKNOWN_STATUS,
        Trouble.BAD_AMOUNT,
        Trouble.DAY_CAP,
    }
)
_WRITES = frozenset({Trouble.WRITE_CUT_BEFORE, Trouble.WRITE_CUT_AFTER, Trouble.WRITE_ERROR_AFTER})
_CUTS = frozenset(
    {
        Trouble.CUT_BEFORE,
        Trouble.CUT_AFTER,
        Trouble.WRITE_CUT_BEFORE,
        Trouble.WRITE_CUT_AFTER,
    }
)
_DONE_FIRST = frozenset({Trouble.CUT_AFTER, Trouble.WRITE_CUT_AFTER})
_SHORT = {Trouble.THROTTLED: [("Retry-After", "2")], Trouble.THROTTLED_SILENTLY: []}


def _no_login(_: TokenKeeper) -> None:
    """Access that nobody has to give."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call on its way. ``body`` tells calls apart where all go to one address by POST."""

    method: str
    path: str
    query: str
    body: bytes


class Purpose(Enum):
    """What a call is for."""

    LOGIN = auto()  # fetches an access token; not counted among the calls
    ITEMS = auto()  # lists open invoices
    READ = auto()
    WRITE = auto()


def by_address(
    *, login: str, lists_items: Callable[[str, str, str], bool]
) -> Callable[[Asked], Purpose]:
    """For vendors that read by GET alone. ``login`` is the path where access tokens are fetched,
    ``lists_items`` judges (method, path, query).
    """

    def purpose(asked: Asked) -> Purpose:
        if asked.path == login:
            return Purpose.LOGIN
        if lists_items(asked.method, asked.path, asked.query):
            return Purpose.ITEMS
        return Purpose.READ if asked.method == "GET" else Purpose.WRITE

    return purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How one vendor speaks."""

    app: WsgiApp  # the simulator, or the way to a server
    purpose: Callable[[Asked], Purpose]
    # How a good list of open invoices (its body) becomes a spoilt one: MISSING_KEY,
    # EMPTY_LIST, UNKNOWN_STATUS and BAD_AMOUNT.
    spoil: Mapping[Trouble, Callable[[bytes], bytes]]
    day_cap: Sequence[tuple[str, str]] = ()  # headers that name the day's limit
    expired: tuple[bytes, Sequence[tuple[str, str]]] = (b"", ())  # body, headers of a 401
    log_in: Callable[[TokenKeeper], None] = _no_login  # done once, where a person must log in


@dataclass(slots=True)
class Interference:
    """A WSGI application before the simulator's that does what was ordered."""

    wire: Wire
    calls: int = 0
    logins: int = 0
    _ordered: list[Trouble] = field(default_factory=list)

    def suffer(self, trouble: Trouble) -> None:
        """From the next call that it fits."""
        self._ordered.append(trouble)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, or fail to."""
        purpose = self.wire.purpose(_asked(environ))
        if purpose is Purpose.LOGIN:
            self.logins += 1
            return self.wire.app(environ, start)
        self.calls += 1
        trouble = self._due(purpose)
        if trouble is None:
            return self.wire.app(environ, start)
        if trouble not in _LASTING:
            self._ordered.remove(trouble)
        return self._act(trouble, environ, start)

    def _due(self, purpose: Purpose) -> Trouble | None:
        for trouble in self._ordered:
            if purpose is (Purpose.WRITE if trouble in _WRITES else Purpose.ITEMS):
                return trouble
        return None

    def _act(
        self, trouble: Trouble, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        if trouble in _CUTS:
            if trouble in _DONE_FIRST:
                self._answer(environ)
            raise ConnectionResetError
        if trouble in _SHORT:
            return _say(start, "429 Too Many Requests", _SHORT[trouble])
        if trouble is Trouble.DAY_CAP:
            wait = ("Retry-After", str(DAY_CAP_SECONDS))
            return _say(start, "429 Too Many Requests", [wait, *self.wire.day_cap])
        if trouble is Trouble.EXPIRED_TOKEN:
            body, headers = self.wire.expired
            return _say(start, "401 Unauthorized", headers, body)
        if trouble is Trouble.HTML:
            return _say(start, "200 OK", [("Content-Type", "text/html")], _HTML)
        status, headers, body = self._answer(environ)
        if trouble in (Trouble.SERVER_ERROR, Trouble.WRITE_ERROR_AFTER):
            return _say(start, "500 Internal Server Error", [("Content-Type", "text/html")], _HTML)
        return _say(start, status, headers, self._spoilt(trouble, body))

    def _spoilt(self, trouble: Trouble, body: bytes) -> bytes:
        if trouble is Trouble.TRUNCATED:
            return body[: len(body) * 3 // 5]
        spoil = self.wire.spoil.get(trouble)
        require(spoil is not None, f"the wire has no spoil for {trouble}: give one or waive it")
        spoilt = spoil(body) if spoil is not None else body
        require(spoilt != body, f"the wire's spoil for {trouble} changed nothing")
        return spoilt

    def _answer(self, environ: dict[str, Any]) -> tuple[str, Sequence[tuple[str, str]], bytes]:
        said: list[Any] = []
        body = b"".join(self.wire.app(environ, lambda *args: said.append(args)))
        return said[0][0], said[0][1], body


def _asked(environ: dict[str, Any]) -> Asked:
    """The call; its body is put back for whoever answers."""
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = BytesIO(body)
    return Asked(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], body)


def mount_http(
    world: World, folder: Path, *, spec: ConnectorSpec, config: Any, wire: Wire
) -> Mounted:
    """The connector over ``wire``. ``config`` keeps its usual https addresses."""
    between = Interference(wire)
    slept: list[float] = []

    def monotonic() -> float:
        return (world.clock() - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        world.advance(seconds=seconds)

    adapter = WsgiAdapter(between)
    hosts = (*spec.hosts, *(config.hosts() if hasattr(config, "hosts") else ()))
    mounts = {f"https://{host}": adapter for host in hosts}
    pacer = Pacer(
        per_minute=spec.limits.calls_per_minute,
        per_second=spec.limits.calls_per_second,
        batched_per_minute=spec.limits.batched_per_minute,
        at_once=spec.limits.calls_at_once,
        clock=world.clock,
        monotonic=monotonic,
        sleep=sleep,
    )
    http = HttpClient(
        Transport(hosts=hosts, mounts=mounts, monotonic=monotonic),
        clock=world.clock,
        pacer=pacer,
        monotonic=monotonic,
        sleep=sleep,
        run_seconds=RUN_SECONDS,
    )
    tokens = _keeper(spec, config, http, world)
    if tokens is not None:
        wire.log_in(tokens)
        between.calls = between.logins = 0
    deps = ConnectorDeps(
        ledger="suite",
        config=config,
        http=http,
        tokens=tokens,
        clock=world.clock,
        data_dir=folder,
    )
    return Mounted(
        source=spec.build(deps),
        written=written_in(world),
        suffer=between.suffer,
        calls=lambda: between.calls,
        logins=lambda: between.logins,
        slept=lambda: sum(slept),
        secrets=lambda: tuple(world.tokens),
    )


def _keeper(spec: ConnectorSpec, config: Any, http: HttpClient, world: World) -> TokenKeeper | None:
    if spec.oauth is None:
        return None
    return TokenKeeper(
        spec.oauth(config),
        ledger="suite",
        http=http.adapted(paced=False),
        vault=TokenVault(
            box=SecretBox([new_key()]),
            secrets=SecretsInMemory(),
            name="tokens/suite",
            clock=world.clock,
        ),
        clock=world.clock,
    )


def _say(
    start: Callable[..., Any],
    status: str,
    headers: Iterable[tuple[str, str]],
    body: bytes = b"",
) -> Iterable[bytes]:
    start(status, [(name, value) for name, value in headers if name.lower() != "content-length"])
    return [body]
