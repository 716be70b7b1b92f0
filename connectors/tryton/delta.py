"""Finds what changed in a company since an instant.

Whatever changed on a line, on its invoice (a payment put on it), its dunning or its party, and
whatever Tryton mailed, leads to the party, all of whose open lines are then read at once. A party
that was merged leads to both: the wizard moves the lines without stamping them. What leaves no
trace at all is what was deleted (drafts, dunnings, ways of contact): whole reads and the guard
find it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec

from connectors.tryton import fields, wire
from connectors.tryton.api import Domain, TrytonApi
from connectors.tryton.books import Company, batches
from connectors.tryton.entries import INVOICE, invoice_of

ROWS_MAX = 10_000  # of one list; with more that changed, a whole read costs less
OWNERS_MAX = 3_000  # likewise, of customers whose lines are to be read again


class Merged(wire.Wire, kw_only=True):
    """A party that changed."""

    id: int
    into: int | None = msgspec.field(name="replaced_by", default=None)


class Owing(wire.Wire, kw_only=True):
    """An open line, as far as it tells what a mail about it would stand under."""

    id: int
    party: int
    move: wire.MadeFor = msgspec.field(name="move.")
    dunnings: list[int] = msgspec.field(default_factory=list)


T = TypeVar("T", wire.Touched, Owing, wire.Of, wire.DunOf, Merged)


class _TooMuchError(Exception):
    """More changed than is worth reading as changes."""


@dataclass(slots=True)
class Changes:
    """What changed. ``owners`` are the parties whose lines are to be read again."""

    lines: set[int] = field(default_factory=set)
    owners: set[int] = field(default_factory=set)
    parties: set[int] = field(default_factory=set)


def find_changes(
    api: TrytonApi, company: Company, since: datetime, held: Mapping[str, str]
) -> Changes | None:
    """What changed since then, by the server's stamps; None = too much, read everything.

    ``held`` are the fingerprints of the notes that held somebody when they were last read.
    """
    found, stamped = Changes(), fields.changed(since)
    try:
        _find_lines(api, company, found, stamped)
        _find_mailed(api, company, found, since)
        _find_parties(api, found, stamped)
        _find_held(api, company, found, held)
    except _TooMuchError:
        return None
    return found if len(found.owners) <= OWNERS_MAX else None


def _find_lines(api: TrytonApi, company: Company, found: Changes, stamped: Domain) -> None:
    """Lines, and the invoices and dunnings that say more of them."""
    desk = company.desk
    lines = [*fields.receivable(desk.company), stamped]
    for row in _rows(api, fields.LINE, wire.Touched, ("party", "reconciliation"), lines):
        found.lines.add(row.id)
        _add(found.owners, row.party)
    ours: Domain = [["company", "=", desk.company], ["type", "=", "out"], stamped]
    for one in _rows(api, INVOICE, wire.Of, ("party",), ours):
        _add(found.owners, one.party)
    if desk.dunning:
        theirs: Domain = [["company", "=", desk.company], stamped]
        for dun in _rows(api, fields.DUNNING, wire.DunOf, ("line.party",), theirs):
            _add(found.owners, dun.line.party if dun.line else None)


def _find_mailed(api: TrytonApi, company: Company, found: Changes, since: datetime) -> None:
    """Open invoices that Tryton mailed, which leaves no stamp on them.

    E-mails are shown only to who names what they are about: everything open is named.
    """
    desk, about = company.desk, dict[str, int]()
    names = ("party", "move.origin", *(("dunnings",) if desk.dunning else ()))
    lines = fields.open_lines(desk.company)
    for row in _rows(api, fields.LINE, Owing, names, lines, most=None):
        for one in company.mailings.about(invoice_of(row.move.origin), row.dunnings):
            about[one] = row.party
    found.owners.update(about[one] for one in company.mailings.since(since, about))


def _find_held(api: TrytonApi, company: Company, found: Changes, known: Mapping[str, str]) -> None:
    """Parties and invoices whose note is another, or gone: neither leaves a stamp on them."""
    parties, invoices = company.held.changed(known)
    found.parties.update(parties)
    for batch in batches(invoices):
        for one in _rows(api, INVOICE, wire.Of, ("party",), [["id", "in", batch]]):
            _add(found.owners, one.party)


def _find_parties(api: TrytonApi, found: Changes, stamped: Domain) -> None:
    """Parties changed themselves, or by a way to reach them or an address."""
    for row in _rows(api, fields.PARTY, Merged, ("replaced_by",), stamped):
        found.parties.add(row.id)
        if row.into is not None:
            found.owners |= {row.id, row.into}
    for model in ("party.contact_mechanism", "party.address"):
        for one in _rows(api, model, wire.Of, ("party",), stamped):
            _add(found.parties, one.party)


def _rows(
    api: TrytonApi,
    model: str,
    row: type[T],
    names: tuple[str, ...],
    domain: Domain,
    *,
    most: int | None = ROWS_MAX,
) -> list[T]:
    """All rows, in pages: Tryton refuses to give more than some thousand at once."""
    found: list[T] = []
    last, size = 0, api.rows_per_call
    while most is None or len(found) <= most:
        page = api.rows(model, row, names, [domain, ["id", ">", last]], limit=size)
        found += page
        if len(page) < size:
            return found
        last = page[-1].id
    raise _TooMuchError


def _add(parties: set[int], party: int | None) -> None:
    if party is not None:
        parties.add(party)
