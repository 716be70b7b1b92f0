"""Statements of QuickBooks' query language, with every value quoted and escaped.

One entity a statement, AND alone, no OR, no joins ("data queries" page, read November 2026).
Values are quoted, numbers and dates as well; a quote inside is escaped by a backslash, doubling
it is an error. Texts outside ISO-8859-1 do not parse at US companies: ask for ids instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

PAGE_SIZE = 1000  # the largest; more is silently cut to it ("limits" page, 2026)
IDS_MAX = 200  # ids in one IN (...): the length of an address has limits that nobody states


def quoted(value: str) -> str:
    """``value`` as a literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def within(field: str, values: Iterable[str]) -> str:
    """``field IN ('1', '2')``."""
    return f"{field} IN ({', '.join(quoted(value) for value in values)})"


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """``ids`` in pieces that fit into one statement."""
    for start in range(0, len(ids), IDS_MAX):
        yield ids[start : start + IDS_MAX]


@dataclass(frozen=True, slots=True)
class Query:
    """A list of one entity. ``conditions`` are joined by AND."""

    entity: str
    conditions: tuple[str, ...] = ()

    def page(self, start: int, size: int = PAGE_SIZE) -> str:
        """The rows from position ``start`` (the first is 1), always in the same order."""
        return (
            f"SELECT * FROM {self.entity}{self._where()} ORDERBY Id "  # noqa: S608 - no SQL
            f"STARTPOSITION {start} MAXRESULTS {size}"
        )

    def count(self) -> str:
        """How many rows there are."""
        return f"SELECT COUNT(*) FROM {self.entity}{self._where()}"  # noqa: S608 - no SQL

    def _where(self) -> str:
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


ANY_STATE = "Active IN (true, false)"
"""Name lists show only active records unless asked (singer tap and airbyte manifest, 2026)."""

OPEN = "Balance > '0'"
