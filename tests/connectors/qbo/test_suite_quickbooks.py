"""The shipped connector suite over QuickBooks, on the simulated one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from pydantic import SecretStr

from connectors.quickbooks import SPEC, QuickBooksConfig
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.world import World
from syncer.testing.connector_book import NO_REMINDERS
from syncer.testing.connector_case import ConnectorCase, Mounted, Trouble
from syncer.testing.connector_http import Wire, by_address, mount_http
from syncer.testing.connector_suite import connector_suite

from .wires import person, remote_ids, written_at

EXPIRED = (
    b'{"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; '
    b'statusCode=401","detail":"Expired","code":"3200"}],"type":"AUTHENTICATION"},"time":1}'
)
LATE_FEES, NO_TAX = "3", "4"  # the item and the tax code of the simulated company


def _config(world: World) -> QuickBooksConfig:
    return QuickBooksConfig(
        client_id=WEB_APP.client_id,
        client_secret=SecretStr(WEB_APP.secret),
        realm_id=realm_of(world.main.org.org_id),
        do_not_chase_types=(NO_REMINDERS,),
        fee_item_id=LATE_FEES,
        fee_tax_code_id=NO_TAX,
    )


def _first_row(field: str, value: object) -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        answer: dict[str, Any] = json.loads(body)
        answer["QueryResponse"]["Invoice"][0][field] = value
        return json.dumps(answer).encode()

    return spoil


def _emptied(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "QueryResponse": {}}).encode()


def _lists_open_invoices(method: str, path: str, query: str) -> bool:
    statement = "".join(parse_qs(query).get("query", ()))
    return method == "GET" and statement.startswith("SELECT * FROM Invoice") and ">" in statement


def mount(world: World, folder: Path) -> Mounted:
    """The book in a simulated QuickBooks, and the connector over it."""
    app, config = QuickBooksApp(world, allowance=UNLIMITED), _config(world)
    wire = Wire(
        app=app,
        purpose=by_address(login="/oauth2/v1/tokens/bearer", lists_items=_lists_open_invoices),
        spoil={
            Trouble.MISSING_KEY: lambda body: body.replace(b'"Invoice":', b'"Invoices":'),
            Trouble.EMPTY_LIST: _emptied,
            Trouble.UNKNOWN_STATUS: _first_row("status", "Pondering"),
            Trouble.BAD_AMOUNT: _first_row("Balance", "many"),
        },
        expired=(EXPIRED, [("Content-Type", "application/json")]),
        log_in=person(app, config),
    )
    mounted = mount_http(world, folder, spec=SPEC, config=config, wire=wire)
    return replace(mounted, remote=remote_ids(app, world), written=written_at(app, world))


CASE = ConnectorCase(
    spec=SPEC,
    mount=mount,
    waived={
        "merged_accounts_say_where": "QuickBooks does not say where a merged customer went",
        "a_charge_is_a_draft_and_once": "QuickBooks has no drafts; that a fee is raised once and "
        "not mailed is proven in test_writes",
    },
    secrets=(WEB_APP.secret,),
)
TestQuickBooks = connector_suite(CASE)
