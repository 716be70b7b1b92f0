"""Reads a QuickBooks company: everything whole now and then, in between only what changed.

A whole read costs one call per thousand rows of customers, open invoices, open credit memos,
payments and paid invoices, and one count for each list that must not be short. Payments are
read whole because what is not applied on them cannot be filtered for. A read of changes costs
one call, and up to two more for all that it leaves open (``followup``). What the changes cannot
carry (families, the company itself) travels in the cursor.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from connectors.quickbooks import facts, wire
from connectors.quickbooks.api import QuickBooksApi
from connectors.quickbooks.changes import ChangeReader
from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.customer_types import CustomerTypes, no_such_type, type_ids
from connectors.quickbooks.delta import Delta, PaidDays, Sorted
from connectors.quickbooks.facts import Reading
from connectors.quickbooks.family import Family
from connectors.quickbooks.followup import FollowUp
from connectors.quickbooks.lists import Listing
from connectors.quickbooks.moments import read_instant
from connectors.quickbooks.query import ANY_STATE, OPEN, Query, quoted
from connectors.quickbooks.sweep import Sweep
from connectors.quickbooks.terms import Terms
from syncer.model.ledger import (
    Account,
    ItemKind,
    OpenItem,
    Organisation,
    Page,
    Settled,
    Stream,
    StreamEnd,
)
from syncer.ports import Clock

_OVERLAP = timedelta(minutes=5)  # changes are asked for from this much before the last answer
_MEMORY = timedelta(days=25)  # of the 30 days that changes are told for
_DAYS_A_MONTH = 31

Credits = dict[str, tuple[OpenItem, ...]]
Events = Iterator[Page | StreamEnd]


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stream goes on. Server times, aware UTC. The last four stand in ITEMS alone."""

    since: datetime
    full_at: datetime
    settings: str  # what was configured: another configuration is another list
    organisation: Organisation | None = None
    parents: dict[str, str] = {}
    sites: dict[str, str] = {}
    types: dict[str, bool] = {}


