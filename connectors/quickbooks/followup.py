"""What a list of changes leaves open, asked in two further calls at most while it is little.

Changes name documents that they do not tell, terms and types that nobody knows yet, customers
whose documents somebody else pays from now on; and a payment that was deleted or edited does
not say which invoices it paid before. All of that is put together: one call for what the
changes ask, one for what its answers ask. What is too much for them has every open item read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.quickbooks.customer_types import CustomerTypes
from connectors.quickbooks.delta import Delta
from connectors.quickbooks.lists import ListRead
from connectors.quickbooks.query import IDS_MAX, OPEN, PAGE_SIZE, batches, within
from connectors.quickbooks.questions import Asker, Question, ask_all, count_of, page_of
from connectors.quickbooks.terms import Terms

PAGES_MORE = 5  # of open items, beside the first of each list: so many fit into one call
_OPEN_LISTS = ("Invoice", "CreditMemo")  # what a payment takes from


@dataclass(slots=True)
class _OpenList:
    """Everything open of an entity. Its pages share a row, which shows that none is missing."""

    delta: Delta
    entity: str
    count: int = 0
    ids: list[str] = field(default_factory=list)
    torn: bool = False

    def first(self) -> Iterator[Question[Any]]:
        """Its count and its first page: an empty list is believed when nothing is counted."""
        yield count_of(self.delta.listing(self.entity, OPEN).query, self._counted)
        yield self._page(1)

    def more(self) -> list[Question[Any]]:
        """The pages after the first."""
        if len(self.ids) < PAGE_SIZE:
            return []
        return [self._page(start) for start in range(PAGE_SIZE, self.count, PAGE_SIZE - 1)]

    def complete(self) -> bool:
        """Whether no row is missing."""
        return not self.torn and len(set(self.ids)) >= self.count

    def _page(self, start: int) -> Question[Any]:
        listing = self.delta.listing(self.entity, OPEN)
        return page_of(listing, partial(self._take, start), start=start)

    def _counted(self, count: int) -> None:
        self.count = count

    def _take(self, start: int, read: ListRead[Any]) -> None:
        self.torn = self.torn or (start > 1 and read.ids[:1] != self.ids[-1:])
        self.ids += read.ids
        self.delta.keep(self.entity, read, news=False)


class FollowUp:
    """Reads on. ``whole_items`` and ``whole`` are set when that is not enough."""

    def __init__(self, api: Asker, delta: Delta, terms: Terms, types: CustomerTypes) -> None:
        self._api = api
        self._delta = delta
        self._terms = terms
        self._types = types
        self._open: Sequence[_OpenList] = ()
        self.whole_items = False  # read every open item
        self.whole = False  # read everything: QuickBooks' answers contradict each other

    def read(self) -> None:
        """Ask, ask on, and judge whether nothing is missing."""
        ask_all(self._api, [*self._kinds(), *self._named(), *self._moved(), *self._released()])
        pages = [page for one in self._open for page in one.more()]
        if len(pages) > PAGES_MORE:
            self.whole_items, pages = True, []
        ask_all(self._api, [*self._named(more=bool(pages)), *pages])
        self.whole = any(self._delta.unseen().values())
        self.whole_items = self.whole_items or not all(one.complete() for one in self._open)

    def _kinds(self) -> Iterator[Question[Any]]:
        kinds = {kind.value for kind in self._delta.kinds() if self._types.wanted_by(kind) and kind}
        if kinds:
            yield self._types.question(kinds)

    def _named(self, *, more: bool | None = None) -> Iterator[Question[Any]]:
        """Terms and documents. ``more``: the last call, in which pages of invoices may come:
        nothing can be asked after it, so the terms are asked for before they are met.
        """
        unseen = self._delta.unseen()
        blind = more is not None and (more or bool(unseen["Invoice"])) and self._terms.unread
        if blind or any(map(self._terms.wanted_by, self._delta.invoices())):
            yield self._terms.question()
        for entity, unknown in unseen.items():
            for ids in batches(unknown):
                listing = self._delta.listing(entity, within("Id", ids))
                yield page_of(listing, partial(self._delta.keep, entity), rows=len(ids))

    def _moved(self) -> Iterator[Question[Any]]:
        """Documents of customers for whom somebody else pays now."""
        moved = self._delta.moved()
        if len(moved) > IDS_MAX:
            self.whole_items = True
        elif moved:
            theirs = within("CustomerRef", moved)
            yield self._of_theirs("Payment", theirs)
            for entity in _OPEN_LISTS if not self._delta.released() else ():
                yield self._of_theirs(entity, theirs, OPEN)

    def _of_theirs(self, entity: str, *conditions: str) -> Question[Any]:
        def take(read: ListRead[Any]) -> None:
            self._delta.keep(entity, read, news=False)
            self.whole_items = self.whole_items or len(read.ids) >= PAGE_SIZE

        return page_of(self._delta.listing(entity, *conditions), take)

    def _released(self) -> Iterator[Question[Any]]:
        """What is open by now, when nobody tells on which of it money was lifted."""
        if self._delta.released():
            self._open = [_OpenList(self._delta, entity) for entity in _OPEN_LISTS]
            for one in self._open:
                yield from one.first()
