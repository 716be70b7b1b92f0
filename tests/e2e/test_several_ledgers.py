"""Three ledgers of three kinds in one run of real processes: Xero, QuickBooks and a folder."""

import csv
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from syncer.sandbox.book import demo_world
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.serve import Running, start_quickbooks
from syncer.sandbox.world import WorldClock

from .conftest import CUSTOMERS, House

LEDGERS = ("north", "west", "books")
OTHERS = """\
  - name: west
    connector: quickbooks
    mode: live
    policy: main
    channel: post
    settings:
      client_id: {client_id}
      client_secret: ${{QUICKBOOKS_SECRET}}
      realm_id: "{realm}"
      base_url: {url}
  - name: books
    connector: csv_folder
    mode: live
    policy: main
    channel: post
    settings:
      folder: {home}/exports
      organisation: {{name: Northgate South Ltd, time_zone: Europe/London, currency: GBP}}
      open_items:
        file: "*.csv"
        layout:
          columns:
            number: No
            account: Name
            email: Mail
            due_on: Due
            total: Total
            open: Open
            currency: Cur
"""


@dataclass
class Group:
    """An installation with all three."""

    house: House
    quickbooks: Running[QuickBooksApp]

    def configure(self, extra: str = "") -> None:
        """Write the configuration."""
        self.house.environ["QUICKBOOKS_SECRET"] = WEB_APP.secret
        others = OTHERS.format(
            home=self.house.home,
            client_id=WEB_APP.client_id,
            realm=realm_of(self.quickbooks.world.main.org.org_id),
            url=self.quickbooks.base_url,
        )
        self.house.configure(extra=others + extra)

    def export(self, *names: str) -> None:
        """The folder's customers owe 100.00 each, overdue by a month."""
        due = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
        folder = self.house.home / "exports"
        folder.mkdir(exist_ok=True)
        with (folder / "open.csv").open("w", encoding="utf-8", newline="") as handle:
            rows = csv.writer(handle)
            rows.writerow(["No", "Name", "Mail", "Due", "Total", "Open", "Cur"])
            for number, name in enumerate(names):
                mail = f"pay{number}@folder.example"
                rows.writerow([f"B-{number}", name, mail, due, "100.00", "100.00", "GBP"])

    def log_in(self) -> None:
        """``auth login --paste``, with this test as the person at the browser."""
        with subprocess.Popen(
            self.house.command("auth", "login", "west", "--paste", "--no-browser"),
            cwd=self.house.home,
            env=self.house.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            address = next(line.strip() for line in lines if line.strip().startswith("http"))
            _, said = process.communicate(_consent(address) + "\n", timeout=60)
            assert process.returncode == 0, said

    def planned(self) -> dict[str, set[str]]:
        """Whom each ledger would write to, by name."""
        file = self.house.home / "plan.json"
        file.unlink(missing_ok=True)
        made = self.house.syncer("plan", "--out", str(file))
        assert made.returncode == 0, made.stdout + made.stderr
        found: dict[str, set[str]] = {name: set() for name in LEDGERS}
        for entry in json.loads(file.read_bytes())["entries"]:
            found[entry["ledger"]].add(self.name_of(entry["ledger"], entry["account_id"]))
        return found

    def name_of(self, ledger: str, account_id: str) -> str:
        """What the ledger calls the account."""
        if ledger == "books":
            return account_id
        books = (self.house.ledger if ledger == "north" else self.quickbooks).world.main.books
        short = {
            str(number): record
            for series in books.short_ids.values()
            for record, number in series.items()
            if record in books.contacts
        }
        return books.contacts[short.get(account_id, account_id)].name


def _consent(address: str) -> str:
    """Open the consent page; where the browser is sent."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().getheader("Location") or ""
    finally:
        connection.close()


@pytest.fixture
def group(house: House) -> Iterator[Group]:
    """The Xero house, with a QuickBooks company of the same customers and a folder beside it."""
    now = datetime.now(UTC)
    world = demo_world(now.date(), customers=CUSTOMERS)
    if isinstance(world.clock, WorldClock):
        world.clock.set(now)
    with start_quickbooks(world, allowance=UNLIMITED) as running:
        made = Group(house, running)
        made.configure()
        made.export("Somebody Else")
        yield made


def letters(house: House) -> Counter[str]:
    """Messages by the address they went to."""
    return Counter(message["To"] for message in house.post.messages())


def test_a_shared_debtor_gets_one_message_and_the_roll_up_shows_all(group: Group) -> None:
    """Three platforms, one customer of all three: one message goes out, the others wait."""
    group.log_in()
    planned = group.planned()
    name = min(planned["north"] & planned["west"])
    group.export("Somebody Else", name)
    planned = group.planned()
    assert name in planned["books"]
    quoted = json.dumps(name)
    named = f"debtors:\n  named:\n    one: {{north: {quoted}, west: {quoted}, books: {quoted}}}\n"
    group.configure(named)
    done = group.house.syncer("run")
    assert done.returncode == 0, done.stdout + done.stderr
    everything = sum(len(names) for names in planned.values())
    assert len(group.house.post.received) == everything - 2
    roll_up = done.stdout[done.stdout.index("All ledgers") :]
    assert all(f"{ledger} " in roll_up for ledger in LEDGERS)
    assert "together" in roll_up
    assert "GBP" in roll_up
    assert "DIFFERS" not in done.stdout
    again = group.house.syncer("run")
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(group.house.post.received) == everything - 2
    assert again.stdout.count("held: min_gap_elsewhere") == 2
    said = [
        done.stdout
        for ledger in LEDGERS
        if "min_gap_elsewhere"
        in (done := group.house.syncer("explain", "--ledger", ledger, name)).stdout
    ]
    assert len(said) == 2, said


def test_a_ledger_without_a_login_leaves_the_others_as_they_were(group: Group) -> None:
    """QuickBooks refuses us: Xero and the folder send what they would, and the exit code is 1."""
    done = group.house.syncer("run")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "west (quickbooks, live): failed" in done.stdout
    assert "auth login" in done.stdout + done.stderr
    before = letters(group.house)
    assert sum(before.values()) > 2
    assert before["pay0@folder.example"] == 1
    group.log_in()
    after = group.house.syncer("run")
    assert after.returncode == 0, after.stdout + after.stderr
    assert letters(group.house)["pay0@folder.example"] == 1
    assert sum(letters(group.house).values()) > sum(before.values())
