"""What accounts are called: found by what a person typed, and named by their ids."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, or_, select

from syncer.store.ids import among, batches, packed
from syncer.store.ledgers import LedgerRef
from syncer.store.tables import account, item


def find_account(connection: Connection, ref: LedgerRef, text: str) -> Sequence[tuple[str, str]]:
    """(account_id, name) by id, exact name, or the id or number of an item."""
    named = select(account.c.account_id).where(
        account.c.ledger_no == ref.number,
        or_(account.c.account_id == text, account.c.name == text),
    )
    holding = select(item.c.account_id).where(
        item.c.ledger_no == ref.number,
        or_(item.c.account_id == text, item.c.item_id == text, item.c.number == text),
    )
    ids = sorted(set(connection.execute(named.union(holding)).scalars()))
    names = account_names(connection, ref, ids)
    return [(account_id, names.get(account_id, account_id)) for account_id in ids]


def account_names(connection: Connection, ref: LedgerRef, ids: Sequence[str]) -> Mapping[str, str]:
    """Names by id; an id that nobody knows is absent."""
    query = select(account.c.account_id, account.c.name).where(
        account.c.ledger_no == ref.number, among(account.c.account_id, connection.dialect)
    )
    found: dict[str, str] = {}
    for some in batches(sorted(set(ids))):
        rows = connection.execute(query, {"ids": packed(some, connection.dialect)})
        found.update({row.account_id: row.name for row in rows})
    return found


def spellings(connection: Connection, ref: LedgerRef) -> Sequence[tuple[str, str]]:
    """(text, account_id) of accounts' names and ids, then open items' numbers and ids."""
    named = select(account.c.name, account.c.account_id).where(account.c.ledger_no == ref.number)
    numbered = select(item.c.number, item.c.item_id, item.c.account_id).where(
        item.c.ledger_no == ref.number, item.c.gone_at.is_(None)
    )
    rows = [
        *connection.execute(named.order_by(account.c.name)),
        *connection.execute(numbered.order_by(item.c.number)),
    ]
    found = [(text, row.account_id) for row in rows for text in row if text]
    return list(dict.fromkeys(found))
