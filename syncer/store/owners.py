"""Whose books a ledger's name stands for; another organisation's are refused before they are read.

What a state keeps of a ledger (contacts, holds, promises, cursors) is kept under the name that
the configuration gives it, and a customer's id is often a small number. A name that is given to
another organisation would bring one customer's history to another; an organisation that is
given another name would begin anew, with first reminders and without any promise.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, exists, or_, select, update

from syncer.errors import ConfigError
from syncer.model.hold import HoldSource
from syncer.model.ledger import Organisation
from syncer.store import doubts, ledgers
from syncer.store.effects import is_contact
from syncer.store.ledgers import LedgerRef
from syncer.store.prepared import Prepared
from syncer.store.tables import hold, ledger, outbox, stream

_KNOWN = Prepared(
    select(ledger.c.organisation, ledger.c.organisation_at).where(
        ledger.c.ledger_no == bindparam("number")
    )
)


def keep_owner(
    connection: Connection,
    ref: LedgerRef,
    said: Organisation,
    at: datetime,
    *,
    configured: Collection[str],
) -> None:
    """Remember what a ledger said of its owner. Raises ConfigError for another one's books.

    ``configured`` are the names of all ledgers of the configuration; empty = not compared.
    """
    row = _KNOWN.first(connection, number=ref.number)
    if row.organisation is None:
        _refuse_new_name(connection, ref, said, configured)
    elif row.organisation_at is not None:
        _refuse_new_owner(ref, said, _decoded(row.organisation))
    ledgers.save_organisation(connection, ref, said, at)


def take_any(connection: Connection, ref: LedgerRef) -> None:
    """A person vouches for the ledger: its next owner is not compared, and it is read whole."""
    own = ledger.c.ledger_no == ref.number
    connection.execute(update(ledger).where(own).values(organisation_at=None))
    connection.execute(update(stream).where(stream.c.ledger_no == ref.number).values(cursor=None))


def _refuse_new_owner(ref: LedgerRef, said: Organisation, known: Organisation) -> None:
    if _same(said, known):
        return
    raise ConfigError(
        f"ledger '{ref.name}' reads the books of {_words(said)}, and this state knows it as "
        f"{_words(known)}, with all that was sent, promised and held there: nothing was read any "
        "further, nobody is contacted. If these are other books, give them a ledger of their own, "
        "with another name; if only the organisation's name was changed: "
        f"syncer state trust --ledger {ref.name}"
    )


def _refuse_new_name(
    connection: Connection, ref: LedgerRef, said: Organisation, configured: Collection[str]
) -> None:
    if not configured or doubts.of(connection, ref.number) is None:
        return  # without a doubt: trusted before its first run
    for name in _others(connection, ref, said):
        if name not in configured:
            raise ConfigError(
                f"ledger '{ref.name}' reads the books of {_words(said)}, which this state knows as "
                f"ledger '{name}', a name that is no longer configured: what was sent, promised "
                "and held stands under it, nobody is contacted. If the ledger was renamed, give it "
                f"the name {name} back; if it is to begin anew, with first reminders and without "
                f"those holds: syncer state trust --ledger {ref.name}"
            )


def _others(connection: Connection, ref: LedgerRef, said: Organisation) -> list[str]:
    """Ledgers of the same owner under which something is kept that a person would miss."""
    number = ledger.c.ledger_no
    entered = exists().where(hold.c.ledger_no == number, hold.c.source != HoldSource.CONFIG)
    written = exists().where(outbox.c.ledger_no == number, is_contact())
    rows = connection.execute(
        select(ledger.c.name, ledger.c.organisation)
        .where(number != ref.number, ledger.c.organisation.is_not(None), or_(entered, written))
        .order_by(ledger.c.name)
    )
    return [row.name for row in rows if _same(said, _decoded(row.organisation))]


def _same(one: Organisation, other: Organisation) -> bool:
    """By the vendor's own key where both have one, else by name and base currency."""
    if one.key and other.key:
        return one.key == other.key
    return (_plain(one.name), one.currency) == (_plain(other.name), other.currency)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _words(organisation: Organisation) -> str:
    return f"{organisation.name} ({organisation.currency})"


def _decoded(text: str) -> Organisation:
    return msgspec.json.decode(text, type=Organisation)
