"""Which ledgers' past this state may not know, and which accounts were looked up since.

A ledger without a row is known in full, which is every ledger of a state that was never lost.
A row is made when a ledger is leased for the first time, and for all of them when a state file
was lost or an older one restored. Ledger number 0 stands for ledgers that are not known yet.
"""

from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from syncer.model.doubt import Doubt, Why
from syncer.store.columns import copied_from, metadata, one_of
from syncer.store.prepared import Prepared
from syncer.store.types import Instant, OneOf, Word

ANY_OTHER = 0
"""The ledger number of those that a state does not know yet."""

doubt = Table(
    "doubt",
    metadata,
    Column("ledger_no", Integer, primary_key=True, autoincrement=False),
    Column("why", OneOf(Why), nullable=False),
    Column("since", Instant),  # NULL = until the ledger is next leased
    one_of("why", Why),
)

looked = Table(
    "looked",
    metadata,
    copied_from(),
    Column("account_id", Word, nullable=False),
    PrimaryKeyConstraint("ledger_no", "account_id"),
)

_own = doubt.c.ledger_no == bindparam("number")
_OF = Prepared(select(doubt.c.why, doubt.c.since).where(_own))
_DATE = Prepared(update(doubt).where(_own, doubt.c.since.is_(None)).values(since=bindparam("at")))


def leased(connection: Connection, ledger_no: int, at: datetime, *, first: bool) -> None:
    """A run begins: ``first``, nothing is known of what was sent; else date what is undated."""
    if first:
        _put(connection, ledger_no, of_any_other(connection).why, at)
        return
    _DATE.run(connection, number=ledger_no, at=at)


def suspect_all(connection: Connection, why: Why, ledger_numbers: list[int]) -> None:
    """Everything that was looked up counts for nothing any more."""
    for number in (ANY_OTHER, *ledger_numbers):
        _put(connection, number, why, None)


def suspect(connection: Connection, ledger_no: int, why: Why, at: datetime, *, anew: bool) -> None:
    """Doubt one ledger that was known in full; a doubt that is there goes on, or begins anew."""
    if anew or of(connection, ledger_no) is None:
        _put(connection, ledger_no, why, at)


def _put(connection: Connection, ledger_no: int, why: Why, since: datetime | None) -> None:
    end(connection, ledger_no)
    connection.execute(insert(doubt).values(ledger_no=ledger_no, why=why, since=since))


def end(connection: Connection, ledger_no: int) -> bool:
    """From now on the ledger's past is known; False when it was."""
    connection.execute(delete(looked).where(looked.c.ledger_no == ledger_no))
    ended = connection.execute(delete(doubt).where(doubt.c.ledger_no == ledger_no))
    return ended.rowcount > 0


def of(connection: Connection, ledger_no: int) -> Doubt | None:
    """What is doubtful about a ledger; None = nothing."""
    row = _OF.first(connection, number=ledger_no)
    return None if row is None else Doubt(why=row.why, since=row.since)


def of_any_other(connection: Connection) -> Doubt:
    """What is doubtful about a ledger that this state has not worked on yet."""
    return of(connection, ANY_OTHER) or Doubt(why=Why.NEW)


def note_looked(connection: Connection, ledger_no: int, account_id: str) -> None:
    """Keep that the account's notes were read."""
    if not was_looked(connection, ledger_no, account_id):
        connection.execute(insert(looked).values(ledger_no=ledger_no, account_id=account_id))


def was_looked(connection: Connection, ledger_no: int, account_id: str) -> bool:
    """Whether the account's notes were read since the doubt arose."""
    query = select(looked.c.account_id).where(
        looked.c.ledger_no == ledger_no, looked.c.account_id == account_id
    )
    return connection.execute(query).scalar_one_or_none() is not None


def looked_count(connection: Connection, ledger_no: int) -> int:
    """How many accounts were looked up since the doubt arose."""
    query = select(func.count()).select_from(looked).where(looked.c.ledger_no == ledger_no)
    return connection.execute(query).scalar_one()
