"""The mutation controls, each planted at every kind of ledger where it can be made.

One ledger's bug says nothing of another's connector: each pages in its own way, and looks for
its own notes. A folder of exports has no pages. What a message's hand-over can lose is tried
with mail that cannot be looked up; a mail folder refuses a second copy by itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import Any

from connectors.odoo.lists import all_rows
from connectors.quickbooks.lists import ListDecoder, Span
from connectors.quickbooks.query import Query
from connectors.quickbooks.reader import open_invoices as quickbooks_invoices
from connectors.xero.reader import open_invoices as xero_invoices
from syncer.model.ledger import Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Outcome
from syncer.testing.sim.bugs import (
    CannotLookBack,
    GuardsOnceForAll,
    NeverLooksForNotes,
    SendsThenRecords,
)
from syncer.testing.sim.checks import Check
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.pairs import script_of
from syncer.testing.sim.planting import Bug, Instead, of_channel, of_session, of_source
from syncer.testing.sim.script import Act, Customer, Cut, Script

SMALL_PAGE = 2


@dataclass(frozen=True, slots=True)
class Control:
    """A mutation at one kind of ledger, the rule that it breaks, and stories one of which shows it.

    Where a moment counts, there is a story for each: a run's points are not numbered for ever.
    """

    mutation: str
    form: str
    bug: Bug
    check: Check
    scripts: tuple[Script, ...]


class Offset(Instead, ABC):
    """Asks for page after page until one is short, and believes that this was all."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The open invoices by offset, with pages of two; everything else as it is."""
        begun = False
        for part in self._target.pull(cursors):
            of_items = isinstance(part, Page | StreamEnd) and part.stream is Stream.ITEMS
            if of_items and not begun:
                begun = True
                yield from self._pages()
            if not (of_items and isinstance(part, Page)):
                yield part

    def _pages(self) -> Iterator[Page]:
        start, rows = 0, self._rows(0)
        while rows:
            yield Page(stream=Stream.ITEMS, items=tuple(rows))
            start += SMALL_PAGE
            rows = self._rows(start) if len(rows) == SMALL_PAGE else []

    @abstractmethod
    def _rows(self, start: int) -> list[Any]:
        """Two rows from a position, 0 = the first."""


class XeroOffset(Offset):
    """By the number of a page."""

    def _rows(self, start: int) -> list[Any]:
        fetch = self._target._reader._api.pages(xero_invoices())
        rows: list[Any] = fetch(start // SMALL_PAGE + 1, SMALL_PAGE).rows
        return rows


class QuickBooksOffset(Offset):
    """By STARTPOSITION."""

    def _rows(self, start: int) -> list[Any]:
        reader = self._target._reader
        listing = quickbooks_invoices(reader.reading())
        query = _Short(listing.query.entity, listing.query.conditions)
        listing = replaced(listing, query=query)
        found = reader._api.page(listing, ListDecoder(listing), Span(start + 1), frozenset())
        rows: list[Any] = found.rows
        return rows


class _Short(Query):
    """A question for two rows, whatever was meant to be asked for."""

    def page(self, start: int, size: int = SMALL_PAGE) -> str:
        return super().page(start, min(size, SMALL_PAGE))


class OdooOffset(Offset):
    """By position in the order of the ids."""

    def _rows(self, start: int) -> list[Any]:
        reader = self._target._reader
        found, _ = all_rows(reader._api, reader.lines([]))
        rows: list[Any] = reader.as_items(found[start : start + SMALL_PAGE])[0]
        return rows


class NeverFindsNotes(NeverLooksForNotes):
    """Neither the flow nor the connector knows a note again: its last word is another each time."""

    def add_note(self, *, text: str, key: str, **more: Any) -> Outcome:
        """As if nothing were there yet."""
        outcome: Outcome = self._target.add_note(text=f"{text} ~{key}", key=key, **more)
        return outcome


TWO = (Customer(invoices=((5, 10_000),)),) * 2
# What is paid is small and listed first; what slips away over the seam is large.
SMALL, LARGE = Customer(invoices=((5, 100),)), Customer(invoices=((5, 100_000),))
RISING, FALLING = (SMALL, SMALL, *(LARGE,) * 4), (*(LARGE,) * 4, SMALL, SMALL)
# (the bug, customers in the order of the list, who pays, about when)
OFFSETS: dict[str, tuple[type[Instead], tuple[Customer, ...], int, int]] = {
    "xero": (XeroOffset, FALLING, 5, 8),
    "quickbooks": (QuickBooksOffset, RISING, 1, 18),
    "odoo": (OdooOffset, RISING, 1, 17),
}
AROUND = (0, 1, -1, 2, -2, 3, -3, 4, -4)


def _controls() -> Iterator[Control]:
    for form in FORMS:
        yield from _of_handing_over(form)
        yield from _of_reading(form)


def _of_handing_over(form: str) -> Iterator[Control]:
    killed = (script_of(form, (Cut(after=True, step="send"),)),)
    recorded_late = of_session("sends, then records", SendsThenRecords)
    yield Control("send, then record", form, recorded_late, Check.SECOND_COPY, killed)
    blind = of_channel("says that a message is not there without looking", CannotLookBack)
    yield Control("no read-back of messages", form, blind, Check.SECOND_COPY, killed)
    unread = of_source("never finds its notes", NeverFindsNotes)
    killed = (script_of(form, (Cut(after=True, step="note"),)),)
    yield Control("no read-back of notes", form, unread, Check.ONE_NOTE, killed)


def _of_reading(form: str) -> Iterator[Control]:
    early = of_source("guards everybody before the first claim", GuardsOnceForAll)
    healthy = (replaced(script_of(form, ()), books=(TWO,)),)
    yield Control("guard before the claim", form, early, Check.LAST_LOOK, healthy)
    if form in OFFSETS:
        wrap, customers, dice, point = OFFSETS[form]
        paid = [Act("pay", 0, dice, point=point + shift) for shift in AROUND]
        scripts = tuple(replaced(script_of(form, (act,)), books=(customers,)) for act in paid)
        bug = of_source("pages by offset", wrap)
        yield Control("paging by offset", form, bug, Check.SUMS, scripts)


CONTROLS: tuple[Control, ...] = tuple(_controls())
