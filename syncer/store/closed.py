"""What was closed lately: the invoices as they were last seen open, and who paid and was spoken to.

Only a policy that thanks for payments asks for it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import chain

import msgspec
from sqlalchemy import Connection, select, update

from syncer.model.effect import EffectState
from syncer.model.hold import HoldKind
from syncer.model.ledger import OpenItem
from syncer.store.effects import is_contact
from syncer.store.ids import among, batches, packed
from syncer.store.tables import hold, item, outbox, settled

_read = msgspec.json.Decoder(OpenItem).decode
_AFTER = "}"  # the character behind "|", which ends the invoice's id in the key of a payment


def closed_items(
    connection: Connection, ledger_no: int, item_ids: Collection[str]
) -> tuple[OpenItem, ...]:
    """Those of these items that are no longer open, as they last were, by id."""
    query = (
        select(item.c.body)
        .where(
            item.c.ledger_no == ledger_no,
            item.c.gone_at.is_not(None),
            among(item.c.item_id, connection.dialect),
        )
        .order_by(item.c.item_id)
    )
    bodies = chain.from_iterable(
        connection.execute(query, {"ids": packed(ids, connection.dialect)}).scalars()
        for ids in batches(sorted(item_ids))
    )
    return tuple(map(_read, bodies))


def lately_paid(connection: Connection, ledger_no: int, since: date) -> set[str]:
    """Accounts with a payment dated on or after ``since``."""
    query = select(settled.c.account_id).where(
        settled.c.ledger_no == ledger_no, settled.c.paid_on >= since, settled.c.gone_at.is_(None)
    )
    return set(connection.execute(query.distinct()).scalars())


def spoken_to(connection: Connection, ledger_no: int, account_ids: Sequence[str]) -> set[str]:
    """Those of these accounts that a message reached, or that promised to pay."""
    dialect, found = connection.dialect, set[str]()
    reached = select(outbox.c.account_id).where(
        outbox.c.ledger_no == ledger_no,
        is_contact((EffectState.DELIVERED,)),
        among(outbox.c.account_id, dialect),
    )
    promised = select(hold.c.account_id).where(
        hold.c.ledger_no == ledger_no,
        hold.c.kind == HoldKind.PROMISE,
        among(hold.c.account_id, dialect),
    )
    for ids in batches(account_ids):
        given = {"ids": packed(ids, dialect)}
        for query in (reached, promised):
            found.update(connection.execute(query, given).scalars())
    return found


def forget_settled(
    connection: Connection, ledger_no: int, item_ids: Collection[str], at: datetime
) -> None:
    """These invoices are open again: whatever is known to have paid them was taken back."""
    key = settled.c.settled_key
    for item_id in item_ids:
        connection.execute(
            update(settled)
            .where(
                settled.c.ledger_no == ledger_no,
                settled.c.gone_at.is_(None),
                key >= f"{item_id}|",
                key < f"{item_id}{_AFTER}",
            )
            .values(gone_at=at, digest=b"")
        )
