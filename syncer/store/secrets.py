"""Encrypted values by name, such as a login's tokens. What they hold is the caller's business."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from syncer.store.planning import insert_for
from syncer.store.tables import secret


def load(connection: Connection, name: str) -> bytes | None:
    """The value saved last."""
    query = select(secret.c.value).where(secret.c.name == name)
    value = connection.execute(query).scalar_one_or_none()
    return None if value is None else bytes(value)


def save(
    connection: Connection, name: str, value: bytes, at: datetime, *, replaces: bytes | None
) -> bool:
    """Save a value; with ``replaces`` only over that very value. Whether it was saved."""
    if replaces is None:
        _save_anyway(connection, name, value, at)
        return True
    # One statement: the row is locked before it is compared, on both databases.
    change = (
        update(secret)
        .where(secret.c.name == name, secret.c.value == replaces)
        .values(value=value, saved_at=at)
    )
    return connection.execute(change).rowcount == 1


def _save_anyway(connection: Connection, name: str, value: bytes, at: datetime) -> None:
    new = insert_for(connection.dialect)(secret).values(name=name, value=value, saved_at=at)
    connection.execute(
        new.on_conflict_do_update(index_elements=["name"], set_={"value": value, "saved_at": at})
    )
