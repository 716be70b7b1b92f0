"""A set of ids as one parameter, the same call on both engines."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Dialect, Text, any_, bindparam, column, func, select

BATCH = 2500
"""Ids asked for in one statement."""


def among(name: ColumnElement[Any], dialect: Dialect) -> ColumnElement[bool]:
    """``name`` is one of the parameter ``ids``; pass ``packed(ids)`` as its value."""
    if dialect.name == "postgresql":
        return name == any_(bindparam("ids", type_=ARRAY(Text)))
    each = func.json_each(bindparam("ids", type_=Text)).table_valued(column("value", Text))
    return name.in_(select(each.c.value))


def packed(ids: Iterable[str], dialect: Dialect) -> str | list[str]:
    """The value for ``among``'s parameter."""
    listed = list(ids)
    if dialect.name == "postgresql":
        return listed
    return msgspec.json.encode(listed).decode()


def batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Slices small enough for one statement."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
