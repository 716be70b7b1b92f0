"""The shipped connector suite over a real Odoo 19."""

import html
import http.client
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from connectors.odoo import SPEC, OdooConfig
from syncer.sandbox.world import World
from syncer.testing.connector_book import NO_REMINDERS
from syncer.testing.connector_case import Charge, ConnectorCase, Mounted, Trouble, Written
from syncer.testing.connector_http import Asked, Purpose, Wire, mount_http
from syncer.testing.connector_suite import connector_suite

from .mirror import Mirror
from .running import shared

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("live")]

DATABASE = "suite"
WRITES = ("message_post", "activity_schedule", "create")
NOT_KEPT = "/mail.compose.message/"  # what is made there is swept away and sends nothing
_TAG = re.compile(r"<[^>]*>")


def door(url: str) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that hands every call on to the server at ``url``."""
    place = urlsplit(url)

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") and name != "HTTP_HOST"
        }
        headers["Content-Type"] = environ.get("CONTENT_TYPE", "")
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
        connection.request(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ["wsgi.input"].read(),
            headers,
        )
        said = connection.getresponse()
        body = said.read()
        connection.close()
        dropped = ("content-length", "connection", "set-cookie")
        kept = [(n, v) for n, v in said.getheaders() if n.lower() not in dropped]
        start(f"{said.status} {said.reason}", kept)
        return [body]

    return answer


def purpose(asked: Asked) -> Purpose:
    """Everything is asked by POST; what it is for stands in the path and the body."""
    method = asked.path.rpartition("/")[2]
    if method in WRITES and NOT_KEPT not in asked.path:
        return Purpose.WRITE
    listing = asked.path.endswith("account.move.line/web_search_read")
    return Purpose.ITEMS if listing and b'["reconciled","=",false]' in asked.body else Purpose.READ


def _first(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        answer = json.loads(body)
        change(answer["records"][0])
        return json.dumps(answer).encode()

    return spoil


def _emptied(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "records": []}).encode()


def _many(row: dict[str, Any]) -> None:
    row["amount_residual_currency"] = "many"


def _pondering(row: dict[str, Any]) -> None:
    row["move_id"]["payment_state"] = "pondering"


def _plain(body: str) -> str:
    return html.unescape(_TAG.sub("", body))


def _written(mirror: Mirror) -> Written:
    """What lies in Odoo, as its administrator reads it."""
    desk = mirror.desk

    def places(account_id: str) -> list[list[Any]]:
        moves = desk.find("account.move", ["commercial_partner_id", "=", int(account_id)])
        return [
            ["&", ["model", "=", "account.move"], ["res_id", "in", moves]],
            ["&", ["model", "=", "res.partner"], ["res_id", "=", int(account_id)]],
        ]

    def notes(account_id: str) -> list[str]:
        on_moves, on_partner = places(account_id)
        domain = [["message_type", "=", "comment"], "|", *on_moves, *on_partner]
        return [_plain(row["body"]) for row in desk.read("mail.message", domain, "body")]

    def tasks(account_id: str) -> list[str]:
        on_moves, on_partner = (
            [one if isinstance(one, str) else [one[0].replace("model", "res_model"), *one[1:]]
             for one in part]
            for part in places(account_id)
        )  # fmt: skip
        domain = ["|", *on_moves, *on_partner]
        rows = desk.read("mail.activity", domain, "note", "date_deadline")
        return [f"{row['date_deadline']} {_plain(row['note'])}" for row in rows]

    def charges(reference: str) -> list[Charge]:
        fields = ("amount_total", "currency_id", "state")
        rows = desk.read("account.move", [["ref", "=", reference]], *fields)
        return [
            Charge(
                amount=desk_amount(row["amount_total"]),
                currency=row["currency_id"][1],
                draft=row["state"] == "draft",
            )
            for row in rows
        ]

    def mails(item_id: str) -> int:
        return len(
            desk.find(
                "mail.message",
                ["model", "=", "account.move"],
                ["res_id", "=", int(item_id.split(".")[0])],
                ["subtype_id", "=", desk.xml_id("mail.mt_comment")],
            )
        )

    return Written(notes=notes, tasks=tasks, charges=charges, mails=mails)


def desk_amount(value: float) -> Any:
    """An amount as XML-RPC brings it: the shortest text of the number."""
    from decimal import Decimal

    return Decimal(repr(value)).quantize(Decimal("0.01"))


def mount(world: World, folder: Path) -> Mounted:
    """The book in a fresh copy of a database of the real Odoo, and the connector over it."""
    live = shared()
    mirror = live.templates.mounted(world, DATABASE)
    config = OdooConfig(
        url="https://odoo.suite.example",
        database=DATABASE,
        api_key=SecretStr(mirror.entered.key),
        do_not_chase_tags=(NO_REMINDERS,),
    )
    wire = Wire(
        app=door(live.odoo.url),
        purpose=purpose,
        spoil={
            Trouble.MISSING_KEY: lambda body: body.replace(b'"records":', b'"rows":'),
            Trouble.EMPTY_LIST: _emptied,
            Trouble.UNKNOWN_STATUS: _first(_pondering),
            Trouble.BAD_AMOUNT: _first(_many),
        },
    )
    mounted = mount_http(world, folder, spec=SPEC, config=config, wire=wire)
    return replace(
        mounted,
        publish=mirror.follow,
        remote=mirror.entered.remote,
        written=_written(mirror),
        secrets=lambda: (mirror.entered.key,),
    )


CASE = ConnectorCase(
    spec=SPEC,
    mount=mount,
    waived={
        "renews_a_token_once": "an API key is not renewed: a 401 is the end",
    },
)
TestOdoo = connector_suite(CASE)
