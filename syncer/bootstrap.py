"""The composition root: settings -> one frozen Worker.

The only place that names concrete adapters. It opens the store and the channels; ledgers are
opened later, each inside its own run, so that one ledger's trouble stays its own.
"""

import atexit
import gc
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property, partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import connectors
from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup, Watch, Worker
from syncer.model.run import LedgerResult
from syncer.ports import Channel, Clock, ConnectorDeps, ConnectorSpec, Source, Store

if TYPE_CHECKING:
    from syncer.http.client import HttpClient
    from syncer.http.oauth import TokenKeeper
    from syncer.settings import Settings
    from syncer.settings.ledgers import LedgerSettings

ENTRY_POINTS = "syncer.connectors"


def real_clock() -> datetime:
    """Now, aware UTC. The only reading of the computer's clock in production code."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What tests and the sandbox replace: the clock, waiting, and in-process servers."""

    clock: Clock = real_clock
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    paced: bool = True  # False only for a server of one's own without limits
    mounts: Mapping[str, Any] = field(default_factory=dict)  # URL prefix -> requests adapter
    watch: Watch = field(default_factory=Watch)
    as_of: date | None = None  # the day to look at instead of today; nothing is sent then


def discover() -> Mapping[str, ConnectorSpec]:
    """Every connector by name: the modules of ``connectors``, then installed entry points."""
    return _Connectors()


class _Connectors(Mapping[str, ConnectorSpec]):
    """Imports a connector of ours when it is asked for: a run rarely uses them all.

    Raises ConfigError when an outside package announces something that is not a connector.
    """

    def __init__(self) -> None:
        self._ours = {module.name for module in pkgutil.iter_modules(connectors.__path__)}

    def __getitem__(self, name: str) -> ConnectorSpec:
        spec = _spec_in(name) if name in self._ours else None
        return self._all[name] if spec is None or spec.name != name else spec

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @cached_property
    def _all(self) -> dict[str, ConnectorSpec]:
        specs = {spec.name: spec for name in sorted(self._ours) if (spec := _spec_in(name))}
        for point in entry_points(group=ENTRY_POINTS):
            spec = point.load()
            if not isinstance(spec, ConnectorSpec):
                raise ConfigError(
                    f"the package entry point {point.name} = {point.value} is not a "
                    "ConnectorSpec; remove the package or ask its author"
                )
            specs.setdefault(spec.name, spec)
        return specs


def _spec_in(module: str) -> ConnectorSpec | None:
    spec: ConnectorSpec | None = getattr(import_module(f"connectors.{module}"), "SPEC", None)
    return spec


def build(settings: "Settings", around: Surroundings | None = None) -> Worker:
    """Put the parts together. Raises ConfigError or StateError; opens no ledger."""
    spare_the_collector()
    from syncer.channels.late import open_renderer
    from syncer.store import open_store

    around = around or Surroundings()
    specs = discover()
    store = open_store(settings.state.url.get_secret_value())
    channels = _channels(settings)
    return Worker(
        ledgers=tuple(
            _setup(settings, ledger, specs[ledger.connector], store, channels, around)
            for ledger in settings.ledgers
        ),
        store=store,
        renderer=open_renderer(settings.mail.templates),
        clock=around.clock,
        config_digest=settings.digest,
        lease_length=settings.run.lease,
        threads=settings.run.threads,
        close=partial(_close, store, channels),
        watch=around.watch,
    )


@cache
def spare_the_collector() -> None:
    """Look for garbage cycles rarely: our records hold none, and the look costs 6 % of a run.

    And not at the end, when everything goes anyway: there it cost a tenth of a second.
    """
    gc.set_threshold(200_000, 50, 1000)
    atexit.register(gc.freeze)


def _close(store: Store, channels: Mapping[str, Channel]) -> None:
    for channel in channels.values():
        close = getattr(channel, "close", None)
        if close is not None:
            close()
    store.close()


def _setup(
    settings: "Settings",
    ledger: "LedgerSettings",
    spec: ConnectorSpec,
    store: Store,
    channels: Mapping[str, Channel],
    around: Surroundings,
) -> LedgerSetup:
    from syncer.channels.late import open_letters

    line = Line(settings=settings, ledger=ledger, spec=spec, store=store, around=around)
    return LedgerSetup(
        name=ledger.name,
        connector=spec.name,
        capabilities=spec.able(ledger.settings),
        open_source=line.open_source,
        mode=ledger.mode,
        policy=settings.policy_for(ledger),
        letterhead=settings.letterhead_for(ledger),
        channel=channels.get(settings.channel_for(ledger)),
        letters=open_letters(settings.mail.letters),
        write_notes=ledger.write_notes,
        pay_links=ledger.pay_links,
        guard_age_max=settings.run.guard_age_max,
        sends_max=settings.sends_max_for(ledger),
        alarm=settings.alarm_limits,
        law=settings.law_book,
        holds=settings.holds_for(ledger),
        credit_limits=tuple([one.rule for one in ledger.credit_limits]),
        debtors=settings.debtors.rules_for(ledger.name),
        count_calls=line.count_calls,
        clock_skew=lambda: line.http.calls.skew if line.http else None,
        clock_skew_max=settings.run.clock_skew_max,
        server_here=_on_this_machine(ledger),
    )


def _on_this_machine(ledger: "LedgerSettings") -> bool:
    from syncer.settings.fields import is_loopback

    config = ledger.settings
    address = str(getattr(config, "base_url", "") or getattr(config, "url", "") or "")
    return is_loopback(urlsplit(address).hostname or "")


