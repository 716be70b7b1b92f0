"""A session's part about what was paid lately, for a policy that thanks for it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date

from sqlalchemy import Connection

from syncer.model.decision import AccountSnapshot
from syncer.model.ledger import OpenItem
from syncer.store.closed import closed_items
from syncer.store.ledgers import LedgerRef
from syncer.store.snapshots import SnapshotReader


class TellsPaid:
    """Looks under the session's own lease, and writes nothing."""

    _ref: LedgerRef
    _read: Callable[[], AbstractContextManager[Connection]]
    _reader: Callable[[], AbstractContextManager[SnapshotReader]]

    def paid_up(self, since: date) -> Iterator[AccountSnapshot]:
        """Accounts with nothing open that paid since, and were spoken to, in account order."""
        with self._reader() as reader:
            yield from reader.paid_up(since)

    def closed_items(self, item_ids: Collection[str]) -> Sequence[OpenItem]:
        """Those of these items that are no longer open, as they last were."""
        with self._read() as connection:
            return closed_items(connection, self._ref.number, item_ids)
