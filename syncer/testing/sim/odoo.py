"""Odoo in a story: which calls a run makes at it, and what they mean.

Everything is asked by POST of a model and a method, so what a call is stands in its body. The
guard asks for customers as a run's lists do: only the order of the calls tells them apart.
"""

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.odoo import SPEC, OdooConfig
from syncer.http.oauth import Provider, TokenKeeper
from syncer.ports import ConnectorSpec
from syncer.sandbox.faults import FaultKind, FaultPlan
from syncer.sandbox.odoo.access import DATABASE, LOGIN, Keys
from syncer.sandbox.odoo.app import RPC, VERSION, OdooApp
from syncer.sandbox.odoo.rows import LINES, MOVES, PARTNERS
from syncer.sandbox.records import Contact, Document
from syncer.sandbox.world import World
from syncer.testing.sim.book import OPT_OUT_GROUP
from syncer.testing.sim.forms import CHANGES, KINDS, LOOK_UP, NOTE, Asked, OverHttp

OPENING, FIELDS, COMPANY = "version", "fields", "company"
INVOICES, MAILINGS, MERGES = "invoices", "mailings", "merges"
CUSTOMERS, PEOPLE, SETTLED = "customers", "people", "settled"
GUARD = "guard: "
_BY_MODEL = {
    "res.users": COMPANY,
    "res.company": COMPANY,
    "res.currency": COMPANY,
    "account.bank.statement.line": COMPANY,
    "mail.activity": LOOK_UP,
}
_TAG = re.compile(r"<[^>]*>")
_NOTE = "mail.mt_note"
OLDER_ONE_IN = 4
_OF_A_KEY = frozenset({FaultKind.EXPIRED_TOKEN, FaultKind.DISCONNECTED})


