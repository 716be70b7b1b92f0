"""A folder with exports, a clock that stands still, and one call that pulls everything."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.csv_folder import SPEC
from connectors.csv_folder.source import FolderSource
from syncer.model.ledger import (
    Account,
    OpenItem,
    Organisation,
    Page,
    Quarantined,
    Settled,
    StreamEnd,
)
from syncer.ports import ConnectorDeps

NOW = datetime(2026, 4, 3, 9, 0, tzinfo=UTC)
ORGANISATION = {"name": "Example Ltd", "time_zone": "Europe/London", "currency": "EUR"}
PLAIN = {
    "columns": {
        "number": "No",
        "account_id": "Cust",
        "account": "Name",
        "issued_on": "Issued",
        "due_on": "Due",
        "total": "Total",
        "open": "Open",
        "currency": "Cur",
    }
}
SAMPLES = Path(__file__).parents[1] / "exports"


@dataclass
class Pulled:
    """Everything one pull said."""

    organisation: Organisation
    items: list[OpenItem] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    ends: list[StreamEnd] = field(default_factory=list)

    def item(self, number: str) -> OpenItem:
        """The one open item with this number."""
        (found,) = [item for item in self.items if item.number == number]
        return found

    def account(self, name: str) -> Account:
        """The one account with this name."""
        (found,) = [account for account in self.accounts if account.name == name]
        return found


class Case:
    """A folder of exports with settings that can be changed key by key."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.folder = folder
        self.data_dir = data_dir
        self.now = NOW

    def write(self, name: str, content: str | bytes, *, encoding: str = "utf-8") -> Path:
        """Write a file dated today; text goes through ``encoding``."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return self.date(path, self.now)

    def date(self, path: Path, at: datetime) -> Path:
        """Set when the file was written."""
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path

    def sample(self, name: str) -> None:
        """Copy a sample export."""
        self.write(name, (SAMPLES / name).read_bytes())

    def workbook(self, name: str, sheets: Mapping[str, Iterable[Sequence[object]]]) -> Path:
        """Build an XLSX file."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        book.save(self.folder / name)
        book.close()
        return self.date(self.folder / name, self.now)

    def source(
        self, open_items: Mapping[str, Any], *, as_of: Any = None, **settings: Any
    ) -> FolderSource:
        """The connector over this folder, built as the composition root builds it."""
        config = SPEC.config.model_validate(
            {
                "folder": str(self.folder),
                "organisation": ORGANISATION,
                "open_items": open_items,
                **settings,
            }
        )
        deps = ConnectorDeps(
            ledger="books",
            config=config,
            http=None,
            tokens=None,
            clock=lambda: self.now,
            data_dir=self.data_dir,
            as_of=as_of,
        )
        return SPEC.build(deps)

    def pull(self, open_items: Mapping[str, Any], **settings: Any) -> Pulled:
        """Pull everything once."""
        return collect(self.source(open_items, **settings))

    def plain(self, *rows: str, **open_items: Any) -> Pulled:
        """Pull an export in the plain layout; ``rows`` are CSV lines below its header."""
        self.write("plain.csv", plain_csv(*rows))
        return self.pull({"file": "plain.csv", "layout": PLAIN, **open_items})


def plain_csv(*rows: str) -> str:
    """An export in the plain layout."""
    return "\n".join(["No,Cust,Name,Issued,Due,Total,Open,Cur", *rows, ""])


def collect(source: FolderSource) -> Pulled:
    """Everything a pull yields, sorted by kind."""
    parts = iter(source.pull({}))
    organisation = next(parts)
    assert isinstance(organisation, Organisation)
    pulled = Pulled(organisation)
    for part in parts:
        if isinstance(part, StreamEnd):
            pulled.ends.append(part)
        elif isinstance(part, Page):
            pulled.items += part.items
            pulled.accounts += part.accounts
            pulled.settled += part.settled
            pulled.quarantined += part.quarantined
    return pulled


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """An empty folder of exports."""
    folder = tmp_path / "exports"
    folder.mkdir()
    return Case(folder, tmp_path / "data")


@pytest.fixture
def aged() -> Callable[[timedelta], datetime]:
    """An instant before now."""
    return lambda age: NOW - age
