"""What accounts are called: found by what a person typed, and named by their ids."""

from collections.abc import Collection, Generator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from syncer.store.ids import BATCH, among, batches, packed
from syncer.store.ledgers import LedgerRef
from syncer.store.merges import survivors
from syncer.store.tables import account, item


def find_account(
    connection: Connection, ref: LedgerRef, texts: Collection[str]
) -> Sequence[tuple[str, str]]:
    """(account_id, name) by id, exact name, or the id or number of an item, in any of ``texts``.

    Accounts merged into one are one: the one that goes on, if it is called so too. What the
    ledger no longer lists is found only where nothing else is.
    """
    dialect = connection.dialect

    def called(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(*(among(column, dialect) for column in columns))

    named = select(account.c.account_id).where(
        account.c.ledger_no == ref.number, called(account.c.account_id, account.c.name)
    )
    holding = select(item.c.account_id).where(
        item.c.ledger_no == ref.number, called(item.c.account_id, item.c.item_id, item.c.number)
    )
    given = {"ids": packed(texts, dialect)}
    ids = sorted(set(connection.execute(named.union(holding), given).scalars()))
    if len(ids) > 1:
        ids = _apart(connection, ref, ids)
    names = account_names(connection, ref, ids)
    return [(account_id, names.get(account_id, account_id)) for account_id in ids]


def _apart(connection: Connection, ref: LedgerRef, ids: Sequence[str]) -> list[str]:
    """One id per customer, in order; of customers that are gone only when all are."""
    over = survivors(connection, ref.number)
    customers: dict[str, list[str]] = {}
    for account_id in ids:
        customers.setdefault(over.get(account_id, account_id), []).append(account_id)
    gone = _gone(connection, ref, sorted(customers))
    living = {last: some for last, some in customers.items() if last not in gone} or customers
    return sorted(last if last in some else some[0] for last, some in living.items())


def _gone(connection: Connection, ref: LedgerRef, ids: Sequence[str]) -> set[str]:
    dialect = connection.dialect
    query = select(account.c.account_id).where(
        account.c.ledger_no == ref.number,
        account.c.gone_at.is_not(None),
        among(account.c.account_id, dialect),
    )
    found: set[str] = set()
    for some in batches(ids):
        found.update(connection.execute(query, {"ids": packed(some, dialect)}).scalars())
    return found


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


def spellings(connection: Connection, ref: LedgerRef) -> Generator[tuple[str, str], None, None]:
    """(text, account_id) of accounts' names and ids, then open items' numbers and ids.

    Read as it is asked for, and so possibly twice the same.
    """
    named = select(account.c.name, account.c.account_id, account.c.account_id).where(
        account.c.ledger_no == ref.number
    )
    numbered = select(item.c.number, item.c.item_id, item.c.account_id).where(
        item.c.ledger_no == ref.number, item.c.gone_at.is_(None)
    )
    for query in (named.order_by(account.c.name), numbered.order_by(item.c.number)):
        options = {"yield_per": BATCH}
        with connection.execute(query, execution_options=options) as rows:
            for *texts, account_id in rows:
                yield from ((text, account_id) for text in texts if text)
