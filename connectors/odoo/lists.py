"""Reads a list by its key: every page begins after the last id of the page before.

A row that leaves the list moves nothing, so none is skipped while people work. Each answer says
how many rows the question still has; a page that does not hold as many as that promises, or
whose ids do not rise, is malformed and read again. A row that cannot be read is set aside with
its account.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from connectors.odoo import wire
from connectors.odoo.api import OdooApi
from connectors.odoo.facts import NOBODY
from connectors.odoo.problems import UnreadableError
from connectors.odoo.questions import PAGE_SIZE, Domain, Specification
from syncer.errors import ContractError
from syncer.http.faults import MalformedError
from syncer.model.ledger import Quarantined
from syncer.model.money import keepable

W = TypeVar("W")
R = TypeVar("R")

PAGES_MAX = 10_000
_ROWS_BAD_MAX = 0.5  # share of unreadable rows past which it is the format that is wrong
_FEW = 3


@dataclass(frozen=True, slots=True)
class Listing(Generic[W]):
    """A list of one model. ``row`` is a struct with an ``id``."""

    model: str
    domain: Domain
    specification: Specification
    row: type[W]


@dataclass(slots=True)
class PageRead(Generic[W]):
    """One page: rows that decoded, and those that did not, set aside."""

    rows: list[W] = field(default_factory=list)
    bad: list[Quarantined] = field(default_factory=list)
    promised: int = 0  # rows the question had left when this page was read
    last: int = 0  # id of the last row


def pages(api: OdooApi, listing: Listing[W]) -> Iterator[PageRead[W]]:
    """Every page of the list, at least one. Raises what a read raises."""
    decoder = _Decoder(listing)
    last = 0
    for _ in range(PAGES_MAX):
        page = _read(api, listing, decoder, last)
        yield page
        if page.promised <= PAGE_SIZE:
            return
        last = page.last
    raise ContractError(f"{listing.model}: the list does not end after {PAGES_MAX} pages")


def all_rows(api: OdooApi, listing: Listing[W]) -> tuple[list[W], list[Quarantined]]:
    """The whole of a list that is known to be short enough for memory."""
    rows: list[W] = []
    bad: list[Quarantined] = []
    for page in pages(api, listing):
        rows += page.rows
        bad += page.bad
    return rows, bad


def some(
    api: OdooApi, listing: Listing[W], *, limit: int | None = None, order: str = "id"
) -> list[W]:
    """All rows of a short list, or the first ``limit`` in ``order``, in one question.

    The answer says how many there are, so that one without rows is believed only where it says
    that there are none. Nothing is set aside: raises ContractError for a row that cannot be read.
    """
    decoder = msgspec.json.Decoder(_envelope(listing.row))
    bounds = {} if limit is None else {"limit": limit, "count_limit": limit}
    call = api.question(
        listing.model,
        "web_search_read",
        domain=listing.domain,
        specification=listing.specification,
        order=order,
        **bounds,
    )

    def parse(result: bytes) -> list[W]:
        try:
            found: Any = decoder.decode(result)
        except (*wire.UNREADABLE, InvalidOperation):
            raise MalformedError("the answer is not the list that was asked for") from None
        if len(found.records) != found.length:
            raise _short(len(found.records), found.length)
        rows: list[W] = found.records
        return rows

    return api.read(call, parse)


def _read(api: OdooApi, listing: Listing[W], decoder: "_Decoder[W]", last: int) -> PageRead[W]:
    after = [["id", ">", last]] if last else []
    call = api.question(
        listing.model,
        "web_search_read",
        domain=[*listing.domain, *after],
        specification=listing.specification,
        limit=PAGE_SIZE,
        order="id",
    )
    return api.read(call, lambda result: decoder.decode(result, after=last))


class _Decoder(Generic[W]):
    def __init__(self, listing: Listing[W]) -> None:
        self._listing = listing
        self._strict = msgspec.json.Decoder(_envelope(listing.row))
        self._loose = msgspec.json.Decoder(wire.Found)
        self._row = msgspec.json.Decoder(listing.row)

    def decode(self, result: bytes, *, after: int) -> PageRead[W]:
        """The page that begins after an id, or MalformedError."""
        try:
            found: Any = self._strict.decode(result)
            page = PageRead(rows=found.records, promised=found.length)
            ids = [row.id for row in found.records]
        except (msgspec.ValidationError, UnicodeDecodeError, InvalidOperation):
            page, ids = self._row_by_row(result)
        except wire.UNREADABLE:
            raise MalformedError("the answer is not complete JSON") from None
        _check(ids, page.promised, after)
        page.last = ids[-1] if ids else after
        return page

    def _row_by_row(self, result: bytes) -> tuple[PageRead[W], list[int]]:
        try:
            found = self._loose.decode(result)
        except wire.UNREADABLE:
            raise MalformedError("the answer does not have the shape of a list") from None
        page: PageRead[W] = PageRead(promised=found.length)
        ids: list[int] = []
        for raw in found.records:
            try:
                row: Any = self._row.decode(raw)
                page.rows.append(row)
                ids.append(row.id)
            except (*wire.UNREADABLE, InvalidOperation) as error:
                record_id, bad = self._set_aside(raw, error)
                page.bad.append(bad)
                ids.append(record_id)
        if len(page.bad) > max(_FEW, _ROWS_BAD_MAX * len(ids)):
            raise MalformedError(f"{len(page.bad)} of {len(ids)} rows cannot be read")
        return page, ids

    def _set_aside(self, raw: msgspec.Raw, error: Exception) -> tuple[int, Quarantined]:
        try:
            row = _LOOSE.decode(raw)
        except wire.UNREADABLE:
            row = {}
        record_id = row.get("id")
        if isinstance(record_id, bool) or not isinstance(record_id, int):
            raise MalformedError("a row without an id") from None
        where = str(error).split(" - at ")[1] if " - at " in str(error) else "a number"
        bad = quarantined(
            self._listing.model,
            record_id,
            _account_of(row, self._listing.model, record_id),
            f"cannot be read (at {where})",
            amount=_amount(row.get("amount_residual_currency")),
        )
        return record_id, bad


def quarantined(
    model: str, record_id: int, account_id: str, problem: str, *, amount: Decimal | None = None
) -> Quarantined:
    """A record set aside; ``problem`` begins the sentence."""
    return Quarantined(
        record_id=f"{model},{record_id}",
        account_id=account_id,
        where=f"{model} {record_id}",
        problem=f"{problem}. Correct it in Odoo; until then its account is held.",
        amount=amount,
    )


def converted(
    rows: list[W], convert: Callable[[W], R | None], model: str
) -> tuple[list[R], list[Quarantined]]:
    """Records of the rows; None is left out, a row that cannot be used is set aside."""
    records: list[R] = []
    bad: list[Quarantined] = []
    for row in rows:
        try:
            record = convert(row)
        except (UnreadableError, InvalidOperation) as error:
            said = str(error) if isinstance(error, UnreadableError) else "an amount is no number"
            known: Any = row
            owner = getattr(known, "partner_id", None)
            account = str(owner.commercial_partner_id) if isinstance(owner, wire.Owner) else NOBODY
            bad.append(quarantined(model, known.id, account, said))
            continue
        if record is not None:
            records.append(record)
    return records, bad


_LOOSE: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(
    dict[str, Any], float_hook=Decimal
)


def _envelope(row: Any) -> Any:
    return _made_envelope(row)


@cache  # a struct is a class: made once, not for every list that is read
def _made_envelope(row: Any) -> Any:
    return msgspec.defstruct(
        "Listed", [("length", int), ("records", list[row])], bases=(wire.Wire,)
    )


def _check(ids: list[int], promised: int, after: int) -> None:
    if len(ids) != min(promised, PAGE_SIZE):
        raise _short(len(ids), promised)
    before = after
    for one in ids:
        if one <= before:
            raise MalformedError("the rows are not in the order that was asked for")
        before = one


def _short(came: int, promised: int) -> MalformedError:
    return MalformedError(f"{came} rows came where {promised} are said to be left")


def _account_of(row: dict[str, Any], model: str, record_id: int) -> str:
    """Whose account a bad row holds; "" when even that cannot be read: then everybody's."""
    owner = row if model == "res.partner" else row.get("partner_id")
    account = owner.get("commercial_partner_id") if isinstance(owner, dict) else None
    if isinstance(account, int) and not isinstance(account, bool):
        return str(account)
    return str(record_id) if model == "res.partner" else ""


def _amount(said: object) -> Decimal | None:
    """The amount of a bad row; None when it is bad itself, for it is stored as well."""
    if isinstance(said, bool) or not isinstance(said, int | Decimal):
        return None
    amount = abs(Decimal(said))
    return amount if keepable(amount) else None
