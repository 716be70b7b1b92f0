"""Which accounts of several ledgers are the same debtor, and what the others wrote to it.

An account's debtor is kept as a key beside it, made anew when the account or the rules change.
What other ledgers sent is then found by joining keys: for all accounts of a ledger in one
cursor in account order, so memory stays flat. Who is whose debtor is the policy's to say.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
    insert,
    literal_column,
    or_,
    select,
)

from syncer.model.decision import Elsewhere
from syncer.model.ledger import Account
from syncer.policy.debtor import matched_key, named_key
from syncer.ports import WroteElsewhereError
from syncer.store import mailboxes
from syncer.store.effects import REACHED, is_contact
from syncer.store.feeds import FEEDS_KEPT, Feed, Row, whole
from syncer.store.ids import BATCH, among, packed
from syncer.store.merges import survivors
from syncer.store.prepared import Decoder, Prepared, insert_batch
from syncer.store.tables import account, debtor, ledger, outbox

RULES_BYTES = 16

_BESIDE = and_(
    debtor.c.ledger_no == account.c.ledger_no, debtor.c.account_id == account.c.account_id
)
_theirs = debtor.alias("theirs")
_at = func.coalesce(outbox.c.sent_at, outbox.c.claimed_at, outbox.c.settled_at)
_decode = msgspec.json.Decoder(Account).decode
_any = select(debtor.c.account_id).where(debtor.c.ledger_no == bindparam("number"))
_ANY = Prepared(_any.limit(literal_column("1")))


def sync(
    connection: Connection,
    ledger_no: int,
    named: Mapping[str, str],
    *,
    by_tax_number: bool,
    by_address: bool = False,
    unsure: Collection[str] = (),
    adding: bool = False,
) -> None:
    """Make the keys of a ledger's accounts those that the rules give, and their addresses.

    ``named`` has the debtor's name by account id. An account that the ledger no longer lists, or
    has merged into another, keeps its key: what was sent to it counts on. So does an account of
    the ``unsure`` debtors that is not in ``named``: who else belongs to them is not known yet.
    Accounts merged with a named one are the same debtor. ``adding`` changes nobody's debtor and
    only finds those of accounts that had none.
    """
    alone = select(ledger.c.ledger_no).where(ledger.c.ledger_no == ledger_no)
    connection.execute(alone.with_for_update(key_share=True))  # of two runs at once one waits
    mailboxes.sync(connection, ledger_no, shared=by_address, adding=adding)
    named = _with_merged(connection, ledger_no, named)
    staying = {named_key(name) for name in unsure}

    def stays(account_id: str, key: str) -> bool:
        return bool(key) if adding else key in staying and account_id not in named

    if not by_tax_number:
        _replace(connection, ledger_no, named, stays)
        return
    said = msgspec.json.encode(sorted(named.items()))
    rules = hashlib.blake2b(said, digest_size=RULES_BYTES).digest()
    put = insert_batch(debtor, [column.name for column in debtor.columns], connection.dialect)
    for some in _stale(connection, ledger_no, rules, named):
        changed = [row for row in some if not stays(row.account_id, row.debtor_key)]
        rows = [
            (ledger_no, row.account_id, _key(row, named), bytes(row.digest), rules)
            for row in changed
        ]
        _forget(connection, ledger_no, [row.account_id for row in changed])
        put.run_rows(connection, rows)


def _with_merged(
    connection: Connection, ledger_no: int, named: Mapping[str, str]
) -> Mapping[str, str]:
    """All that were merged into one account are the debtor that any of them is named as."""
    over = survivors(connection, ledger_no) if named else {}
    last = {over.get(account_id, account_id): name for account_id, name in named.items()}
    taken_over = {source: last[target] for source, target in over.items() if target in last}
    return {**last, **taken_over, **named}


def _replace(
    connection: Connection,
    ledger_no: int,
    named: Mapping[str, str],
    stays: Callable[[str, str], bool],
) -> None:
    """The named accounts alone: few, so that all are written when one differs."""
    wanted = {account_id: named_key(name) for account_id, name in named.items()}
    own = debtor.c.ledger_no == ledger_no
    listed = select(debtor.c.account_id, debtor.c.debtor_key, account.c.gone_at)
    rows = connection.execute(listed.outerjoin_from(debtor, account, _BESIDE).where(own)).all()
    called = set(wanted.values())
    for account_id, key, gone_at in rows:
        if stays(account_id, key):
            wanted[account_id] = key
        elif gone_at is not None and key in called:
            wanted.setdefault(account_id, key)
    if {row.account_id: row.debtor_key for row in rows} == wanted:
        return
    connection.execute(delete(debtor).where(own))
    blank = {"ledger_no": ledger_no, "digest": b"", "rules": b""}
    made = [{"account_id": one, "debtor_key": key, **blank} for one, key in wanted.items()]
    if made:
        connection.execute(insert(debtor), made)


def _stale(
    connection: Connection, ledger_no: int, rules: bytes, named: Collection[str]
) -> Iterator[Sequence[Any]]:
    """Accounts whose key was made from something else, or never, a batch at a time.

    Of those that are gone or were merged away only the ``named``.
    """
    dialect = connection.dialect
    living = and_(account.c.gone_at.is_(None), account.c.merged_into == "")
    query = (
        select(account.c.account_id, account.c.digest, account.c.body, debtor.c.debtor_key)
        .outerjoin_from(account, debtor, _BESIDE)
        .where(
            account.c.ledger_no == ledger_no,
            account.c.account_id > bindparam("after"),
            or_(living, among(account.c.account_id, dialect)),
            or_(
                debtor.c.account_id.is_(None),
                debtor.c.digest != account.c.digest,
                debtor.c.rules != rules,
            ),
        )
        .order_by(account.c.account_id)
        .limit(BATCH)
    )
    after, given = "", {"ids": packed(named, dialect)}
    while some := connection.execute(query, {"after": after, **given}).all():
        yield some
        after = some[-1].account_id


def _key(row: Any, named: Mapping[str, str]) -> str:
    name = named.get(row.account_id)
    return matched_key(_decode(row.body)) if name is None else named_key(name)


def _forget(connection: Connection, ledger_no: int, account_ids: Collection[str]) -> None:
    dialect = connection.dialect
    chosen = delete(debtor).where(
        debtor.c.ledger_no == ledger_no, among(debtor.c.account_id, dialect)
    )
    connection.execute(chosen, {"ids": packed(account_ids, dialect)})


def any_known(connection: Connection, ledger_no: int) -> bool:
    """Whether anything is kept about the ledger's debtors, or their addresses."""
    return _any_debtor(connection, ledger_no) or mailboxes.any_known(connection, ledger_no)