class Odoo(OverHttp):
    """The Odoo connector with an API key; notes stand on every invoice they are about.

    Invoices have a day of expected payment, as with Enterprise, and can be blocked.
    """

    name: str = "odoo"
    spec: ConnectorSpec = SPEC
    kinds: tuple[StrEnum, ...] = tuple(one for one in KINDS if one is not FaultKind.TOKEN_DEATH)
    lists: frozenset[str] = frozenset(
        {FIELDS, INVOICES, MAILINGS, CUSTOMERS, PEOPLE, MERGES, SETTLED, CHANGES}
    )
    steps: tuple[str, ...] = (
        *(OPENING, FIELDS, COMPANY, INVOICES, MAILINGS, CUSTOMERS),
        *(PEOPLE, CHANGES, MERGES, SETTLED, GUARD + CUSTOMERS, GUARD + PEOPLE, GUARD + MAILINGS),
        *(GUARD + INVOICES, NOTE, LOOK_UP),
    )
    asked_often: frozenset[str] = frozenset({FIELDS, COMPANY})
    knows_promises: bool = True
    one_currency_each: bool = False
    person_logs_in: bool = False
    tells_mail_day: bool = True
    knows_blocks: bool = True

    def app(self, world: World, faults: FaultPlan, home: Path) -> OdooApp:
        """Odoo 19, and now and then 17, which is spoken to otherwise."""
        del home
        major = 17 if world.seed % OLDER_ONE_IN == OLDER_ONE_IN - 1 else 19
        return OdooApp(world, major=major, faults=faults, expected_days=True)

    def config(self, world: World, home: Path) -> OdooConfig:
        """With a key that lives, and the tag that is left in peace."""
        del home
        return OdooConfig(
            url="https://odoo.sim.example",
            database=DATABASE,
            login=LOGIN,
            api_key=SecretStr(Keys(world).living()),
            do_not_chase_tags=(OPT_OUT_GROUP,),
        )

    def provider(self, config: Any) -> Provider | None:
        """There is no login: the key stands in the configuration."""
        del config
        return None

    def log_in(self, app: Any, config: Any, keeper: TokenKeeper) -> None:
        """Nobody can."""

    def cannot_be(self, what: str, step: str) -> str:
        """Anybody may ask for the version."""
        if step == OPENING and what in _OF_A_KEY:
            return "no key is asked for there"
        return ""

    def asked(self, environ: Mapping[str, Any], before: Asked) -> Asked:
        """By model, method and domain; the ids of customers asked for as the query.

        From the open lines until the paid ones a run reads its lists.
        """
        method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
        if path == VERSION:
            return Asked(method, path, step=OPENING)
        body = environ["wsgi.input"]
        said = json.loads(body.read())
        body.seek(0)
        model, what, named = _called(path, said)
        domain: list[Any] = named.get("domain", [])
        step = _step(model, what, domain, named.get("specification", ()))
        pulling = step == INVOICES or (before.pulling and step != SETTLED)
        if not pulling and step in (CUSTOMERS, PEOPLE, MAILINGS):
            step = GUARD + step
        ids = " ".join(str(one) for one in _wanted(domain, "id"))
        return Asked(method, path, ids, step, pulling)

    def step(self, asked: Asked) -> str:
        """As it was found when it arrived."""
        return asked.step

    def looks_at(self, world: World, asked: Asked) -> Sequence[str]:
        """The question for customers by their numbers, after the lists."""
        if asked.step != GUARD + CUSTOMERS:
            return ()
        known = list(world.main.books.contacts)
        places = (int(one) - PARTNERS for one in asked.query.split())
        return [known[place] for place in places if 0 <= place < len(known)]

    def notes(self, world: World, app: Any) -> Iterator[str]:
        """Internal notes: one that stands on several invoices counts once, as often as it stands
        on that which has it most often.
        """
        del world
        places: dict[str, Counter[int]] = defaultdict(Counter)
        for one in app.models.rows.messages:
            if one["subtype"] == _NOTE:
                places[html.unescape(_TAG.sub("", one["body"]))][one["res_id"]] += 1
        for text, there in places.items():
            yield from [text] * max(there.values())

    def tasks(self, world: World, app: Any) -> Iterator[str]:
        """Planned activities."""
        del world
        return (_TAG.sub("", str(one.get("note", ""))) for one in app.models.rows.activities)

    def account_id(self, world: World, contact: Contact) -> str:
        """Its partner's number."""
        return str(PARTNERS + list(world.main.books.contacts).index(contact.contact_id))

    def item_id(self, world: World, doc: Document) -> str:
        """Its entry's and its line's number."""
        place = list(world.main.books.documents).index(doc.doc_id)
        return f"{MOVES + place}.{LINES + place}"

    def revoke(self, world: World) -> bool:
        """The key is taken back; a new one is made, and entered, in time of peace."""
        Keys(world).withdraw()
        return True


def _called(path: str, said: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Model, method and arguments by name, by whichever interface."""
    if path != RPC:
        _, _, model, what = path.strip("/").split("/")
        return model, what, said
    params = said["params"]
    if params["service"] == "common":
        return "", params["method"], {}
    model, what, _, named = params["args"][3:]
    return model, what, named


def _step(model: str, what: str, domain: list[Any], shown: Collection[str]) -> str:
    fields = {one[0] for one in domain if isinstance(one, list)}
    if not model:
        return OPENING
    if what in ("fields_get", "message_post"):
        return FIELDS if what == "fields_get" else NOTE
    if model == "account.move.line":
        if ["reconciled", "=", True] in domain:
            return SETTLED
        return GUARD + INVOICES if "partner_id.commercial_partner_id" in fields else INVOICES
    if model == "mail.message":
        if "notification_ids" in fields:
            return MAILINGS
        return MERGES if "message_type" in fields else LOOK_UP
    if model == "res.partner":
        return _step_of_partners(shown, fields)
    return _BY_MODEL.get(model, f"{model}.{what}")


def _step_of_partners(shown: Collection[str], fields: set[str]) -> str:
    if "parent_id" in fields:
        return PEOPLE
    if "write_date" in fields:
        return CHANGES
    return CUSTOMERS if "email" in shown else MERGES


def _wanted(domain: list[Any], field: str) -> Iterable[int]:
    found = [one[2] for one in domain if isinstance(one, list) and one[:2] == [field, "in"]]
    return found[0] if found else ()


ODOO = Odoo()
