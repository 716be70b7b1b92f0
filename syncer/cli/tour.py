"""The tour behind ``make run``: a sandbox ledger, the real job against it, and what came of it.

The job is the one that ``syncer run`` does, in live mode over HTTP; only its clock is the
sandbox's, so that a month can be played in a minute and a Sunday shows a working day.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import policy
from email.parser import BytesParser
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from syncer.cli.call import Call
from syncer.cli.screen import Screen
from syncer.cli.stopping import SWITCH, Stopped
from syncer.cli.work import Done, cycle
from syncer.errors import ConfigError, Transient
from syncer.model.run import RunResult
from syncer.report.summary import amount_text, checks_of, items_in, rows_of
from syncer.report.words import Group

URL_VARIABLE = "SANDBOX_URL"  # what config/demo.yaml reads
PLACE_VARIABLE = "SANDBOX_DIR"
START_SECONDS = 60.0
LATEST_HOUR = 14  # UTC; later, a day's work might run into the end of the send window
HOURS_TO_MORNING = 18
CALL_SECONDS = 60.0
SATURDAY = 5
SAMPLE_LINES = 34
NOTES_SHOWN = 3
REASONS_SHOWN = 4


def take(call: Call, directory: Path, *, days: int, port: int) -> None:
    """Play ``days`` days and print what happened. The exit code is that of the worst day."""
    place = (directory / "demo").resolve()
    place.mkdir(parents=True, exist_ok=True)
    mail = place / "mail"
    before = set(mail.glob("*.eml"))
    with _ledger(place, port) as ledger:
        os.environ[URL_VARIABLE] = ledger.url
        os.environ[PLACE_VARIABLE] = str(place)
        _introduce(call.screen, ledger, place)
        played = _play(call, ledger, days)
        sent = sorted(set(mail.glob("*.eml")) - before)
        _conclude(call.screen, ledger, played, sent)
        _point_onwards(call, place, played)
    worst = max((one.result.exit_code for one in played), default=0)
    if worst:
        raise typer.Exit(worst)


@dataclass(slots=True)
class _Ledger:
    """The running sandbox as its neighbour sees it: over HTTP."""

    url: str
    known: bool  # it remembers an earlier tour
    _base: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    _since: float = 0.0
    _skipped: float = 0.0

    def state(self) -> Any:
        """Its figures; its clock is taken over as well."""
        state = self._ask("GET", "state")
        self._base, self._since = datetime.fromisoformat(state["now"]), time.monotonic()
        return state

    def clock(self) -> datetime:
        """The sandbox's time, which the job works by."""
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def monotonic(self) -> float:
        """Seconds that passed, the skipped ones among them."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Skip a wait for the vendor's limits: the ledger's clock moves instead of ours."""
        if SWITCH.requested():
            SWITCH.sleep(seconds)
        minutes = math.ceil(seconds / 60)
        self._ask("POST", "advance", {"minutes": minutes})
        self._skipped += 60.0 * minutes
        self.state()

    def next_day(self) -> None:
        """Let a day pass: customers pay, new invoices are raised."""
        late = self.clock().hour - LATEST_HOUR
        if late > 0:  # skipped waits have added up; start again in the morning
            self._ask("POST", "advance", {"minutes": (HOURS_TO_MORNING - late) * 60})
        else:
            self._ask("POST", "advance", {"days": 1})
        self.state()

    def notes(self) -> Any:
        """What programs wrote into the ledger, newest first."""
        return self._ask("GET", "notes")

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=CALL_SECONDS)
        try:
            payload = json.dumps(body).encode() if body is not None else None
            connection.request(method, f"/_sandbox/{what}", payload)
            return json.loads(connection.getresponse().read())
        except (OSError, HTTPException, ValueError) as error:
            raise Transient(f"the sandbox at {self.url} does not answer; run again") from error
        finally:
            connection.close()


@contextmanager
def _ledger(place: Path, port: int) -> Iterator[_Ledger]:
    """Start the sandbox in a process of its own; it saves its world when it stops."""
    state = place / "sandbox.world"
    known = state.exists()
    command = [sys.executable, "-m", "syncer.sandbox.serve", "xero"]
    command += ["--port", str(port), "--state", str(state), "--today", str(_working_day())]
    log = place / "sandbox.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
    try:
        said = process.stdout.readline() if process.stdout else b""
        if not said:
            raise ConfigError(
                f"the sandbox did not start, perhaps because port {port} is taken; see {log}, "
                "or choose another with: syncer sandbox tour --port 0"
            )
        yield _Ledger(json.loads(said)["url"], known)
    finally:
        process.terminate()
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.stdout:
            process.stdout.close()


def _working_day() -> date:
    """Today, or the Friday before a weekend, on which the policy would write to nobody."""
    from syncer.bootstrap import real_clock

    today = real_clock().date()
    return today - timedelta(days=max(today.weekday() - SATURDAY + 1, 0))