def _any_debtor(connection: Connection, ledger_no: int) -> bool:
    return _ANY.first(connection, number=ledger_no) is not None


def elsewhere_if_any(connection: Connection, ledger_no: int, time_zone: str) -> Feed | None:
    """Other ledgers' contacts with the debtors, dated in ``time_zone``; None: there are none."""
    known = _any_debtor(connection, ledger_no)
    return _elsewhere(connection.dialect, time_zone) if known else None


@lru_cache(maxsize=FEEDS_KEPT)
def _elsewhere(dialect: Dialect, time_zone: str) -> Feed:
    zone = ZoneInfo(time_zone)

    def build(ledger_name: str, key: str, at: datetime) -> Elsewhere:
        return Elsewhere(ledger=ledger_name, key=key, on=at.astimezone(zone).date())

    columns: tuple[ColumnElement[Any], ...] = (ledger.c.name, outbox.c.key, _at)
    decoder = Decoder(columns, dialect, build)

    def read(rows: Sequence[Row]) -> tuple[Any, ...]:
        """Accounts merged into one may share a debtor: each contact counts once."""
        once = {row[2]: row[1:] for row in rows}
        return tuple(decoder.records(list(once.values()))) if once else ()

    return Feed(debtor, (debtor.c.account_id, *columns), _to_the_same(), read, whole)


def _to_the_same() -> tuple[ColumnElement[bool], ...]:
    """Joins an account's row to the contacts that other ledgers made with its debtor."""
    nothing: ColumnElement[Any] = literal_column("''")
    return (
        debtor.c.debtor_key != nothing,
        _theirs.c.debtor_key != nothing,  # said again: else its index could not be used
        _theirs.c.debtor_key == debtor.c.debtor_key,
        _theirs.c.ledger_no != debtor.c.ledger_no,
        outbox.c.ledger_no == _theirs.c.ledger_no,
        outbox.c.account_id == _theirs.c.account_id,
        ledger.c.ledger_no == _theirs.c.ledger_no,
        is_contact(REACHED),
    )


def refuse_overtaken(
    connection: Connection, ledger_no: int, key: str, known: Collection[str]
) -> None:
    """Raise WroteElsewhereError when somebody else wrote to the debtor of the effect ``key``.

    Another ledger, that is, or whoever writes to an address of the account's. Contacts under the
    ``known`` keys were counted before. From here to the commit no other ledger of the debtor gets
    past this question: SQLite has one writer, and on PostgreSQL the debtor's rows are locked, in
    an order that is always the same.
    """
    dialect = connection.dialect
    whose = select(outbox.c.account_id).where(outbox.c.key == key)
    account_id = connection.execute(whose).scalar_one_or_none()
    over = survivors(connection, ledger_no)
    merged = [source for source, target in over.items() if target == account_id]
    given = {"ids": packed([*merged, account_id or ""], dialect)}
    mine = (debtor.c.ledger_no == ledger_no, among(debtor.c.account_id, dialect))
    shared = select(debtor.c.debtor_key).where(*mine, debtor.c.debtor_key != "")
    connection.execute(
        select(_theirs.c.account_id)
        .where(_theirs.c.debtor_key.in_(shared), _theirs.c.debtor_key != "")
        .order_by(_theirs.c.ledger_no, _theirs.c.account_id)
        .with_for_update(of=_theirs),
        given,
    )
    wrote = select(outbox.c.key).where(*mine, *_to_the_same())
    there = set(connection.execute(wrote, given).scalars())
    there |= mailboxes.written_to(connection, ledger_no, [*merged, account_id or ""])
    if not there <= set(known):
        raise WroteElsewhereError
