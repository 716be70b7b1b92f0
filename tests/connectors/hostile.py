"""What hostile connectors are made of; each commits one sin that the suite must notice.

The sins are in ``hostile_facts``, ``hostile_reading`` and ``hostile_writing``. ``Honest``
hands everything through to the real Xero connector, so that whatever a check finds in a
subclass is the subclass's own doing. ``fails`` names the checks that it must fail.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as with_changes
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace

from connectors.xero import SPEC, XeroSource
from syncer.model.charge import Charge
from syncer.model.ledger import (
    Account,
    AccountFacts,
    OpenItem,
    Organisation,
    Page,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Outcome
from syncer.ports import Capability, ConnectorSpec, Health
from syncer.sandbox.world import World
from syncer.testing.connector_book import ENTRIES, TODAY
from syncer.testing.connector_case import ConnectorCase, Mounted

from .test_suite_xero import CASE as XERO

Event = Organisation | Page | StreamEnd
HOSTILE_SPEC: ConnectorSpec = with_changes(
    SPEC,
    name="hostile",
    capabilities=SPEC.capabilities | {Capability.BANK_FRESHNESS, Capability.SENT_DAY},
)
MAILED = {entry.number: entry.mailed_on for entry in ENTRIES}


class Honest:
    """Everything as the real connector says it, the books as of today, and the days of mails."""

    fails: ClassVar[tuple[str, ...]] = ()

    def __init__(self, inner: XeroSource, world: World) -> None:
        self.inner = inner
        self.world = world
        self.note_length_max: int = inner.note_length_max

    def check(self) -> Health:
        return self.inner.check()

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        for event in self.inner.pull(cursors):
            match event:
                case Organisation():
                    yield self.organisation(replace(event, books_fresh_on=TODAY))
                case Page():
                    mailed = (replace(one, sent_on=MAILED.get(one.number)) for one in event.items)
                    yield self.page(replace(event, items=tuple(mailed)))
                case _:
                    yield event

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        return self.inner.read_accounts(account_ids)

    def add_note(self, **note: Any) -> Outcome:
        return self.inner.add_note(**note)

    def find_note(self, **note: Any) -> bool:
        return self.inner.find_note(**note)

    def add_task(self, **task: Any) -> Outcome:
        return self.inner.add_task(**task)

    def email_item(self, **mail: Any) -> Outcome:
        return self.inner.email_item(**mail)

    def add_charge(self, charge: Charge) -> Outcome:
        return self.inner.add_charge(charge)

    def pay_link(self, item_id: str) -> str:
        return self.inner.pay_link(item_id)

    def invoice_pdf(self, item_id: str) -> bytes:
        return self.inner.invoice_pdf(item_id)

    def organisation(self, said: Organisation) -> Organisation:
        return said

    def page(self, page: Page) -> Page:
        return replace(
            page,
            items=tuple(map(self.item, page.items)),
            accounts=tuple(map(self.account, page.accounts)),
        )

    def item(self, item: OpenItem) -> OpenItem:
        return item

    def account(self, account: Account) -> Account:
        return account


def case_of(
    kind: type[Honest],
    *,
    spec: ConnectorSpec = HOSTILE_SPEC,
    waived: Mapping[str, str] | None = None,
) -> ConnectorCase:
    """A case for a hostile connector, mounted as the real one is."""

    def mount(world: World, folder: Path) -> Mounted:
        honest = XERO.mount(world, folder)
        return with_changes(honest, source=kind(honest.source, world))

    return ConnectorCase(spec=spec, mount=mount, waived=waived or {}, secrets=XERO.secrets)
