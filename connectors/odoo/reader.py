"""Reads a company: open lines whole, customers and history by ``write_date``.

Why open lines are always read whole: a payment changes the ``write_date`` of the invoice and of
all its lines (seen on 19.0), but the merge of two partners changes it on neither, and a deleted
entry leaves no trace at all. A delta that misses either would ask for money that is not owed.

A delta begins ``OVERLAP`` before the last one did, by the server's clock: ``write_date`` is when
a transaction began, and one that takes long commits after others that began later. Where the
server does not tell its time, everything is read whole the next time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from connectors.odoo import facts, wire
from connectors.odoo.api import OdooApi
from connectors.odoo.company import Setting, organisation, settle
from connectors.odoo.config import OdooConfig
from connectors.odoo.lists import Listing, all_rows, converted, pages, some
from connectors.odoo.mailings import Mailings
from connectors.odoo.merges import Merges
from connectors.odoo.questions import (
    CONTACT,
    SETTLED,
    Domain,
    batches,
    contacts,
    open_lines,
    plain,
    settled_lines,
)
from syncer.model.ledger import (
    Account,
    OpenItem,
    Organisation,
    Page,
    Quarantined,
    Settled,
    Stream,
    StreamEnd,
)

OVERLAP = timedelta(minutes=30)
FULL_EVERY = timedelta(hours=24)
DAYS_A_MONTH = 31
CUSTOMERS: Domain = [["customer_rank", ">", 0]]
_MOMENT = "%Y-%m-%d %H:%M:%S"


class Cursor(msgspec.Struct, frozen=True):
    """Where a delta goes on. ``at`` is the server's time as Odoo writes it, ``full_at`` our own,
    aware UTC.
    """

    at: str
    full_at: datetime
    months: int = 0


class Reader:
    """The streams of one company."""

    def __init__(self, api: OdooApi, config: OdooConfig, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._tags = frozenset(name.casefold() for name in config.do_not_chase_tags)
        self._setting: Setting | None = None
        self._owing: dict[str, str] = {}  # account id -> newest change of its open lines
        self.mailings = Mailings(api, clock)
        self.merges = Merges(api)

    @property
    def setting(self) -> Setting:
        """The company and how it is read, looked up once."""
        if self._setting is None:
            self._setting = settle(self._api, self._config)
        return self._setting

    def organisation(self) -> Organisation:
        """The owner."""
        return organisation(self._api, self.setting)

    def items(self) -> Iterator[Page | StreamEnd]:
        """Every open receivable line, debits and credits alike."""
        self._owing = {}
        self.mailings.forget()
        counted = given = 0
        for page in pages(self._api, self.lines([])):
            counted = max(counted, given + page.promised)
            items, bad = self.as_items(page.rows)
            given += len(page.rows) + len(page.bad)
            for row in page.rows:
                owner = facts.owner_id(row.partner_id)
                self._owing[owner] = max(self._owing.get(owner, ""), row.write_date)
            yield Page(stream=Stream.ITEMS, items=tuple(items), quarantined=(*page.bad, *bad))
        yield StreamEnd(stream=Stream.ITEMS, full=True, records=max(counted, given))

    def accounts(self, cursor: str) -> Iterator[Page | StreamEnd]:
        """Customers changed since ``cursor``; all of them at least every 24 hours."""
        last = read_cursor(cursor)
        full = last is None or self._clock() - last.full_at >= FULL_EVERY
        since = "" if full or last is None else earlier(last.at)
        began = self._moment()
        seen: set[str] = set()
        for domain in self._everybody(seen) if full else self._changed(since):
            for page in self._customers(domain):
                seen.update(one.account_id for one in page.accounts)
                yield page
        gone = self.merges.since(since)
        moved = tuple(facts.merged(one, str(into)) for one, into in gone.items())
        nobody = (facts.nobody(),) if facts.NOBODY in self._owing else ()
        yield Page(stream=Stream.ACCOUNTS, accounts=(*moved, *nobody))
        records = len(seen) + len(moved) + len(nobody)
        full_at = self._clock() if full or last is None else last.full_at
        yield StreamEnd(
            stream=Stream.ACCOUNTS,
            full=full,
            records=records,
            cursor=_cursor(began, full_at),
        )

    def settled(self, cursor: str, today: date) -> Iterator[Page | StreamEnd]:
        """Lines of invoices of the last ``history_months`` that were paid; later what changed."""
        months = self._config.history_months
        last = read_cursor(cursor)
        if last is not None and last.months != months:
            last = None
        since = earlier(last.at) if last else ""
        began = self._moment()
        issued_from = (today - timedelta(days=DAYS_A_MONTH * months)).isoformat()
        domain = settled_lines(self.setting.company.id, issued_from, since)
        listing = Listing("account.move.line", domain, SETTLED, wire.SettledLine)
        records = 0
        for page in pages(self._api, listing):
            settled, bad = converted(page.rows, self._as_settled, listing.model)
            records += len(page.rows) + len(page.bad)
            yield Page(stream=Stream.SETTLED, settled=tuple(settled), quarantined=(*page.bad, *bad))
        yield StreamEnd(
            stream=Stream.SETTLED,
            full=last is None,
            records=records,
            cursor=_cursor(began, self._clock(), months),
        )

    def lines(self, more: Domain) -> Listing[wire.Line]:
        """Open lines that also meet ``more``."""
        domain = [*open_lines(self.setting.company.id), *more]
        return Listing("account.move.line", domain, self.setting.line_fields, wire.Line)

    def as_items(self, rows: list[wire.Line]) -> tuple[list[OpenItem], list[Quarantined]]:
        """The open items that lines are."""
        currencies, zone = self.setting.currencies, self.setting.time_zone

        def mailed(move: int) -> date | None:
            return self.mailings.day(move, zone)

        def convert(row: wire.Line) -> OpenItem | None:
            return facts.open_item(row, currencies, mailed)

        return converted(rows, convert, "account.move.line")

    def customers(self, domain: Domain) -> Listing[wire.Partner]:
        """Partners, archived ones too."""
        return Listing("res.partner", domain, self.setting.partner_fields, wire.Partner)

    def as_accounts(self, rows: Sequence[wire.Partner]) -> tuple[list[Account], list[Quarantined]]:
        """The accounts that partners are, with their contacts, and contacts set aside."""
        unreadable: list[Quarantined] = []
        below: dict[int, list[wire.Contact]] = {}
        for batch in batches([row.id for row in rows]):
            listing = Listing("res.partner", contacts(batch), CONTACT, wire.Contact)
            found, bad = all_rows(self._api, listing)
            unreadable += bad
            for one in found:
                below.setdefault(one.commercial_partner_id, []).append(one)
        return [self._as_account(row, below) for row in rows], unreadable

    def _moment(self) -> str:
        at = self._api.server_now(self._clock())
        return at.strftime(_MOMENT) if at else ""

    def _as_account(
        self, row: wire.Partner, below: Mapping[int, Sequence[wire.Contact]]
    ) -> Account:
        return facts.account(row, below.get(row.id, ()), self._tags)

    def _as_settled(self, row: wire.SettledLine) -> Settled | None:
        return facts.settled(row, self.setting.currencies)

    def _customers(self, domain: Domain) -> Iterator[Page]:
        for page in pages(self._api, self.customers(domain)):
            accounts, bad = self.as_accounts(page.rows)
            yield Page(
                stream=Stream.ACCOUNTS, accounts=tuple(accounts), quarantined=(*page.bad, *bad)
            )

    def _everybody(self, seen: set[str]) -> Iterator[Domain]:
        """All customers, then whoever owes something without being marked as one."""
        yield CUSTOMERS
        strays = sorted(int(one) for one in self._owing.keys() - seen - {facts.NOBODY})
        for batch in batches(strays):
            yield [["id", "in", list(batch)]]

    def _changed(self, since: str) -> Iterator[Domain]:
        """Accounts that changed, one of whose contacts did, or whose open lines did: an account
        that owes for the first time may itself be unchanged for years.
        """
        domain = [["write_date", ">=", since], ["commercial_partner_id.customer_rank", ">", 0]]
        spec = plain(("commercial_partner_id",))
        rows = some(self._api, Listing("res.partner", domain, spec, wire.ChangedPartner))
        lately = (int(one) for one in self._lately(since))
        own = (row.id for row in rows)
        ids = sorted({*own, *(row.commercial_partner_id for row in rows), *lately})
        for batch in batches(ids):
            yield [["id", "in", list(batch)]]

    def _lately(self, since: str) -> Iterable[str]:
        return (one for one, at in self._owing.items() if at >= since and one != facts.NOBODY)


def earlier(at: str) -> str:
    """The moment a delta begins, as Odoo writes times (UTC, to the second)."""
    began = datetime.strptime(at, _MOMENT)  # noqa: DTZ007 - all of them UTC
    return (began - OVERLAP).strftime(_MOMENT)


def read_cursor(text: str) -> Cursor | None:
    """The cursor, or None (a full read) when there is none or it is not ours."""
    if not text:
        return None
    try:
        cursor = msgspec.json.decode(text, type=Cursor)
        earlier(cursor.at)
    except (msgspec.DecodeError, ValueError):
        return None
    return cursor


def _cursor(at: str, full_at: datetime, months: int = 0) -> str:
    """Where to go on; "" = nowhere, for the server did not tell its time."""
    if not at:
        return ""
    return msgspec.json.encode(Cursor(at=at, full_at=full_at, months=months)).decode()
