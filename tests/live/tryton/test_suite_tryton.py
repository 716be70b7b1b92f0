"""The shipped connector suite over Tryton: a real trytond with the book entered by proteus."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.tryton import SPEC, TrytonConfig
from syncer.sandbox.books import stable_id
from syncer.sandbox.world import World
from syncer.testing.connector_book import NO_REMINDERS
from syncer.testing.connector_case import ConnectorCase, Mounted
from syncer.testing.connector_http import mount_http
from syncer.testing.connector_suite import connector_suite

from .auditor import Auditor
from .door import Door, wire
from .from_world import Entered
from .seeding import LOGIN, PASSWORD, SUITE, Office
from .server import DATABASE

ROWS = 5  # a call: posting thousands of invoices in a real Tryton would take many minutes
TWO_DAYS = 2 * 86400
TEMPLATE = "Payment reminder"
PDF = "%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
_offices: list[Office] = []


@pytest.fixture(scope="module", autouse=True)
def _open(office: Office) -> Iterator[None]:
    """The suite's mount is a plain function: the office is left for it here."""
    _offices.append(office)
    yield
    _offices.clear()


def _config() -> TrytonConfig:
    return TrytonConfig(
        url="https://tryton.example",
        database=DATABASE,
        user=LOGIN,
        password=SecretStr(PASSWORD),
        company=SUITE,
        do_not_chase_categories=(NO_REMINDERS,),
        mail_template=TEMPLATE,
        fee_account_code="4.1.2",
        rows_per_call=ROWS,
    )


def _book(office: Office, world: World) -> Entered:
    """The world in Tryton: put back as it was kept, or entered now."""
    entered = Entered(office, world)
    kept = office.kept / f"{entered.digest}.json"

    def make() -> None:
        office.restart_books()
        entered.enter()
        office.clerk("template", name=TEMPLATE, subject="Due", body="<p>Please</p>")
        first = entered.invoices.get(stable_id("suite", "S-001"))
        if first is not None:
            office.clerk("keep_document", invoice=first, content=PDF, format="pdf")
        office.clerk("age", seconds=TWO_DAYS)
        entered.mail()
        entered.keep(kept)

    office.put_kept(entered.digest, make)
    entered.take_up(kept)
    return entered


def mount(world: World, folder: Path) -> Mounted:
    """The book in a real Tryton, and the connector over it."""
    (office,) = _offices
    entered = _book(office, world)
    door = Door(office.server.url)
    mounted = mount_http(world, folder, spec=CASE.spec, config=_config(), wire=wire(door))
    return replace(
        mounted,
        remote=entered.remote,
        publish=entered.enter,
        written=Auditor(office.server, office.companies[SUITE]).written(),
        secrets=lambda: tuple(door.tokens),
    )


CASE = ConnectorCase(
    spec=replace(SPEC, limits=replace(SPEC.limits, page_size=ROWS)),
    mount=mount,
    secrets=(PASSWORD,),
)
TestTryton = connector_suite(CASE)
