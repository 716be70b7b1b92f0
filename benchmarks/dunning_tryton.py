"""Tryton's own dunning on the book, day by day, with real e-mails into a mail server of ours.

Tryton comes from the package index into an environment of its own (as for the live tests, with
its module ``account_dunning_email``), on SQLite. Each day is what a bookkeeper does there: the
wizard that makes the dunnings of that day, then the one that processes them.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from benchmarks.dunning_book import FIRST_DAY, Said, customers
from benchmarks.measure import ROOT
from tests.channels.listening import Letterbox, letterbox
from tests.live.tryton.entering import Booked
from tests.live.tryton.environment import CURRENT
from tests.live.tryton.environment import HERE as LIVE
from tests.live.tryton.seeding import COMPANIES, GERMAN, LOGIN, MODULES, PASSWORD, RATES, Office
from tests.live.tryton.server import ADMIN_PASSWORD, DATABASE, House

HOME = ROOT / ".run" / "bench-dunning" / "tryton"
BY_MAIL = "account_dunning_email"
MAIL_PACKAGE = "trytond-account-dunning-email==8.2.0"
VERSIONS = "trytond 8.2.1, account_dunning 8.2.0, account_dunning_email 8.2.0"
TWO_DAYS = 2 * 86400
USER, SECRET = LOGIN, PASSWORD
YEARS = (2025, 2026, 2027)  # that are open
THE_COMPANY = {GERMAN: 1}  # the only one in this database, and its id
SECONDS = 60


def _plain(value: dict[str, Any]) -> Any:
    return Decimal(value["decimal"]) if value.get("__class__") == "Decimal" else value


def commands() -> Path:
    """The folder with Tryton's commands, installed when they are not there."""
    wanted, done = LIVE / f"requirements-{CURRENT}.txt", HOME / "done"
    if not done.exists() or done.read_text() != wanted.read_text():
        pip = (str(HOME / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        subprocess.run([*pip, "-r", str(wanted), MAIL_PACKAGE], check=True)
        done.write_text(wanted.read_text())
    return HOME / "bin"


@dataclass
class TrytonBook:
    """The book inside a running Tryton. ``start`` is a copy of it before anybody was dunned."""

    office: Office
    booked: Booked
    post: Letterbox
    start: Path

    @property
    def company(self) -> int:
        """The company whose book it is."""
        return self.office.companies[GERMAN]

    @property
    def settings(self) -> str:
        """For our connector, as YAML."""
        return (
            f"{{url: {self.office.server.url}, database: {DATABASE}, user: {USER}, "
            f'password: "${{TRYTON_PASSWORD}}", company: {GERMAN}}}'
        )

    def ask(self, method: str, *params: object, **more: object) -> Any:
        """One call as the administrator; ``more`` goes into its context. Raises RuntimeError
        where Tryton says no.
        """
        known = {"company": self.company, "companies": [self.company], "active_test": False}
        context = {**known, **more}
        said = requests.post(
            f"{self.office.server.url}/{DATABASE}/rpc/",
            json={"id": 1, "method": method, "params": [*params, context]},
            auth=("admin", ADMIN_PASSWORD),
            timeout=SECONDS,
        )
        answer = json.loads(said.content, object_hook=_plain)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def rows(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Records, oldest first."""
        named = f"model.{model}.search_read"
        return list(self.ask(named, domain, 0, None, [["id", "ASC"]], list(fields)))

    def back(self) -> None:
        """As it was entered."""
        self.office.house.put(self.start)
        self.office.clerk("forget")


@contextmanager
def tryton_book() -> Iterator[TrytonBook]:
    """The book in a running Tryton: entered once (a minute), and kept for the next time."""
    with tempfile.TemporaryDirectory() as folder, letterbox() as post:
        house = House(commands(), Path(folder), smtp_port=post.port)
        house.configure()
        office = Office(house, Path(folder), THE_COMPANY)
        booked = Booked(office, FIRST_DAY)
        start = HOME / f"acme-{Booked.digest(*customers())}.sqlite"
        book = TrytonBook(office, booked, post, start)
        try:
            if not start.exists():
                _enter(book)
            book.office.house.put(start)
            booked.take_up(start.with_suffix(".json"))
            yield book
        finally:
            office.close()


def _enter(book: TrytonBook) -> None:
    office, booked = book.office, book.booked
    office.house.create((*MODULES, BY_MAIL))
    made = office.clerk(
        "open_books",
        companies=[one for one in COMPANIES if one["name"] == GERMAN],
        rates=RATES,
        years=list(YEARS),
        user={"login": USER, "password": SECRET},
    )
    if made != THE_COMPANY:
        raise RuntimeError(f"opened {made}, wanted {THE_COMPANY}")
    booked.enter(book.company, customers())
    office.clerk("age", seconds=TWO_DAYS)
    _by_mail(book)
    booked.write_down(book.start.with_suffix(".json"), customers())
    office.house.keep(book.start)


def _by_mail(book: TrytonBook) -> None:
    """Every level sends its e-mail, with the text that Tryton ships."""
    levels = [one["id"] for one in book.rows("account.dunning.level", [], "id")]
    book.ask("model.account.dunning.level.write", levels, {"send_email": True})


def dunned(book: TrytonBook, days: Sequence[date]) -> list[Said]:
    """One day after the other; what Tryton then wrote to whom."""
    numbers = {line: number for number, lines in book.booked.lines.items() for line in lines}
    found: list[Said] = []
    for day in days:
        book.post.received.clear()
        book.office.clerk("dun", company=book.company, on=day.isoformat())
        said = [_said(book, one, day, numbers) for one in _drafts(book) if not one["blocked"]]
        _process(book)
        mailed = sum(one.how == "email" for one in said)
        if len(book.post.received) != mailed:
            raise RuntimeError(f"{day}: {len(book.post.received)} e-mails for {mailed} dunnings")
        found += said
    return found


def _process(book: TrytonBook) -> None:
    """Process all drafts but the blocked ones. Whoever selects those too sends their e-mail,
    again at each processing: a block is for the levels to come (seen with 8.2.0).
    """
    chosen = [one["id"] for one in _drafts(book) if not one["blocked"]]
    if not chosen:
        return
    wizard = "wizard.account.dunning.process"
    session, *_ = book.ask(f"{wizard}.create")
    what = {"active_model": "account.dunning", "active_ids": chosen, "active_id": chosen[0]}
    book.ask(f"{wizard}.execute", session, {}, "process", **what)
    book.ask(f"{wizard}.delete", session)


def _drafts(book: TrytonBook) -> list[dict[str, Any]]:
    fields = ("line", "blocked", "level.sequence", "amount", "currency.code", "party", "line.party")
    return book.rows("account.dunning", [["state", "=", "draft"]], *fields)


def _has_mail(book: TrytonBook, row: dict[str, Any]) -> bool:
    who = _who(book, row["party"])
    return any(one.emails for one in customers() if one.key == who)


def _who(book: TrytonBook, party: int) -> str:
    return next(key for key, number in book.booked.parties.items() if number == party)


def _said(book: TrytonBook, row: dict[str, Any], day: date, numbers: dict[int, str]) -> Said:
    return Said(
        who=_who(book, row["party"]),
        day=day,
        step=row["level."]["sequence"] + 1,
        amount=row["amount"],
        currency=row["currency."]["code"],
        about=(numbers.get(row["line"], "?"),),
        how="email" if _has_mail(book, row) else "none",
    )
