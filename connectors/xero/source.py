"""The Xero source: the ports' methods, each handed to the module that does it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from connectors.xero import wire
from connectors.xero.api import GoneError, RefusedError, XeroApi, segment
from connectors.xero.config import XeroConfig
from connectors.xero.guard import Guard
from connectors.xero.reader import Reader
from connectors.xero.writer import NOTE_LENGTH_MAX, Writer
from syncer.errors import ContractError, InvariantError, RecordError
from syncer.model.charge import Charge
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.ports import Clock, ConnectorDeps, Health

_OWN_REMINDERS = {
    True: "Xero's own invoice reminders are switched on: customers would be chased twice. Switch "
    "them off in Xero under Invoice settings, Invoice reminders",
    None: "Xero did not say whether its own invoice reminders are switched on: look under Invoice "
    "settings, Invoice reminders",
}


class RemindersEnvelope(wire.Wire):
    """The answer of /InvoiceReminders/Settings."""

    rows: list[wire.ReminderSettings] = msgspec.field(name="InvoiceReminders")


class GroupsEnvelope(wire.Wire):
    """The answer of /ContactGroups, which is not paged."""

    rows: list[wire.Group] = msgspec.field(name="ContactGroups")


class XeroSource:
    """One organisation: source, notes, tasks, mailer, charges, pay links and documents."""

    note_length_max = NOTE_LENGTH_MAX

    def __init__(self, api: XeroApi, config: XeroConfig, clock: Clock) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._reader = Reader(api, config, clock)
        self._guard = Guard(api, self._reader, clock)
        self._writer = Writer(api, config, clock)

    def check(self) -> Health:
        """Prove access by reading the organisation; warn of what would surprise.

        Raises AuthError, Transient, ContractError, RateLimited.
        """
        organisation = self._reader.organisation()
        reminding = self._own_reminders()
        return Health(
            organisation=replace(organisation, own_reminders=reminding),
            details=(
                f"{self._config.plan.value} plan: {self._config.calls_per_day} calls a day",
                *self._api.quota(),
            ),
            warnings=tuple(self._unknown_groups()),
            reminders=_OWN_REMINDERS.get(reminding, ""),
        )

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The organisation, then ITEMS whole, ACCOUNTS and SETTLED by delta."""
        organisation = self._reader.organisation()
        yield organisation
        yield from self._reader.items()
        yield from self._reader.accounts(cursors.get(Stream.ACCOUNTS, ""))
        if self._config.history_months:
            today = self._clock().astimezone(ZoneInfo(organisation.time_zone)).date()
            yield from self._reader.settled(cursors.get(Stream.SETTLED, ""), today)

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """The guard's fresh read, see ``guard``."""
        return self._guard.read(account_ids)

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """A history note, see ``writer``."""
        return self._writer.add_note(account_id=account_id, item_ids=item_ids, text=text, key=key)

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether the note with ``marker`` is in the history."""
        return self._writer.find_note(account_id=account_id, item_ids=item_ids, marker=marker)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """The notes with ``marker`` in the history."""
        return self._writer.own_notes(account_id=account_id, item_ids=item_ids, marker=marker)

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """A note on the contact for a person: Xero's API has no tasks."""
        return self._writer.add_task(
            account_id=account_id, item_ids=item_ids, text=text, due_on=due_on, key=key
        )

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Xero mails the invoice with the organisation's own wording."""
        return self._writer.email_item(item_id=item_id, key=key)

    def add_charge(self, charge: Charge) -> Outcome:
        """The invoice of a charge: a draft, or approved where it is booked."""
        return self._writer.add_charge(charge)

    def pay_link(self, item_id: str) -> str:
        """The invoice's online page, "" when there is none."""
        return self._writer.pay_link(item_id)

    def invoice_pdf(self, item_id: str) -> bytes:
        """The invoice in the organisation's own branding. Raises RecordError when it has none."""
        try:
            return self._api.pdf(f"Invoices/{segment(item_id)}")
        except (GoneError, RefusedError) as refusal:
            raise RecordError(f"Xero gives no PDF of this invoice: {refusal}") from None

    def _own_reminders(self) -> bool | None:
        try:
            rows = self._api.one("InvoiceReminders/Settings", RemindersEnvelope).rows
        except (GoneError, ContractError):
            return None
        return rows[0].enabled if rows else None

    def _unknown_groups(self) -> Iterator[str]:
        """Configured groups that the ledger does not have: probably a misspelling."""
        if not self._config.do_not_chase_groups:
            return
        rows = self._api.one("ContactGroups", GroupsEnvelope).rows
        known = {group.name.casefold() for group in rows}
        for name in self._config.do_not_chase_groups:
            if name.casefold() not in known:
                yield f"do_not_chase_groups names {name!r}, which is not a contact group in Xero"


def build(deps: ConnectorDeps) -> XeroSource:
    """A source over the HTTP client and tokens it is handed."""
    if not isinstance(deps.config, XeroConfig) or deps.http is None or deps.tokens is None:
        raise InvariantError("the Xero connector needs its settings, an HTTP client and tokens")
    api = XeroApi(deps.http, deps.tokens, deps.config, ledger=deps.ledger)
    return XeroSource(api, deps.config, deps.clock)
