"""A CSV or XLSX file as a stream of numbered rows, within fixed bounds.

Row numbers are those a spreadsheet shows. CSV rows are never held; a workbook is read
in openpyxl's read-only mode, with defusedxml, after its unpacked size was checked.
What the cells mean is decided elsewhere.
"""

import codecs
import csv
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from connectors.csv_folder.layout import Format
from syncer.errors import ContractError, InvariantError

ROWS_MAX = 2_000_000
CELLS_MAX = 500  # per row
ROW_TEXT_MAX = 1_000_000  # characters of one CSV row, however many lines it spans
CELL_TEXT_MAX = 131_072  # characters
FILE_BYTES_MAX = 2_000_000_000
PARTS_MAX = 10_000  # files packed into a workbook
STRINGS_BYTES_MAX = 100_000_000  # of a workbook's list of texts, which is held whole
WORKBOOK_BYTES_MAX = 400_000_000  # unpacked
UNPACK_RATIO_MAX = 200  # a spreadsheet packs 10 to 30 times
RATIO_MATTERS_FROM = 10_000_000  # bytes unpacked

_WORDS = "sharedstrings"  # the part of a workbook that lists its texts

Cell = str | int | float | bool | date | datetime | None
"""CSV gives text; a workbook gives typed cells."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What openpyxl and zipfile let out when a workbook is damaged, found by flipping bytes.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    OSError,
    RuntimeError,  # encrypted, or packed in a way that is not supported
    SyntaxError,  # XML
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is 1 for the first. ``ended``: its line ends as lines do."""

    number: int
    cells: tuple[Cell, ...]
    ended: bool = True

    def blank(self) -> bool:
        """Whether there is nothing in it."""
        return all(
            cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells
        )

    def get(self, index: int | None) -> Cell:
        """The cell at ``index``; None for no index or past the end."""
        return None if index is None or index >= len(self.cells) else self.cells[index]


def rows(path: Path, *, style: Format, sheet: str = "") -> Generator[Row]:
    """Every row of the file, blank ones included. Raises ContractError naming the file."""
    try:
        yield from _rows(path, style, sheet)
    except OSError as error:  # somebody took it away since it was found
        raise ContractError(
            f"{path.name}: {error.strerror or error}; put a readable export there"
        ) from error


def _rows(path: Path, style: Format, sheet: str) -> Iterator[Row]:
    size = path.stat().st_size
    if size == 0:
        raise ContractError(f"{path.name} is empty; export it again")
    if size > FILE_BYTES_MAX:
        raise ContractError(f"{path.name} has {size} bytes, which no export does; split it")
    book = path.suffix.lower() == ".xlsx"
    read = _whole(_workbook_rows(path, sheet)) if book else _csv_rows(path, style)
    for number, (cells, ended) in enumerate(read, start=1):
        if number > ROWS_MAX:
            raise ContractError(f"{path.name} has more than {ROWS_MAX} rows; split the export")
        if len(cells) > CELLS_MAX:
            raise ContractError(
                f"{path.name}, row {number} has more than {CELLS_MAX} cells; is the delimiter "
                "right?"
            )
        if any(isinstance(cell, str) and len(cell) > CELL_TEXT_MAX for cell in cells):
            raise ContractError(
                f"{path.name}, row {number} has a cell of more than {CELL_TEXT_MAX} characters; "
                "is a quote missing? Correct it"
            )
        yield Row(number, cells, ended)


# --- CSV


def _whole(read: Iterator[tuple[Cell, ...]]) -> Iterator[tuple[tuple[Cell, ...], bool]]:
    """A workbook is packed: one that was cut off does not open."""
    return ((cells, True) for cells in read)


def _csv_rows(path: Path, style: Format) -> Iterator[tuple[tuple[Cell, ...], bool]]:
    encoding = _encoding(path, style)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            lines = _Lines(stream, path)
            for cells in _well_formed(lines, style, path.name):
                lines.row_ended()
                yield tuple(cells), lines.ended
    except UnicodeError as error:
        raise ContractError(
            f"{path.name} is not {style.encoding} text; set encoding under format, or export "
            "it as UTF-8"
        ) from error


