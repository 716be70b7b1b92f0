"""The Xero connector over the simulated Xero, in one process, on the world's own clock."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.xero import SPEC, XeroConfig, XeroSource
from connectors.xero.config import provider
from syncer.http.client import HttpClient
from syncer.http.oauth import TokenKeeper
from syncer.http.pace import Pacer
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.transport import Transport
from syncer.http.vault import TokenVault
from syncer.http.wsgi import WsgiAdapter
from syncer.model.ledger import OpenItem, Page, Stream, StreamEnd
from syncer.ports import ConnectorDeps
from syncer.sandbox.bulk import large_book
from syncer.sandbox.faults import Fault, FaultPlan
from syncer.sandbox.world import World, WorldClock
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.sandbox.xero.limits import UNLIMITED, Allowance
from syncer.testing.secrets_in_memory import SecretsInMemory


class Bench:
    """A book, a simulated Xero over it and a connector that speaks to it."""

    def __init__(
        self,
        *,
        invoices: int = 2500,
        accounts: int = 300,
        faults: Iterable[Fault] = (),
        allowance: Allowance = UNLIMITED,
        per_minute: int | None = None,
        app: Any = None,
        settings: dict[str, Any] | None = None,
        world: World | None = None,
    ) -> None:
        self.world = world or large_book(invoices=invoices, accounts=accounts)
        self.clock = self.world.clock
        assert isinstance(self.clock, WorldClock)
        self.app = XeroApp(self.world, allowance=allowance, faults=FaultPlan(faults))
        self.slept: list[float] = []
        self.config = XeroConfig(
            **{
                "client_id": CUSTOM_APP.client_id,
                "client_secret": CUSTOM_APP.secret,
                "flow": "custom_connection",
                **(settings or {}),
            }
        )
        self.seen: list[tuple[str, str, str, bytes, dict[str, str]]] = []
        self.http = self._client(app or self.app, per_minute)
        self.keeper = self._keeper()
        self.source: XeroSource = SPEC.build(
            ConnectorDeps(
                ledger="main",
                config=self.config,
                http=self.http,
                tokens=self.keeper,
                clock=self.clock,
                data_dir=Path(),
            )
        )

    def monotonic(self) -> float:
        return (self.clock() - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.advance(seconds=seconds)

    def pull(self, cursors: dict[Stream, str] | None = None) -> list[Any]:
        return list(self.source.pull(cursors or {}))

    def calls(self, part: str = "/api.xro/") -> list[str]:
        return [f"{c.method} {c.path}" for c in self.world.calls if part in c.path]

    def _client(self, app: Any, per_minute: int | None) -> HttpClient:
        adapter = WsgiAdapter(self._noting(app))
        return HttpClient(
            Transport(
                hosts=SPEC.hosts,
                mounts={f"https://{host}": adapter for host in SPEC.hosts},
                monotonic=self.monotonic,
            ),
            clock=self.clock,
            pacer=Pacer(
                per_minute=per_minute,
                at_once=5,
                clock=self.clock,
                monotonic=self.monotonic,
                sleep=self.sleep,
            ),
            monotonic=self.monotonic,
            sleep=self.sleep,
            run_seconds=100_000,
        )

    def _noting(self, app: Any) -> Any:
        def noted(environ: dict[str, Any], start: Any) -> Any:
            body = environ["wsgi.input"].read()
            environ["wsgi.input"].seek(0)
            headers = {k: v for k, v in environ.items() if k.startswith("HTTP_")}
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            self.seen.append((method, path, environ["QUERY_STRING"], body, headers))
            return app(environ, start)

        return noted

    def _keeper(self) -> TokenKeeper:
        return TokenKeeper(
            provider(self.config),
            ledger="main",
            http=self.http.adapted(paced=False),
            vault=TokenVault(
                box=SecretBox([new_key()]),
                secrets=SecretsInMemory(),
                name="tokens/main",
                clock=self.clock,
            ),
            clock=self.clock,
        )


def items_of(events: Iterable[Any]) -> dict[str, OpenItem]:
    """Open items by id, as a store would hold them."""
    pages = (event for event in events if isinstance(event, Page))
    return {item.item_id: item for page in pages for item in page.items}


def ends_of(events: Iterable[Any]) -> dict[Stream, StreamEnd]:
    """The streams that were finished."""
    return {event.stream: event for event in events if isinstance(event, StreamEnd)}
