"""Xero in a story: which calls a run makes at it, and what they mean."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from connectors.xero import SPEC, XeroConfig
from connectors.xero.config import provider
from syncer.http.oauth import Provider, TokenKeeper
from syncer.ports import ConnectorSpec
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.world import World
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.sandbox.xero.limits import Allowance
from syncer.testing.sim.book import OPT_OUT_GROUP
from syncer.testing.sim.forms import KINDS, LOOK_UP, NOTE, TOKEN, Asked, OverHttp

_BY_PATH = {
    "Organisation": "organisation",
    "CreditNotes": "credit notes",
    "Overpayments": "overpayments",
    "Prepayments": "prepayments",
    "Contacts": "contacts",
}


class Xero(OverHttp):
    """The Xero connector with a custom connection: no person logs in."""

    name: str = "xero"
    spec: ConnectorSpec = SPEC
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
    asked_often: frozenset[str] = frozenset()
    knows_promises: bool = True
    one_currency_each: bool = False
    person_logs_in: bool = False
    tells_mail_day: bool = False
    knows_blocks: bool = False
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
        return provider(config)

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

    def tasks(self, world: World, app: Any) -> Iterable[str]:
        """There are none: a note stands for it."""
        return self.notes(world, app)


XERO = Xero()
