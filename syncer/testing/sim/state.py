"""The state file of stories: emptied for each of them, and in quick memory where there is any."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.ports import Store
from syncer.store import open_store


class State:
    """A state file that can be emptied for the next story; its compiled statements are kept."""

    def __init__(self, home: Path) -> None:
        """``home`` is an existing folder; the mail folder lies in it as well."""
        self.home = home
        self._path, self._empty = home / "state.db", home / "empty.db"
        open_store(f"sqlite:///{self._empty}").close()
        shutil.copyfile(self._empty, self._path)
        self._store = open_store(f"sqlite:///{self._path}")

    @property
    def mail(self) -> Path:
        """The folder channel's folder."""
        return self.home / "mail"

    def begin(self) -> None:
        """Forget everything: no state, no mail."""
        self._store.close()
        for path in self.home.glob("state.db-*"):
            path.unlink()
        shutil.copyfile(self._empty, self._path)
        for folder in (self.mail, self.home / "notes", self.home / "exports"):
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store. Its connections stay open until the next ``begin``."""
        yield self._store

    def close(self) -> None:
        """Leave the files alone from now on."""
        self._store.close()
