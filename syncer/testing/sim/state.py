"""The state file of stories: emptied for each of them, and in quick memory where there is any."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.ports import Store
from syncer.store import open_store

_BESIDE = ("", "-wal", ".seal")  # all that a dead process leaves; the rest is made anew


class State:
    """A state file that can be emptied for the next story; its compiled statements are kept."""

    def __init__(self, home: Path) -> None:
        """``home`` is an existing folder; the mail folder lies in it as well."""
        self.home = home
        self.path, self._empty = home / "state.db", home / "empty.db"
        self.url = f"sqlite:///{self.path}"
        open_store(f"sqlite:///{self._empty}").close()
        shutil.copyfile(self._empty, self.path)
        self._store = open_store(self.url)

    @property
    def mail(self) -> Path:
        """The folder channel's folder."""
        return self.home / "mail"

    def begin(self) -> None:
        """Forget everything: no state, no mail."""
        self._store.close()
        for path in self.home.glob("state.db*"):
            path.unlink()
        shutil.copyfile(self._empty, self.path)
        for folder in (self.mail, *(self.home / name for name in ("notes", "exports", "copies"))):
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store. Its connections stay open until the next ``begin``."""
        yield self._store

    @contextmanager
    def left(self, *, killed: bool) -> Iterator[None]:
        """The files as the last process left them, and nobody at work on them."""
        files = [self.path.with_name(f"{self.path.name}{suffix}") for suffix in _BESIDE]
        kept = [(one, one.read_bytes(), one.stat()) for one in files if killed and one.exists()]
        self._store.close()
        for path, content, was in kept:
            path.write_bytes(content)  # in its place: it stays the same file
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        yield

    def reopen(self) -> None:
        """As the next command does it. Raises StateError for a file that must not be trusted."""
        self._store = open_store(self.url)

    def close(self) -> None:
        """Leave the files alone from now on."""
        self._store.close()
