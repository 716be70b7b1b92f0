"""Tells headings, totals and documents apart, and checks that the totals foot.

A report carries the customer by position: a row with only a name opens a group, its total
row closes it. A total that does not foot means that rows are missing or were read wrongly.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from connectors.csv_folder.header import Header
from connectors.csv_folder.layout import Layout
from connectors.csv_folder.problems import CellError
from connectors.csv_folder.tables import Cell, Row
from connectors.csv_folder.values import text
from syncer.errors import ContractError

_log = structlog.get_logger(__name__)
_SUFFIXES = ("", " with sub-customers", " with sub-clients")  # QuickBooks, nested customers

_BUCKET = re.compile(
    r"current|not (yet )?due|older|< ?1 month|\d+ months?|\d+ ?[-–] ?\d+( days)?( past due)?"
    r"|(over|>) ?\d+( days)?( past due)?|\d+ (or more|and over)( days)?( past due)?"
)

AmountOf = Callable[[Cell, str], Decimal]
"""Reads an amount cell in a currency; raises CellError."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that belongs to a document, and the customer heading it stands under."""

    row: Row
    heading: str


@dataclass(slots=True)
class _Group:
    name: str
    total: Decimal = Decimal(0)
    currencies: set[str] = field(default_factory=set)
    certain: bool = True  # every row of it could be read

    def add(self, amount: Decimal | None, currency: str) -> None:
        self.currencies.add(currency)
        if amount is None:
            self.certain = False
        else:
            self.total += amount


class Sections:
    """Walks the rows after the header of one file."""

    def __init__(
        self, header: Header, layout: Layout, *, amount_of: AmountOf, currency: str
    ) -> None:
        self._header = header
        self._layout = layout
        self._amount_of = amount_of
        self._currency = currency
        self._money = "open" if "open" in header.index else "total"
        self._open: list[_Group] = []
        self._all = _Group("", certain=layout.lines != "repeat")
        self._ended = False
        self._words = tuple(_flat(word) for word in layout.total_words)

    def lines(self, rows: Iterator[Row]) -> Iterator[Line]:
        """The rows of documents. Raises ContractError where a total does not foot."""
        for row in rows:
            if row.blank() or self._is_total(row) or self._is_heading(row):
                continue
            if self._ended:
                raise ContractError(
                    f"{self._header.where(row.number)}: rows follow the grand total; is this two "
                    "reports in one file?"
                )
            self._count(row)
            yield Line(row, self._open[-1].name if self._open else "")

    def _is_heading(self, row: Row) -> bool:
        """A row with one text and nothing else; after the grand total it is a footer."""
        filled = [cell for cell in row.cells if text(cell)]
        if not self._layout.headings or len(filled) != 1 or not isinstance(filled[0], str):
            return False
        if not self._ended:
            self._refuse_bucket(row, filled[0])
            self._open.append(_Group(filled[0].strip()))
            del self._open[: -self._layout.nesting]
        return True

    def _refuse_bucket(self, row: Row, name: str) -> None:
        """Where headings are ages, somebody else must name the customer."""
        if "account" not in self._header.index and _BUCKET.fullmatch(_flat(name)):
            raise ContractError(
                f"{self._header.where(row.number)}: the rows are grouped by age, and no column "
                "names the customer; add the customer column to the report"
            )

    def _is_total(self, row: Row) -> bool:
        place = next(place for place, cell in enumerate(row.cells) if text(cell))
        # Documents have dates and totals have none; but the first column may be a date's, and
        # then a total's own words stand in it.
        dates = {self._header.index.get(name) for name in ("issued_on", "due_on")} - {place}
        if any(text(row.get(date)) for date in dates):
            return False
        first = _flat(text(row.cells[place]))
        if first.removesuffix(":") in self._words:
            self._check(row, self._all)
            self._open.clear()
            self._ended = True
            return True
        return self._layout.headings and self._closes_group(row, first)

    def _closes_group(self, row: Row, first: str) -> bool:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._names_total_of(self._open[depth], first):
                self._check(row, self._open[depth])
                del self._open[depth:]
                return True
        return False

    def _names_total_of(self, group: _Group, first: str) -> bool:
        """A customer may itself be called "Total ...": only the open group's own name counts."""
        name = _flat(group.name)
        return any(
            first.removesuffix(suffix) == f"{word} {name}"
            for word in self._words
            for suffix in _SUFFIXES
        )

    def _count(self, row: Row) -> None:
        currency = text(self._header.cell(row, "currency")).upper() or self._currency
        try:
            amount = self._amount_of(self._header.cell(row, self._money), currency)
        except CellError:
            amount = None
        for group in (self._all, *self._open):
            group.add(amount, currency)

    def _check(self, row: Row, group: _Group) -> None:
        """Compare only what can be compared: one currency, every row read, a total printed."""
        cell = self._header.cell(row, self._money)
        if not text(cell) or len(group.currencies) > 1 or not group.certain:
            return
        where = self._header.where(row.number, self._money)
        try:
            printed = self._amount_of(cell, next(iter(group.currencies), self._currency))
        except CellError as error:
            raise ContractError(f"{where}: the total {error.problem}") from error
        if printed == group.total:
            return
        if self._layout.totals == "error":
            raise ContractError(
                f"{where}: the total says {printed}, the rows above add up to {group.total}; "
                "rows are missing or were changed, export it again"
            )
        _log.warning(
            "export_total_differs", where=where, printed=str(printed), sum=str(group.total)
        )


def _flat(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()
