"""The ledgers of the tour: sandboxes in processes of their own, as a neighbour sees them.

They go by one time, which the job goes by as well: a wait for a vendor's limit is skipped in
all of them at once, and a day passes in all of them.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syncer.cli.stopping import SWITCH
from syncer.errors import ConfigError, Transient

START_SECONDS = 60.0
CALL_SECONDS = 60.0
START_HOUR = 14  # UTC: afternoon in Leeds, morning in Ohio, inside both companies' sending hours
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Company:
    """One ledger of config/demo.yaml and the sandbox behind it."""

    ledger: str  # its name in the configuration
    platform: str  # as syncer.sandbox.serve calls it
    title: str
    scenario: str
    variable: str  # what the configuration reads its address from
    login: bool  # whether a person has to log in once


COMPANIES = (
    Company("northgate", "xero", "Xero", "demo", "SANDBOX_URL", login=False),
    Company(
        "cedarforge",
        "quickbooks",
        "QuickBooks Online",
        "america",
        "SANDBOX_QUICKBOOKS_URL",
        login=True,
    ),
)


@dataclass(slots=True)
class Neighbour:
    """A running sandbox, over HTTP."""

    company: Company
    url: str
    known: bool  # it remembers an earlier tour

    def state(self) -> Any:
        """Its figures."""
        return self._ask("GET", "state")

    def notes(self) -> Any:
        """What programs wrote into the ledger, newest first."""
        return self._ask("GET", "notes")

    def advance(self, **step: int) -> datetime:
        """Let time pass there; its time afterwards."""
        return datetime.fromisoformat(self._ask("POST", "advance", step)["now"])

    def consent(self, page: str) -> str:
        """Be the person who opens the login's page and allows access; where that ends."""
        parts = urlsplit(page)
        if parts.netloc != urlsplit(self.url).netloc:
            raise ConfigError(
                f"ledger '{self.company.ledger}' logs in elsewhere: its base_url must be "
                f"${{{self.company.variable}}}, as in config/demo.yaml"
            )
        _, location = self._call("GET", f"{parts.path}?{parts.query}", None)
        return location

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        payload = json.dumps(body).encode() if body is not None else None
        return json.loads(self._call(method, f"/_sandbox/{what}", payload)[0])

    def _call(self, method: str, path: str, payload: bytes | None) -> tuple[bytes, str]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=CALL_SECONDS)
        try:
            connection.request(method, path, payload)
            answer = connection.getresponse()
            return answer.read(), answer.getheader("Location") or ""
        except (OSError, HTTPException) as error:
            raise Transient(f"the sandbox at {self.url} does not answer; run again") from error
        finally:
            connection.close()


@dataclass(slots=True)
class Ledgers:
    """All of them, with the one time they go by."""

    ones: tuple[Neighbour, ...]
    _read: tuple[datetime, float] = field(init=False)  # their time, and ours at that moment
    _skipped: float = 0.0

    def __post_init__(self) -> None:
        """Make the time the same everywhere; an interrupted tour may have left it apart."""
        times = [datetime.fromisoformat(one.state()["now"]) for one in self.ones]
        for one, at in zip(self.ones, times, strict=True):
            behind = max(times) - at
            one.advance(days=behind.days, seconds=behind.seconds)
        self._advance(hour=START_HOUR)

    def clock(self) -> datetime:
        """The sandboxes' time, which the job works by."""
        at, since = self._read
        return at + timedelta(seconds=time.monotonic() - since)

    def monotonic(self) -> float:
        """Seconds that passed, the skipped ones among them."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Skip a wait for a vendor's limits: the ledgers' time moves instead of ours."""
        if SWITCH.requested():
            SWITCH.sleep(seconds)
        whole = math.ceil(seconds)
        self._advance(seconds=whole)
        self._skipped += whole

    def next_day(self) -> None:
        """Let a day pass: customers pay, new invoices are raised."""
        self._advance(days=1, hour=START_HOUR)

    def _advance(self, **step: int) -> None:
        times = [one.advance(**step) for one in self.ones]
        self._read = times[0], time.monotonic()


@contextmanager
def running(place: Path, port: int) -> Iterator[Ledgers]:
    """Start the sandboxes, the first on ``port`` (0 = any); they save their worlds at the end."""
    with ExitStack() as stack:
        ports = [port + at if port else 0 for at in range(len(COMPANIES))]
        started = [
            (company, stack.enter_context(_process(place, company, each)), each)
            for company, each in zip(COMPANIES, ports, strict=True)
        ]
        yield Ledgers(tuple(_introduced(place, *one) for one in started))


@contextmanager
def _process(
    place: Path, company: Company, port: int
) -> Iterator[tuple["subprocess.Popen[bytes]", bool]]:
    state = place / f"{company.platform}.world"
    known = state.exists()
    command = [sys.executable, "-m", "syncer.sandbox.serve", company.platform]
    command += ["--scenario", company.scenario, "--port", str(port)]
    command += ["--state", str(state), "--today", str(_working_day())]
    with _log(place, company).open("ab") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
    try:
        yield process, known
    finally:
        process.terminate()
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.stdout:
            process.stdout.close()


def _introduced(
    place: Path, company: Company, started: tuple["subprocess.Popen[bytes]", bool], port: int
) -> Neighbour:
    process, known = started
    said = process.stdout.readline() if process.stdout else b""
    if not said:
        raise ConfigError(
            f"the sandbox for {company.title} did not start, perhaps because port {port} is "
            f"taken; see {_log(place, company)}, or choose others with: "
            "syncer sandbox tour --port 0"
        )
    return Neighbour(company, json.loads(said)["url"], known)


def _log(place: Path, company: Company) -> Path:
    return place / f"{company.platform}.log"


def _working_day() -> date:
    """Today, or the Friday before a weekend, on which the policy would write to nobody."""
    from syncer.bootstrap import real_clock

    today = real_clock().date()
    return today - timedelta(days=max(today.weekday() - SATURDAY + 1, 0))
