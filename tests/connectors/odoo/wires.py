"""The connector over the stand-in, as the suite and the other tests mount it."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.odoo import SPEC, OdooConfig
from syncer.sandbox.odoo.access import DATABASE, KEY, LOGIN
from syncer.sandbox.odoo.app import OdooApp
from syncer.sandbox.odoo.rows import CURRENCIES
from syncer.sandbox.world import World
from syncer.testing.connector_book import NO_REMINDERS
from syncer.testing.connector_case import Charge, Mounted, Trouble, Written
from syncer.testing.connector_http import Asked, Purpose, Wire, mount_http

WRITES = ("message_post", "activity_schedule", "create")
_TAG = re.compile(r"<[^>]*>")


def config(**settings: Any) -> OdooConfig:
    """Access to the stand-in, but for what ``settings`` say."""
    usual: dict[str, Any] = {
        "url": "https://odoo.suite.example",
        "database": DATABASE,
        "login": LOGIN,
        "api_key": SecretStr(KEY),
        "do_not_chase_tags": (NO_REMINDERS,),
    }
    return OdooConfig(**{**usual, **settings})


def called(asked: Asked) -> tuple[str, str]:
    """Model and method of a call, however it is put."""
    if asked.path == "/jsonrpc":
        params = json.loads(asked.body)["params"]
        args = params["args"]
        return (args[3], args[4]) if params["service"] == "object" else ("", params["method"])
    parts = asked.path.strip("/").split("/")
    return (parts[2], parts[3]) if len(parts) == 4 else ("", parts[-1])


def purpose(asked: Asked) -> Purpose:
    """Everything is asked by POST; what it is for stands in the path and the body."""
    model, method = called(asked)
    if method in WRITES and model != "mail.compose.message":
        return Purpose.WRITE
    lists = (model, method) == ("account.move.line", "web_search_read")
    return Purpose.ITEMS if lists and b'["reconciled","=",false]' in asked.body else Purpose.READ


def _changed(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """A spoil that changes the list, in whichever envelope it comes."""

    def spoil(body: bytes) -> bytes:
        answer = json.loads(body)
        change(answer.get("result", answer))
        return json.dumps(answer).encode()

    return spoil


def _renamed(found: dict[str, Any]) -> None:
    found["rows"] = found.pop("records")


def _emptied(found: dict[str, Any]) -> None:
    found["records"] = []


def _many(found: dict[str, Any]) -> None:
    found["records"][0]["amount_residual_currency"] = "many"


def _pondering(found: dict[str, Any]) -> None:
    found["records"][0]["move_id"]["payment_state"] = "pondering"


def written(app: OdooApp) -> Written:
    """What lies in the stand-in."""
    rows = app.models.rows

    def about(account_id: str, model: str, number: int) -> bool:
        if model == "res.partner":
            return number == int(account_id)
        return any(m["id"] == number and m["partner_id"] == int(account_id) for m in rows.moves())

    def notes(account_id: str) -> list[str]:
        return [
            _plain(one["body"])
            for one in rows.messages
            if one["subtype"] == "mail.mt_note" and about(account_id, one["model"], one["res_id"])
        ]

    def tasks(account_id: str) -> list[str]:
        return [
            f"{one['date_deadline']} {_plain(one['note'])}"
            for one in rows.activities
            if about(account_id, one["res_model"], one["res_id"])
        ]

    def charges(reference: str) -> list[Charge]:
        codes = {number: code for code, number in CURRENCIES.items()}
        return [
            Charge(
                amount=Decimal(str(one["amount_total"])).quantize(Decimal("0.01")),
                currency=codes[one["currency_id"]],
                draft=one["state"] == "draft",
            )
            for one in rows.drafts
            if one["ref"] == reference
        ]

    def mails(item_id: str) -> int:
        move = int(item_id.split(".")[0])
        return sum(
            one["res_id"] == move and one["subtype"] == "mail.mt_comment" for one in rows.messages
        )

    return Written(notes=notes, tasks=tasks, charges=charges, mails=mails)


def _plain(body: str) -> str:
    return html.unescape(_TAG.sub("", body))


def mounted(
    world: World, folder: Path, *, major: int = 19, **settings: Any
) -> tuple[Mounted, OdooApp]:
    """The book in a stand-in of that version, and the connector over it."""
    app = OdooApp(world, major=major)
    wire = Wire(
        app=app,
        purpose=purpose,
        spoil={
            Trouble.MISSING_KEY: _changed(_renamed),
            Trouble.EMPTY_LIST: _changed(_emptied),
            Trouble.UNKNOWN_STATUS: _changed(_pondering),
            Trouble.BAD_AMOUNT: _changed(_many),
        },
    )
    made = mount_http(world, folder, spec=SPEC, config=config(**settings), wire=wire)
    return (
        replace(made, remote=app.models.rows.remote, written=written(app), secrets=lambda: (KEY,)),
        app,
    )
