"""Decodes one page of a list: strictly as a whole, row by row only when that fails.

A healthy page carries ``pagination``, its list and exactly the rows that its count promises.
Anything else (HTML, an error body with status 200, cut JSON, an empty page too early) is
``MalformedError``: the client reads it again and then stops loudly. It is never "none".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec

from connectors.xero import wire
from connectors.xero.dates import latest, read_instant
from connectors.xero.facts import UnreadableError
from syncer.http.faults import MalformedError
from syncer.http.transport import Response
from syncer.model.ledger import Quarantined
from syncer.model.money import keepable

R = TypeVar("R")
_updated = attrgetter("updated")
_NO_NUMBER = "an amount is not a number"
_ROWS_BAD_MAX = 0.5  # more unreadable rows than this share means the shape itself changed


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list of Xero's and how its rows become records.

    ``convert`` returns None for a row that is of no interest and raises UnreadableError for
    one that cannot be used. ``row`` decodes only rows that were asked for, so a filter that
    the vendor ignored is noticed.
    """

    path: str
    key: str  # of the list in the answer
    row: type[Any]
    id_field: str
    convert: Callable[[Any], R | None]
    params: Mapping[str, str]
    since: str = ""  # If-Modified-Since
    watched: bool = True  # whether a row changed during the reading has the list read again

    def decoder(self) -> "PageDecoder[R]":
        """A decoder for this list, built once."""
        return PageDecoder(self)


@dataclass(frozen=True, slots=True)
class PageRead(Generic[R]):
    """One page, decoded. ``ids`` are those of all its rows, in order, readable or not."""

    rows: list[R]
    ids: list[str]
    bad: list[Quarantined]
    count: int  # of the whole list, as the vendor says now
    at: datetime | None  # the server's clock
    latest: datetime | None = None  # change of any row; None where the list is not watched