def _introduce(screen: Screen, ledger: _Ledger, place: Path) -> None:
    state = ledger.state()
    name = next(iter(state["organisations"].values()))
    screen.say(f"The ledger: {name}, a simulated Xero at {ledger.url}")
    screen.say(
        f"  {state['contacts']} customers, {state['open_invoices']} open invoices, "
        f"its day is {_weekday(state['today'])}"
        + ("; it goes on from the last time" if ledger.known else "")
    )
    screen.say(f"The mail: a folder, {place / 'mail'}")
    screen.say()


def _weekday(day: str | date) -> str:
    return (date.fromisoformat(day) if isinstance(day, str) else day).strftime("%A %Y-%m-%d")


def _play(call: Call, ledger: _Ledger, days: int) -> list[Done]:
    from syncer.bootstrap import Surroundings

    around = Surroundings(clock=ledger.clock, sleep=ledger.sleep, monotonic=ledger.monotonic)
    played: list[Done] = []
    if days == 1:
        call.screen.say(f"$ syncer run --config {call.config_paths[0]}")
    for number in range(days):
        if number:
            ledger.next_day()
        done = cycle(Call(call.flags, around))
        played.append(done)
        if days == 1:
            _show(call.screen, done.result)
        else:
            call.screen.say(_day_line(done.result))
        if SWITCH.code:
            raise Stopped(SWITCH.code)
    return played


def _show(screen: Screen, result: RunResult) -> None:
    from syncer.report.table import end_table, end_text

    if screen.is_terminal:
        screen.rich(end_table(result))
    else:
        screen.say(end_text(result).rstrip())


def _day_line(result: RunResult) -> str:
    one = result.ledgers[0]
    held: Counter[str] = Counter()
    for row in rows_of(one, Group.HELD):
        held[row.code] += row.items
    because = ", ".join(f"{code} {items}" for code, items in held.most_common(REASONS_SHOWN))
    day = _weekday(one.today) if one.today else ""
    return (
        f"{day:<21} sent {one.contacted:>3}, notes {one.notes:>3}, tasks {one.tasks:>2}, "
        f"stopped by the last look {one.cancelled:>2}, held {items_in(one, Group.HELD):>3}"
        + (f" ({because})" if because else "")
    )


def _conclude(screen: Screen, ledger: _Ledger, played: list[Done], sent: list[Path]) -> None:
    contacted = sum(one.contacted for done in played for one in done.result.ledgers)
    noted = sum(one.notes for done in played for one in done.result.ledgers)
    screen.say()
    if not contacted:
        screen.say("Nothing was sent: everybody who had to hear from us on this day already did.")
    notes = ledger.notes()
    screen.say("What happened, seen from three sides")
    screen.say(f"  the run says:      {contacted} reminders sent, {noted} notes written")
    screen.say(f"  the mailbox holds: {len(sent)} new messages")
    total = ledger.state()["program_notes"]
    screen.say(f"  the ledger holds:  {total} notes by this program, all runs together")
    _reconcile(screen, ledger, played[-1].result)
    if sent:
        _sample(screen, sent[0])
        screen.say()
        screen.say("Notes in the ledger, newest first")
        for note in notes[:NOTES_SHOWN]:
            screen.say(f"  on {note['on']}: {note['text']}")


def _reconcile(screen: Screen, ledger: _Ledger, result: RunResult) -> None:
    """Outcomes of the run beside the ledger's own total, asked of the ledger."""
    totals = next(iter(ledger.state()["open_totals"].values()))
    rows = []
    for one in result.ledgers:
        for check in checks_of(one):
            theirs = Decimal(totals.get(check.currency, 0))
            agrees = "agrees" if check.outcomes == theirs else "DIFFERS"
            amounts = [amount_text(one, check.currency) for one in (check.outcomes, theirs)]
            rows.append((check.currency, str(check.items), *amounts, agrees))
    screen.say()
    screen.say("Every open item has one outcome; they add up to what the ledger says is open")
    screen.table(("currency", "items", "outcomes", "the ledger's own figure", ""), rows)


def _sample(screen: Screen, path: Path) -> None:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    body = message.get_body(("plain",))
    lines = body.get_content().rstrip().splitlines() if body else []
    screen.say()
    screen.say(f"One of them: {path.name}")
    for header in ("From", "To", "Reply-To", "Subject"):
        screen.say(f"  | {header}: {message[header]}")
    screen.say("  |")
    for line in lines[:SAMPLE_LINES]:
        screen.say(f"  | {line}".rstrip())
    if len(lines) > SAMPLE_LINES:
        screen.say("  | ...")


def _point_onwards(call: Call, place: Path, played: list[Done]) -> None:
    config = call.config_paths[0]
    wanted = [effect for done in played for effect in done.wanted]
    some = wanted[0].account_id if wanted else "CUSTOMER"
    screen = call.screen
    last = played[-1].result.run_id
    screen.say()
    screen.say("Where to look next")
    screen.say(f"  {place / 'reports' / last / 'run_report.html'}")
    prefix = f".venv/bin/python -m syncer --config {config}"
    screen.say(f"  {prefix} explain {some}")
    screen.say(f"  {prefix} log --run {last}")
    screen.say(f"  {prefix} outbox list --state delivered")
    screen.say("  make run            the same day again: nobody hears from us twice")
    screen.say("  make run DAYS=30    a month, day by day")
    screen.say("  make clean          forget it all and start a new book")
