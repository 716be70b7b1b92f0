"""Whatever goes wrong on the way, secrets and customers' data stay out of all that is written."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import typer

from syncer.bootstrap import Surroundings
from syncer.cli.call import Call
from syncer.cli.flags import Flags
from syncer.cli.work import run
from syncer.errors import SyncerError
from syncer.http.wsgi import WsgiAdapter
from syncer.sandbox.faults import Fault, FaultKind, FaultPlan
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.limits import UNLIMITED

from .house import BODY, HOSTILE, NAME, PERSONAL, XERO, Tracker, new_world, tracker

EVENTS = {FaultKind.BEFORE, FaultKind.AFTER}  # people's acts, no faults
KINDS = [kind for kind in FaultKind if kind not in EVENTS | {FaultKind.CODED}]
HOME_URL = "http://127.0.0.1:7999"
CONFIG = """\
state: {{url: "sqlite:///{home}/state/syncer.db", dir: "{home}/files"}}
reports: {{dir: "{home}/reports"}}
log: {{level: debug, format: json}}
sentry: {{dsn: "http://canarykey@127.0.0.1:{sentry}/1"}}
secrets: {{key: "canary-store-key-of-more-than-thirty-two-characters"}}
run: {{threads: 0}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  signature: "{body}"
  channels: {{box: {{type: folder, dir: "{home}/mail"}}}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint: {{weekdays: [mon, tue, wed, thu, fri, sat, sun], send_from: "00:00",
                 send_until: "23:59"}}
ledgers:
  - name: north
    connector: xero
    mode: live
    policy: main
    settings: {{flow: custom_connection, client_id: {id}, client_secret: "{secret}",
               base_url: "{url}", identity_url: "{url}"}}
"""


@pytest.fixture
def _logging() -> Iterator[None]:
    """Leave logging and Sentry as they were found."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def _broken(raised: Callable[[], BaseException]) -> Any:
    """A way out that fails as no server can: an error of a library, with all it knows in it."""

    class Broken(WsgiAdapter):
        """Answers three times, then breaks."""

        left = 3

        def send(self, *given: Any, **more: Any) -> Any:
            """One call."""
            self.left -= 1
            if self.left < 0:
                raise raised()
            return super().send(*given, **more)

    return Broken


def _played(home: Path, sentry: Tracker, faults: FaultPlan, adapter: Any = WsgiAdapter) -> str:
    """Everything that two runs under these faults wrote, but for state and mail."""
    world = new_world("North Ltd", HOSTILE)
    clock: Any = world.clock
    config = home / "house.yaml"
    config.write_text(
        CONFIG.format(
            home=home, sentry=sentry.port, body=BODY, id=XERO.client_id, secret=XERO.secret,
            url=HOME_URL,
        ),
        "utf-8",
    )  # fmt: skip
    app = XeroApp(world, allowance=UNLIMITED, faults=faults, apps=(XERO,))
    around = Surroundings(
        clock=clock,
        sleep=lambda seconds: clock.advance(seconds=seconds),
        monotonic=lambda: (clock() - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds(),
        mounts={HOME_URL: adapter(app)},
    )
    out, err = io.StringIO(), io.StringIO()
    for _ in range(2):
        with redirect_stdout(out), redirect_stderr(err):
            try:
                run(Call(Flags(config=(config,), no_input=True, debug=True), around))
            except (typer.Exit, SyncerError) as end:
                sys.stderr.write(f"\n{type(end).__name__} {end if end.args else ''}\n")
        clock.advance(seconds=timedelta(hours=1).total_seconds())
    sentry_sdk.flush(timeout=5)
    files = [path for path in home.rglob("*.*") if path.suffix in {".json", ".html"}]
    written = "".join(path.read_text("utf-8") for path in files)
    secrets = {XERO.secret, "canary-store-key", *world.tokens}
    everything = out.getvalue() + err.getvalue() + written + "".join(sentry.bodies)
    everything += (home / "state" / "syncer.db").read_bytes().decode("latin-1")
    assert [secret[:12] for secret in secrets if secret in everything] == []
    return err.getvalue() + "".join(sentry.bodies)


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize("path", [r"/Contacts", r"/(History|connect/token)$"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_lets_anything_out(kind: FaultKind, path: str, tmp_path: Path) -> None:
    """Two whole runs under each kind of fault: logs and events hold no secret and no customer."""
    with tracker() as sentry:
        told = _played(tmp_path, sentry, FaultPlan([Fault(kind, path=path, nth=1, times=0)]))
    assert '"event": "run_done"' in told
    private = (NAME, BODY, "Evil", *PERSONAL.values())
    assert [one for one in private if one in told] == []


@pytest.mark.usefixtures("_logging")
def test_an_error_nobody_foresaw_lets_nothing_out(tmp_path: Path) -> None:
    """A library's error that quotes customer, message, token and password is told by its class."""
    private = f"{NAME} {BODY} {PERSONAL['e-mail']}@customer.example {XERO.secret}"
    with tracker() as sentry:
        told = _played(
            tmp_path, sentry, FaultPlan(), _broken(lambda: LookupError(f"no {private} here"))
        )
        assert any("LookupError" in body for body in sentry.bodies)
    assert "LookupError" in told
    assert [one for one in (NAME, BODY, PERSONAL["e-mail"]) if one in told] == []
