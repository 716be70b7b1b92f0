"""Lines of one document become one draft: repeated amounts must agree, line totals are summed.

Only neighbouring lines merge, so one draft is in memory; a document that comes back later
in the file is caught by its fingerprint in ``documents``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from connectors.csv_folder import values
from connectors.csv_folder.header import Header
from connectors.csv_folder.layout import Format, Layout
from connectors.csv_folder.problems import CellError
from connectors.csv_folder.sections import Line
from connectors.csv_folder.values import text

SAME_ON_EVERY_LINE = (
    "account_id", "account", "kind", "status", "currency", "due_on", "paid_on", "total", "open",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """How one file is read: resolved once from its settings."""

    layout: Layout
    style: Format
    currency: str  # of rows that name none; "" = there is no default


@dataclass(slots=True)
class Draft:
    """The first line of a document, and what its other lines added."""

    line: Line
    total: Decimal | None = None  # sum of the lines, where lines are summed
    problem: CellError | None = None


class Merger:
    """Merges the lines of one file."""

    def __init__(self, header: Header, terms: Terms) -> None:
        self._header = header
        self._terms = terms
        self._sums = terms.layout.lines == "sum"
        self._fields = tuple(
            field for field in SAME_ON_EVERY_LINE
            if field in header.index and not (self._sums and field == "total")
        )  # fmt: skip

    def drafts(self, lines: Iterator[Line]) -> Iterator[Draft]:
        """One draft per document, in the order of the file."""
        if self._terms.layout.lines == "none":
            yield from map(Draft, lines)
            return
        draft: Draft | None = None
        for line in lines:
            if draft is not None and self._belong_together(draft.line, line):
                self._join(draft, line)
                continue
            if draft is not None:
                yield draft
            draft = Draft(line)
            self._add_amount(draft, line)
        if draft is not None:
            yield draft

    def fingerprint(self, line: Line) -> int:
        """Equal for two lines that say the same about their document."""
        return hash(tuple(self.text(line, field) for field in self._fields))

    def text(self, line: Line, field: str) -> str:
        """The line's text for ``field``; '' where the export has no such column."""
        return text(self._header.cell(line.row, field))

    def currency(self, line: Line) -> str:
        """ISO 4217. Raises CellError when neither the row nor the settings name one."""
        return values.currency_code(
            self._header.cell(line.row, "currency"), default=self._terms.currency
        )

    def _belong_together(self, first: Line, second: Line) -> bool:
        field = "item_id" if "item_id" in self._header.index else "number"
        number = self.text(first, field)
        same_kind = self.text(first, "kind") == self.text(second, "kind")
        if not number or number != self.text(second, field) or not same_kind:
            return False
        owners = {self._owner(first), self._owner(second)} - {""}
        return len(owners) < 2  # a number that two customers share is two documents

    def _owner(self, line: Line) -> str:
        by_number = "account_id" in self._header.index
        return self.text(line, "account_id" if by_number else "account") or line.heading

    def _join(self, draft: Draft, line: Line) -> None:
        for field in self._fields:
            if self.text(draft.line, field) != self.text(line, field):
                draft.problem = CellError(
                    f"row {line.row.number} says something else about the same document; correct "
                    "one of them",
                    field=field,
                )
        self._add_amount(draft, line)

    def _add_amount(self, draft: Draft, line: Line) -> None:
        if not self._sums:
            return
        cell = self._header.cell(line.row, "total")
        try:
            amount = values.exact_amount(
                cell, currency=self.currency(line), style=self._terms.style, field="total"
            )
        except CellError as error:
            inside = "" if line is draft.line else f"in row {line.row.number}: "
            draft.problem = CellError(inside + error.problem, field=error.field)
        else:
            draft.total = (draft.total or Decimal(0)) + amount
