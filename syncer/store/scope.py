"""Which accounts a reading is about: some by their ids, or a stretch of all in their order.

A large ledger is read stretch by stretch, each from a view of its own: one view held open
through a whole plan would keep the write-ahead log from being folded back.
"""

from collections.abc import Iterable
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

    def given(self, dialect: Dialect) -> dict[str, Any]:
        """The values that narrow a query to it, by the name of the narrowing."""
        return {"ids": packed(sorted(self.ids), dialect)}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The accounts behind ``after``, up to and with ``upto``.

    ``after`` "" is from the start, ``upto`` None to the end.
    """

    after: str = ""
    upto: str | None = None

    def has(self, account_id: str) -> bool:
        """Whether the account lies in it."""
        return (not self.after or self.after < account_id) and (
            self.upto is None or account_id <= self.upto
        )

    def given(self, dialect: Dialect) -> dict[str, Any]:
        """The values that narrow a query to it, by the name of the narrowing."""
        ends = {"after": self.after or None, "upto": self.upto}
        return {name: end for name, end in ends.items() if end is not None}


Scope = Chosen | Stretch
EVERYONE = Stretch()


def narrowed(
    column: ColumnElement[Any], by: Iterable[str], dialect: Dialect
) -> list[ColumnElement[bool]]:
    """Conditions on a column of account ids, one for each of the names of ``Scope.given``."""
    narrowings = {
        "ids": among(column, dialect),
        "after": column > bindparam("after"),
        "upto": column <= bindparam("upto"),
    }
    return [narrowings[name] for name in by]
