"""Append-only journals, each row hashed together with the hash of the row before it.

One chain per ledger and journal. A changed, removed or swapped row breaks its chain, and
the chain's head, kept apart, shows rows cut off at the end. It does not stop someone who
can write the database from writing a whole new chain: for that, keep the heads elsewhere
(they are part of every dossier and backup).
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Table, bindparam, insert, select, update

from syncer.errors import StateError
from syncer.store.prepared import Prepared, fetch, sql_text
from syncer.store.tables import JOURNALS, chain, event, ledger, message

_encode = msgspec.json.Encoder().encode
_OWN = (chain.c.ledger_no == bindparam("number"), chain.c.journal == bindparam("name"))
_head = select(chain.c.last_no, chain.c.last_hash).where(*_OWN)
_HEAD = Prepared(_head.with_for_update())
_MOVE_HEAD = Prepared(
    update(chain).where(*_OWN).values(last_no=bindparam("new_no"), last_hash=bindparam("new_hash"))
)


@lru_cache(maxsize=16)
def _insert(journal: Table, dialect: Dialect) -> str:
    return sql_text(insert(journal), dialect)[0]


def sha256(content: bytes | str) -> str:
    """The digest of a message's bytes or text, in hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def start_hash(ledger_name: str, journal: str) -> str:
    """What the first row of a chain follows: rows cannot move between ledgers."""
    return sha256(f"{ledger_name}\n{journal}")


def row_hash(previous: str, entry: Sequence[Any]) -> str:
    """SHA-256 of the previous hash and the row's values as compact JSON.

    The last value, the body, is JSON already and goes in as it is.
    """
    return sha256(previous + row_text(entry))


def row_text(entry: Sequence[Any]) -> str:
    """A row's values as the compact JSON that is hashed: a list that begins with its number."""
    return _encode([*entry[:-1], msgspec.Raw(entry[-1])]).decode()


def start_chains(connection: Connection, ledger_no: int, ledger_name: str) -> None:
    """Give a new ledger its empty chains."""
    heads = [
        {
            "ledger_no": ledger_no,
            "journal": journal.name,
            "last_no": 0,
            "last_hash": start_hash(ledger_name, journal.name),
        }
        for journal in JOURNALS
    ]
    connection.execute(insert(chain), heads)


SENDING = "sending"
"""The event that carries the digest of a message as it goes out."""


class Journals:
    """Appends to the journals of one ledger inside the caller's transaction."""

    def __init__(self, connection: Connection, ledger_no: int, ledger_name: str) -> None:
        self._connection = connection
        self._ledger_no = ledger_no
        self._ledger_name = ledger_name

    def append(self, journal: Table, entries: Sequence[tuple[Any, ...]]) -> int:
        """Add rows (values between ``entry_no`` and ``hash``, as stored); the first's number."""
        number, link = self._head(journal)
        first, rows = number + 1, []
        for entry in entries:
            number += 1
            link = row_hash(link, (number, *entry))
            rows.append((self._ledger_no, number, *entry, link))
        if rows:
            self._connection.exec_driver_sql(_insert(journal, self._connection.dialect), rows)
            self._move_head(journal, number, link)
        return first

    def _head(self, journal: Table) -> tuple[int, str]:
        """The last number and hash, locked until the transaction ends."""
        found = _HEAD.first(self._connection, number=self._ledger_no, name=journal.name)
        if found is None:
            raise StateError(
                f"the head of journal {journal.name} of ledger {self._ledger_name} is gone: "
                "the state database was altered; restore it from a backup"
            )
        return found.last_no, found.last_hash

    def _move_head(self, journal: Table, number: int, link: str) -> None:
        own = {"number": self._ledger_no, "name": journal.name}
        _MOVE_HEAD.run(self._connection, **own, new_no=number, new_hash=link)


def verify(connection: Connection) -> Iterator[str]:
    """Problems in sentences, journal by journal and ledger by ledger; nothing = intact."""
    ledgers = connection.execute(select(ledger.c.ledger_no, ledger.c.name)).all()
    heads = {
        (row.ledger_no, row.journal): (row.last_no, row.last_hash)
        for row in connection.execute(select(chain))
    }
    for journal in JOURNALS:
        for number, name in ledgers:
            head = heads.get((number, journal.name))
            yield from _verify_chain(connection, journal, number, name, head)
    for number, name in ledgers:
        yield from _verify_messages(connection, number, name)


def _verify_chain(
    connection: Connection, journal: Table, ledger_no: int, name: str, head: tuple[int, str] | None
) -> Iterator[str]:
    where = f"ledger {name}, journal {journal.name}"
    last, link = 0, start_hash(name, journal.name)
    for number, *values, stored in _rows(connection, journal, ledger_no):
        if number != last + 1:
            yield f"{where}: row {last + 1} is missing, the next is {number}"
        elif row_hash(link, (number, *values)) != stored:
            yield f"{where}: row {number} was changed, or stands in another's place"
        last, link = number, stored
    if head is None:
        yield f"{where}: the head of the chain is missing"
    elif head != (last, link):
        yield f"{where}: the chain ends at row {last}, but its head says row {head[0]}"


def _rows(connection: Connection, journal: Table, ledger_no: int) -> Iterator[Sequence[Any]]:
    columns = [column for column in journal.c if column.name != "ledger_no"]
    query = select(*columns).where(journal.c.ledger_no == ledger_no).order_by(journal.c.entry_no)
    text, _ = sql_text(query, connection.dialect)
    for batch in fetch(connection, text, (ledger_no,)):
        yield from batch


def _verify_messages(connection: Connection, ledger_no: int, name: str) -> Iterator[str]:
    """Every message the journal says was sent is still there, byte for byte."""
    query = select(event.c.key, event.c.body).where(
        event.c.ledger_no == ledger_no, event.c.what == SENDING
    )
    for key, body in connection.execute(query).all():
        said = _readable(body)
        if "sha256" not in said:
            continue
        found = connection.execute(
            select(message.c.raw, message.c.fields).where(
                message.c.key == key, message.c.number == said["message"]
            )
        ).one_or_none()
        where = f"ledger {name}, message {said['message']} of {key}"
        if found is None:
            yield f"{where}: the message as sent is gone"
        elif (sha256(found.raw), sha256(found.fields)) != (said["sha256"], said["fields_sha256"]):
            yield f"{where}: the message as sent was changed"


def _readable(body: str) -> dict[str, Any]:
    """An event's body; nothing for one so altered that the chain has told already."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
