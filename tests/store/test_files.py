"""A SQLite file that cannot be trusted stops the run before anything is sent."""

import os
import sqlite3
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import ConfigError, StateError
from syncer.store import open_store
from syncer.store.backup import back_up
from syncer.store.creation import PAGE_BYTES, create
from syncer.testing.store_cases import NOW, contact, item, lease, plan, sweep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state will be."""
    return tmp_path / "state" / "state.sqlite"


def _open(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()


def test_file_and_directory_belong_to_the_owner_alone(path):
    """0600 in 0700, also when someone had opened it up."""
    _open(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    _open(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"not a database at all", "not a SQLite file")]
)
def test_files_that_are_no_state_are_refused(path, content, word):
    """Each refusal names the file and what to do, and leaves the file as it was."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StateError, match=word) as caught:
        _open(path)
    assert str(path) in str(caught.value)
    assert "backup" in str(caught.value)
    assert path.read_bytes() == content


def test_a_start_that_was_killed_while_it_made_the_file_stands_in_nobodys_way(path):
    """What it left under other names is cleared away; the file gets its name when it is whole."""
    path.parent.mkdir()
    left = [path.with_name(f"{path.name}.a1b2{end}") for end in (".draft", ".draft-wal")]
    for draft in left:
        draft.touch()
    _open(path)
    assert path.stat().st_size
    assert not any(draft.exists() for draft in left)


def test_a_second_name_of_the_file_is_taken_away(path):
    """Killed between the two names: the next start leaves the file with its own alone."""
    _open(path)
    second = path.with_name(f"{path.name}.a1b2.draft")
    second.hardlink_to(path)
    _open(path)
    assert not second.exists()
    assert path.stat().st_nlink == 1


def test_of_many_that_begin_at_once_one_makes_the_file(path):
    """None takes another's place, and whoever comes second finds a file that is whole."""
    path.parent.mkdir()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: (create(path), path.stat().st_size), range(8)))
    assert sorted(first for first, _ in made) == [False] * 7 + [True]
    assert all(size == PAGE_BYTES for _, size in made)
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_file_is_refused(path):
    """Pages that do not fit together are found when the store is opened."""
    store = open_store(f"sqlite:///{path}")
    session = lease(store)
    sweep(session, *(item(str(n), f"A{n % 50}") for n in range(2000)))
    store.close()
    size = path.stat().st_size
    with path.open("r+b") as handle:
        handle.seek(size // 2)
        handle.write(os.urandom(64 * 1024))
    with pytest.raises(StateError, match=r"damaged|malformed"):
        _open(path)


def test_a_directory_in_the_files_place_is_refused(path):
    """A directory is not taken for a database."""
    path.mkdir(parents=True)
    with pytest.raises(StateError, match="directory"):
        _open(path)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "nonsense"]
)
def test_addresses_that_cannot_hold_state_are_refused(url):
    """State must outlive the run and live in a database we know."""
    with pytest.raises(ConfigError, match=r"state\.url"):
        open_store(url)


def test_a_password_is_not_shown():
    """An unreachable server is named without its password."""
    with pytest.raises(StateError) as caught:
        open_store("postgresql://user:canary-secret@127.0.0.1:1/none")
    assert "canary-secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_backup_is_a_store_of_its_own(path, tmp_path):
    """A copy taken while a session works opens, holds the same, and is not overwritten."""
    store = open_store(f"sqlite:///{path}")
    session = lease(store)
    sweep(session, item("1"))
    plan(session, contact())
    back_up(f"sqlite:///{path}", tmp_path / "copy.sqlite", at=NOW)
    with pytest.raises(ConfigError, match=r"copy\.sqlite"):
        back_up(f"sqlite:///{path}", tmp_path / "copy.sqlite", at=NOW)
    store.close()
    copy = open_store(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    assert copy.verify_journal() == []
    assert copy.peek("acme", "A") is not None
    copy.close()


def test_commits_are_durable(path):
    """Write-ahead log on, and the settings that make a commit survive a power cut."""
    store = open_store(f"sqlite:///{path}")
    store.save_secret("token", b"x", NOW)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_a_password_that_breaks_the_address_is_not_shown():
    """A password with @ and : reads as host and port; nothing of it is repeated."""
    password = "@".join(("canary", "secret:word"))
    with pytest.raises(ConfigError, match="%40") as caught:
        open_store(f"postgresql://user:{password}@127.0.0.1/none")
    assert "secret:word" not in "".join(traceback.format_exception(caught.value))
