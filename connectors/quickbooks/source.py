"""The QuickBooks source: the ports' methods, each handed to the module that does it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from connectors.quickbooks import memo, wire
from connectors.quickbooks.api import GoneError, QuickBooksApi, RefusedError, segment
from connectors.quickbooks.charges import Charges
from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.customer_types import no_such_type
from connectors.quickbooks.guard import Guard
from connectors.quickbooks.mailer import Mailer
from connectors.quickbooks.notes import Notes
from connectors.quickbooks.reader import Reader
from connectors.quickbooks.terms import Terms
from connectors.quickbooks.trial import TrialFile
from syncer.errors import InvariantError, RecordError
from syncer.http.oauth import TokenKeeper
from syncer.model.charge import Charge
from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.ports import Clock, ConnectorDeps, Health

_WARN_BEFORE = timedelta(days=60)  # an administrator has to find time
_OWN_REMINDERS = (
    "QuickBooks does not tell programs whether its own invoice reminders are switched on: look "
    "under Account and settings, Sales, Reminders, and switch them off, or customers are chased "
    "twice. The same page and Advanced tell about automatic late fees"
)


class QuickBooksSource:
    """One company: source, note sink, task sink, mailer, charge sink and pay links."""

    note_length_max = memo.NOTES_MAX

    def __init__(
        self,
        api: QuickBooksApi,
        config: QuickBooksConfig,
        clock: Clock,
        tokens: TokenKeeper,
        trial: TrialFile,
    ) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._tokens = tokens
        self._links: dict[str, str] = {}
        self._reader = Reader(api, config, clock)
        self._guard = Guard(api, self._reader, clock)
        self._notes = Notes(api, config)
        self._mailer = Mailer(api, config, clock, trial)
        self._charges = Charges(api, config)

    def check(self) -> Health:
        """Prove access by reading the company; warn of what would surprise.

        Raises AuthError, Transient, ContractError, RateLimited.
        """
        organisation, _ = self._reader.read_organisation()
        return Health(
            organisation=organisation,
            details=(f"company {self._config.realm_id}", *self._habits(), *self._discounts()),
            warnings=(*self._ending(), *self._unknown_types()),
            reminders=_OWN_REMINDERS,
        )

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The organisation, then every list: whole now and then, else what changed."""
        return self._reader.pull(cursors)

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """The guard's fresh read, see ``guard``."""
        return self._guard.read(account_ids)

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """A line in a text of QuickBooks, see ``notes``."""
        return self._notes.add_note(account_id=account_id, item_ids=item_ids, text=text, key=key)

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether the line with ``marker`` is there."""
        return self._notes.find_note(account_id=account_id, item_ids=item_ids, marker=marker)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """The lines with ``marker``."""
        return self._notes.own_notes(account_id=account_id, item_ids=item_ids, marker=marker)

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """A line on the customer for a person: QuickBooks' API has no tasks."""
        return self._notes.add_task(
            account_id=account_id, item_ids=item_ids, text=text, due_on=due_on, key=key
        )

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """QuickBooks mails the invoice with the company's own wording."""
        return self._mailer.email_item(item_id=item_id, key=key)

    def add_charge(self, charge: Charge) -> Outcome:
        """The invoice of a charge, not mailed; QuickBooks has no drafts."""
        return self._charges.add(charge)

    def pay_link(self, item_id: str) -> str:
        """The page where the customer pays, "" when there is none; kept for this run.

        It comes only on request, and only for invoices with a valid billing address of
        companies that take payments online (invoice entity reference, 2026).
        """
        if item_id not in self._links:
            try:
                path = f"invoice/{segment(item_id)}"
                kept, _ = self._api.one(path, "Invoice", wire.Kept, include="invoiceLink")
                link = kept.link or ""
            except (GoneError, RefusedError):
                link = ""
            self._links[item_id] = link if link.startswith("https://") else ""
        return self._links[item_id]

    def invoice_pdf(self, item_id: str) -> bytes:
        """The invoice as its customer sees it. Raises RecordError when it has none."""
        try:
            return self._api.pdf(segment(item_id))
        except (GoneError, RefusedError) as refusal:
            raise RecordError(f"QuickBooks gives no PDF of this invoice: {refusal}") from None

    def _ending(self) -> Iterator[str]:
        """When access ends although nobody took it away."""
        kept = self._tokens.kept()
        if kept is None:
            return
        now = self._clock()
        for at, why in (
            (kept.ends_at, "a login lasts five years at most"),
            (kept.idle_until, "a login that is not used lapses"),
        ):
            if at is not None and at - now < _WARN_BEFORE:
                yield (
                    f"access to QuickBooks ends on {at.date().isoformat()} ({why}): an "
                    "administrator has to log in again before then"
                )

    def _habits(self) -> Iterator[str]:
        """Preferences that change how balances come about."""
        preferences = self._reader.preferences
        if preferences and preferences.currencies and preferences.currencies.several:
            yield "several currencies are in use"
        if preferences and preferences.sales and preferences.sales.auto_credit:
            yield "QuickBooks applies credits to invoices by itself"

    def _discounts(self) -> Iterator[str]:
        """Terms that give a discount: what is left after one is no late payment."""
        found = [
            f"{percent.normalize():f} % within {days} days"
            for percent, days in Terms(self._api).discounts().values()
        ]
        if found:
            yield f"terms with a discount for early payment: {'; '.join(found)}"

    def _unknown_types(self) -> Iterator[str]:
        """Configured customer types that the company does not have: probably a misspelling."""
        if not self._config.do_not_chase_types:
            return
        known = self._reader.type_names()
        for name in self._config.do_not_chase_types:
            if name.casefold() not in known:
                yield no_such_type(name)


def build(deps: ConnectorDeps) -> QuickBooksSource:
    """A source over the HTTP client and tokens it is handed."""
    config = deps.config
    if not isinstance(config, QuickBooksConfig) or deps.http is None or deps.tokens is None:
        raise InvariantError("the QuickBooks connector needs its settings, a client and tokens")
    api = QuickBooksApi(deps.http, deps.tokens, config, deps.clock, ledger=deps.ledger)
    return QuickBooksSource(api, config, deps.clock, deps.tokens, TrialFile(deps.data_dir))
