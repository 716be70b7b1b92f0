"""The real program against a real Tryton and a real SMTP server: one day's work, and the next.

A reverse proxy stands before Tryton so that somebody can pay at the worst moment: when the
guard asks for that customer, after the plan was made.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from syncer.model.marked import MARK
from tests.channels.listening import Letterbox, letterbox

from .auditor import Auditor
from .book import GERMANS, NO_REMINDERS
from .conftest import enter_book
from .door import Door
from .entering import Booked
from .put_in import Customer, expected
from .seeding import GERMAN, LOGIN, PASSWORD, Office
from .server import DATABASE

ROOT = Path(__file__).parents[3]
LATE_PAYER = "plain-3"
MINIMUM = Decimal("1.00")
KEY = "a-key-of-thirty-two-characters-and-more"
CONFIG = """\
state: {{url: "sqlite:///{home}/syncer.db", dir: "{home}/state"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "${{STORE_KEY}}"}}
mail:
  from: billing@acme.example
  reply_to: anna@acme.example
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {smtp_port}, security: none}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
ledgers:
  - name: acme
    connector: tryton
    mode: live
    policy: main
    channel: post
    settings:
      url: {url}
      database: {database}
      user: {user}
      password: ${{TRYTON_PASSWORD}}
      company: {company}
      do_not_chase_categories: [{category}]
"""


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@dataclass
class Doorman:
    """Passes calls on; when the guard asks for ``party``, ``then`` is done first, once."""

    door: Door
    party: int
    then: Callable[[], None]
    came: bool = False
    own: int = 0  # questions for notes that this program wrote
    held: int = 0  # questions for notes of people that hold somebody

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """One call."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        call = json.loads(body or b"{}")
        if call.get("method") == "model.ir.note.search_read":
            holding = ["message", "like", f"{MARK}%"] in _clauses(call["params"][0])
            self.held, self.own = self.held + holding, self.own + (not holding)
        guarding = call.get("method") == "model.party.party.search_read"
        if guarding and not self.came and ["id", "in", [self.party]] in _clauses(call["params"][0]):
            self.came = True
            self.then()
        return self.door.pass_on(environ, body, start)


def _clauses(domain: Any) -> Iterator[Any]:
    if isinstance(domain, list):
        yield domain
        for one in domain:
            yield from _clauses(one)


@contextmanager
def _standing(doorman: Doorman) -> Iterator[str]:
    with make_server("127.0.0.1", 0, doorman, handler_class=_Silent) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(timeout=10)


@dataclass
class Day:
    """What two runs did."""

    booked: Booked
    auditor: Auditor
    first: subprocess.CompletedProcess[str]
    mailed: list[str]  # who got mail in the first run
    texts: dict[str, str]
    second: subprocess.CompletedProcess[str]
    mailed_again: list[str]
    lost: subprocess.CompletedProcess[str]  # a third one, after the state was deleted
    mailed_when_lost: list[str]
    looks: int  # how often it then asked Tryton for its own notes
    held_looks: int  # and for those that hold


def _a_day(office: Office, home: Path) -> Day:
    """One run with a payment at the worst moment, and another run after it."""
    booked = enter_book(office)
    invoice = f"P-{LATE_PAYER.removeprefix('plain-')}"

    def pay() -> None:
        amount = next(a.amount for one in GERMANS for a in one.asked if a.number == invoice)
        office.clerk("pay", invoice=booked.invoices[invoice], amount=amount, on=booked.day(0))

    doorman = Doorman(Door(office.server.url), booked.parties[LATE_PAYER], pay)
    with letterbox() as post, _standing(doorman) as url:
        configure(home, url, post)
        first = _syncer(home, "run")
        mailed, texts = _addresses(post), _texts(post)
        post.received.clear()
        second = _syncer(home, "run")
        again = _addresses(post)
        doorman.held = doorman.own = 0
        for file in home.glob("syncer.db*"):
            file.unlink()
        lost = _syncer(home, "run")
        when_lost = _addresses(post)
    assert doorman.came, first.stdout + first.stderr
    auditor = Auditor(office.server, office.companies[GERMAN])
    looks, held = doorman.own, doorman.held
    return Day(booked, auditor, first, mailed, texts, second, again, lost, when_lost, looks, held)


def configure(home: Path, url: str, post: Letterbox) -> None:
    """An installation in ``home`` that works on the German company."""
    text = CONFIG.format(
        home=home,
        smtp_port=post.port,
        url=url,
        database=DATABASE,
        user=LOGIN,
        company=GERMAN,
        category=NO_REMINDERS,
    )
    (home / "syncer.yaml").write_text(text)


def _syncer(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "STORE_KEY": KEY,
        "TRYTON_PASSWORD": PASSWORD,
    }
    command = [sys.executable, "-m", "syncer", "--config", str(home / "syncer.yaml"), *words]
    return subprocess.run(
        command, cwd=home, env=environ, capture_output=True, text=True, timeout=180, check=False
    )


