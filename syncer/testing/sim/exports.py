"""A folder of exports in a story: what people put there, and what befalls its files.

People export both files anew once they did something in the books. A run sees the files alone:
what it may go by is what the files tell (``told``), not what happened in the books since. The
files are written here without any help of the connector that reads them.
"""

import csv
import io
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from syncer.sandbox.books import Books
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Call
from syncer.sandbox.world import World
from syncer.testing.sim.rows import (
    ITEM_COLUMNS,
    Rows,
    contact_rows,
    cut_off,
    item_rows,
    read,
    without,
    written,
)

OPEN_ITEMS, CONTACTS, NOTES = "open-items.csv", "contacts.csv", "notes.csv"
SECOND = "open-items (1).csv"
REPLACED = 201  # what an export counts as among the calls: nothing that was answered
MAX_AGE = 3  # days: the connector's own default
_CUSTOMER, _OPEN = ITEM_COLUMNS.index("Customer Id"), ITEM_COLUMNS.index("Open")


class FileTrouble(StrEnum):
    """What befalls a file while a run looks at it."""

    MISSING = "missing"  # the export is not there
    EMPTY = "empty"  # nothing in it
    HALF = "half"  # cut off within a row
    NO_ROWS = "no_rows"  # a header and nothing else
    COLUMN_GONE = "column_gone"  # the amounts are not among the columns
    SEMICOLONS = "semicolons"  # separated by another sign
    NOT_TEXT = "not_text"  # in another encoding
    TWO_FILES = "two_files"  # a second one beside it that fits the pattern
    STALE = "stale"  # older than the configuration allows
    FUTURE = "future"  # of a day to come
    OLDER = "older"  # the export before this one was put back
    AGAIN = "again"  # the same, exported anew
    SPOILT_ROW = "spoilt_row"  # one amount cannot be read
    TWIN_ROW = "twin_row"  # one document stands there twice
    CONTACTS_MISSING = "contacts_missing"
    CONTACTS_HALF = "contacts_half"
    CONTACTS_COLUMN = "contacts_column"  # no column of addresses
    NOTES_BLOCKED = "notes_blocked"  # a folder lies where the notes should go
    NOTES_TORN = "notes_torn"  # half a line of a writer that died


T = FileTrouble
OF_CONTACTS = tuple(one for one in T if one.startswith("contacts"))
OF_NOTES = tuple(one for one in T if one.startswith("notes"))
OF_ITEMS = tuple(one for one in T if one not in {*OF_CONTACTS, *OF_NOTES})
# What the file tells all the same may be gone by; of a spoilt record's customer nothing is.
HARMLESS = frozenset({T.OLDER, T.AGAIN, T.SPOILT_ROW, T.TWIN_ROW})


@dataclass(frozen=True, slots=True)
class Exported:
    """One export: both files, when, and the books as they were."""

    at: datetime
    items: bytes
    contacts: bytes
    books: Ledger