def _channels(settings: "Settings") -> dict[str, Channel]:
    return {name: _channel(config) for name, config in settings.mail.channels.items()}


def _channel(config: Any) -> Channel:
    if config.type == "folder":
        from syncer.channels import folder

        return folder.build(Path(config.dir))
    from syncer.channels import smtp

    return smtp.build(
        smtp.SmtpConfig(
            host=config.host,
            port=config.port_used,
            security=config.security,
            username=config.username,
            password=config.password.get_secret_value() if config.password else "",
            ca_file=config.ca_file,
            timeout=config.timeout.total_seconds(),
        )
    )


@dataclass(slots=True)
class Line:
    """The way to one ledger: its HTTP client and its tokens, made when first needed."""

    settings: "Settings"
    ledger: "LedgerSettings"
    spec: ConnectorSpec
    store: Store
    around: Surroundings
    http: "HttpClient | None" = None

    def open_source(self) -> Source:
        """Build the connector. Raises what a wrong set-up raises (ConfigError, AuthError)."""
        directory = Path(self.settings.state.dir) / self.ledger.name
        for folder in (directory.parent, directory):  # parents made on the way ignore the mode
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.http = self._client() if self._hosts() else None
        return self.spec.build(
            ConnectorDeps(
                ledger=self.ledger.name,
                config=self.ledger.settings,
                http=self.http,
                tokens=self.keeper(),
                clock=self.around.clock,
                data_dir=directory,
                as_of=self.around.as_of,
            )
        )

    def count_calls(self) -> int:
        """Calls made to the vendor in this run."""
        return self.http.calls.made if self.http else 0

    def keeper(self) -> "TokenKeeper | None":
        """Supplies access tokens; None for connectors without a login."""
        if self.spec.oauth is None:
            return None
        from syncer.http.oauth import TokenKeeper
        from syncer.http.secretbox import box_of
        from syncer.http.vault import TokenVault

        http = self.http or self._client()
        return TokenKeeper(
            self.spec.oauth(self.ledger.settings),
            ledger=self.ledger.name,
            http=http.adapted(paced=False),
            vault=TokenVault(
                box=box_of(_key_words(self.settings)),
                secrets=self.store,
                name=f"tokens/{self.ledger.name}",
                clock=self.around.clock,
            ),
            clock=self.around.clock,
        )

    def log_in(
        self,
        *,
        show: Callable[[str], None],
        open_browser: Callable[[str], object] | None = None,
        ask: Callable[[], str] | None = None,
    ) -> None:
        """Give the worker access. ``ask`` returns the pasted address; None = listen for it.

        Raises ConfigError for a connector without a login, AuthError when it is refused.
        """
        from syncer.http.login import log_in, log_in_by_paste

        keeper = self.keeper()
        if keeper is None or self.spec.oauth is None:
            raise ConfigError(f"ledger '{self.ledger.name}' ({self.spec.name}) needs no login")
        provider = self.spec.oauth(self.ledger.settings)
        if ask is not None:
            log_in_by_paste(provider, keeper, show=show, ask=ask)
        else:
            log_in(provider, keeper, show=show, open_browser=open_browser)

    def _hosts(self) -> tuple[str, ...]:
        """Whom the connector may speak to: its vendor, and servers that the settings name."""
        config = self.ledger.settings
        return (*self.spec.hosts, *(config.hosts() if hasattr(config, "hosts") else ()))

    def _client(self) -> "HttpClient":
        from syncer.http.client import HttpClient
        from syncer.http.pace import Pacer
        from syncer.http.transport import Transport

        config, limits, around = self.ledger.settings, self.spec.limits, self.around
        return HttpClient(
            Transport(hosts=self._hosts(), mounts=around.mounts, monotonic=around.monotonic),
            clock=around.clock,
            pacer=Pacer(
                per_minute=limits.calls_per_minute if around.paced else None,
                per_second=limits.calls_per_second if around.paced else None,
                batched_per_minute=limits.batched_per_minute if around.paced else None,
                at_once=limits.calls_at_once,
                day_reserve=getattr(config, "day_reserve", 0),
                clock=around.clock,
                monotonic=around.monotonic,
                sleep=around.sleep,
            ),
            monotonic=around.monotonic,
            sleep=around.sleep,
        )


def _key_words(settings: "Settings") -> tuple[str, ...]:
    """The configured keys of stored tokens, the one that seals first; () when it is missing."""
    keys = settings.secrets
    if keys.key is None:
        return ()
    return tuple(key.get_secret_value() for key in (keys.key, *keys.previous_keys))


def line_to(settings: "Settings", ledger: str, store: Store, around: Surroundings) -> Line:
    """The way to one ledger, for commands that look (check) or log in (auth)."""
    entry = settings.ledger(ledger)
    spec = discover()[entry.connector]
    return Line(settings=settings, ledger=entry, spec=spec, store=store, around=around)


def logging_watch(around_connectors: Mapping[str, str]) -> Watch:
    """Log lines and Sentry behind the flow's hooks. ``around_connectors``: ledger -> connector."""
    from syncer.log import bound, ledger_line, report_error, run_line, work_scope

    @contextmanager
    def around_ledger(run_id: str, ledger: str) -> Iterator[None]:
        connector = around_connectors.get(ledger, "")
        with (
            bound(run_id=run_id, ledger=ledger),
            work_scope(run_id=run_id, ledger=ledger, connector=connector),
        ):
            yield

    def ledger_done(result: LedgerResult, error: Exception | None) -> None:
        ledger_line(result)
        if error is not None:
            report_error(error, connector=result.connector)

    return Watch(around_ledger=around_ledger, ledger_done=ledger_done, run_done=run_line)
