"""The shipped connector suite over Xero, on the simulated one."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.xero import SPEC, XeroConfig
from connectors.xero.config import XeroFlow
from syncer.sandbox.bank import BankLine
from syncer.sandbox.world import World
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP
from syncer.sandbox.xero.limits import UNLIMITED
from syncer.testing.connector_book import NO_REMINDERS
from syncer.testing.connector_case import ConnectorCase, Mounted, Trouble
from syncer.testing.connector_http import Wire, by_address, mount_http
from syncer.testing.connector_suite import connector_suite

CONFIG = XeroConfig(
    client_id=CUSTOM_APP.client_id,
    client_secret=SecretStr(CUSTOM_APP.secret),
    flow=XeroFlow.CUSTOM_CONNECTION,
    do_not_chase_groups=(NO_REMINDERS,),
    fee_account_code="200",
    bank_freshness=True,
)
ABLE = replace(SPEC, capabilities=SPEC.able(CONFIG))  # what settings switch on included


def _first_row(field: str, value: object) -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        answer: dict[str, Any] = json.loads(body)
        answer["Invoices"][0][field] = value
        return json.dumps(answer).encode()

    return spoil


def _emptied(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "Invoices": []}).encode()


def _lists_open_invoices(method: str, path: str, query: str) -> bool:
    return method == "GET" and path.endswith("/Invoices") and "AUTHORISED" in query


def mount(world: World, folder: Path) -> Mounted:
    """The book in a simulated Xero, matched to the last, and the connector over it."""
    line = BankLine(on=world.main.today(), amount=Decimal(100))
    world.main.books.bank_lines = {"090": [line]}
    wire = Wire(
        app=XeroApp(world, allowance=UNLIMITED),
        purpose=by_address(login="/connect/token", lists_items=_lists_open_invoices),
        spoil={
            Trouble.MISSING_KEY: lambda body: body.replace(b'"Invoices":', b'"Invoices2":'),
            Trouble.EMPTY_LIST: _emptied,
            Trouble.UNKNOWN_STATUS: _first_row("Status", "PONDERING"),
            Trouble.BAD_AMOUNT: _first_row("AmountDue", "many"),
        },
        day_cap=[("X-Rate-Limit-Problem", "day")],
        expired=(
            b'{"Detail":"TokenExpired: token expired"}',
            [("Content-Type", "application/json")],
        ),
    )
    return mount_http(world, folder, spec=ABLE, config=CONFIG, wire=wire)


CASE = ConnectorCase(spec=ABLE, mount=mount, secrets=(CUSTOM_APP.secret,))
TestXero = connector_suite(CASE)