class ExportFolder:
    """The files of one ledger, who exports them, and what goes wrong while a run looks."""

    def __init__(self, world: World, home: Path, faults: FaultPlan) -> None:
        """``home`` need not exist yet."""
        self.world = world
        self.faults = faults
        self.folder, self.notes = home / "exports", home / "notes" / NOTES
        self.unreadable = ""  # the customer of whom the files say what cannot be read now
        self._dice = random.Random(world.seed)  # noqa: S311 - a story, not a secret
        self._kept: list[Exported] = []
        self._lies: Exported | None = None  # what lies there now

    # --- what people do

    def export(self) -> None:
        """Somebody exports both files; what lay there before is replaced."""
        books = Ledger(_copied(self.world.main.books), self.world.clock)
        items, contacts = written(item_rows(books)), written(contact_rows(books))
        made = Exported(self.world.clock(), items, contacts, books)
        self._kept = [*self._kept[-1:], made]
        self._put(made)
        call = Call(at=made.at, method="EXPORT", path="", query="", status=REPLACED, sent=0)
        self.world.log(call)  # a run that is reading just now may fail for it

    def _put(self, made: Exported) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / OPEN_ITEMS, made.items, made.at)
        _write(self.folder / CONTACTS, made.contacts, made.at)
        self._lies = made

    # --- what a run may go by

    @property
    def told(self) -> Ledger:
        """The books as the files that lie there tell them."""
        return self._lies.books if self._lies else self.world.main

    @property
    def lists_something(self) -> bool:
        """Whether the books have anything that an export lists."""
        return len(item_rows(self.world.main)) > 1

    def texts(self, path: Path | None = None) -> Iterator[str]:
        """Notes that were written whole, or what stands in a file beside them."""
        path = path or self.notes
        if path.is_file():
            whole = path.read_bytes()
            text = whole[: whole.rfind(b"\n") + 1].decode()
            yield from (row["text"] for row in csv.DictReader(io.StringIO(text, newline="")))

    # --- what a run does

    def access(
        self, method: str, step: str, act: Callable[[], Any], heard: Callable[[], None]
    ) -> Any:
        """Let the run look or write, whatever befalls the files meanwhile; it is logged."""
        struck = self.faults.strike(method, step)
        kind = FileTrouble(str(struck[0].kind)) if struck else None
        with self._troubled(kind):
            heard()
            at = self.world.clock()
            try:
                return act()
            finally:
                call = Call(at=at, method=method, path=step, query="", status=200, sent=0)
                call.fault = str(kind or "")
                self.world.log(call)

    @contextmanager
    def _troubled(self, kind: FileTrouble | None) -> Iterator[None]:
        """Everything is put right again afterwards."""
        lay = self._lies
        if kind is None or lay is None:
            yield
            return
        self._befall(kind, lay)
        try:
            yield
        finally:
            self._put_right(lay)

    def _befall(self, kind: FileTrouble, lay: Exported) -> None:
        items, contacts = self.folder / OPEN_ITEMS, self.folder / CONTACTS
        match kind:
            case T.MISSING:
                items.unlink()
            case T.CONTACTS_MISSING:
                contacts.unlink()
            case T.OLDER:
                self._put(self._kept[0])
            case T.AGAIN | T.STALE | T.FUTURE:
                days = {T.STALE: -MAX_AGE - 2, T.FUTURE: 3}.get(kind, 0)
                _dated(items, self.world.clock() + timedelta(days=days))
            case T.TWO_FILES:
                shutil.copy2(items, self.folder / SECOND)
            case T.CONTACTS_HALF:
                _write(contacts, cut_off(lay.contacts, self._dice), lay.at)
            case T.CONTACTS_COLUMN:
                _write(contacts, written(without(read(lay.contacts), "Address")), lay.at)
            case T.NOTES_BLOCKED:
                self._block_notes()
            case T.NOTES_TORN:
                self._tear_notes()
            case _:
                _write(items, self._spoilt(kind, lay.items), lay.at)

    def _spoilt(self, kind: FileTrouble, content: bytes) -> bytes:
        rows = read(content)
        match kind:
            case T.EMPTY:
                return b""
            case T.HALF:
                return cut_off(content, self._dice)
            case T.NO_ROWS:
                return written(rows[:1])
            case T.COLUMN_GONE:
                return written(without(rows, "Open"))
            case T.SEMICOLONS:
                return written(rows, delimiter=";")
            case T.NOT_TEXT:
                return content.replace(b"Customer", "Käufer".encode("cp1252"))
            case _:
                return written(self._with_a_bad_row(kind, rows))

    def _with_a_bad_row(self, kind: FileTrouble, rows: Rows) -> Rows:
        if len(rows) > 1:
            bad = self._dice.choice(rows[1:])
            self.unreadable = bad[_CUSTOMER]
            if kind is T.TWIN_ROW:
                rows.append(list(bad))
            else:
                bad[_OPEN] = "see paper"
        return rows

    def _block_notes(self) -> None:
        if self.notes.is_file():
            self.notes.rename(self.notes.with_suffix(".kept"))
        self.notes.mkdir(parents=True)

    def _tear_notes(self) -> None:
        """As the worker's own writer leaves it when it dies; the next one mends it."""
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        with self.notes.open("ab") as file:
            file.write(b"2026-11-16T09:00:00+00:00,half a li" if file.tell() else b"written_at,acc")

    def _put_right(self, lay: Exported) -> None:
        (self.folder / SECOND).unlink(missing_ok=True)
        self._put(lay)
        self.unreadable = ""
        if self.notes.is_dir():
            self.notes.rmdir()
            kept = self.notes.with_suffix(".kept")
            if kept.exists():
                kept.rename(self.notes)


def _write(path: Path, content: bytes, at: datetime) -> None:
    path.write_bytes(content)
    _dated(path, at)


def _dated(path: Path, at: datetime) -> None:
    """The world's clock is not the machine's."""
    seconds = at.timestamp()
    os.utime(path, (seconds, seconds))


def _copied(books: Books) -> Books:
    """As they are now; people go on changing the records themselves."""
    return Books(
        org=books.org,
        seed=books.seed,
        contacts={key: replace(one) for key, one in books.contacts.items()},
        groups={key: replace(one, members=[*one.members]) for key, one in books.groups.items()},
        documents={key: replace(one) for key, one in books.documents.items()},
        mails=[*books.mails],
    )
