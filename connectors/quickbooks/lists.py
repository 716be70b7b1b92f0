"""Decodes one page of a list: strictly as a whole, row by row only when that fails.

A healthy page carries ``QueryResponse``; no rows are said by leaving the list out, and then
nothing else may be in there. What is not that (HTML, a fault with status 200, cut JSON, a list
under another name) is ``MalformedError``: the client reads it again and then stops loudly.
That an empty list is really empty is checked against a count, see ``sweep``.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.facts import UnreadableError
from connectors.quickbooks.moments import read_instant
from connectors.quickbooks.query import Query
from syncer.http.faults import MalformedError
from syncer.http.transport import Response
from syncer.model.ledger import Quarantined

R = TypeVar("R")
_NO_NUMBER = "an amount is not a number"
_ROWS_BAD_MAX = 0.5  # more unreadable rows than this share means the shape itself changed
_FEW = 3  # ... but of so few rows, all may be bad
_LOOSE = msgspec.json.Decoder(float_hook=Decimal)  # amounts from their digits
_OFFSET = slice(-6, None)  # the offset at the end of an instant: -08:00


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list and how its rows become records.

    ``convert`` returns None for a row that is of no interest and raises UnreadableError for
    one that cannot be used. ``owner`` gives the account of a customer id, ``named`` our
    id of a record of this list.
    """

    query: Query
    row: type[Any]
    convert: Callable[[Any], R | None]
    owner: Callable[[str], str] = str
    named: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class ListRead(Generic[R]):
    """One page, decoded. ``ids`` are those of all its rows, in order, readable or not."""

    rows: list[R]
    ids: list[str]
    bad: list[Quarantined]
    latest: datetime | None = None  # the newest change among the rows, when asked for


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a list a page is."""

    start: int  # position of its first row, from 1
    stamps: bool = False  # whether the newest change is wanted: it costs reading every row's


def utf8(response: Response) -> bytes:
    """The body in UTF-8: companies in the United States may answer in ISO 8859-1."""
    said = response.headers.get("Content-Type", "").lower()
    return response.body.decode("latin-1").encode() if "8859-1" in said else response.body


class ListDecoder(Generic[R]):
    """Turns a response into a ListRead."""

    def __init__(self, listing: Listing[R]) -> None:
        self._listing = listing
        entity = listing.query.entity
        self._strict = msgspec.json.Decoder(wire.listed(entity, listing.row))
        self._loose = msgspec.json.Decoder(wire.listed(entity, msgspec.Raw))
        self._row = msgspec.json.Decoder(listing.row)

    def decode(
        self, response: Response, span: Span, skip: AbstractSet[str] = frozenset()
    ) -> ListRead[R]:
        """The page, or MalformedError. Rows whose ids are in ``skip`` are not converted."""
        body = utf8(response)
        try:
            envelope = self._strict.decode(body)
            return self._whole(_rows_of(envelope), span, skip)
        except (msgspec.ValidationError, UnicodeDecodeError):
            return self._row_by_row(body, span, skip)
        except wire.UNREADABLE:
            raise MalformedError("the answer is not complete JSON") from None

    def singly(self, raws: list[msgspec.Raw]) -> ListRead[R]:
        """Rows that came as raw JSON, each judged on its own."""
        found: ListRead[R] = ListRead([], [], [])
        for index, raw in enumerate(raws):
            self._take(found, raw, index + 1, frozenset())
        return found

    def converted(self, rows: list[Any]) -> ListRead[R]:
        """Rows that were decoded before."""
        return self._whole(rows, Span(1), frozenset())

    def _whole(self, rows: list[Any], span: Span, skip: AbstractSet[str]) -> ListRead[R]:
        """Every row decoded: convert them all, or one by one when one of them is bad."""
        listing = self._listing
        ids = [row.id for row in rows]
        found: ListRead[R] = ListRead([], ids, [], _latest(rows) if span.stamps else None)
        if skip and not skip.isdisjoint(ids):
            rows = [row for row in rows if row.id not in skip]
        try:
            found.rows.extend([r for r in map(listing.convert, rows) if r is not None])
        except (UnreadableError, InvalidOperation):
            self._one_by_one(found, rows, span.start)
        return found

    def _one_by_one(self, found: ListRead[R], rows: list[Any], start: int) -> None:
        for index, row in enumerate(rows):
            try:
                record = self._listing.convert(row)
            except (UnreadableError, InvalidOperation) as error:
                said = str(error) if isinstance(error, UnreadableError) else _NO_NUMBER
                found.bad.append(self._held(row, start + index, said))
                continue
            if record is not None:
                found.rows.append(record)

    def _row_by_row(self, body: bytes, span: Span, skip: AbstractSet[str]) -> ListRead[R]:
        try:
            raws = _rows_of(self._loose.decode(body))
        except wire.UNREADABLE:
            raise MalformedError("the answer does not have the shape of a list") from None
        found: ListRead[R] = ListRead([], [], [])
        read = sum(
            self._take(found, raw, span.start + index, skip) for index, raw in enumerate(raws)
        )
        if len(raws) - read > max(_FEW, _ROWS_BAD_MAX * len(raws)):
            raise MalformedError(f"{len(raws) - read} of {len(raws)} rows cannot be read")
        return found

    def _take(self, found: ListRead[R], raw: bytes, position: int, skip: AbstractSet[str]) -> bool:
        """Take a row over, or set it aside; whether it could be read."""
        try:
            row = self._row.decode(raw)
            record = None if row.id in skip else self._listing.convert(row)
        except (*wire.UNREADABLE, UnreadableError, InvalidOperation) as error:
            row_id, bad = self._from_raw(raw, position, error)
            found.bad.append(bad)
            found.ids.append(row_id)
            return False
        found.ids.append(row.id)
        if record is not None:
            found.rows.append(record)
        return True

    def _held(self, row: Any, position: int, problem: str) -> Quarantined:
        customer = getattr(row, "customer", None)
        owner = row.id if customer is None else customer.value
        return self._quarantined(row.id, owner, position, problem)

    def _from_raw(self, raw: bytes, position: int, error: Exception) -> tuple[str, Quarantined]:
        loose = _loosely(raw)
        row: Mapping[str, Any] = loose if isinstance(loose, dict) else {}
        record_id = _text(row.get("Id"))
        owner = record_id
        if self._listing.query.entity != "Customer":
            owner = _text(_part(row, "CustomerRef"))
        place = record_id or f"position {position}"
        found = self._quarantined(place, owner, position, _complaint(error))
        amount, currency = row.get("Balance"), _part(row, "CurrencyRef")
        if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
            amount = None
        return place, msgspec.structs.replace(
            found,
            amount=None if amount is None else Decimal(amount),
            currency=_text(currency),
        )

    def _quarantined(
        self, record_id: str, customer_id: str, position: int, problem: str
    ) -> Quarantined:
        return Quarantined(
            record_id=self._listing.named(record_id),
            account_id=self._listing.owner(customer_id) if customer_id else "",
            where=f"{self._listing.query.entity} {record_id}, row {position} of the list",
            problem=f"{problem}. Correct it in QuickBooks; until then its account is held.",
        )


def _rows_of(envelope: Any) -> list[Any]:
    """The rows, checked against what the answer says of them."""
    answer = envelope.answer
    if answer is None:
        raise MalformedError("the list is missing")
    rows: list[Any] = answer.rows or []
    if answer.rows is None and answer.given:
        raise MalformedError(f"{answer.given} rows are said to be there, under another name")
    if answer.given is not None and answer.given != len(rows):
        raise MalformedError(f"the answer holds {len(rows)} rows and says {answer.given}")
    return rows


def _latest(rows: list[Any]) -> datetime | None:
    """The newest change. Texts with one offset sort as their instants do, to the second."""
    texts = {row.stamps.updated for row in rows if row.stamps is not None and row.stamps.updated}
    newest: dict[str, str] = {}
    for text in texts:
        offset = text[_OFFSET]
        if text > newest.get(offset, ""):
            newest[offset] = text
    try:
        return max(map(read_instant, newest.values()), default=None)
    except ValueError:
        return None


def _loosely(raw: bytes) -> object:
    """What can be made of a bad row; None when nothing can: then nobody knows whose it is."""
    try:
        return _LOOSE.decode(raw)
    except wire.UNREADABLE:
        return None


def _part(row: Mapping[str, Any], name: str) -> object:
    ref = row.get(name)
    return ref.get("value") if isinstance(ref, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _complaint(error: Exception) -> str:
    """What is wrong with a row, without the row's own words."""
    if isinstance(error, InvalidOperation):
        return _NO_NUMBER
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return "it is no readable text"
    said = str(error)
    where = f" (at {said.split(' - at ')[1]})" if " - at " in said else ""
    return said.split(" - at ")[0] + where
