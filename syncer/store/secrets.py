"""Encrypted values by name, such as a login's tokens. What they hold is the caller's business."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from syncer.store.planning import insert_for
from syncer.store.prepared import Prepared
from syncer.store.tables import secret

_own = secret.c.name == bindparam("own")
_LOAD = Prepared(select(secret.c.value).where(_own))
# One statement: the row is locked before it is compared, on both databases.
_SAVE_OVER = Prepared(
    update(secret)
    .where(_own, secret.c.value == bindparam("old"))
    .values(value=bindparam("new"), saved_at=bindparam("at"))
)


def load(connection: Connection, name: str) -> bytes | None:
    """The value saved last."""
    value = _LOAD.value(connection, own=name)
    return None if value is None else bytes(value)


def save(
    connection: Connection, name: str, value: bytes, at: datetime, *, replaces: bytes | None
) -> bool:
    """Save a value; with ``replaces`` only over that very value. Whether it was saved."""
    if replaces is None:
        _save_anyway(connection, name, value, at)
        return True
    return _SAVE_OVER.run(connection, own=name, old=replaces, new=value, at=at) == 1


def _save_anyway(connection: Connection, name: str, value: bytes, at: datetime) -> None:
    new = insert_for(connection.dialect)(secret).values(name=name, value=value, saved_at=at)
    connection.execute(
        new.on_conflict_do_update(index_elements=["name"], set_={"value": value, "saved_at": at})
    )
