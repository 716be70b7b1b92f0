"""The ledgers a rig can hold: each a connector, and the sandbox's wire form that it speaks to.

A form says what a judge has to know of the wire: which call is the last look at an account,
which one writes a note, and where in the sandbox's books notes stand. It asks the sandbox
only, never the connector.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote_plus, urlsplit

from pydantic import BaseModel

from connectors.quickbooks import SPEC as QUICKBOOKS_SPEC
from connectors.quickbooks import QuickBooksConfig
from connectors.quickbooks.config import provider as quickbooks_provider
from connectors.xero import SPEC as XERO_SPEC
from connectors.xero import XeroConfig
from connectors.xero.config import provider as xero_provider
from syncer.http.login import log_in_by_paste
from syncer.http.oauth import Provider, TokenKeeper
from syncer.ports import ConnectorSpec
from syncer.sandbox.faults import FaultKind, FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.numbering import NAMES
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import Allowance as QuickBooksAllowance
from syncer.sandbox.world import World
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.sandbox.xero.limits import Allowance
from syncer.testing.sim.book import OPT_OUT_GROUP

TOKEN, NOTE, LOOK_UP = "token", "note", "look-up"
CHANGES = "changes"  # what changed since an earlier run
# People's acts are no faults, and of the vendor's own error codes none is as common as these.
_NO_KINDS = frozenset({FaultKind.BEFORE, FaultKind.AFTER, FaultKind.CODED})
KINDS = tuple(kind for kind in FaultKind if kind not in _NO_KINDS)

_BY_PATH = {
    "Organisation": "organisation",
    "CreditNotes": "credit notes",
    "Overpayments": "overpayments",
    "Prepayments": "prepayments",
    "Contacts": "contacts",
}
_ENTITIES = {
    "customer": "customers",
    "customertype": "customer types",
    "invoice": "invoices",
    "creditmemo": "credit memos",
    "payment": "payments",
    "companyinfo": "company",
    "preferences": "preferences",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way to a ledger, as far as a judge reads it."""

    method: str
    path: str
    query: str = ""


class Form(Protocol):
    """One connector with its simulated vendor."""

    name: str
    spec: ConnectorSpec
    kinds: tuple[StrEnum, ...]  # what can go wrong with it: faults of calls, troubles of files
    steps: tuple[str, ...]  # the calls of a run
    lists: frozenset[str]  # of those, the ones a run's facts rest on
    knows_promises: bool  # whether an invoice can carry an expected payment date
    one_currency_each: bool  # whether a customer can owe in one currency only
    person_logs_in: bool  # whether a login that ended needs a person
    tells_mail_day: bool  # whether it says when it mailed an invoice last

    def app(self, world: World, faults: FaultPlan, home: Path) -> Any:
        """The simulated vendor, with the attribute ``faults``; ``home`` is for files."""

    def config(self, world: World, home: Path) -> BaseModel:
        """The connector's settings for this world."""

    def provider(self, config: Any) -> Provider:
        """The vendor's login."""

    def log_in(self, app: Any, config: Any, keeper: TokenKeeper) -> None:
        """A person logs in, where one has to."""

    def step(self, asked: Asked) -> str:
        """Which of ``steps`` a call is."""

    def looks_at(self, world: World, asked: Asked) -> Sequence[str]:
        """The contacts whose last look begins with this call; none for any other call."""

    def notes(self, world: World, app: Any) -> Iterable[str]:
        """The texts that programs left in the books."""

    def cannot_be(self, what: str, step: str) -> str:
        """Why something of ``kinds`` cannot meet a step; "" = it can."""

    def told(self, world: World, app: Any) -> Ledger:
        """The books as a run can know them."""

    def unreadable(self, app: Any) -> str:
        """The contact of whom something is told that cannot be read; "" = none."""

    def tell(self, app: Any) -> None:
        """Somebody acted in the books: let a run know, where people have to do that."""

    def heeded(self, app: Any, config: Any) -> Any:
        """The settings once a person did what a run's message asks of its configuration."""


class OverHttp:
    """What is the same for all that are asked call by call."""

    def cannot_be(self, what: str, step: str) -> str:
        """Anything can befall a call."""
        del what, step
        return ""

    def told(self, world: World, app: Any) -> Ledger:
        """The books themselves."""
        del app
        return world.main

    def unreadable(self, app: Any) -> str:
        """Answers are whole or refused."""
        del app
        return ""

    def tell(self, app: Any) -> None:
        """Nobody has to."""

    def heeded(self, app: Any, config: Any) -> Any:
        """As they are: nothing is asked."""
        del app
        return config