class PageDecoder(Generic[R]):
    """Turns a response into a PageRead."""

    def __init__(self, listing: Listing[R]) -> None:
        self._listing = listing
        self._strict = msgspec.json.Decoder(wire.envelope(listing.key, listing.row))
        self._loose = msgspec.json.Decoder(wire.envelope(listing.key, msgspec.Raw))
        self._row = msgspec.json.Decoder(listing.row)

    def decode(self, response: Response, *, page: int, size: int) -> PageRead[R]:
        """The page, or MalformedError. ``page`` counts from 1."""
        if response.content_type not in ("application/json", "text/json", ""):
            raise MalformedError(f"the answer is {response.content_type}, not JSON")
        try:
            envelope = self._strict.decode(response.body)
            _check_envelope(envelope, self._listing.key, page=page, size=size)
            return self._whole(envelope, page)
        except (msgspec.ValidationError, UnicodeDecodeError):
            return self._row_by_row(response.body, page=page, size=size)
        except wire.UNREADABLE:
            raise MalformedError("the answer is not complete JSON") from None

    def _whole(self, envelope: Any, page: int) -> PageRead[R]:
        """Every row decoded: convert them all, or one by one when one of them is bad."""
        ids = [row.id for row in envelope.rows]
        try:
            records = [r for r in map(self._listing.convert, envelope.rows) if r is not None]
            return self._page(envelope, envelope.rows, records, ids, [])
        except (UnreadableError, InvalidOperation):
            return self._one_by_one(envelope, ids, page)

    def _one_by_one(self, envelope: Any, ids: list[str], page: int) -> PageRead[R]:
        rows: list[R] = []
        bad: list[Quarantined] = []
        for index, row in enumerate(envelope.rows):
            try:
                record = self._listing.convert(row)
            except (UnreadableError, InvalidOperation) as error:
                said = str(error) if isinstance(error, UnreadableError) else _NO_NUMBER
                bad.append(self._quarantined(row.id, _contact_of(row), page, index, said))
                continue
            if record is not None:
                rows.append(record)
        return self._page(envelope, envelope.rows, rows, ids, bad)

    def _row_by_row(self, body: bytes, *, page: int, size: int) -> PageRead[R]:
        try:
            envelope = self._loose.decode(body)
        except wire.UNREADABLE:
            raise MalformedError("the answer does not have the shape of a list") from None
        _check_envelope(envelope, self._listing.key, page=page, size=size)
        rows: list[R] = []
        ids: list[str] = []
        bad: list[Quarantined] = []
        read: list[Any] = []
        for index, raw in enumerate(envelope.rows):
            try:
                row = self._row.decode(raw)
                read.append(row)
                record = self._listing.convert(row)
                ids.append(row.id)
                if record is not None:
                    rows.append(record)
            except (*wire.UNREADABLE, UnreadableError, InvalidOperation) as error:
                bad.append(self._from_raw(raw, page, index, _complaint(error)))
                ids.append(bad[-1].record_id)
        if len(bad) > _ROWS_BAD_MAX * len(ids):
            raise MalformedError(f"{len(bad)} of {len(ids)} rows cannot be read")
        return self._page(envelope, read, rows, ids, bad)

    def _page(
        self,
        envelope: Any,
        read: Sequence[Any],
        rows: list[R],
        ids: list[str],
        bad: list[Quarantined],
    ) -> PageRead[R]:
        try:
            at = read_instant(envelope.server_time) if envelope.server_time else None
        except (ValueError, OverflowError):
            raise MalformedError("the answer's own time cannot be read") from None
        changed = None
        if self._listing.watched:
            changed = latest(filter(None, map(_updated, read)))
        return PageRead(rows, ids, bad, envelope.pagination.item_count, at, changed)

    def _from_raw(self, raw: bytes, page: int, index: int, problem: str) -> Quarantined:
        loose = _loosely(raw)
        row: Mapping[str, Any] = loose if isinstance(loose, dict) else {}
        contact = row.get("Contact")
        contact_id = contact.get("ContactID") if isinstance(contact, dict) else None
        record_id = row.get(self._listing.id_field)
        found = self._quarantined(
            record_id if isinstance(record_id, str) and record_id else f"page {page} row {index}",
            contact_id if isinstance(contact_id, str) else "",
            page,
            index,
            problem.split(" - at ")[0] + _at(problem),
        )
        currency = row.get("CurrencyCode")
        return msgspec.structs.replace(
            found,
            amount=_amount(row.get("AmountDue")),
            currency=currency if isinstance(currency, str) else "",
        )

    def _quarantined(
        self, record_id: str, contact_id: str, page: int, index: int, problem: str
    ) -> Quarantined:
        if self._listing.key == "Contacts":
            contact_id = record_id
        return Quarantined(
            record_id=record_id,
            account_id=contact_id,
            where=f"{self._listing.path} page {page} row {index + 1}",
            problem=f"{problem}. Correct the record in Xero; until then its account is held.",
        )


def _check_envelope(envelope: Any, key: str, *, page: int, size: int) -> None:
    if envelope.status.upper() != "OK":
        raise MalformedError(f"the answer's own status is {envelope.status[:20]!r}")
    if envelope.rows is None:
        raise MalformedError(f"the list {key!r} is missing")
    if envelope.pagination is None:
        raise MalformedError("the pagination block is missing")
    promised = min(size, max(0, envelope.pagination.item_count - (page - 1) * size))
    if len(envelope.rows) != promised:
        raise MalformedError(
            f"page {page} holds {len(envelope.rows)} rows where {promised} are promised "
            f"(itemCount {envelope.pagination.item_count})"
        )


def _loosely(raw: bytes) -> object:
    """What can be made of a bad row; None when nothing can: then nobody knows whose it is."""
    try:
        return msgspec.json.decode(raw)
    except wire.UNREADABLE:
        return None


def _amount(said: object) -> Decimal | None:
    """The amount of a bad row; None when it is bad itself, for it is stored as well."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    amount = Decimal(str(said))
    return amount if keepable(amount) else None


def _complaint(error: Exception) -> str:
    """What is wrong with a row, without the row's own words."""
    if isinstance(error, InvalidOperation):
        return _NO_NUMBER
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return "it is no readable text"
    return str(error)


def _contact_of(row: Any) -> str:
    contact = getattr(row, "contact", None)
    return contact.contact_id if contact is not None else ""


def _at(problem: str) -> str:
    """The path msgspec names, without the value."""
    return f" (at {problem.split(' - at ')[1]})" if " - at " in problem else ""
