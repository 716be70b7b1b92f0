"""Holds: entered by people or by the configuration, each change noted in the journal."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, or_, select, update

from syncer.errors import StateError
from syncer.model.agreement import Terms
from syncer.model.hold import Hold, HoldSource
from syncer.store.journal import Journals
from syncer.store.ledgers import LedgerRef
from syncer.store.tables import event, hold
from syncer.store.types import print_instant

_FIELDS = Hold.__struct_fields__


def listed(
    connection: Connection, ref: LedgerRef, *, account_id: str = "", on: date | None = None
) -> Sequence[Hold]:
    """Holds of a ledger, of one account if given, active on a day if given."""
    query = select(*(hold.c[name] for name in _FIELDS)).where(hold.c.ledger_no == ref.number)
    if account_id:
        query = query.where(hold.c.account_id == account_id)
    if on is not None:
        query = query.where(
            hold.c.starts_on <= on, or_(hold.c.ends_on.is_(None), hold.c.ends_on >= on)
        )
    rows = connection.execute(query.order_by(hold.c.account_id, hold.c.starts_on, hold.c.hold_id))
    return [_hold(row) for row in rows]


def add(
    connection: Connection, journals: Journals, ref: LedgerRef, new: Hold, at: datetime
) -> None:
    """Add a hold. Raises StateError when its id is taken."""
    query = select(hold.c.hold_id).where(*_own(ref, new.hold_id))
    if connection.execute(query).first() is not None:
        raise StateError(f"ledger {ref.name} already has a hold {new.hold_id}")
    values: dict[str, Any] = {name: getattr(new, name) for name in _FIELDS}
    values["created_at"] = new.created_at or at
    connection.execute(insert(hold).values(ledger_no=ref.number, **values))
    _note(journals, "hold_added", new, at)


def end(
    connection: Connection,
    journals: Journals,
    ref: LedgerRef,
    hold_id: str,
    *,
    on: date,
    author: str,
    at: datetime,
) -> Hold:
    """Make ``on`` the hold's last day. Raises StateError when there is no such hold."""
    query = select(*(hold.c[name] for name in _FIELDS)).where(*_own(ref, hold_id))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise StateError(f"ledger {ref.name} has no hold {hold_id}; `syncer hold list` shows them")
    known = _hold(row)
    terms = msgspec.structs.replace(known.terms or Terms(), ended=True)
    ended = msgspec.structs.replace(known, ends_on=on, terms=terms)
    connection.execute(update(hold).where(*_own(ref, hold_id)).values(ends_on=on, terms=terms))
    _note(journals, "hold_ended", ended, at, author=author)
    return ended


def sync_config(
    connection: Connection,
    journals: Journals,
    ref: LedgerRef,
    wanted: Sequence[Hold],
    at: datetime,
) -> None:
    """Make the holds that come from the configuration exactly these.

    What was open when one was first seen is remembered, whatever else of it is edited.
    """
    known = {h.hold_id: h for h in listed(connection, ref) if h.source is HoldSource.CONFIG}
    asked = {
        h.hold_id: msgspec.structs.replace(h, source=HoldSource.CONFIG, created_at=None)
        for h in wanted
    }
    for hold_id, old in known.items():
        new = asked.get(hold_id)
        if new is not None and _as_written(new) == _as_written(old):
            del asked[hold_id]
            continue
        connection.execute(delete(hold).where(*_own(ref, hold_id)))
        _note(journals, "hold_removed", old, at)
        if new is not None and old.terms is not None and old.terms.covers:
            terms = msgspec.structs.replace(new.terms or Terms(), covers=old.terms.covers)
            asked[hold_id] = msgspec.structs.replace(new, terms=terms)
    for new in asked.values():
        add(connection, journals, ref, new, at)


def _as_written(known: Hold) -> Hold:
    """The hold as the file says it, without what the ledger said when it was first seen."""
    terms = known.terms and msgspec.structs.replace(known.terms, covers=())
    terms = None if terms == Terms() else terms
    return msgspec.structs.replace(known, created_at=None, terms=terms)


def _own(ref: LedgerRef, hold_id: str) -> tuple[Any, Any]:
    return hold.c.ledger_no == ref.number, hold.c.hold_id == hold_id


def _hold(row: Any) -> Hold:
    return Hold(**dict(zip(_FIELDS, row, strict=True)))


def _note(journals: Journals, what: str, changed: Hold, at: datetime, author: str = "") -> None:
    body = msgspec.json.encode({"author": author or changed.author, "hold": changed}).decode()
    journals.append(event, [(print_instant(at), what, "", body)])
