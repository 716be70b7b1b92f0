"""Reads a Xero organisation: open items whole, contacts by delta, paid invoices by delta.

Calls: one for the organisation (three with ``bank_freshness``) and one per thousand rows of
each list. What the delta of
Xero cannot see (changes that leave ``UpdatedDateUTC`` alone, section "If-Modified-Since" of
the requests page) is why open items are always read whole and contacts at least daily.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from connectors.xero import facts, wire
from connectors.xero.api import XeroApi
from connectors.xero.bank import books_seen
from connectors.xero.config import XeroConfig
from connectors.xero.dates import since_header
from connectors.xero.lists import Listing
from connectors.xero.sweep import Sweep
from syncer.errors import ContractError
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

_OVERLAP = timedelta(minutes=5)  # a delta begins this much before the last one's first page
_FULL_EVERY = timedelta(hours=24)
_DAYS_A_MONTH = 31

_item_id: Callable[[OpenItem], str] = attrgetter("item_id")

Credits = dict[str, tuple[OpenItem, ...]]


class Cursor(msgspec.Struct, frozen=True):
    """Where a delta goes on. Server times, aware UTC."""

    since: datetime
    full_at: datetime
    months: int = 0


class OrganisationEnvelope(wire.Wire):
    """The answer of /Organisation."""

    rows: list[wire.Organisation] = msgspec.field(name="Organisations")


class Reader:
    """The streams of one organisation. ``credits`` is filled once ITEMS was read whole."""

    def __init__(self, api: XeroApi, config: XeroConfig, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._groups = frozenset(name.casefold() for name in config.do_not_chase_groups)
        self.credits: Credits | None = None  # per account id

    def organisation(self) -> Organisation:
        """The owner: zone, base currency, lock dates, and how far the bank is if that is asked."""
        rows = self._api.one("Organisation", OrganisationEnvelope).rows
        if len(rows) != 1:
            raise ContractError(f"/Organisation lists {len(rows)} organisations instead of one")
        owner = facts.organisation(rows[0], time_zone=self._config.time_zone)
        if not self._config.bank_freshness:
            return owner
        today = self._clock().astimezone(ZoneInfo(owner.time_zone)).date()
        seen = books_seen(self._api, self._config, today)
        return replace(owner, books_fresh_on=seen.on, bank_account=seen.account)

    def items(self) -> Iterator[Page | StreamEnd]:
        """Open invoices, then what is left on credit notes, overpayments and prepayments."""
        records = 0
        self.credits = None
        known: dict[str, list[OpenItem]] = {}
        for listing in (open_invoices(), *credit_lists()):
            sweep = Sweep(self._api.pages(listing), id_of=_item_id)
            for got in sweep:
                for item in got.rows if listing.row is not wire.OpenInvoice else ():
                    known.setdefault(item.account_id, []).append(item)
                yield Page(stream=Stream.ITEMS, items=tuple(got.rows), quarantined=tuple(got.bad))
            records += sweep.records
        self.credits = {
            account: tuple({item.item_id: item for item in items}.values())
            for account, items in known.items()
        }
        yield StreamEnd(stream=Stream.ITEMS, full=True, records=records)

    def accounts(self, cursor: str) -> Iterator[Page | StreamEnd]:
        """Contacts changed since ``cursor``; all of them at least every 24 hours."""
        last = _read_cursor(cursor)
        full = last is None or self._clock() - last.full_at >= _FULL_EVERY
        listing = self.contacts(since="" if full or last is None else since_header(last.since))
        sweep = Sweep(self._api.pages(listing), id_of=attrgetter("account_id"))
        for got in sweep:
            yield Page(stream=Stream.ACCOUNTS, accounts=tuple(got.rows), quarantined=tuple(got.bad))
        yield StreamEnd(
            stream=Stream.ACCOUNTS,
            full=full,
            records=sweep.records,
            cursor=self._next(sweep.started_at, None if full else last, months=0),
        )

    def settled(self, cursor: str, today: date) -> Iterator[Page | StreamEnd]:
        """Paid invoices issued in the last ``history_months``; later only what changed."""
        months = self._config.history_months
        last = _read_cursor(cursor)
        if last is not None and last.months != months:
            last = None
        since = "" if last is None else since_header(last.since)
        listing = paid_invoices(today - timedelta(days=_DAYS_A_MONTH * months), since=since)
        sweep = Sweep(self._api.pages(listing), id_of=attrgetter("item_id"))
        for got in sweep:
            yield Page(stream=Stream.SETTLED, settled=tuple(got.rows), quarantined=tuple(got.bad))
        yield StreamEnd(
            stream=Stream.SETTLED,
            full=last is None,
            records=sweep.records,
            cursor=self._next(sweep.started_at, last, months=months),
        )

    def contacts(self, *, since: str = "") -> Listing[Account]:
        """All contacts, archived ones too: open invoices can belong to them."""
        return Listing(
            path="Contacts",
            key="Contacts",
            row=wire.Contact,
            id_field="ContactID",
            convert=self.account,
            params={"includeArchived": "true", "order": "ContactID ASC"},
            since=since,
        )

    def account(self, row: wire.Contact) -> Account:
        """A contact as an account, with the groups that are not to be chased."""
        return facts.account(row, self._groups)

    def _next(self, started: datetime | None, last: Cursor | None, *, months: int) -> str:
        """The next cursor. Without a server time the delta simply starts where it did."""
        at = started or (last.since + _OVERLAP if last else self._clock())
        full_at = last.full_at if last else self._clock()
        cursor = Cursor(since=at - _OVERLAP, full_at=full_at, months=months)
        return msgspec.json.encode(cursor).decode()


def open_invoices(*, contact_ids: str = "") -> Listing[OpenItem]:
    """Authorised sales invoices; a part-paid one stays authorised (invoices page).

    ``summaryOnly`` leaves out line items and payments, which nothing here reads: a third of
    the bytes (invoices page). ``contact_ids`` is comma separated.
    """
    only = {"ContactIDs": contact_ids} if contact_ids else {}
    return Listing(
        path="Invoices",
        key="Invoices",
        row=wire.OpenInvoice,
        id_field="InvoiceID",
        convert=facts.open_invoice,
        params={
            "where": 'Type=="ACCREC"',
            "Statuses": "AUTHORISED",
            "summaryOnly": "true",
            "order": "InvoiceID ASC",
            **only,
        },
    )


def paid_invoices(issued_from: date, *, since: str) -> Listing[Settled]:
    """Paid sales invoices issued on or after a day; Date is an optimised filter."""
    start = f"DateTime({issued_from.year},{issued_from.month:02d},{issued_from.day:02d})"
    return Listing(
        path="Invoices",
        key="Invoices",
        row=wire.PaidInvoice,
        id_field="InvoiceID",
        convert=facts.settled,
        params={
            "where": f'Type=="ACCREC" AND Date>={start}',
            "Statuses": "PAID",
            "summaryOnly": "true",
            "order": "InvoiceID ASC",
        },
        since=since,
        watched=False,
    )


def credit_lists(*, contact_id: str = "") -> tuple[Listing[OpenItem], ...]:
    """The three lists of unused credit, for one contact or for all (section 6.2 of the API)."""
    only = f' AND Contact.ContactID==guid("{contact_id}")' if contact_id else ""
    return (
        _credit_list(
            "CreditNotes",
            wire.CreditNote,
            "CreditNoteID",
            ItemKind.CREDIT_NOTE,
            types=("ACCRECCREDIT",),
            where=f'Type=="ACCRECCREDIT" AND Status=="AUTHORISED"{only}',
        ),
        _credit_list(
            "Overpayments",
            wire.Overpayment,
            "OverpaymentID",
            ItemKind.OVERPAYMENT,
            types=("RECEIVE-OVERPAYMENT", "AROVERPAYMENT"),
            where=f'Status=="AUTHORISED"{only}',
        ),
        _credit_list(
            "Prepayments",
            wire.Prepayment,
            "PrepaymentID",
            ItemKind.PREPAYMENT,
            types=("RECEIVE-PREPAYMENT", "ARPREPAYMENT"),
            where=f'Status=="AUTHORISED"{only}',
        ),
    )


def _credit_list(
    key: str, row: type[Any], id_field: str, kind: ItemKind, *, types: tuple[str, ...], where: str
) -> Listing[OpenItem]:
    def convert(credit: Any) -> OpenItem | None:
        return facts.open_credit(credit, kind) if credit.type in types else None

    return Listing(
        path=key,
        key=key,
        row=row,
        id_field=id_field,
        convert=convert,
        params={"where": where, "order": f"{id_field} ASC"},
    )


def _read_cursor(text: str) -> Cursor | None:
    """The cursor, or None (a full read) when there is none or it is not ours."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError:
        return None
