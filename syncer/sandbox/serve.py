"""Puts a sandbox on a socket: ``python -m syncer.sandbox.serve xero --port 0 --state FILE``.

The platform is ``xero`` or ``quickbooks``: two wire forms of the same kind of world.

One line of JSON on stdout says where it listens and which programs it knows. With a state
file a second start on the same day finds the same world; on a later day the days between are
played first. SIGTERM and SIGINT save and stop.
"""

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from syncer.errors import ConfigError
from syncer.sandbox import keep
from syncer.sandbox.book import morning
from syncer.sandbox.bulk import DEFAULT_TODAY
from syncer.sandbox.control import DAYS_MAX, Control, play_days
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.quickbooks import apps as quickbooks_apps
from syncer.sandbox.quickbooks import limits as quickbooks_limits
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.scenarios import SCENARIOS, Scenario, scenario
from syncer.sandbox.socket_server import SandboxServer
from syncer.sandbox.world import World, WorldClock
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import DEMO_APPS, App
from syncer.sandbox.xero.limits import Allowance

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PLATFORMS = ("xero", "quickbooks")
A = TypeVar("A", bound="WSGIApplication")
SAVE_EVERY = 1.0  # seconds; a kill -9 loses at most that much of the world


@dataclass
class Running(Generic[A]):
    """A sandbox that listens. Use it as a context manager, or call ``stop``."""

    base_url: str
    world: World
    app: A
    _server: SandboxServer
    _threads: list[threading.Thread]
    _state: Path | None

    def stop(self) -> None:
        """Stop listening and save; harmless when done twice."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)
        if self._state:
            keep.save(self.world, self._state)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: FaultPlan | None = None,
    allowance: Allowance | None = None,
    apps: tuple[App, ...] = DEMO_APPS,
    state: Path | None = None,
    reset: Callable[[], World] | None = None,
) -> Running[XeroApp]:
    """Serve the Xero form of ``world`` in background threads. ``port=0`` picks a free one.

    Limits and tokens go by the world's clock: give it a ticking one if clients really wait.
    ``reset`` builds the world that POST /_sandbox/reset goes back to.
    """
    app = XeroApp(world, allowance=allowance, faults=faults, apps=apps)
    return serve_app(app, world, app.faults, host=host, port=port, state=state, reset=reset)


def start_quickbooks(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: FaultPlan | None = None,
    allowance: quickbooks_limits.Allowance | None = None,
    apps: tuple[quickbooks_apps.App, ...] = quickbooks_apps.DEMO_APPS,
    state: Path | None = None,
    reset: Callable[[], World] | None = None,
) -> Running[QuickBooksApp]:
    """Serve the QuickBooks form of ``world``; otherwise as ``start``."""
    app = QuickBooksApp(world, allowance=allowance, faults=faults, apps=apps)
    return serve_app(app, world, app.faults, host=host, port=port, state=state, reset=reset)


def serve_app(
    app: A,
    world: World,
    faults: FaultPlan,
    *,
    host: str,
    port: int,
    state: Path | None = None,
    reset: Callable[[], World] | None = None,
) -> Running[A]:
    """Serve any wire form, with the control address space beside it."""
    control = Control(world, faults, reset=_resetter(world, reset) if reset else None)
    server = SandboxServer((host, port), app, control)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)]
    if state:
        target = threading.Thread(target=_keep_saving, args=(world, state, server), daemon=True)
        threads.append(target)
    for thread in threads:
        thread.start()
    # The vendor allows http redirects to localhost by name only; the API itself has no opinion.
    base_url = f"http://{host}:{server.server_address[1]}"
    return Running(base_url, world, app, server, threads, state)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal. Exit code 0, or 2 for arguments that make no sense."""
    options = _arguments(argv)
    try:
        running = _start_scenario(options)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    said = {"url": running.base_url, "scenario": options.scenario}
    said |= _introduction(options.platform, running.world)
    said["today"] = running.world.main.today().isoformat()
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    done.wait()
    running.stop()
    return 0


def _introduction(platform: str, world: World) -> dict[str, object]:
    """What a program needs to know to log in."""
    if platform == "xero":
        programs = {a.type: {"client_id": a.client_id, "secret": a.secret} for a in DEMO_APPS}
        return {"apps": programs}
    known = quickbooks_apps.WEB_APP
    companies = {realm: ledger.org.name for realm, ledger in quickbooks_apps.realms(world).items()}
    web = {"client_id": known.client_id, "secret": known.secret}
    return {"apps": {"web": web}, "realms": companies}


def _start_scenario(options: argparse.Namespace) -> Running[XeroApp | QuickBooksApp]:
    chosen = scenario(options.scenario)

    def fresh() -> World:
        return chosen.build(options.today or DEFAULT_TODAY, options.seed)

    world = _remembered(options.state, options.today) or fresh()
    if isinstance(world.clock, WorldClock):
        world.clock.run_by(time.monotonic)
    return _start_platform(options, chosen, world, fresh)


def _start_platform(
    options: argparse.Namespace, chosen: Scenario, world: World, fresh: Callable[[], World]
) -> Running[XeroApp | QuickBooksApp]:
    faults = chosen.faults(options.seed)
    app = (
        XeroApp(world, allowance=chosen.allowance, faults=faults)
        if options.platform == "xero"
        else QuickBooksApp(world, allowance=chosen.metered, faults=faults)
    )
    where = {"host": options.host, "port": options.port, "state": options.state}
    return serve_app(app, world, faults, reset=fresh, **where)


def _remembered(state: Path | None, today: date | None) -> World | None:
    if state is None or not state.exists():
        return None
    world = keep.load(state)
    today = today or world.main.today()
    missed = (today - world.main.today()).days
    if missed > 0:
        play_days(world, min(missed, DAYS_MAX))
        if isinstance(world.clock, WorldClock):
            world.clock.set(morning(today))
    return world


def _resetter(world: World, build: Callable[[], World]) -> Callable[[], None]:
    def reset() -> None:
        world.become(build())

    return reset


def _keep_saving(world: World, state: Path, server: SandboxServer) -> None:
    saved = -1
    while not server.stopping.wait(SAVE_EVERY):
        seen = world.version + len(world.calls)
        if seen != saved:
            keep.save(world, state)
            saved = seen


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    names = "\n".join(f"  {name}: {each.says}" for name, each in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="python -m syncer.sandbox.serve",
        description="A ledger that runs here.",
        epilog=f"scenarios:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("platform", choices=PLATFORMS)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--state", type=Path, help="file that keeps the world between starts")
    parser.add_argument("--scenario", default="demo", help="see below")
    parser.add_argument("--seed", type=int, default=7)
    # A world has its own clock; only the composition root may know what day it really is.
    day = f"YYYY-MM-DD; default the saved world's day, else {DEFAULT_TODAY}"
    parser.add_argument("--today", type=date.fromisoformat, help=day)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
