"""Reads a list whole while it may be changing, and loses no row.

Pages are cut by id, not by position: each asks for the rows past the last id it has seen, so
rows that leave (an invoice is paid) or come move no other row. The list is counted first: an
answer without rows is believed only when nothing is there to be read, and a list that holds
fewer rows than were counted is counted, and if need be read, again.

A page is decoded strictly as a whole, row by row only when that fails; a row that cannot be
read is set aside under its party.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from connectors.tryton import wire
from connectors.tryton.api import Domain, TrytonApi, result_of
from syncer.errors import ContractError, Transient
from syncer.http.faults import MalformedError
from syncer.model.ledger import Quarantined

R = TypeVar("R")

_PASSES_MAX = 3
_PAGES_MAX = 10_000
_ROWS_BAD_MAX = 0.5  # more unreadable rows than this share means the shape itself changed
_FEW = 3  # ... but of so few rows, all may be bad


class UnreadableError(Exception):
    """A row that cannot be used; the text says why, without personal data."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list and how its rows become records.

    ``convert`` raises UnreadableError for a row that cannot be used. ``title`` names the list
    in messages to people.
    """

    title: str
    model: str
    row: type[Any]
    fields: tuple[str, ...]
    domain: Domain
    convert: Callable[[Any], R]


@dataclass(frozen=True, slots=True)
class PageRead(Generic[R]):
    """One page, decoded. ``ids`` are those of all its rows, in order, readable or not."""

    rows: list[R]
    ids: list[int]
    bad: list[Quarantined]


class _Loose(msgspec.Struct):
    """As much of an unreadable row as says whose it is."""

    id: int
    party: Any = None


class Sweep(Generic[R]):
    """One full read of a list. Iterate once; ``records`` is set by then."""

    def __init__(self, api: TrytonApi, listing: Listing[R]) -> None:
        self._api = api
        self._listing = listing
        self.records = 0  # as Tryton counted them, or as many as were given
        self._given = 0

    def __iter__(self) -> Iterator[PageRead[R]]:
        listing, known = self._listing, set[int]()
        count = self._count()
        for _ in range(_PASSES_MAX):
            for page in pages(self._api, listing, known):
                known.update(page.ids)
                self._given += len(page.rows) + len(page.bad)
                yield page
            self.records = max(count, self._given)
            if len(known) >= count:
                return
            count = self._count()  # rows that left meanwhile are no longer counted
            if len(known) >= count:
                return
        raise Transient(
            f"{listing.title}: Tryton counts {count} rows and gives {len(known)}, or the list kept "
            "changing while it was read; the next run tries again"
        )

    def _count(self) -> int:
        return self._api.count(self._listing.model, self._listing.domain)


def pages(
    api: TrytonApi, listing: Listing[R], known: set[int] | None = None
) -> Iterator[PageRead[R]]:
    """The pages of a list, in the order of its ids; rows that are ``known`` are left out."""
    size, last = api.rows_per_call, 0
    decoder = _Decoder(listing, known if known is not None else set())
    method = f"model.{listing.model}.search_read"
    for _ in range(_PAGES_MAX):
        domain = [listing.domain, ["id", ">", last]]
        arguments = (domain, 0, size, [["id", "ASC"]], listing.fields)
        page = api.read(method, decoder.decoding(last), *arguments)
        yield page
        if len(page.ids) < size:
            return
        last = page.ids[-1]
    raise ContractError(f"{listing.title}: the list has no end")


def read_all(api: TrytonApi, listing: Listing[R]) -> tuple[list[R], list[Quarantined]]:
    """A list that is nearly always one page, without a count."""
    rows: list[R] = []
    bad: list[Quarantined] = []
    for page in pages(api, listing):
        rows += page.rows
        bad += page.bad
    return rows, bad


class _Decoder(Generic[R]):
    """Turns an answer into a PageRead."""

    def __init__(self, listing: Listing[R], known: set[int]) -> None:
        self._listing = listing
        self._known = known
        self._strict = wire.answer(list[listing.row])  # type: ignore[name-defined]
        self._loose = wire.answer(list[msgspec.Raw])

    def decoding(self, last: int) -> Callable[[bytes], PageRead[R]]:
        """A parser of the page after the id ``last``."""
        return lambda body: self._decode(body, last)

    def _decode(self, body: bytes, last: int) -> PageRead[R]:
        try:
            rows = result_of(self._strict.decode(body))
        except msgspec.ValidationError:
            return self._row_by_row(body, last)
        except wire.UNREADABLE:
            raise MalformedError("the answer is not complete JSON") from None
        page: PageRead[R] = PageRead([], [row.id for row in rows], [])
        _check_order(page.ids, last)
        for row in rows:
            self._take(page, row)
        return page

    def _take(self, page: PageRead[R], row: Any) -> None:
        if row.id in self._known:
            return
        try:
            page.rows.append(self._listing.convert(row))
        except (UnreadableError, ValueError, ArithmeticError) as error:
            said = str(error) if isinstance(error, UnreadableError) else "a value is damaged"
            page.bad.append(self._held(row.id, getattr(row, "party", None), said))

    def _row_by_row(self, body: bytes, last: int) -> PageRead[R]:
        try:
            raws = result_of(self._loose.decode(body))
        except wire.UNREADABLE:
            raise MalformedError("the answer does not have the shape of a list") from None
        page: PageRead[R] = PageRead([], [], [])
        unread = 0
        for raw in raws:
            try:
                row = msgspec.json.decode(raw, type=self._listing.row)
            except wire.UNREADABLE as error:
                unread += 1
                self._set_aside(page, raw, str(error))
                continue
            page.ids.append(row.id)
            self._take(page, row)
        if unread > max(_FEW, _ROWS_BAD_MAX * len(raws)):
            raise MalformedError(f"{unread} of {len(raws)} rows cannot be read")
        _check_order(page.ids, last)
        return page

    def _set_aside(self, page: PageRead[R], raw: bytes, error: str) -> None:
        try:
            loose = msgspec.json.decode(raw, type=_Loose)
        except wire.UNREADABLE:
            raise MalformedError("a row does not even say its id") from None
        page.ids.append(loose.id)
        if loose.id not in self._known:
            field = error.split("`$.")[-1].rstrip("`") if "`$." in error else "the row"
            party = loose.party if isinstance(loose.party, int) else None
            page.bad.append(self._held(loose.id, party, f"{field} cannot be read"))

    def _held(self, record: int, party: int | None, said: str) -> Quarantined:
        return Quarantined(
            record_id=str(record),
            account_id="" if party is None else str(party),
            where=f"{self._listing.title}, {self._listing.model} {record}",
            problem=f"{said}: open it in Tryton and correct it",
        )


def _check_order(ids: list[int], last: int) -> None:
    """Rows past the id asked for, each once and in order: then nothing lies between them."""
    for one in ids:
        if one <= last:
            raise MalformedError("the rows do not come in the order of their ids")
        last = one
