"""Which accounts share an e-mail address, and what the others of them were sent.

Where the configuration asks for it, whoever reads one mailbox is contacted no more often than one
customer, whether the accounts are of one ledger or of several. An account's addresses are kept
beside it with the digest of what they were read from, so that only changed accounts are read again.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from syncer.model.decision import Elsewhere
from syncer.model.ledger import Account
from syncer.policy.debtor import mailboxes_of
from syncer.store.effects import REACHED, is_contact
from syncer.store.feeds import FEEDS_KEPT, Feed, Row, whole
from syncer.store.ids import BATCH, among, packed
from syncer.store.prepared import Decoder, Prepared, insert_batch
from syncer.store.tables import account, ledger, mailbox, outbox

SEEN = ""
"""The address of the row that says from which digest an account's addresses were read."""

_NOTHING: ColumnElement[Any] = literal_column("''")  # ``SEEN``, in the statement itself
_theirs = mailbox.alias("theirs")
_at = func.coalesce(outbox.c.sent_at, outbox.c.claimed_at, outbox.c.settled_at)
_decode = msgspec.json.Decoder(Account).decode
_any = select(mailbox.c.account_id).where(mailbox.c.ledger_no == bindparam("number"))
_ANY = Prepared(_any.limit(literal_column("1")))


def sync(connection: Connection, ledger_no: int, *, shared: bool, adding: bool = False) -> None:
    """Make the addresses of a ledger's accounts those that they have now; none unless ``shared``.

    An account that the ledger no longer lists, or has merged into another, keeps its addresses:
    what was sent there counts on. ``adding`` takes no address away.
    """
    own = mailbox.c.ledger_no == ledger_no
    if not shared:
        if not adding and any_known(connection, ledger_no):
            connection.execute(delete(mailbox).where(own))
        return
    put = insert_batch(mailbox, [column.name for column in mailbox.columns], connection.dialect)
    for some in _stale(connection, ledger_no):
        ids = {"ids": packed([row.account_id for row in some], connection.dialect)}
        chosen = and_(own, among(mailbox.c.account_id, connection.dialect))
        rows = {(row.account_id, SEEN): bytes(row.digest) for row in some}
        for row in some:
            rows |= {(row.account_id, one): b"" for one in mailboxes_of(_decode(row.body))}
        if adding:
            kept = select(mailbox.c.account_id, mailbox.c.address, mailbox.c.digest).where(chosen)
            for account_id, address, digest in connection.execute(kept, ids):
                rows[account_id, address] = digest  # so the next run reads it again
        connection.execute(delete(mailbox).where(chosen), ids)
        put.run_rows(connection, [(ledger_no, *key, digest) for key, digest in rows.items()])


def _stale(connection: Connection, ledger_no: int) -> Iterator[Sequence[Any]]:
    """Accounts that changed since their addresses were read, a batch at a time; not merged ones."""
    beside = and_(
        mailbox.c.ledger_no == account.c.ledger_no,
        mailbox.c.account_id == account.c.account_id,
        mailbox.c.address == SEEN,
    )
    query = (
        select(account.c.account_id, account.c.digest, account.c.body)
        .outerjoin_from(account, mailbox, beside)
        .where(
            account.c.ledger_no == ledger_no,
            account.c.account_id > bindparam("after"),
            account.c.merged_into == "",
            or_(mailbox.c.account_id.is_(None), mailbox.c.digest != account.c.digest),
        )
        .order_by(account.c.account_id)
        .limit(BATCH)
    )
    after = ""
    while some := connection.execute(query, {"after": after}).all():
        yield some
        after = some[-1].account_id


def any_known(connection: Connection, ledger_no: int) -> bool:
    """Whether addresses of the ledger's accounts are kept."""
    return _ANY.first(connection, number=ledger_no) is not None


def shared_if_any(connection: Connection, ledger_no: int, time_zone: str) -> Feed | None:
    """What others were sent at the accounts' addresses; None: addresses are not compared."""
    return _shared(connection.dialect, time_zone) if any_known(connection, ledger_no) else None


@lru_cache(maxsize=FEEDS_KEPT)
def _shared(dialect: Dialect, time_zone: str) -> Feed:
    zone = ZoneInfo(time_zone)

    def build(mine: int, theirs: int, name: str, account_id: str, key: str, at: datetime) -> Any:
        on = at.astimezone(zone).date()
        return Elsewhere(
            ledger=name, key=key, on=on, account_id=account_id if mine == theirs else ""
        )

    columns: tuple[ColumnElement[Any], ...] = (
        mailbox.c.ledger_no,
        _theirs.c.ledger_no,
        ledger.c.name,
        _theirs.c.account_id,
        outbox.c.key,
        _at,
    )
    decoder = Decoder(columns, dialect, build)

    def read(rows: Sequence[Row]) -> tuple[Any, ...]:
        """Two accounts may share several addresses: each contact counts once."""
        once = {row[5]: row[1:] for row in rows}
        return tuple(decoder.records(list(once.values()))) if once else ()

    return Feed(mailbox, (mailbox.c.account_id, *columns), _to_the_same(), read, whole)


def _to_the_same() -> tuple[ColumnElement[bool], ...]:
    """Joins an account's addresses to the contacts made with other accounts that have one."""
    return (
        mailbox.c.address != _NOTHING,
        _theirs.c.address != _NOTHING,  # said again: else its index could not be used
        _theirs.c.address == mailbox.c.address,
        or_(
            _theirs.c.ledger_no != mailbox.c.ledger_no,
            _theirs.c.account_id != mailbox.c.account_id,
        ),
        outbox.c.ledger_no == _theirs.c.ledger_no,
        outbox.c.account_id == _theirs.c.account_id,
        ledger.c.ledger_no == _theirs.c.ledger_no,
        is_contact(REACHED),
    )


def written_to(
    connection: Connection, ledger_no: int, account_ids: Collection[str]
) -> frozenset[str]:
    """Keys of what others were sent at the addresses of these accounts, which are one customer.

    From here to the commit nobody else gets past this question, see ``debtors.refuse_overtaken``.
    """
    dialect = connection.dialect
    given = {"ids": packed(account_ids, dialect)}
    mine = and_(mailbox.c.ledger_no == ledger_no, among(mailbox.c.account_id, dialect))
    addresses = select(mailbox.c.address).where(mine, mailbox.c.address != SEEN)
    connection.execute(
        select(_theirs.c.account_id)
        .where(_theirs.c.address.in_(addresses), _theirs.c.address != SEEN)
        .order_by(_theirs.c.ledger_no, _theirs.c.account_id, _theirs.c.address)
        .with_for_update(of=_theirs),
        given,
    )
    ours = and_(_theirs.c.ledger_no == ledger_no, among(_theirs.c.account_id, dialect))
    wrote = select(outbox.c.key).where(mine, *_to_the_same(), not_(ours))
    return frozenset(connection.execute(wrote, given).scalars())
