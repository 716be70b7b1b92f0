"""What is written back: notes.csv and tasks.csv, appended durably and read again.

A record is one line, written under a lock and synced before success is reported; a line
cut off by a crash is removed by the next writer. Text from a ledger never becomes a formula.
What was read is kept until somebody else changes the file: a look-up costs the same however
many notes there are.
"""

import csv
import errno
import fcntl
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from syncer.errors import ContractError
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Retry

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_INNER_START = re.compile(r"([;\t|][\s\"]*)(?=[=+@＝＋－＠-])")
_UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # a tab is seen to
_RETRY_AFTER = timedelta(minutes=15)
_FOR_GOOD = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
)


def harmless(value: str) -> str:
    """``value`` on one line, with an apostrophe before what a spreadsheet would run.

    Also behind a semicolon, tab or bar: where those part cells, a new one begins there.
    """
    one_line = _INNER_START.sub(r"\1'", _UNSEEN.sub(" ", value.replace("\0", "")))
    if value.startswith(_FORMULA_STARTS) or one_line.lstrip().startswith(_FORMULA_STARTS):
        return f"'{one_line}"
    return one_line


def fitted(text: str, *, longest: int) -> str:
    """``text`` in at most ``longest`` characters. Its last word, the marker, always stays."""
    room = longest - 1  # for the apostrophe that ``harmless`` may put in front
    if len(text) <= room:
        return text
    head, _, marker = text.rstrip().rpartition(" ")
    head = head[: max(0, room - len(marker) - 2)]
    return f"{head.rpartition(' ')[0] or head}… {marker}"[-room:]


_Mark = tuple[int, int, int]


@dataclass(slots=True)
class _Pages:
    """What a file held when it had this mark: inode, bytes and time of change."""

    mark: _Mark
    end: int  # bytes up to the last line that was written whole
    columns: tuple[str, ...]  # of its header, in the order in which somebody may have put them
    keys: set[str] = field(default_factory=set)
    texts: dict[str, list[str]] = field(default_factory=dict)  # by account, oldest first

    def take(self, record: Mapping[str, str]) -> None:
        """A complete record more."""
        self.keys.add(record["key"])
        self.texts.setdefault(record["account_id"], []).append(record["text"])


class Notebook:
    """One append-only CSV file with a header; the column ``key`` identifies a record."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = tuple(columns)
        self._kept: _Pages | None = None

    def add(self, record: Mapping[str, str]) -> Outcome:
        """Append unless its key is there. Certain failures are Retry or Rejected, never silent."""
        try:
            with self._locked() as handle:
                pages = self._pages()
                if harmless(record["key"]) in pages.keys:
                    return AlreadyThere(remote_id=record["key"])
                self._append(handle, pages, {name: harmless(record[name]) for name in record})
        except OSError as error:
            reason = f"{self._path.name}: {error.strerror}; check the notes folder"
            if error.errno in _FOR_GOOD:
                return Rejected(reason=reason)
            return Retry(after=_RETRY_AFTER, reason=reason)
        return Delivered(remote_id=record["key"], detail=self._path.name)

    def find(self, *, account_id: str, marker: str) -> bool:
        """Whether a complete record of this account has ``marker`` in its text."""
        return bool(self.texts(account_id=account_id, marker=marker))

    def texts(self, *, account_id: str, marker: str) -> list[str]:
        """The texts of this account's complete records with ``marker``, oldest first.

        Raises ContractError when the file is there and cannot be read.
        """
        try:
            of_account = self._pages().texts.get(harmless(account_id), ())
            return [text for text in of_account if marker in text]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ContractError(
                f"{self._path.name}: {error.strerror}; check the notes folder. What was written "
                "before is not known"
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = _opened(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _append(self, handle: int, pages: _Pages, record: Mapping[str, str]) -> None:
        self._kept = None  # until it is known to be on the disk
        os.ftruncate(handle, pages.end)
        lines = [] if pages.end else [self._columns]
        data = _csv([*lines, [record.get(name, "") for name in pages.columns]])
        try:
            _write_whole(handle, data)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, pages.end)  # leaves no half record, so trying again is safe
            raise
        if not pages.end:
            _sync_folder(self._path.parent)
        pages.take(record)
        pages.end += len(data)
        pages.mark = _mark(os.fstat(handle))
        self._kept = pages

    def _pages(self) -> _Pages:
        """The complete records; read anew where the file is not as it was."""
        mark = _mark(self._path.stat())
        if self._kept is None or self._kept.mark != mark:
            self._kept = self._read(mark)
        return self._kept

    def _read(self, mark: _Mark) -> _Pages:
        data = _content(self._path)
        end = data.rfind(b"\n") + 1
        whole = data[:end].decode("utf-8", errors="replace")
        rows = csv.DictReader(io.StringIO(whole, newline=""))
        header = tuple(rows.fieldnames or ())
        pages = _Pages(mark, end, header if {*self._columns} <= {*header} else self._columns)
        for found in rows:
            pages.take({name: found.get(name) or "" for name in self._columns})
        return pages


def _mark(found: os.stat_result) -> _Mark:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _opened(path: Path, flags: int) -> int:
    """A plain file of this folder and no other: a planted link would have us write elsewhere."""
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o640)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link, which is not followed") from None
        raise
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return handle
    os.close(handle)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(errno.EINVAL, "it is no plain file")


def _content(path: Path) -> bytes:
    with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
        return file.read()


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(lines)
    return buffer.getvalue().encode()


def _write_whole(handle: int, data: bytes) -> None:
    if os.write(handle, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
