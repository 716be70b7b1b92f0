"""Finds the header row of an export and says which column holds which field.

Reports print title rows first. The header is the first row that has every needed column;
if there is none, the error says which column is missing and what was found instead.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from connectors.csv_folder.tables import Cell, Row
from connectors.csv_folder.values import text
from syncer.errors import ContractError

HEADER_ROWS_MAX = 40  # title rows before the header
HEADERS_SHOWN_MAX = 60


class HasHeaders(Protocol):
    """A column map: fields, and the spellings of each field's header."""

    def headers(self, field: str) -> tuple[str, ...]:
        """The accepted spellings for ``field``; empty when it is not mapped."""

    def mapped(self) -> tuple[str, ...]:
        """The fields that have a header."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where the fields stand in one file."""

    file: str
    number: int  # row of the header
    width: int  # cells in it
    index: dict[str, int]  # field -> position of its cell
    names: dict[str, str]  # field -> header as configured
    titles: tuple[str, ...]  # texts of the rows before it

    def cell(self, row: Row, field: str) -> Cell:
        """The row's cell for ``field``; None where the export has no such column."""
        return row.get(self.index.get(field))

    def where(self, number: int, field: str = "") -> str:
        """File, row and column in words."""
        column = f", column {self.names.get(field, field)}" if field else ""
        return f"{self.file}, row {number}{column}"


def plain(name: str) -> str:
    """A header without the differences nobody sees: case, blanks, a star for mandatory."""
    name = unicodedata.normalize("NFKC", name).strip().removeprefix("*")
    return re.sub(r"\s+", " ", name).strip().casefold()


def find_header(
    rows: Iterator[Row], columns: HasHeaders, *, optional: tuple[str, ...], file: str
) -> Header:
    """Consume ``rows`` up to and including the header. Raises ContractError without one."""
    needed = [field for field in columns.mapped() if field not in optional]
    passed: list[Row] = []
    for row in rows:
        index = _positions(row, columns, file, complete=needed)
        if all(field in index for field in needed):
            names = {field: columns.headers(field)[0] for field in columns.mapped()}
            titles = tuple(", ".join(filter(None, map(text, past.cells))) for past in passed)
            return Header(file, row.number, len(row.cells), index, names, titles)
        passed.append(row)
        if len(passed) >= HEADER_ROWS_MAX:
            break
    raise ContractError(_why_not(passed, columns, needed, file))


def _positions(row: Row, columns: HasHeaders, file: str, complete: list[str]) -> dict[str, int]:
    cells = [plain(text(cell)) for cell in row.cells]
    found: dict[str, int] = {}
    for field in columns.mapped():
        name = next((plain(n) for n in columns.headers(field) if plain(n) in cells), None)
        if name is None:
            continue
        found[field] = cells.index(name)
    if all(field in found for field in complete):
        _refuse_twins(row, cells, columns, found, file)
    return found


def _refuse_twins(
    row: Row, cells: list[str], columns: HasHeaders, found: dict[str, int], file: str
) -> None:
    for field, position in found.items():
        if cells.count(cells[position]) > 1:
            raise ContractError(
                f"{file}, row {row.number}: the column '{text(row.cells[position])}' ({field}) is "
                "there more than once; rename one of them in the export"
            )


def _why_not(passed: list[Row], columns: HasHeaders, needed: list[str], file: str) -> str:
    if not any(not row.blank() for row in passed):
        return f"{file} has no rows; export it again"
    best = max(passed, key=lambda row: len(_positions(row, columns, file, complete=[""])))
    found = _positions(best, columns, file, complete=[""])
    if found:
        missing = ", ".join(
            f"'{columns.headers(field)[0]}' ({field})" for field in needed if field not in found
        )
        there = ", ".join(text(cell) for cell in best.cells[:HEADERS_SHOWN_MAX] if text(cell))
        return (
            f"{file}, row {best.number}: no column {missing}; the header has: {there}. Correct "
            "columns in the layout, or export with this column"
        )
    if separator := _other_separator(passed, columns):
        return (
            f"{file} is separated by '{separator}', not by the configured delimiter; set "
            f"delimiter: '{separator}' under format"
        )
    expected = ", ".join(f"'{columns.headers(field)[0]}'" for field in needed)
    return (
        f"{file}: no header with {expected} in its first {len(passed)} rows; is it the right "
        "export, and the right layout?"
    )


def _other_separator(passed: list[Row], columns: HasHeaders) -> str:
    known = {plain(name) for field in columns.mapped() for name in columns.headers(field)}
    for row in passed:
        line = ",".join(text(cell) for cell in row.cells)
        for separator, shown in ((";", ";"), ("\t", "tab"), ("|", "|"), (",", ",")):
            if len(known & {plain(part.strip('"')) for part in line.split(separator)}) > 1:
                return shown
    return ""
