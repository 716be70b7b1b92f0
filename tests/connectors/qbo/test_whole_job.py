"""The job end to end over QuickBooks: real processes, real HTTP, a real login."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from syncer.sandbox import people
from syncer.sandbox.book import demo_world
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.records import Document, Kind, Status
from syncer.sandbox.serve import Running, start_quickbooks
from syncer.sandbox.world import World, WorldClock
from tests.processes.running import Nursery

ROOT = Path(__file__).parents[3]
CUSTOMERS = 12
LOGIN = ("auth", "login", "north", "--paste", "--no-browser")
CONFIG = """\
state: {{url: "sqlite:///{home}/syncer.db", dir: "{home}/state"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "a-key-of-at-least-thirty-two-characters"}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  channels:
    out: {{type: folder, dir: "{home}/out"}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
ledgers:
  - name: north
    connector: quickbooks
    mode: live
    policy: main
    channel: out
    settings:
      client_id: {client_id}
      client_secret: ${{QUICKBOOKS_SECRET}}
      realm_id: "{realm}"
      base_url: {url}
      do_not_chase_types: [No reminders]
"""


@pytest.fixture
def ledger() -> Iterator[Running[QuickBooksApp]]:
    """A small company whose day is the real day, because the processes under test use it."""
    now = datetime.now(UTC)
    world = demo_world(now.date(), customers=CUSTOMERS)
    if isinstance(world.clock, WorldClock):
        world.clock.set(now)
    with start_quickbooks(world, allowance=UNLIMITED) as running:
        yield running


class House:
    """One installation and its command."""

    def __init__(self, home: Path, ledger: Running[QuickBooksApp], nursery: Nursery) -> None:
        self.home = home
        self.ledger = ledger
        self.nursery = nursery
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
            "QUICKBOOKS_SECRET": WEB_APP.secret,
        }
        text = CONFIG.format(
            home=home,
            client_id=WEB_APP.client_id,
            realm=realm_of(ledger.world.main.org.org_id),
            url=ledger.base_url,
        )
        (home / "syncer.yaml").write_text(text, encoding="utf-8")

    def syncer(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        return self.nursery.run(*self._words(*words), home=self.home, environ=self.environ)

    def log_in(self) -> str:
        """``auth login --paste``, with this test as the person at the browser."""
        with subprocess.Popen(
            [sys.executable, "-m", "syncer", *self._words(*LOGIN)],
            cwd=self.home,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            address = next(line.strip() for line in lines if line.strip().startswith("http"))
            out, err = process.communicate(_visit(address) + "\n", timeout=60)
            assert process.returncode == 0, err
            return out + err

    def letters(self) -> list[Path]:
        """What was delivered."""
        return sorted((self.home / "out").rglob("*.eml"))

    def notes(self) -> list[str]:
        """Lines that stand in the customers' notes."""
        contacts = self.ledger.world.main.books.contacts.values()
        return [line for contact in contacts for line in contact.memo.splitlines()]

    def _words(self, *words: str) -> list[str]:
        return ["--config", str(self.home / "syncer.yaml"), *words]


def _visit(address: str) -> str:
    """Open the consent page; where the browser is sent."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().getheader("Location") or ""
    finally:
        connection.close()


@pytest.fixture
def house(tmp_path: Path, ledger: Running[QuickBooksApp], nursery: Nursery) -> House:
    """The installation, before anybody logged in."""
    return House(tmp_path, ledger, nursery)


def test_from_the_login_to_the_second_run(house: House, ledger: Running[QuickBooksApp]) -> None:
    """Log in, check, run: every reminder has its note; a second run sends nothing."""
    refused = house.syncer("run")
    assert refused.returncode == 4, refused.stdout + refused.stderr
    assert "auth login" in refused.stdout + refused.stderr
    house.log_in()
    checked = house.syncer("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Northgate Supplies Ltd" in checked.stdout + checked.stderr

    first = house.syncer("run")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "agrees with the ledger" in first.stdout
    letters = house.letters()
    assert len(letters) > 0
    assert len(house.notes()) == len(letters)

    ledger.world.calls.clear()
    second = house.syncer("run")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "agrees with the ledger" in second.stdout
    assert house.letters() == letters
    assert len(house.notes()) == len(letters)
    reads = [call for call in ledger.world.calls if call.method == "GET" and "/v3/" in call.path]
    assert [call.path.rsplit("/", 1)[1] for call in reads] == ["cdc"]


def test_a_run_with_few_changes_costs_few_reads(
    house: House, ledger: Running[QuickBooksApp]
) -> None:
    """Three reads at most to learn of the changes, two for the guard, one for the note."""
    house.log_in()
    first = house.syncer("run")
    assert first.returncode == 0, first.stdout + first.stderr
    letters = len(house.letters())
    with ledger.world.lock:
        ledger.world.main.pay(ledger.world.main.open_invoices()[0], account="090")
        _new_debt(ledger.world)
    ledger.world.calls.clear()
    second = house.syncer("run")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "agrees with the ledger" in second.stdout
    assert len(house.letters()) == letters + 1
    asked = _reads(ledger.world)
    guard = asked.index("SELECT * FROM Customer WHERE Id IN")
    assert asked[0] == "cdc"
    assert len(asked[:guard]) <= 3
    assert asked[guard + 1] == "SELECT * FROM Invoice WHERE CustomerRef IN"
    assert len(asked[guard + 2 :]) <= 1


def _reads(world: World) -> list[str]:
    """What was asked of the books, in order: the heads of statements, or what the path names."""
    found = []
    for call in world.calls:
        if call.method == "GET" and "/v3/" in call.path:
            what = call.path.partition("/v3/company/")[2].split("/")[1]
            [statement] = parse_qs(call.query).get("query", [what])
            found.append(statement.split(" (")[0])
    return found


def _new_debt(world: World) -> None:
    """A customer nobody wrote to yet, with an invoice forty days late."""
    main, now = world.main, world.clock()
    late = people.add_contact(main, "Late Ltd", email="pay@late.example", currency="GBP")
    main.enter(
        Document(
            doc_id=main.books.new_id(),
            kind=Kind.INVOICE,
            number="LATE-1",
            contact_id=late.contact_id,
            status=Status.OPEN,
            currency="GBP",
            total=Decimal("250.00"),
            issued_on=main.today() - timedelta(days=70),
            due_on=main.today() - timedelta(days=40),
            created_at=now,
            changed_at=now,
            booked_at=now,
        )
    )
