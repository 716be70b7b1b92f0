"""What changed since a moment: change data capture, halved where it is cut off.

One call tells the changes of every list, deletions included, of the last 30 days, but at most
1,000 records, without saying which it left out and without a next page ("change data capture"
page, read November 2026). An answer that is full is asked again list by list. A list that is
still full is halved in time: the later part until it fits, the part before it by a query on
the time of change, which has pages but knows no deletions. Then ``certain`` is false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.api import Changes, QuickBooksApi, RefusedError
from connectors.quickbooks.lists import ListDecoder, Listing
from connectors.quickbooks.moments import instant_text, read_instant
from connectors.quickbooks.query import ANY_STATE, Query, quoted
from connectors.quickbooks.sweep import Sweep
from syncer.model.ledger import Quarantined

# Customers first: they say whose the documents are.
ENTITIES = ("Customer", "Payment", "CreditMemo", "Invoice")
CAP = 1000
_HALVINGS_MAX = 12
_DELETED = "Deleted"

Takers = Mapping[str, Listing[Any]]  # by entity; their ``convert`` takes the rows in


@dataclass(slots=True)
class Changed:
    """What the takers were not handed: deletions, bad rows, and how sure the whole is."""

    time: datetime | None = None  # the server's clock at the first answer
    gone: dict[str, list[str]] = field(default_factory=dict)  # ids by entity
    bad: list[Quarantined] = field(default_factory=list)  # documents
    bad_customers: list[Quarantined] = field(default_factory=list)
    certain: bool = True  # false: deletions may be missing

    def set_aside(self, entity: str, bad: Sequence[Quarantined]) -> None:
        """Keep rows that cannot be used."""
        (self.bad_customers if entity == "Customer" else self.bad).extend(bad)


class ChangeReader:
    """Hands every changed record to the taker of its list."""

    def __init__(self, api: QuickBooksApi) -> None:
        self._api = api

    def read(self, since: datetime, takers: Takers) -> Changed | None:
        """Everything that changed since; None when QuickBooks cannot tell: then read it whole."""
        try:
            first = self._api.changes(ENTITIES, since)
        except RefusedError:
            return None
        changed = Changed(time=read_instant(first.time) if first.time else None)
        if first.size < CAP:
            for entity in ENTITIES:
                _take(changed, takers[entity], first.rows[entity])
            return changed
        for entity in ENTITIES:
            if not self._one(changed, takers[entity], since):
                return None
        return changed

    def _one(self, changed: Changed, taker: Listing[Any], since: datetime) -> bool:
        """One list's changes; false when they come too fast to be caught."""
        entity = taker.query.entity
        got = self._api.changes([entity], since)
        middle = since
        for _ in range(_HALVINGS_MAX):
            if got.size < CAP:
                self._earlier(changed, taker, since, middle)
                _take(changed, taker, got.rows[entity])
                return True
            middle += (_now(got, middle) - middle) / 2
            got = self._api.changes([entity], middle)
        return False

    def _earlier(
        self, changed: Changed, taker: Listing[Any], since: datetime, until: datetime
    ) -> None:
        """The records whose last change lies before the part that was told whole."""
        if until <= since:
            return
        entity = taker.query.entity
        changed.certain = changed.certain and entity == "Customer"  # these are never deleted
        conditions = [
            f"MetaData.LastUpdatedTime >= {quoted(instant_text(since))}",
            f"MetaData.LastUpdatedTime <= {quoted(instant_text(until))}",
            *([ANY_STATE] if entity == "Customer" else ()),
        ]
        listing = replace(taker, query=Query(entity, tuple(conditions)))
        for page in Sweep(self._api, listing):
            changed.set_aside(entity, page.bad)


def _take(changed: Changed, taker: Listing[Any], raws: Sequence[msgspec.Raw]) -> None:
    living = []
    for raw in raws:
        stub = _stub(raw)
        if stub is not None and stub.status == _DELETED:
            changed.gone.setdefault(taker.query.entity, []).append(stub.id)
        else:
            living.append(raw)
    changed.set_aside(taker.query.entity, ListDecoder(taker).singly(living).bad)


def _stub(raw: msgspec.Raw) -> wire.Stub | None:
    try:
        return msgspec.json.decode(raw, type=wire.Stub)
    except wire.UNREADABLE:
        return None


def _now(got: Changes, otherwise: datetime) -> datetime:
    return read_instant(got.time) if got.time else otherwise
