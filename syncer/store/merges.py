"""Which account took over which: merges followed to their end.

A ledger keeps an account that was merged away as a record that points at the one that goes on.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, literal_column, select

from syncer.store.prepared import Prepared
from syncer.store.tables import account

MERGES_MAX = 10
"""Merges of merges followed; an account that goes on after more of them counts as its own."""

_MERGED = Prepared(
    select(account.c.account_id, account.c.merged_into).where(
        account.c.ledger_no == bindparam("number"), account.c.merged_into != literal_column("''")
    )
)


def survivors(connection: Connection, ledger_no: int) -> Mapping[str, str]:
    """The account that goes on, by the id of each that was merged away."""
    into = dict(map(tuple, _MERGED.all(connection, number=ledger_no)))
    return {source: _last(source, into) for source in into}


def _last(source: str, into: Mapping[str, str]) -> str:
    target = source
    for _ in range(MERGES_MAX):
        if target not in into:
            return target
        target = into[target]
    return source