class Reader:
    """The streams of one company. ``credits`` is filled once ITEMS was read whole."""

    def __init__(self, api: QuickBooksApi, config: QuickBooksConfig, clock: Clock) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._family: Family | None = None
        self._types = CustomerTypes(api, config.do_not_chase_types)
        self._terms = Terms(api)
        self._organisation: Organisation | None = None
        self._suspect = False  # something bad came without a name: read all of it next time
        self.credits: Credits | None = None  # per account id
        self.preferences: wire.Preferences | None = None  # as last asked

    def read_organisation(self) -> tuple[Organisation, datetime]:
        """The owner, asked anew, and the server's clock."""
        company, time = self._api.one(
            f"companyinfo/{self._config.realm_id}", "CompanyInfo", wire.CompanyInfo
        )
        preferences, _ = self._api.one("preferences", "Preferences", wire.Preferences)
        self.preferences = preferences
        said = facts.organisation(company, preferences, time_zone=self._config.time_zone or "")
        self._organisation = msgspec.structs.replace(said, key=self._config.realm_id)
        return self._organisation, read_instant(time) if time else self._clock()

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The organisation, then ACCOUNTS, ITEMS and SETTLED: whole, or what changed."""
        self._terms = Terms(self._api)
        last = self._last(cursors)
        if last is not None and last.organisation is not None:
            self._family = Family(last.parents, last.sites)
            self._types = CustomerTypes(self._api, self._config.do_not_chase_types, last.types)
            self._organisation = last.organisation
            delta = self._delta(last.organisation, last.since)
            changed = ChangeReader(self._api).read(last.since, delta)
            follow_up = FollowUp(self._api, delta, self._terms, self._types)
            if changed is not None:
                follow_up.read()
            if changed is not None and not follow_up.whole:
                yield last.organisation
                items_too = follow_up.whole_items or not changed.certain
                yield from self._changed(last, delta.sorted(), changed.time, items_too=items_too)
                return
        yield from self._whole()

    def family(self) -> Family:
        """Who pays for whom, as this run knows it or, if it knows nothing, read now."""
        if self._family is None:
            for _ in self._accounts():
                pass
        return self._family or Family()

    def reading(self) -> Reading:
        """What rows mean in this company."""
        organisation = self._organisation or self.read_organisation()[0]
        return self._reading(organisation, self.family())

    def _reading(self, organisation: Organisation, family: Family) -> Reading:
        return Reading(
            home=organisation.currency,
            payer=family.payer,
            reference_field=self._config.reference_field,
            site=family.site,
            offer=self._terms.offer,
            zone=ZoneInfo(organisation.time_zone),
        )

    def account(self, row: wire.Customer) -> Account:
        """A customer as an account, with the types that are not to be chased."""
        return facts.account(row, do_not_chase=self._types.stops(row.kind))

    def type_names(self) -> dict[str, str]:
        """The customer types: id by case-folded name."""
        return {name: type_id for type_id, name in type_ids(self._api).items()}

    def _whole(self) -> Iterator[Organisation | Page | StreamEnd]:
        self._suspect = False
        self._types = CustomerTypes(self._api, self._config.do_not_chase_types)
        organisation, began = self.read_organisation()
        yield organisation
        cursor = Cursor(since=began - _OVERLAP, full_at=began, settings=self._settings())
        yield from self._accounts(cursor)
        paid = PaidDays()
        yield from self._items(cursor, paid)
        if self._config.history_months:
            yield from self._settled(cursor, paid)

    def _changed(
        self, last: Cursor, found: Sorted, told: datetime | None, *, items_too: bool
    ) -> Events:
        """``items_too``: every open item is read, since the changes do not tell all of them."""
        self._suspect = found.nameless
        at = told or last.since + _OVERLAP
        cursor = Cursor(since=at - _OVERLAP, full_at=last.full_at, settings=last.settings)
        accounts, bad = found.accounts, found.bad_accounts
        yield Page(stream=Stream.ACCOUNTS, accounts=accounts, quarantined=bad)
        yield self._end(Stream.ACCOUNTS, cursor, len(accounts) + len(bad), full=False)
        if items_too:
            yield from self._items(cursor, PaidDays())
        else:
            items, gone = tuple(found.items.values()), tuple(sorted(found.gone))
            yield Page(stream=Stream.ITEMS, items=items, quarantined=found.bad_items, gone=gone)
            records = len(items) + len(found.bad_items)
            yield self._end(Stream.ITEMS, cursor, records, full=False)
        if self._config.history_months:
            settled, bad = found.settled, found.bad_settled
            yield Page(stream=Stream.SETTLED, settled=settled, quarantined=bad)
            yield self._end(Stream.SETTLED, cursor, len(settled) + len(bad), full=False)

    def _accounts(self, cursor: Cursor | None = None) -> Events:
        """All customers, inactive ones too: open invoices can belong to them."""
        family = Family()

        def convert(row: wire.Customer) -> Account:
            family.note(row)
            return self.account(row)

        listing = Listing(Query("Customer", (ANY_STATE,)), wire.Customer, convert)
        sweep = Sweep(self._api, listing)
        for got in sweep:
            self._suspect = self._suspect or any(not bad.account_id for bad in got.bad)
            yield Page(stream=Stream.ACCOUNTS, accounts=tuple(got.rows), quarantined=tuple(got.bad))
        self._family = family
        if cursor is not None:
            yield self._end(Stream.ACCOUNTS, cursor, sweep.records, full=True)

    def _items(self, cursor: Cursor, paid: PaidDays) -> Events:
        """Open invoices, credit memos with something left, and money that is on no invoice."""
        reading, records = self.reading(), 0
        self.credits = None
        known: dict[str, list[OpenItem]] = {}
        for listing in (open_invoices(reading), open_credits(reading), payments(reading, paid)):
            sweep = Sweep(self._api, listing)
            for got in sweep:
                self._suspect = self._suspect or any(not bad.account_id for bad in got.bad)
                for item in got.rows:
                    if item.kind is not ItemKind.INVOICE:
                        known.setdefault(item.account_id, []).append(item)
                yield Page(stream=Stream.ITEMS, items=tuple(got.rows), quarantined=tuple(got.bad))
            records += sweep.records
        self.credits = {
            account: tuple({item.item_id: item for item in items}.values())
            for account, items in known.items()
        }
        yield self._end(Stream.ITEMS, cursor, records, full=True)

    def _settled(self, cursor: Cursor, paid: PaidDays) -> Events:
        """Invoices of the last ``history_months``, paid on the day of their last payment."""
        sweep = Sweep(self._api, paid_invoices(self.reading(), paid, self._cutoff()))
        for got in sweep:
            yield Page(stream=Stream.SETTLED, settled=tuple(got.rows), quarantined=tuple(got.bad))
        yield self._end(Stream.SETTLED, cursor, sweep.records, full=True)

    def _end(self, stream: Stream, cursor: Cursor, records: int, *, full: bool) -> StreamEnd:
        if stream is Stream.ITEMS:
            cursor = msgspec.structs.replace(
                cursor,
                organisation=self._organisation,
                parents=self.family().parents,
                sites=self.family().sites,
                types=self._types.known,
            )
        text = "" if self._suspect else msgspec.json.encode(cursor).decode()
        warnings = tuple(map(no_such_type, self._types.nowhere))
        return StreamEnd(stream=stream, full=full, records=records, cursor=text, warnings=warnings)

    def _last(self, cursors: Mapping[Stream, str]) -> Cursor | None:
        """Where the changes go on: the earliest of all streams; None = read everything."""
        streams = [Stream.ITEMS, Stream.ACCOUNTS]
        if self._config.history_months:
            streams.append(Stream.SETTLED)
        found = [_read_cursor(cursors.get(stream, "")) for stream in streams]
        known = [cursor for cursor in found if cursor is not None]
        if len(known) < len(streams):
            return None
        since = min(cursor.since for cursor in known)
        now, items = self._clock(), known[0]
        if now - since >= _MEMORY or now - items.full_at >= self._config.full_read_every:
            return None
        if any(cursor.settings != self._settings() for cursor in known):
            return None
        return msgspec.structs.replace(items, since=since)

    def _delta(self, organisation: Organisation, since: datetime) -> Delta:
        cutoff = self._cutoff() if self._config.history_months else None
        family = self.family()
        reading = self._reading(organisation, family)
        return Delta(reading, family, self.account, cutoff, since + _OVERLAP)

    def _cutoff(self) -> date:
        organisation = self._organisation or self.read_organisation()[0]
        today = self._clock().astimezone(ZoneInfo(organisation.time_zone)).date()
        return today - timedelta(days=_DAYS_A_MONTH * self._config.history_months)

    def _settings(self) -> str:
        config = self._config
        kept = (config.time_zone, config.history_months, config.do_not_chase_types)
        return repr((*kept, config.reference_field, config.realm_id))


def open_invoices(reading: Reading, *more: str) -> Listing[OpenItem]:
    """Invoices with something due; ``more`` are further conditions."""
    return Listing(
        Query("Invoice", (*more, OPEN)),
        wire.Invoice,
        reading.open_invoice,
        reading.payer,
    )


def open_credits(reading: Reading, *more: str) -> Listing[OpenItem]:
    """Credit memos with something left."""
    query = Query("CreditMemo", (*more, OPEN))
    return Listing(query, wire.CreditMemo, reading.open_credit, reading.payer, facts.credit_id)


def payments(reading: Reading, paid: PaidDays, *more: str) -> Listing[OpenItem]:
    """Payments, of which those with money left become items; ``paid`` learns from all."""

    def convert(row: wire.Payment) -> OpenItem | None:
        paid.note(row)
        return reading.unapplied(row)

    query = Query("Payment", more)
    return Listing(query, wire.Payment, convert, reading.payer, facts.payment_id)


def paid_invoices(reading: Reading, paid: PaidDays, issued_from: date) -> Listing[Settled]:
    """Invoices without a balance, issued on or after a day."""

    def convert(row: wire.Invoice) -> Settled | None:
        return reading.settled(row, paid.of(row.id), paid.money_on(row.id))

    since = f"TxnDate >= {quoted(issued_from.isoformat())}"
    return Listing(Query("Invoice", ("Balance = '0'", since)), wire.Invoice, convert, reading.payer)


def _read_cursor(text: str) -> Cursor | None:
    """The cursor, or None (a full read) when there is none or it is not ours."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError:
        return None
