"""One small ledger per connector, served over loopback and judged past the connector.

Each has two customers with one late invoice. ``notes`` are the keys that its notes tell of,
``mailed`` the invoices that it mailed by itself; both are read from its own books.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from syncer.sandbox.odoo.access import DATABASE, KEY, LOGIN
from syncer.sandbox.odoo.app import OdooApp
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED as QUICKBOOKS_UNLIMITED
from syncer.sandbox.serve import serve_app
from syncer.sandbox.world import Snapshot, World, WorldClock
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.limits import UNLIMITED
from syncer.testing.sim import book

CUSTOMERS = 2
NOTE_KEY = re.compile(r"\[(\S+)-note\]")
_TAG = re.compile(r"<[^>]*>")


@dataclass
class Gate:
    """A WSGI application before another: acts when a call arrives, and once it took effect."""

    app: Callable[..., Iterable[bytes]]
    heard: list[tuple[str, str]] = field(default_factory=list)  # method and path
    before: Callable[[int], None] = lambda _nth: None
    after: Callable[[int], None] = lambda _nth: None
    environ: dict[str, Any] = field(default_factory=dict)  # of the call that is heard now

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """One call, numbered from 1."""
        self.heard.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        nth = len(self.heard)
        self._keep(environ)
        self.before(nth)
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def note(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            said.append((status, headers))

        whole = b"".join(self.app(environ, note))
        self.after(nth)
        ((status, headers),) = said
        if all(name.lower() != "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(len(whole)))]
        start(status, headers)
        return [whole]

    def _keep(self, environ: dict[str, Any]) -> None:
        """Its body may be read by whoever wants to know what is asked, and by the ledger."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length) if length else b"")
        self.environ = environ

    def forget(self) -> None:
        """Nothing was heard and nothing shall be done."""
        self.heard.clear()
        self.before = self.after = lambda _nth: None


@dataclass
class Side:
    """A ledger as the tests see it."""

    connector: str
    settings: str  # YAML, one key a line
    gate: Gate
    notes: Callable[[], list[str]]
    mailed: Callable[[], list[str]]
    world: World | None = None
    files: dict[str, bytes] = field(default_factory=dict)  # that the installation starts with
    proves_mail: bool = False  # whether the ledger can tell what it mailed


def yaml_lines(lines: dict[str, str]) -> str:
    """Settings as they stand under a ledger."""
    return "".join(f"      {name}: {value}\n" for name, value in lines.items())


def late_world(now: datetime | None = None) -> World:
    """Two customers who are late, on the day of the processes: the real one if not told."""
    world = book.new_world(WorldClock(now or datetime.now(UTC)))
    for number in range(1, CUSTOMERS + 1):
        late = book.customer(world.main, number)
        book.invoice(world.main, late, "100.00", late=5 + number)
    return world


def saved(world: World) -> bytes:
    """The world as it is."""
    with world.lock:
        return msgspec.msgpack.encode(world.snapshot())


def restored(kept: bytes) -> World:
    """The same world again, its clock going on from now."""
    return World.restore(msgspec.msgpack.decode(kept, type=Snapshot), WorldClock(datetime.now(UTC)))


@contextmanager
def xero(world: World | None = None) -> Iterator[Side]:
    """Xero as the sandbox plays it."""
    world = world or late_world()
    app = XeroApp(world, allowance=UNLIMITED)
    gate = Gate(app)
    with serve_app(gate, world, app.faults, host="127.0.0.1", port=0) as running:
        settings = {
            "flow": "custom_connection",
            "client_id": "sandbox-custom",
            "client_secret": "sandbox-custom-secret",
            "history_months": "0",
            "base_url": running.base_url,
            "identity_url": running.base_url,
        }
        yield Side(
            "xero", yaml_lines(settings), gate, lambda: _notes(world), lambda: _mailed(world), world
        )


def _notes(world: World) -> list[str]:
    texts = (n.text for ns in world.main.books.notes.values() for n in ns if not n.author)
    return [found[1] for text in texts if (found := NOTE_KEY.search(text))]


def _mailed(world: World) -> list[str]:
    return [mail.doc_id for mail in world.main.books.mails]


@contextmanager
def quickbooks(world: World | None = None) -> Iterator[Side]:
    """QuickBooks as the sandbox plays it; the login is somebody else's business."""
    world = world or late_world()
    app = QuickBooksApp(world, allowance=QUICKBOOKS_UNLIMITED)
    gate = Gate(app)

    def notes() -> list[str]:
        texts = (contact.memo for contact in world.main.books.contacts.values())
        return [key for text in texts for key in NOTE_KEY.findall(text)]

    with serve_app(gate, world, app.faults, host="127.0.0.1", port=0) as running:
        settings = {
            "client_id": WEB_APP.client_id,
            "client_secret": WEB_APP.secret,
            "realm_id": f'"{realm_of(world.main.org.org_id)}"',
            "history_months": "0",
            "base_url": running.base_url,
        }
        yield Side("quickbooks", yaml_lines(settings), gate, notes, lambda: _mailed(world), world)


@contextmanager
def odoo(world: World | None = None) -> Iterator[Side]:
    """Odoo 19 as the sandbox plays it."""
    world = world or late_world()
    app = OdooApp(world)
    gate = Gate(app)
    rows = app.models.rows

    def notes() -> list[str]:
        texts = (m["body"] for m in rows.messages if m["subtype"] == "mail.mt_note")
        return [found[1] for text in texts if (found := NOTE_KEY.search(_TAG.sub("", text)))]

    def mailed() -> list[str]:
        return [str(m["res_id"]) for m in rows.messages if m["subtype"] == "mail.mt_comment"]

    with serve_app(gate, world, app.faults, host="127.0.0.1", port=0) as running:
        settings = {
            "url": running.base_url,
            "database": DATABASE,
            "login": LOGIN,
            "api_key": KEY,
            "history_months": "0",
        }
        yield Side("odoo", yaml_lines(settings), gate, notes, mailed, world, proves_mail=True)


@contextmanager
def exports(home: Path) -> Iterator[Side]:
    """A folder of exports. Its notes lie in ``notes.csv``, which the worker writes."""
    today = datetime.now(UTC).date()
    rows = "".join(
        f"F-{number},Customer {number} Ltd,accounts@c{number}.folder.example,"
        f"{today - timedelta(days=5 + number)},100.00,100.00,GBP\n"
        for number in range(1, CUSTOMERS + 1)
    )
    settings = {
        "folder": f"{home}/exports",
        "organisation": "{name: Northgate South Ltd, time_zone: Europe/London, currency: GBP}",
        "open_items": '{file: "*.csv", layout: {columns: {number: No, account: Name, email: Mail,'
        " due_on: Due, total: Total, open: Open, currency: Cur}}}",
    }

    def notes() -> list[str]:
        found = sorted((home / "state").rglob("notes.csv"))
        text = found[0].read_text(encoding="utf-8") if found else ""
        whole = text[: text.rfind("\n") + 1]
        return [
            key
            for row in csv.DictReader(io.StringIO(whole, newline=""))
            for key in NOTE_KEY.findall(row["text"])
        ]

    files = {"exports/open.csv": f"No,Name,Mail,Due,Total,Open,Cur\n{rows}".encode()}
    yield Side("csv_folder", yaml_lines(settings), Gate(_nobody), notes, list, files=files)


def _nobody(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    raise AssertionError("a folder hears no calls")