def _addresses(post: Letterbox) -> list[str]:
    return sorted(str(message["To"]) for message in post.messages())


def _texts(post: Letterbox) -> dict[str, str]:
    found = {}
    for message in post.messages():
        parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
        found[str(message["To"])] = parts[0].get_payload(decode=True).decode()
    return found


def _chased(booked: Booked) -> dict[str, Customer]:
    """Who must get mail: late by more than a week with more than the minimum, net of credit."""
    wanted = expected(GERMANS, booked.today)
    late = booked.today - timedelta(days=7)
    found = {}
    for one in GERMANS:
        if not one.recipients or one.category or one.procedure == "none" or one.archived:
            continue
        for currency in {owed.currency for owed in wanted.owed if owed.who == one.key}:
            mine = [o for o in wanted.owed if (o.who, o.currency) == (one.key, currency)]
            overdue = [o.open for o in mine if o.due_on <= late and o.stop is None]
            unused = [u.open for u in wanted.unused if (u.who, u.currency) == (one.key, currency)]
            if sum(overdue, Decimal(0)) - sum(unused, Decimal(0)) >= MINIMUM:
                found[one.recipients[0]] = one
    return found


def mail_goes_to_those_who_owe_and_to_nobody_else(day: Day) -> None:
    """Every customer with something late gets one message; those held, blocked or paid get none."""
    wanted = _chased(day.booked)
    late_payer = next(c.recipients[0] for c in GERMANS if c.key == LATE_PAYER)
    assert late_payer in wanted
    told = {address.split("<")[-1].strip("> ,").split(",")[0] for address in day.mailed}
    assert told == set(wanted) - {late_payer}, day.first.stdout + day.first.stderr


def a_payment_in_between_stops_the_reminder(day: Day) -> None:
    """Paid in Tryton after the plan was made: the guard saw it, and nothing went out."""
    late_payer = next(c.recipients[0] for c in GERMANS if c.key == LATE_PAYER)
    assert not any(late_payer in address for address in day.mailed)


def what_is_asked_is_what_is_left(day: Day) -> None:
    """The part-paid invoice is asked for by its rest, not by its gross amount."""
    (text,) = [
        text for address, text in day.texts.items() if "part@" in address and "s-" not in address
    ]
    plain = text.replace("\xa0", " ")
    assert "138,00 € (of 238,00 €)" in plain
    assert "To be paid: 138,00 €" in plain


def notes_stand_on_the_invoices(day: Day) -> None:
    """Each reminder left its note once on every invoice that it asked for."""
    notes: dict[str, list[str]] = defaultdict(list)
    for row in day.auditor.rows("ir.note", [], "resource", "message"):
        notes[row["resource"]].append(row["message"])
    for one in _chased(day.booked).values():
        if one.key != LATE_PAYER:
            told = {t for a in one.asked for t in notes[_on(day, a.number)]}
            assert len(told) == 1, one.key
            (text,) = told
            assert text.endswith("-note]")
            for named in set(re.findall(r"\b[GHP]-\d+", text)):
                assert notes[_on(day, named)] == [text]


def _on(day: Day, number: str) -> str:
    return f"account.invoice,{day.booked.invoices[number]}"


def a_second_run_sends_nothing(day: Day) -> None:
    """The same day again: nobody gets a second message, and the run is content."""
    assert day.mailed_again == []
    assert day.second.returncode == 0, day.second.stdout + day.second.stderr


def a_lost_state_is_found_in_the_notes(day: Day) -> None:
    """Without its state the program reads its own notes, one question a customer, and is silent."""
    assert day.lost.returncode == 0, day.lost.stdout + day.lost.stderr
    assert day.mailed_when_lost == []
    assert len(day.mailed) <= day.looks <= len(_chased(day.booked))
    assert day.held_looks == 3, (
        "of payments, invoices and parties: one each, however many there are"
    )


def the_first_run_is_content(day: Day) -> None:
    """Exit code 0, and no password in what it said."""
    assert day.first.returncode == 0, day.first.stdout + day.first.stderr
    assert PASSWORD not in day.first.stdout + day.first.stderr


def test_one_day_and_the_same_day_again(office: Office, tmp_path: Path) -> None:
    """All that must hold of it, in one test because a day is lived once."""
    day = _a_day(office, tmp_path)
    mail_goes_to_those_who_owe_and_to_nobody_else(day)
    a_payment_in_between_stops_the_reminder(day)
    what_is_asked_is_what_is_left(day)
    notes_stand_on_the_invoices(day)
    a_second_run_sends_nothing(day)
    a_lost_state_is_found_in_the_notes(day)
    the_first_run_is_content(day)
