"""Finds an export in the folder, opens it, and notices when it is old or changes meanwhile."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.csv_folder.config import FileSettings, Pick
from connectors.csv_folder.header import Header, find_header
from connectors.csv_folder.layout import Layout
from connectors.csv_folder.merge import Terms
from connectors.csv_folder.problems import CellError
from connectors.csv_folder.sections import Line, Sections
from connectors.csv_folder.tables import Cell, Row, rows
from connectors.csv_folder.values import day, exact_amount
from syncer.errors import ConfigError, ContractError, Transient

_TEMPORARY = ("~$", ".~", ".")  # lock files of spreadsheets, hidden files


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells one content of a file from the next."""

    name: str
    size: int
    changed_ns: int
    digest: str


def locate(folder: Path, pattern: str, pick: Pick) -> Path:
    """The one file meant by ``pattern``. Raises ContractError: a missing list is not empty."""
    if not folder.is_dir():
        raise ConfigError(f"the folder {folder} does not exist; correct folder, or mount it")
    found = [folder / pattern] if (folder / pattern).is_file() else _matches(folder, pattern)
    if not found:
        raise ContractError(
            f"no file '{pattern}' in {folder}; put the export there. Nothing is taken as paid "
            "because a file is missing"
        )
    if len(found) > 1 and pick == "only":
        names = ", ".join(path.name for path in found)
        raise ContractError(
            f"{len(found)} files match '{pattern}': {names}; keep one, or set pick: newest"
        )
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _matches(folder: Path, pattern: str) -> list[Path]:
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path for path in found if not path.name.startswith(_TEMPORARY))


def stamp(path: Path) -> Stamp:
    """The file's stamp now. Raises ContractError when it is gone or cannot be read."""
    try:
        status = path.stat()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ContractError(
            f"{path.name}: {error.strerror}; put a readable export there"
        ) from error
    return Stamp(path.name, status.st_size, status.st_mtime_ns, digest)


@dataclass(frozen=True, slots=True)
class Export:
    """One export, found and recognised; its rows are read by ``lines``."""

    path: Path
    settings: FileSettings
    terms: Terms
    header: Header
    stamp: Stamp

    def lines(self) -> Iterator[Line]:
        """The rows of documents. Raises Transient when the file changed while it was read."""
        stream = rows(self.path, style=self.terms.style, sheet=self.settings.sheet)
        _skip_to_data(stream, self.header)
        sections = Sections(
            self.header, self.terms.layout, amount_of=self._amount, currency=self.terms.currency
        )
        empty = True
        for line in sections.lines(stream):
            empty = False
            yield line
        if empty and not self.settings.empty_ok:
            raise ContractError(
                f"{self.path.name} has a header but no rows; export it again, or set empty_ok: "
                "true where nothing may be open. Nothing is taken as paid because a file is empty"
            )
        if stamp(self.path) != self.stamp:
            raise Transient(
                f"{self.path.name} changed while it was read; run again when it is done"
            )

    def _amount(self, cell: Cell, currency: str) -> Decimal:
        return exact_amount(cell, currency=currency, style=self.terms.style, field="total")

    def day(self, zone: ZoneInfo) -> date:
        """The day the export speaks for: its title's, else the day the file was written."""
        for title in self.header.titles:
            if raw := _after_words(title, self.terms.layout.as_at_words):
                return self._title_day(raw)
        seconds = self.stamp.changed_ns / 1_000_000_000
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()

    def _title_day(self, raw: str) -> date:
        where = f"{self.path.name}, title '{raw}'"
        try:
            return day(raw, style=self.terms.style, field="title", where=where)
        except CellError as error:
            raise ContractError(f"{self.path.name}: the title's day {error.problem}") from error


def _after_words(title: str, words: tuple[str, ...]) -> str:
    choice = "|".join(re.escape(word) for word in words)
    match = re.fullmatch(rf"(?:{choice}):?\s+(.+)", title, re.IGNORECASE) if choice else None
    return match[1].strip() if match else ""


def _skip_to_data(stream: Iterator[Row], header: Header) -> None:
    for row in stream:
        if row.number == header.number:
            return


def open_export(folder: Path, settings: FileSettings, layout: Layout) -> Export:
    """Find the file and its header. Raises ContractError or ConfigError naming file and key."""
    path = locate(folder, settings.file, settings.pick)
    style = settings.format or layout.format
    before = stamp(path)
    stream = rows(path, style=style, sheet=settings.sheet)
    header = find_header(stream, layout.columns, optional=layout.optional, file=path.name)
    stream.close()
    currency = settings.currency or ""
    if not currency and "currency" not in header.index:
        raise ConfigError(
            f"{path.name} has no currency column; set currency beside file, e.g. currency: EUR"
        )
    _refuse_no_customer(header, layout)
    return Export(path, settings, Terms(layout, style, currency), header, before)


def _refuse_no_customer(header: Header, layout: Layout) -> None:
    if not layout.headings and not {"account", "account_id"} & header.index.keys():
        raise ContractError(f"{header.file}: no column names the customer; correct columns.account")
