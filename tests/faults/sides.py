"""The ledgers of the catalogue: books and servers of the sandbox, and their calls by name."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.odoo.access import DATABASE, KEY, LOGIN
from syncer.sandbox.odoo.app import OdooApp
from syncer.sandbox.quickbooks import limits as metered
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.records import Contact, Document
from syncer.sandbox.world import World
from syncer.sandbox.xero import limits
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.testing.sim import book

T = TypeVar("T")
XERO, QUICKBOOKS, ODOO = "xero", "quickbooks", "odoo"
BOTH = (XERO, QUICKBOOKS)
ALL = (*BOTH, ODOO)  # that are spoken to by HTTP, and played by the sandbox
FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
# Where a fault lies outside the ledger, one connector shows what both would; where the HTTP
# client or the flow decides, and no connector, two show what all would.
ONE_OF_THEM = BOTH if FULL else (XERO,)
SOME = ALL if FULL else BOTH
_MARKER = re.compile(r"\[(\S+)-note\]")
_TAG = re.compile(r"<[^>]*>")


def each(cases: Iterable[T]) -> list[tuple[str, T]]:
    """(connector, case): every case at every ledger; unless in full, at Odoo only the first."""
    some = list(cases)
    return [(one, case) for one in ALL for case in (some if FULL or one in BOTH else some[:1])]


@dataclass(frozen=True, slots=True)
class Call:
    """The ``nth`` call of a run with this method whose path fits."""

    method: str
    path: str
    nth: int = 1

    def suffers(self, kind: FaultKind, *, times: int = 1, **more: Any) -> Fault:
        """A fault at this call, and at the ``times`` - 1 that follow; 0 = for good."""
        return Fault(kind, self.method, self.path, self.nth, times, **more)


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a run over one page of customers, with one message for the first of them."""

    invoices: Call  # the first page of open invoices
    guard: Call  # the first call of the last look at the first account
    note: Call  # the writing of its note
    login: Call  # the fetching of a token


CALLS = {
    XERO: Calls(
        invoices=Call("GET", r"/Invoices$"),
        guard=Call("GET", r"/Contacts/[^/]+$"),
        note=Call("PUT", r"/History$"),
        login=Call("POST", r"/connect/token$"),
    ),
    QUICKBOOKS: Calls(
        invoices=Call("GET", r"/query$", 4),  # customers and invoices, each counted first
        guard=Call("GET", r"/query$", 9),
        note=Call("POST", r"/customer$"),
        login=Call("POST", r"/tokens/bearer$"),
    ),
    ODOO: Calls(
        invoices=Call("POST", r"/account.move.line/web_search_read$"),
        guard=Call("POST", r"/res.partner/web_search_read$", 3),  # customers, and their contacts
        note=Call("POST", r"/message_post$"),
        login=Call("POST", r"/none$"),  # a key that a person made, and no login
    ),
}


@dataclass(slots=True)
class Side:
    """One ledger: its name in the configuration, its connector, its books and its server."""

    name: str
    connector: str
    world: World
    url: str
    app: XeroApp | QuickBooksApp | OdooApp = field(init=False)
    alter: Callable[[str, bytes], bytes] | None = None  # (path, body) -> the body as it leaves

    def __post_init__(self) -> None:
        makers = {XERO: XeroApp, QUICKBOOKS: QuickBooksApp, ODOO: OdooApp}
        self.app = makers[self.connector](self.world)

    def answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """The server as a WSGI application, its answers altered where a test says so."""
        if self.alter is None:
            return self.app(environ, start)
        said: list[Any] = []
        body = b"".join(self.app(environ, lambda *args: said.append(args)))
        status, headers = said[0][:2]
        altered = self.alter(str(environ["PATH_INFO"]), body)
        kept = [(name, value) for name, value in headers if name != "Content-Length"]
        if altered.startswith(b"<"):
            kept = [("Content-Type", "text/html"), *(p for p in kept if p[0] != "Content-Type")]
        start(status, [*kept, ("Content-Length", str(len(altered)))])
        return [altered]

    def suffers(self, *faults: Fault) -> None:
        """From now on these, and no others."""
        self.app.faults.faults = list(faults)

    def unlimited(self) -> None:
        """A server that counts no calls."""
        match self.app:
            case XeroApp():
                self.app.limiter.allowance = limits.UNLIMITED
            case QuickBooksApp():
                self.app.limiter.allowance = metered.UNLIMITED

    @property
    def calls(self) -> Calls:
        """Which calls of a run are which, on this connector's wire."""
        return CALLS[self.connector]

    def late(self, number: int, amount: str = "100.00", *, days: int = 9) -> Document:
        """A new customer of that number with one invoice, so many days late."""
        contact = book.customer(self.world.main, number)
        return book.invoice(self.world.main, contact, amount, late=days)

    def customer(self, number: int) -> Contact:
        """The customer that was made with that number."""
        address = book.address(self.world.main, number)
        contacts = self.world.main.books.contacts.values()
        return next(one for one in contacts if one.email == address)

    def notes(self) -> list[str]:
        """Keys of the reminders of which the ledger tells, in any of its texts."""
        books = self.world.main.books
        if isinstance(self.app, OdooApp):
            return _notes_in_chatter(self.app.models.rows.messages)
        if self.connector == XERO:
            notes = (note for notes in books.notes.values() for note in notes)
            texts = [note.text for note in notes if note.change == "Note" and not note.author]
        else:
            texts = [contact.memo for contact in books.contacts.values()]
        return [key for text in texts for key in _MARKER.findall(text)]


def _notes_in_chatter(messages: Iterable[dict[str, Any]]) -> list[str]:
    """Every invoice that a reminder names shows its note: twice is twice on the same one."""
    posted = [one for one in messages if one["subtype"] == "mail.mt_note"]
    found = Counter(
        (one["res_id"], key) for one in posted for key in _MARKER.findall(_TAG.sub("", one["body"]))
    )
    times = {key: max(n for (_, one), n in found.items() if one == key) for _, key in found}
    return [key for key, number in times.items() for _ in range(number)]


def settings_of(side: Side) -> str:
    """The connector's own settings that reach this ledger, in YAML."""
    if side.connector == XERO:
        return (
            f"flow: custom_connection, client_id: {CUSTOM_APP.client_id}, "
            f"client_secret: {CUSTOM_APP.secret}, history_months: 0, "
            f'base_url: "{side.url}", identity_url: "{side.url}"'
        )
    if side.connector == ODOO:
        return (
            f'url: "{side.url}", database: {DATABASE}, login: {LOGIN}, '
            f'api_key: "{KEY}", history_months: 0'
        )
    realm = realm_of(side.world.main.org.org_id)
    return (
        f"client_id: {WEB_APP.client_id}, client_secret: {WEB_APP.secret}, "
        f'realm_id: "{realm}", history_months: 0, base_url: "{side.url}"'
    )


def browse(app: QuickBooksApp, address: str) -> str:
    """Open the consent page in the simulated QuickBooks; where it sends the browser."""
    parts = urlsplit(next(line for line in address.split() if line.startswith("http")))
    said: list[Any] = []
    environ: Any = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "wsgi.input": None,
    }
    list(app(environ, lambda status, headers, _=None: said.extend((status, dict(headers)))))
    assert said[0].startswith("302"), said
    return str(said[1]["Location"])
