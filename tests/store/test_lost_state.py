"""A state that was lost or put back from an older copy sends nothing twice: both databases, and
ledgers whose notes stand in QuickBooks, or in the notebook beside a folder of exports."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from sqlalchemy import make_url

from connectors import csv_folder, quickbooks
from syncer.channels.render import TemplateRenderer
from syncer.flow.cycle import run_cycle
from syncer.flow.rebuild import rebuild
from syncer.flow.worker import RunOptions, Worker
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.ports import Capability, Clock, ConnectorDeps, Progress, Source, Store
from syncer.sandbox.world import WorldClock
from syncer.store import open_store
from syncer.testing import builders
from syncer.testing.memory import Book, BoxChannel
from syncer.testing.sim import book as sim
from syncer.testing.sim.rig import START
from tests.connectors.qbo.bench import Bench

LATE = (10, 3)  # days overdue on the first day, of one customer each
HEADER = "Account,Customer,Number,Issued,Due,Open,Email"
COLUMNS = {
    "account_id": "Account",
    "account": "Customer",
    "number": "Number",
    "issued_on": "Issued",
    "due_on": "Due",
    "open": "Open",
    "total": "Open",
    "email": "Email",
}


class Database(Protocol):
    """Where the state lies, and what can become of it."""

    url: str

    def copy(self) -> None:
        """Keep it as it is now; no connection is open."""

    def lose(self) -> None:
        """As on a new disk."""

    def put_back(self) -> None:
        """Replace it by the copy."""


class SqliteFile:
    """A file, with its seal beside it, which stays."""

    def __init__(self, folder: Path) -> None:
        self._path, self._kept = folder / "state.db", folder / "copy.db"
        self.url = f"sqlite:///{self._path}"

    def copy(self) -> None:
        shutil.copy(self._path, self._kept)

    def lose(self) -> None:
        self._path.unlink()

    def put_back(self) -> None:
        shutil.copy(self._kept, self._path)


class PostgresDatabase:
    """A database of a server, copied and put back as a whole."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._server = make_url(url).set(database="postgres").render_as_string(hide_password=False)
        self._name = str(make_url(url).database)

    def copy(self) -> None:
        self._order(f"CREATE DATABASE {self._name}_kept TEMPLATE {self._name}")

    def lose(self) -> None:
        self._order(f"DROP DATABASE {self._name}", f"CREATE DATABASE {self._name}")

    def put_back(self) -> None:
        kept = f"CREATE DATABASE {self._name} TEMPLATE {self._name}_kept"
        self._order(f"DROP DATABASE {self._name}", kept)

    def forget(self) -> None:
        """Remove the copy."""
        self._order(f"DROP DATABASE IF EXISTS {self._name}_kept WITH (FORCE)")

    def _order(self, *orders: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as server:
            for order in orders:
                server.execute(order)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Each database in turn; PostgreSQL is skipped by name where there is none."""
    if request.param == "sqlite":
        yield SqliteFile(tmp_path)
        return
    made = PostgresDatabase(str(request.getfixturevalue("postgres_url")))
    yield made
    made.forget()


class Ledger(Protocol):
    """A ledger with two customers who owe, and the notes that stand in it."""

    clock: WorldClock
    capabilities: frozenset[Capability]

    def source(self) -> Source:
        """A connector that knows nothing of an earlier run."""

    def notes(self) -> list[str]:
        """Every note of ours."""


class QuickBooksLedger:
    """The simulated QuickBooks: a note is a line of the customer's own notes."""

    capabilities = quickbooks.SPEC.capabilities

    def __init__(self, _folder: Path) -> None:
        self.clock = WorldClock(START)
        world = sim.new_world(self.clock, "North Ltd")
        for number, late in enumerate(LATE):
            customer = sim.customer(world.main, number)
            sim.invoice(world.main, customer, "80.50", late=late)
        self._bench = Bench(world=world)

    def source(self) -> Source:
        return self._bench.new_source()

    def notes(self) -> list[str]:
        contacts = self._bench.world.main.books.contacts.values()
        return [line for one in contacts for line in one.memo.splitlines()]


class FolderLedger:
    """A folder of exports: a note is a line of the notebook, which is not lost with the state."""

    capabilities = csv_folder.SPEC.capabilities

    def __init__(self, folder: Path) -> None:
        self.clock = WorldClock(START)
        self.home = folder / "files"
        self._exports = folder / "exports"
        self._exports.mkdir()
        today = START.date()
        rows = [
            f"A{number},Customer {number},INV-{number},{today - timedelta(days=60)},"
            f"{today - timedelta(days=late)},80.50,pay@c{number}.example"
            for number, late in enumerate(LATE)
        ]
        (self._exports / "open.csv").write_text("\n".join([HEADER, *rows]) + "\n")

    def source(self) -> Source:
        layout = {"columns": COLUMNS}
        config = csv_folder.SPEC.config.model_validate(
            {
                "folder": str(self._exports),
                "organisation": {"name": "North", "time_zone": "UTC", "currency": "GBP"},
                "open_items": {
                    "file": "open.csv",
                    "currency": "GBP",
                    "layout": layout,
                    "format": {"date_order": "ymd"},
                },
                "replay_on": self.clock().date().isoformat(),
            }
        )
        return csv_folder.SPEC.build(
            ConnectorDeps(
                ledger="acme",
                config=config,
                http=None,
                tokens=None,
                clock=self.clock,
                data_dir=self.home,
            )
        )

    def notes(self) -> list[str]:
        path = self.home / "notes" / "acme" / "notes.csv"
        return path.read_text().splitlines()[1:] if path.exists() else []


class Office:
    """Runs day by day over one ledger and one database."""

    def __init__(self, ledger: Any, database: Database) -> None:
        self.ledger, self.database, self.box = ledger, database, Book()

    def _worker(self, store: Store, **setup: Any) -> Worker:
        clock: Clock = self.ledger.clock
        return builders.worker(
            store=store,
            source=self.ledger.source(),
            channel=BoxChannel(self.box, proves=False),
            renderer=TemplateRenderer(None),
            clock=clock,
            capabilities=self.ledger.capabilities,
            **setup,
        )

    def run(self, **setup: Any) -> LedgerResult:
        """One run as cron would start it."""
        with closing(open_store(self.database.url)) as store:
            worker = self._worker(store, **setup)
            return run_cycle(worker, now=self.ledger.clock(), options=RunOptions()).ledgers[0]

    def rebuild(self) -> int:
        """``syncer state rebuild``: how many contacts were found."""
        with closing(open_store(self.database.url)) as store:
            worker = self._worker(store)
            (setup,) = worker.ledgers
            return rebuild(worker, setup, progress=Progress(), stopping=lambda: False).found

    def days(self, number: int) -> None:
        """A run on each of so many days."""
        for _ in range(number):
            done = self.run()
            assert done.status is LedgerStatus.OK, done.error
            self.ledger.clock.advance(seconds=24 * 3600)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Who was sent what, in order."""
        return [(mail.to[0].email, mail.subject) for mail in self.box.mailbox]


@pytest.fixture(params=[QuickBooksLedger, FolderLedger], ids=["quickbooks", "folder"])
def office(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Office:
    """Each kind of ledger on each database."""
    return Office(request.param(tmp_path), database)


def _nothing_twice(office: Office) -> None:
    assert max(Counter(office.sent).values()) == 1, office.sent
    assert len(office.ledger.notes()) == len(office.sent)


def test_a_lost_database_sends_nothing_twice_and_goes_on(office: Office) -> None:
    """Everything gone but the ledger: what was sent is found there, the next steps follow."""
    office.days(2)
    office.database.lose()
    office.days(2)
    assert len(office.sent) == len(LATE), office.sent
    office.days(4)
    assert len(office.sent) == 2 * len(LATE), office.sent
    _nothing_twice(office)


def test_a_rebuild_sends_nothing_and_then_all_is_known(office: Office) -> None:
    """All at once, by the command; the runs after it know what the lost state knew."""
    office.days(1)
    office.database.lose()
    assert office.rebuild() == len(LATE)
    assert len(office.sent) == len(LATE)
    office.days(7)
    assert len(office.sent) == 2 * len(LATE)
    _nothing_twice(office)


def test_an_older_copy_put_back_sends_nothing_twice(office: Office) -> None:
    """Steps taken since the copy count, also of customers looked up before it was made."""
    office.run()
    office.database.copy()
    office.ledger.clock.advance(seconds=24 * 3600)
    office.days(6)
    assert len(office.sent) == 2 * len(LATE)
    office.database.put_back()
    if isinstance(office.database, PostgresDatabase):
        assert office.rebuild() >= len(LATE)
    office.days(4)
    assert len(office.sent) == 2 * len(LATE)
    _nothing_twice(office)
