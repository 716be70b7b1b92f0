"""What changed since a moment: change data capture, halved where it is cut off.

One call tells the changes of every list, deletions included, of the last 30 days, but at most
1,000 records, without saying which it left out and without a next page ("change data capture"
page, read November 2026). An answer that is full is asked again list by list. A list that is
still full is halved in time: the later part until it fits, the part before it by a query on
the time of change, which has pages but knows no deletions. Then ``certain`` is false.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.answers import Changes
from connectors.quickbooks.api import QuickBooksApi, RefusedError
from connectors.quickbooks.delta import ENTITIES, Delta
from connectors.quickbooks.lists import ListDecoder
from connectors.quickbooks.moments import instant_text, read_instant
from connectors.quickbooks.query import ANY_STATE, quoted
from connectors.quickbooks.sweep import Sweep

CAP = 1000
_HALVINGS_MAX = 12
_DELETED = "Deleted"


@dataclass(slots=True)
class Changed:
    """How sure the changes are, and when they were told."""

    time: datetime | None = None  # the server's clock at the first answer
    certain: bool = True  # false: deletions may be missing


class ChangeReader:
    """Hands every changed record over, by entity."""

    def __init__(self, api: QuickBooksApi) -> None:
        self._api = api

    def read(self, since: datetime, delta: Delta) -> Changed | None:
        """Everything that changed since; None when QuickBooks cannot tell: then read it whole."""
        try:
            first = self._api.changes(ENTITIES, since)
        except RefusedError:
            return None
        changed = Changed(time=read_instant(first.time) if first.time else None)
        if first.size < CAP:
            for entity in ENTITIES:
                _take(delta, entity, first.rows[entity])
            return changed
        for entity in ENTITIES:
            if not self._one(changed, delta, entity, since):
                return None
        return changed

    def _one(self, changed: Changed, delta: Delta, entity: str, since: datetime) -> bool:
        """One list's changes; false when they come too fast to be caught."""
        got = self._api.changes([entity], since)
        middle = since
        for _ in range(_HALVINGS_MAX):
            if got.size < CAP:
                self._earlier(changed, delta, entity, since, middle)
                _take(delta, entity, got.rows[entity])
                return True
            middle += (_now(got, middle) - middle) / 2
            got = self._api.changes([entity], middle)
        return False

    def _earlier(
        self, changed: Changed, delta: Delta, entity: str, since: datetime, until: datetime
    ) -> None:
        """The records whose last change lies before the part that was told whole."""
        if until <= since:
            return
        changed.certain = changed.certain and entity == "Customer"  # these are never deleted
        conditions = (
            f"MetaData.LastUpdatedTime >= {quoted(instant_text(since))}",
            f"MetaData.LastUpdatedTime <= {quoted(instant_text(until))}",
            *([ANY_STATE] if entity == "Customer" else ()),
        )
        for page in Sweep(self._api, delta.listing(entity, *conditions)):
            delta.keep(entity, page)


def _take(delta: Delta, entity: str, raws: Sequence[msgspec.Raw]) -> None:
    living = []
    for raw in raws:
        stub = _stub(raw)
        if stub is not None and stub.status == _DELETED:
            delta.delete(entity, [stub.id])
        else:
            living.append(raw)
    delta.keep(entity, ListDecoder(delta.listing(entity)).singly(living))


def _stub(raw: msgspec.Raw) -> wire.Stub | None:
    try:
        return msgspec.json.decode(raw, type=wire.Stub)
    except wire.UNREADABLE:
        return None


def _now(got: Changes, otherwise: datetime) -> datetime:
    return read_instant(got.time) if got.time else otherwise
