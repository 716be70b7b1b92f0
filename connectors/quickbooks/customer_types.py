"""Which customer types are not to be chased: the configured names, as QuickBooks' ids.

Inactive types count: customers keep them, and QuickBooks then says "(deleted)" after the name.
A customer of a type that is not known yet has the list read again; one whose type stands in no
list is set aside, since nobody can say whether it may be contacted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.quickbooks import wire
from connectors.quickbooks.api import QuickBooksApi
from connectors.quickbooks.facts import UnreadableError
from connectors.quickbooks.lists import Listing, ListRead
from connectors.quickbooks.query import ANY_STATE, PAGE_SIZE, Query
from connectors.quickbooks.questions import Question, page_of
from connectors.quickbooks.sweep import read_all

_FEW = 100  # types are short: so many rows of documents weigh more than all of them
_INACTIVE = "(deleted)"


class CustomerTypes:
    """The types by id, and whether a customer of one is left alone."""

    def __init__(
        self, api: QuickBooksApi, names: Sequence[str], known: Mapping[str, bool] | None = None
    ) -> None:
        self._api = api
        self._names = {name.casefold() for name in names}
        self._missed: set[str] = set()
        self.nowhere: tuple[str, ...] = ()  # configured names that the list, once read, lacks
        self.known = dict(known or {})  # type id -> not to be chased

    def stops(self, kind: wire.Ref | None) -> bool:
        """Whether a customer of this type is not to be chased. Raises UnreadableError."""
        if kind is None or not self._names:
            return False
        if self.wanted_by(kind):
            self._take(type_ids(self._api))
            self._missed.add(kind.value)
        if kind.value not in self.known:
            raise UnreadableError("its customer type is in no list of QuickBooks")
        return self.known[kind.value]

    def wanted_by(self, kind: wire.Ref | None) -> bool:
        """Whether the list must be read to know about a customer of this type."""
        if kind is None or not self._names:
            return False
        return kind.value not in self.known and kind.value not in self._missed

    def question(self, kinds: Iterable[str]) -> Question[Any]:
        """The list, to be asked for beside others because of these types."""

        def take(read: ListRead[tuple[str, str]]) -> None:
            if len(read.ids) < PAGE_SIZE:
                self._take(dict(read.rows))
                self._missed.update(kinds)

        return page_of(_listing(), take, rows=_FEW)

    def _take(self, ids: Mapping[str, str]) -> None:
        self.known = {found: name in self._names for found, name in ids.items()}
        self.nowhere = tuple(sorted(self._names - set(ids.values())))


def no_such_type(name: str) -> str:
    """The warning about a configured name: probably a misspelling."""
    return f"do_not_chase_types names {name!r}, which is no customer type in QuickBooks"


def type_ids(api: QuickBooksApi) -> dict[str, str]:
    """Every customer type: its case-folded name by id."""
    return dict(read_all(api, _listing())[0])


def _listing() -> Listing[tuple[str, str]]:
    def convert(row: wire.Named) -> tuple[str, str]:
        return row.id, (row.name or "").casefold().removesuffix(_INACTIVE).strip()

    return Listing(Query("CustomerType", (ANY_STATE,)), wire.Named, convert)
