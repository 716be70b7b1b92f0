"""Which accounts a reading is about: some by their ids, or a stretch of all in their order.

A large ledger is read stretch by stretch, each from a view of its own: one view held open
through a whole plan would keep the write-ahead log from being folded back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Dialect, bindparam

from syncer.store.ids import among, packed


@dataclass(frozen=True, slots=True)
class Chosen:
    """These accounts."""

    ids: frozenset[str]

    def has(self, account_id: str) -> bool:
        """Whether the account is one of them."""
        return account_id in self.ids

    def where(
        self, column: ColumnElement[Any], dialect: Dialect
    ) -> tuple[list[ColumnElement[bool]], Mapping[str, Any]]:
        """Conditions on the column of account ids, and the values of their parameters."""
        return [among(column, dialect)], {"ids": packed(sorted(self.ids), dialect)}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The accounts behind ``after``, up to and with ``upto``; None = to the end."""

    after: str = ""
    upto: str | None = None

    def has(self, account_id: str) -> bool:
        """Whether the account lies in it."""
        return self.after < account_id and (self.upto is None or account_id <= self.upto)

    def where(
        self, column: ColumnElement[Any], dialect: Dialect
    ) -> tuple[list[ColumnElement[bool]], Mapping[str, Any]]:
        """Conditions on the column of account ids, and the values of their parameters."""
        conditions = [column > bindparam("after")]
        given = {"after": self.after}
        if self.upto is not None:
            conditions.append(column <= bindparam("upto"))
            given["upto"] = self.upto
        return conditions, given


Scope = Chosen | Stretch
EVERYONE = Stretch()
