"""The QuickBooks connector over the simulated one, in one process, on the world's own clock."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from connectors.quickbooks import SPEC, QuickBooksConfig, QuickBooksSource
from connectors.quickbooks.config import provider
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
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.limits import UNLIMITED, Allowance
from syncer.sandbox.world import World, WorldClock
from syncer.testing.secrets_in_memory import SecretsInMemory

from .wires import company_of, person

NOWHERE = Path("/nowhere")  # for sources that write no file


class Bench:
    """A book, a simulated QuickBooks over it and a connector that speaks to it."""

    def __init__(
        self,
        *,
        invoices: int = 2500,
        accounts: int = 300,
        faults: Iterable[Fault] = (),
        allowance: Allowance = UNLIMITED,
        app: Any = None,
        settings: dict[str, Any] | None = None,
        world: World | None = None,
        log_in: bool = True,
        folder: Path = NOWHERE,
        money_told: bool = True,
    ) -> None:
        self.world = world or large_book(invoices=invoices, accounts=accounts)
        assert isinstance(self.world.clock, WorldClock)
        self.clock = self.world.clock
        self.plan = FaultPlan()
        self.app = QuickBooksApp(
            self.world, allowance=allowance, faults=self.plan, money_told=money_told
        )
        self.folder = folder
        self.slept: list[float] = []
        self.seen: list[tuple[str, str, dict[str, list[str]], bytes]] = []
        self.secrets = SecretsInMemory()
        self.box = SecretBox([new_key()])
        self.config = QuickBooksConfig(
            **{
                "client_id": WEB_APP.client_id,
                "client_secret": WEB_APP.secret,
                "realm_id": realm_of(self.world.main.org.org_id),
                **(settings or {}),
            }
        )
        self.http = self._client(app or self.app)
        self.keeper = self.new_keeper()
        if log_in:
            person(self.app, self.config)(self.keeper)
        self.plan.faults.extend(faults)
        self.seen.clear()
        self.source = self.new_source()

    def new_source(self) -> QuickBooksSource:
        """A connector that knows nothing of an earlier run."""
        source = SPEC.build(
            ConnectorDeps(
                ledger="main",
                config=self.config,
                http=self.http,
                tokens=self.keeper,
                clock=self.clock,
                data_dir=self.folder,
            )
        )
        assert isinstance(source, QuickBooksSource)
        return source

    def new_keeper(self) -> TokenKeeper:
        """A keeper over the stored tokens, as another process would have."""
        return TokenKeeper(
            provider(self.config),
            ledger="main",
            http=self.http.adapted(paced=False),
            vault=TokenVault(
                box=self.box, secrets=self.secrets, name="tokens/main", clock=self.clock
            ),
            clock=self.clock,
        )

    @property
    def company(self) -> Company:
        """The simulator's view of the company."""
        return company_of(self.app, self.world)

    def monotonic(self) -> float:
        return (self.clock() - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.advance(seconds=seconds)

    def pull(self, cursors: dict[Stream, str] | None = None) -> list[Any]:
        """One pull by a connector that knows nothing else."""
        return list(self.new_source().pull(cursors or {}))

    def reads(self) -> list[str]:
        """What was asked of the API since ``seen`` was cleared: statements and paths.

        One entry a call; that of a batch holds its statements.
        """
        return [
            " ".join(query.get("query", [])) or _batched(path, body) or path.rsplit("/", 2)[-1]
            for method, path, query, body in self.seen
            if "/v3/" in path and (method == "GET" or path.endswith("/batch"))
        ]

    def writes(self) -> list[tuple[str, dict[str, list[str]], bytes]]:
        """Path, parameters and body of each write."""
        return [
            (path, query, body)
            for method, path, query, body in self.seen
            if method == "POST" and "/v3/" in path and not path.endswith("/batch")
        ]

    def _client(self, app: Any) -> HttpClient:
        adapter = WsgiAdapter(self._noting(app))
        return HttpClient(
            Transport(
                hosts=SPEC.hosts,
                mounts={f"https://{host}": adapter for host in SPEC.hosts},
                monotonic=self.monotonic,
            ),
            clock=self.clock,
            pacer=Pacer(
                per_minute=SPEC.limits.calls_per_minute,
                per_second=SPEC.limits.calls_per_second,
                batched_per_minute=SPEC.limits.batched_per_minute,
                at_once=SPEC.limits.calls_at_once,
                clock=self.clock,
                monotonic=self.monotonic,
                sleep=self.sleep,
            ),
            monotonic=self.monotonic,
            sleep=self.sleep,
            run_seconds=1e9,
        )

    def _noting(self, app: Any) -> Any:
        def noted(environ: dict[str, Any], start: Any) -> Any:
            body = environ["wsgi.input"].read()
            environ["wsgi.input"].seek(0)
            query = parse_qs(environ["QUERY_STRING"])
            self.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], query, body))
            return app(environ, start)

        return noted


def _batched(path: str, body: bytes) -> str:
    """The statements of a batch, "" for every other call."""
    if not path.endswith("/batch"):
        return ""
    items = json.loads(body)["BatchItemRequest"]
    return "BATCH " + "; ".join(item.get("Query", "WRITE") for item in items)


def items_of(
    events: Iterable[Any], known: dict[str, OpenItem] | None = None
) -> dict[str, OpenItem]:
    """Open items by id, as a store would hold them after these events."""
    found: dict[str, OpenItem] = dict(known or {})
    pages = [event for event in events if isinstance(event, Page)]
    ends = ends_of(events)
    if Stream.ITEMS in ends and ends[Stream.ITEMS].full:
        found = {}
    for page in pages:
        found.update({item.item_id: item for item in page.items})
        for gone in page.gone:
            found.pop(gone, None)
    return found


def ends_of(events: Iterable[Any]) -> dict[Stream, StreamEnd]:
    """The streams that were finished."""
    return {event.stream: event for event in events if isinstance(event, StreamEnd)}


def cursors_of(events: Iterable[Any]) -> dict[Stream, str]:
    """As a store would hand them back."""
    return {stream: end.cursor for stream, end in ends_of(events).items() if end.cursor}
