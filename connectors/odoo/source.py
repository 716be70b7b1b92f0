"""The connector's ports in one place: each hands on to the module that knows how."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from connectors.odoo.api import OdooApi
from connectors.odoo.charges import Charges
from connectors.odoo.chatter import NOTE_LENGTH_MAX, Chatter
from connectors.odoo.config import OdooConfig
from connectors.odoo.documents import Documents
from connectors.odoo.guard import Guard
from connectors.odoo.mailer import Mailer
from connectors.odoo.reader import Reader
from connectors.odoo.tasks import Tasks
from connectors.odoo.warnings import warnings
from syncer.errors import InvariantError
from syncer.model.charge import Charge
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.ports import Clock, ConnectorDeps, Health


class OdooSource:
    """One company: source, note sink, task sink, mailer, charge sink, links and documents."""

    note_length_max = NOTE_LENGTH_MAX

    def __init__(self, api: OdooApi, config: OdooConfig, clock: Clock) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._reader = Reader(api, config, clock)
        self._guard = Guard(api, self._reader, clock)
        self._chatter = Chatter(api, config)
        self._tasks = Tasks(api, config, self._chatter)
        self._mailer = Mailer(api, config)
        self._charges = Charges(api, config, self._reader)
        self._documents = Documents(api, config)

    def check(self) -> Health:
        """Prove access by reading the company; warn of what would surprise.

        Raises AuthError, ConfigError, Transient, ContractError, RateLimited.
        """
        organisation = self._reader.organisation()
        return Health(
            organisation=organisation,
            details=(f"Odoo {self._api.version}, spoken to by {self._api.protocol}",),
            warnings=tuple(warnings(self._api, self._config, self._reader.setting, self._tasks)),
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
        """A note in the chatter. Odoo honours no ``key``; the text's marker finds it again."""
        return self._chatter.add_note(account_id=account_id, item_ids=item_ids, text=text)

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether the note, or the activity, with ``marker`` is there."""
        return self._chatter.find_note(account_id=account_id, item_ids=item_ids, marker=marker)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """The notes and activities with ``marker``, word for word."""
        return self._chatter.own_notes(account_id=account_id, item_ids=item_ids, marker=marker)

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """An activity for a person, see ``tasks``."""
        return self._tasks.add_task(
            account_id=account_id, item_ids=item_ids, text=text, due_on=due_on
        )

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Odoo mails the invoice with its own template's words."""
        return self._mailer.email_item(item_id=item_id, key=key)

    def add_charge(self, charge: Charge) -> Outcome:
        """The invoice of a charge as a draft; its reference alone finds it again."""
        return self._charges.draft(charge)

    def pay_link(self, item_id: str) -> str:
        """The invoice's page on the portal, "" when there is none."""
        return self._documents.pay_link(item_id)

    def invoice_pdf(self, item_id: str) -> bytes:
        """The PDF that Odoo keeps of the invoice. Raises RecordError when it keeps none."""
        return self._documents.invoice_pdf(item_id)


def build(deps: ConnectorDeps) -> OdooSource:
    """A source over the HTTP client it is handed."""
    if not isinstance(deps.config, OdooConfig) or deps.http is None:
        raise InvariantError("the Odoo connector needs its settings and an HTTP client")
    return OdooSource(OdooApi(deps.http, deps.config), deps.config, deps.clock)