class Xero(OverHttp):
    """The Xero connector with a custom connection: no person logs in."""

    name: str = "xero"
    spec: ConnectorSpec = XERO_SPEC
    kinds: tuple[StrEnum, ...] = KINDS
    lists: frozenset[str] = frozenset(
        {
            *("organisation", "invoices", "credit notes", "overpayments", "prepayments"),
            *("contacts", "payments"),
        }
    )
    steps: tuple[str, ...] = (
        *(TOKEN, "organisation", "invoices", "credit notes", "overpayments", "prepayments"),
        *("contacts", "payments", "guard: contact", "guard: invoices", NOTE, LOOK_UP),
    )
    knows_promises: bool = True
    one_currency_each: bool = False
    person_logs_in: bool = False
    tells_mail_day: bool = False
    _CONTACT = re.compile(r"/Contacts/([0-9a-f-]{36})$")

    def app(self, world: World, faults: FaultPlan, home: Path) -> XeroApp:
        """As any organisation meets it, limits included."""
        del home
        return XeroApp(world, allowance=Allowance(), faults=faults)

    def config(self, world: World, home: Path) -> XeroConfig:
        """With the group that is left in peace."""
        del world, home
        return XeroConfig.model_validate(
            {
                "client_id": CUSTOM_APP.client_id,
                "client_secret": CUSTOM_APP.secret,
                "flow": "custom_connection",
                "do_not_chase_groups": (OPT_OUT_GROUP,),
            }
        )

    def provider(self, config: XeroConfig) -> Provider:
        """Xero's login."""
        return xero_provider(config)

    def log_in(self, app: Any, config: XeroConfig, keeper: TokenKeeper) -> None:
        """Nobody has to."""

    def step(self, asked: Asked) -> str:
        """By path, method and what is asked for."""
        last = asked.path.rsplit("/", 1)[-1]
        if last == "token":
            return TOKEN
        if last == "History":
            return NOTE if asked.method == "PUT" else LOOK_UP
        if self._CONTACT.search(asked.path):
            return "guard: contact"
        if last == "Invoices":
            if "ContactIDs=" in asked.query:
                return "guard: invoices"
            return "payments" if "Statuses=PAID" in asked.query else "invoices"
        return _BY_PATH.get(last, last)

    def looks_at(self, world: World, asked: Asked) -> Sequence[str]:
        """GET of one contact."""
        found = self._CONTACT.search(asked.path) if asked.method == "GET" else None
        return (found[1],) if found and found[1] in world.main.books.contacts else ()

    def notes(self, world: World, app: Any) -> Iterable[str]:
        """Notes in histories that no person wrote."""
        del app
        return (
            note.text
            for notes in world.main.books.notes.values()
            for note in notes
            if note.change == "Note" and not note.author
        )


class QuickBooks(OverHttp):
    """The QuickBooks connector: a person logs in, notes stand in the customer's notes."""

    name: str = "quickbooks"
    spec: ConnectorSpec = QUICKBOOKS_SPEC
    kinds: tuple[StrEnum, ...] = KINDS
    lists: frozenset[str] = frozenset(
        {
            *("customers", "invoices", "credit memos", "payments", "settled", CHANGES),
        }
    )
    steps: tuple[str, ...] = (
        *(TOKEN, "discovery", "company", "preferences", "customer types", "customers"),
        *("invoices", "credit memos", "payments", "settled", CHANGES, "guard: customers"),
        *("guard: invoices", "guard: credit memos", "guard: payments", NOTE, LOOK_UP),
    )
    knows_promises: bool = False
    one_currency_each: bool = True
    person_logs_in: bool = True
    tells_mail_day: bool = True
    _FROM = re.compile(r"from (\w+)", re.IGNORECASE)
    _IDS = re.compile(r"\bId IN \(([^)]*)\)", re.IGNORECASE)

    def app(self, world: World, faults: FaultPlan, home: Path) -> QuickBooksApp:
        """As any company meets it, limits included."""
        del home
        return QuickBooksApp(world, allowance=QuickBooksAllowance(), faults=faults)

    def config(self, world: World, home: Path) -> QuickBooksConfig:
        """With the customer type that is left in peace."""
        del home
        return QuickBooksConfig.model_validate(
            {
                "client_id": WEB_APP.client_id,
                "client_secret": WEB_APP.secret,
                "realm_id": realm_of(world.main.org.org_id),
                "do_not_chase_types": (OPT_OUT_GROUP,),
            }
        )

    def provider(self, config: QuickBooksConfig) -> Provider:
        """Intuit's login."""
        return quickbooks_provider(config)

    def log_in(self, app: Any, config: QuickBooksConfig, keeper: TokenKeeper) -> None:
        """A person at a browser who allows everything."""
        shown: list[str] = []
        log_in_by_paste(
            self.provider(config), keeper, show=shown.append, ask=lambda: _browsed(app, shown[0])
        )

    def step(self, asked: Asked) -> str:
        """By path, and by the statement of a query."""
        if "/v3/company/" not in asked.path:
            return "discovery" if ".well-known" in asked.path else TOKEN
        what = asked.path.split("/")[4]
        if what == "query":
            return self._step_of_query(_statement(asked))
        if what == "customer":
            return NOTE if asked.method == "POST" else LOOK_UP
        return {"companyinfo": "company", "cdc": CHANGES}.get(what, what)

    def _step_of_query(self, statement: str) -> str:
        found = self._FROM.search(statement)
        entity = found[1].lower() if found else ""
        what = _ENTITIES.get(entity, entity)
        if "Balance = '0'" in statement:
            return "settled"
        guarded = "CustomerRef IN" in statement or self._IDS.search(statement)
        return f"guard: {what}" if guarded else what

    def looks_at(self, world: World, asked: Asked) -> Sequence[str]:
        """The query for customers by their numbers."""
        statement = _statement(asked)
        if self._step_of_query(statement) != "guard: customers":
            return ()
        numbers = {int(n) for n in re.findall(r"\d+", self._IDS.findall(statement)[0])}
        known = world.main.books.short_ids.get(NAMES, {})
        return [contact_id for contact_id, number in known.items() if number in numbers]

    def notes(self, world: World, app: Any) -> Iterable[str]:
        """Lines of customers' notes."""
        del app
        contacts = world.main.books.contacts.values()
        return (line for contact in contacts for line in contact.memo.splitlines())


def _statement(asked: Asked) -> str:
    return unquote_plus("".join(parse_qs(asked.query).get("query", ())))


def _browsed(app: Any, address: str) -> str:
    """Open the consent page of the simulated vendor; where it sends the browser."""
    parts = urlsplit(address)
    said: dict[str, str] = {}

    def start(_status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        said.update(headers)

    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "wsgi.input": None,
    }
    list(app(asked, start))
    return said["Location"]


XERO, QUICKBOOKS = Xero(), QuickBooks()