def _well_formed(lines: "_Lines", style: Format, name: str) -> Iterator[list[str]]:
    """The rows; a quote that is not closed is told with the line on which its row begins."""
    try:
        yield from csv.reader(lines, delimiter=style.delimiter, strict=True)
    except csv.Error as error:
        raise ContractError(
            f"{name}, {lines.place} is no well-formed CSV ({error}); is a quote missing there, was "
            "it cut off or edited by hand? Export it again"
        ) from error


def _encoding(path: Path, style: Format) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"PK\x03\x04"):
        raise ContractError(f"{path.name} is a workbook, not CSV; rename it to end in .xlsx")
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked and marked != style.encoding:
        raise ContractError(
            f"{path.name} is marked as {marked} but encoding is {style.encoding}; "
            f"set encoding: {marked} under format"
        )
    if style.encoding == "utf-16" and not marked:
        raise ContractError(
            f"{path.name} has no byte order mark, so it is not the utf-16 that programs export; "
            "set encoding under format"
        )
    return "utf-8-sig" if style.encoding == "utf-8" else style.encoding


class _Lines:
    """The lines of a CSV file, as many of them for one row as a row may take."""

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream = stream
        self._name = path.name
        self._number = 0
        self._began = 1  # the first line of the row that is being read
        self._left = ROW_TEXT_MAX
        self.ended = True  # whether the latest line had an end

    def row_ended(self) -> None:
        """What was handed out so far belongs to finished rows."""
        self._left = ROW_TEXT_MAX
        self._began = self._number + 1

    @property
    def place(self) -> str:
        """Where the row stands that is being read."""
        if self._began >= self._number:
            return f"line {self._number}"
        return f"the row of lines {self._began} to {self._number}"

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._number += 1
        self.ended = line.endswith(("\n", "\r"))
        self._left -= len(line)
        if self._left < 0:
            raise ContractError(
                f"{self._name}, {self.place}: more than {ROW_TEXT_MAX} characters in one row; "
                "is a quote missing, or is this no CSV?"
            )
        if "\0" in line:
            raise ContractError(
                f"{self._name}, line {self._number} contains NUL characters; is the encoding "
                "utf-16?"
            )
        return line


# --- XLSX


def _workbook_rows(path: Path, sheet: str) -> Iterator[tuple[Cell, ...]]:
    _check_size(path)
    if not openpyxl.DEFUSEDXML:
        raise InvariantError("defusedxml is not installed, workbooks cannot be read safely")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except _DAMAGE as error:
        raise _unreadable(path) from error
    with closing(book):
        page = _sheet(book, path, sheet)
        page.reset_dimensions()  # some exporters write a wrong size, which would cut rows off
        try:
            yield from _padded(page.iter_rows(values_only=True))
        except _DAMAGE as error:
            raise _unreadable(path) from error


def _padded(read: Iterator[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    """Rows as wide as any before them: a workbook does not store empty cells at the end."""
    width = 0
    for cells in read:
        width = max(width, len(cells))
        yield (*cells, *(None,) * (width - len(cells)))


def _unreadable(path: Path) -> ContractError:
    return ContractError(
        f"{path.name} is no readable workbook (.xlsx); open it in a spreadsheet and save it again"
    )


def _sheet(book: Any, path: Path, sheet: str) -> Any:
    if sheet:
        if sheet in book.sheetnames:
            return book[sheet]
        raise ContractError(
            f"{path.name} has no sheet '{sheet}' but: {', '.join(book.sheetnames)}; set sheet"
        )
    if len(book.sheetnames) != 1:
        raise ContractError(
            f"{path.name} has {len(book.sheetnames)} sheets: {', '.join(book.sheetnames)}; "
            "set sheet"
        )
    return book[book.sheetnames[0]]


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _DAMAGE as error:
        raise _unreadable(path) from error
    size = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if _WORDS in part.filename.lower())
    if len(parts) > PARTS_MAX or strings > STRINGS_BYTES_MAX:
        raise ContractError(
            f"{path.name} holds {len(parts)} parts and {strings} bytes of texts, which no export "
            "does; it was not opened. Export it as CSV"
        )
    ratio = size / max(path.stat().st_size, 1)
    if size > WORKBOOK_BYTES_MAX or (size > RATIO_MATTERS_FROM and ratio > UNPACK_RATIO_MAX):
        raise ContractError(
            f"{path.name} unpacks to {size} bytes, which no export does; it was not opened"
        )
