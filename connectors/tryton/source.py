"""The Tryton source: the ports' methods, each handed to the module that does it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from connectors.tryton.api import TrytonApi
from connectors.tryton.charges import Charges
from connectors.tryton.config import TrytonConfig
from connectors.tryton.documents import Documents
from connectors.tryton.guard import Guard
from connectors.tryton.mailer import Mailer
from connectors.tryton.notes import NOTE_LENGTH_MAX, Notes
from connectors.tryton.reader import Reader
from syncer.errors import InvariantError
from syncer.model.charge import Charge
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.ports import ConnectorDeps, Health


class TrytonSource:
    """One company: source, note and task sink, mailer, charge sink and documents."""

    note_length_max = NOTE_LENGTH_MAX

    def __init__(self, api: TrytonApi, config: TrytonConfig, deps: ConnectorDeps) -> None:
        self._api = api
        self._reader = Reader(api, config, deps.clock)
        self._guard = Guard(self._reader, deps.clock)
        self._notes = Notes(api, self._reader)
        self._mailer = Mailer(api, config, self._reader)
        self._charges = Charges(api, config, self._reader)
        self._documents = Documents(api, self._reader)

    def check(self) -> Health:
        """Prove access by reading the company. Raises AuthError, ConfigError, Transient."""
        organisation = self._reader.organisation()
        self._reader.company().probe()
        version = ".".join(map(str, self._api.version))
        dunning = "activated" if self._reader.company().desk.dunning else "not looked at"
        return Health(
            organisation=organisation,
            details=(f"Tryton {version}", f"Tryton's own dunning: {dunning}"),
            warnings=self._reader.warnings(),
        )

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The organisation, then ITEMS, ACCOUNTS and SETTLED, see ``reader``."""
        return self._reader.pull(cursors)

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """The guard's fresh read, see ``guard``."""
        return self._guard.read(account_ids)

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """Notes on the invoices, see ``notes``. Tryton knows no key: the marker is looked for."""
        return self._notes.add_note(account_id=account_id, item_ids=item_ids, text=text)

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether the note with ``marker`` stands on one of the invoices."""
        return self._notes.find_note(account_id=account_id, item_ids=item_ids, marker=marker)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """The notes and tasks with ``marker``, word for word."""
        return self._notes.own_notes(account_id=account_id, item_ids=item_ids, marker=marker)

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """A note on the party for a person, see ``notes``: Tryton has no tasks."""
        return self._notes.add_task(account_id=account_id, text=text, due_on=due_on)

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Tryton mails the invoice by its own template, see ``mailer``."""
        return self._mailer.email_item(item_id=item_id)

    def add_charge(self, charge: Charge) -> Outcome:
        """The invoice of a charge as a draft, see ``charges``."""
        return self._charges.draft(charge)

    def invoice_pdf(self, item_id: str) -> bytes:
        """The invoice as its customer has it, see ``documents``."""
        return self._documents.pdf(item_id)


def build(deps: ConnectorDeps) -> TrytonSource:
    """A source over the HTTP client it is handed."""
    if not isinstance(deps.config, TrytonConfig) or deps.http is None:
        raise InvariantError("the Tryton connector needs its settings and an HTTP client")
    api = TrytonApi(deps.http, deps.config, ledger=deps.ledger)
    return TrytonSource(api, deps.config, deps)
