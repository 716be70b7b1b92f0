"""QuickBooks in a story: which calls a run makes at it, and what they mean."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from connectors.quickbooks import SPEC, QuickBooksConfig
from connectors.quickbooks.config import provider
from syncer.http.login import log_in_by_paste
from syncer.http.oauth import Provider, TokenKeeper
from syncer.ports import ConnectorSpec
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.numbering import NAMES, TRANSACTIONS
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import Allowance
from syncer.sandbox.records import Contact, Document
from syncer.sandbox.world import World
from syncer.testing.sim.book import OPT_OUT_GROUP
from syncer.testing.sim.forms import CHANGES, KINDS, LOOK_UP, NOTE, TOKEN, Asked, OverHttp

_ENTITIES = {
    "customer": "customers",
    "customertype": "customer types",
    "invoice": "invoices",
    "creditmemo": "credit memos",
    "payment": "payments",
    "companyinfo": "company",
    "preferences": "preferences",
}


class QuickBooks(OverHttp):
    """The QuickBooks connector: a person logs in, notes stand in the customer's notes."""

    name: str = "quickbooks"
    spec: ConnectorSpec = SPEC
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
    asked_often: frozenset[str] = frozenset()
    knows_promises: bool = False
    one_currency_each: bool = True
    person_logs_in: bool = True
    tells_mail_day: bool = True
    knows_blocks: bool = False
    _FROM = re.compile(r"from (\w+)", re.IGNORECASE)
    _IDS = re.compile(r"\bId IN \(([^)]*)\)", re.IGNORECASE)

    def app(self, world: World, faults: FaultPlan, home: Path) -> QuickBooksApp:
        """As any company meets it, limits included."""
        del home
        return QuickBooksApp(world, allowance=Allowance(), faults=faults)

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
        return provider(config)

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

    def tasks(self, world: World, app: Any) -> Iterable[str]:
        """There are none: a note stands for it."""
        return self.notes(world, app)

    def account_id(self, world: World, contact: Contact) -> str:
        """Its number; the sandbox's own id before anybody asked for one."""
        number = world.main.books.short_ids.get(NAMES, {}).get(contact.contact_id)
        return contact.contact_id if number is None else str(number)

    def item_id(self, world: World, doc: Document) -> str:
        """Its number; the sandbox's own id before anybody asked for one."""
        number = world.main.books.short_ids.get(TRANSACTIONS, {}).get(doc.doc_id)
        return doc.doc_id if number is None else str(number)


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


QUICKBOOKS = QuickBooks()
