"""When a state file is read through before it is trusted, and when its seal is enough."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import StateError
from syncer.model.doubt import Why
from syncer.store import open_store
from syncer.store.backup import back_up, put_back
from syncer.store.seal import OPENINGS_MAX, Seal
from syncer.testing.store_cases import LEDGER, NOW, item, lease, sweep

ROOT = Path(__file__).parents[2]


def _open(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()


def _seal(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file with something in it, closed in order."""
    path = tmp_path / "state.sqlite"
    store = open_store(f"sqlite:///{path}")
    sweep(lease(store), *(item(str(n), f"A{n % 50}") for n in range(2000)))
    store.close()
    return path


def _damage_unseen(path: Path) -> None:
    """As a disk does it: other bytes, the same size and time of change."""
    before = path.stat()
    with path.open("r+b") as handle:
        handle.seek(before.st_size // 2)
        handle.write(os.urandom(64 * 1024))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_file_just_as_it_was_left_is_not_read_through(path):
    """The seal is trusted: only so is the price of opening the same for every size of ledger."""
    _damage_unseen(path)
    _open(path)


def test_the_file_is_read_through_now_and_then_in_any_case(path):
    """What a disk did behind the worker's back is found after 24 openings at the latest."""
    _damage_unseen(path)
    for _ in range(OPENINGS_MAX):
        _open(path)
    with pytest.raises(StateError, match=r"damaged|malformed"):
        _open(path)


@pytest.mark.parametrize(
    "happened",
    [
        lambda path: os.utime(path),
        lambda path: _seal(path).unlink(),
        lambda path: _seal(path).write_bytes(b'{"size": 1'),
        lambda path: path.with_name(f"{path.name}-wal").touch(),
        lambda path: path.write_bytes(path.read_bytes() + bytes(4096)),
    ],
    ids=["time changed", "no seal", "torn seal", "log left behind", "size changed"],
)
def test_anything_unusual_has_the_file_read_through(path, happened):
    """A crash, a restored copy or a lost seal ends the trust, and nothing is sent."""
    _damage_unseen(path)
    happened(path)
    with pytest.raises(StateError, match=r"damaged|malformed"):
        _open(path)


def test_a_copy_with_the_same_times_is_read_through(path):
    """A file put in the place of the sealed one is another file, whatever its times say."""
    _damage_unseen(path)
    times = path.stat()
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
    copy.replace(path)
    with pytest.raises(StateError, match=r"damaged|malformed"):
        _open(path)


def test_no_seal_is_put_while_another_process_works_on_the_file(path):
    """Only the last to close knows that nothing is under way."""
    other = open_store(f"sqlite:///{path}")
    _open(path)
    assert not _seal(path).exists()
    other.close()
    assert _seal(path).exists()


def test_a_seal_that_cannot_be_written_costs_only_a_reading(path):
    """A folder in the seal's place: the file is opened, read through, and closed all the same."""
    _seal(path).unlink()
    _seal(path).mkdir()
    _open(path)
    _damage_unseen(path)
    with pytest.raises(StateError, match=r"damaged|malformed"):
        _open(path)


def test_the_seal_is_for_its_owner_alone(path):
    """It says little, and still nothing beside the state is for others."""
    assert _seal(path).stat().st_mode & 0o777 == 0o600


def test_opening_waits_for_no_writer(path):
    """While another process writes, a file that must be read through is opened all the same."""
    _seal(path).unlink(missing_ok=True)
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        _open(path)
        writer.execute("ROLLBACK")
    writer.close()


def test_the_log_of_a_linked_file_is_looked_for_beside_the_file(path, tmp_path):
    """A crash is noticed also where ``state.url`` names a link."""
    link = tmp_path / "elsewhere" / "link.sqlite"
    link.parent.mkdir()
    link.symlink_to(path)
    _open(link)
    assert Seal(link).holds()
    path.with_name(f"{path.name}-wal").touch()
    assert not Seal(link).holds()


@pytest.mark.parametrize(
    ("copied", "why"), [(shutil.copy2, Why.NEW), (shutil.copy, Why.RESTORED)], ids=["moved", "copy"]
)
def test_a_file_that_was_only_moved_is_the_same_state(path, tmp_path, copied, why):
    """With its seal and its time of change it is; another time of change makes it a copy."""
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy2(_seal(path), there)
    copied(path, there)
    store = open_store(f"sqlite:///{there / path.name}")
    told = store.doubt(LEDGER)
    store.close()
    assert told is not None
    assert told[0].why is why


def _killed_after_a_commit(path: Path) -> None:
    """A process that commits and is gone without closing anything."""
    code = (
        "import os, sys; from syncer.store import open_store; from syncer.testing.store_cases "
        "import NOW; store = open_store(sys.argv[1]); store.save_secret('x', b'sent', NOW); "
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, f"sqlite:///{path}"], cwd=ROOT, check=True)


def test_a_file_without_the_log_it_was_left_with_is_refused(path):
    """What was committed last stood in the log alone: nobody knows what was sent."""
    _killed_after_a_commit(path)
    path.with_name(f"{path.name}-wal").unlink()
    for _ in range(2):
        with pytest.raises(StateError, match=r"-wal beside it is missing.*Nothing was sent"):
            _open(path)


def test_a_log_that_was_left_is_taken_in_and_not_asked_for_again(path):
    """A crash alone loses nothing, and the next to close makes the file whole."""
    _killed_after_a_commit(path)
    other = open_store(f"sqlite:///{path}")
    _open(path)  # closes while the other has the log in use
    assert other.load_secret("x") == b"sent"
    other.close()
    assert not path.with_name(f"{path.name}-wal").exists()
    _open(path)


def _runs(path: Path, *run_ids: str) -> None:
    """Runs that begin, and a process that closes in order."""
    with closing(open_store(f"sqlite:///{path}")) as store:
        for run_id in run_ids:
            store.begin_run(run_id, command="run", at=NOW, config_digest="")


def _killed_in_a_run(path: Path, run_id: str) -> None:
    code = (
        "import os, sys; from syncer.store import open_store; from syncer.testing.store_cases "
        "import NOW; store = open_store(sys.argv[1]); "
        "store.begin_run(sys.argv[2], command='run', at=NOW, config_digest=''); os._exit(0)"
    )
    where = f"sqlite:///{path}"
    subprocess.run([sys.executable, "-c", code, where, run_id], cwd=ROOT, check=True)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")


def test_an_older_file_under_the_log_of_a_killed_process_is_refused(path, tmp_path):
    """SQLite would fold the newer log into it; without that log it is an older state like any."""
    _runs(path, "1")
    shutil.copy(path, tmp_path / "copy")
    _runs(path, "2")
    _killed_in_a_run(path, "3")
    shutil.copyfile(tmp_path / "copy", path)
    for _ in range(2):
        with pytest.raises(StateError, match=r"log of a newer file.*Nothing was sent"):
            _open(path)
    _beside(path, "-wal").unlink()
    _beside(path, "-shm").unlink()
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert store.doubt(LEDGER)[0].why is Why.RESTORED


def test_a_copy_that_lacks_only_the_run_that_was_killed_is_an_older_state(path, tmp_path):
    """The seal knows of a run from its beginning: it may have sent, whatever became of it."""
    _runs(path, "1")
    shutil.copy(path, tmp_path / "copy")
    _killed_in_a_run(path, "2")
    _beside(path, "-wal").unlink()
    _beside(path, "-shm").unlink()
    shutil.copyfile(tmp_path / "copy", path)
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert store.doubt(LEDGER)[0].why is Why.RESTORED


@pytest.mark.parametrize("older", [False, True])
def test_what_a_killed_process_was_folding_is_not_judged_by_its_half(path, tmp_path, older):
    """Half of the log stands in the file already, which is not whole for that: the log mends it."""
    _runs(path, "1")
    shutil.copy(path, tmp_path / "copy")
    if older:
        _runs(path, "2")
    _killed_in_a_run(path, "3")
    shutil.copyfile(tmp_path / "copy", path)
    with path.open("r+b") as file:
        if older:  # readable in part
            file.seek(path.stat().st_size // 2)
            file.write(os.urandom(64 * 1024))
        else:
            file.truncate(path.stat().st_size // 3)
    assert not Seal(path).foreign_log


@pytest.mark.parametrize("big", [False, True])
def test_the_log_of_a_file_that_was_deleted_is_no_part_of_the_next(tmp_path, big):
    """A killed process leaves its log; deleting the file alone begins anew, as a lost state."""
    path = tmp_path / "state.sqlite"
    if not big:  # of a large log SQLite would take in pages, of a whole one everything
        _runs(path, "1")
    _killed_in_a_run(path, "2")
    path.unlink()
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert store.began_on() is None
        lease(store)
        assert store.doubt(LEDGER)[0].why is Why.LOST
    assert _beside(path, "-wal.left").exists()


def test_a_copy_put_back_by_command_has_no_part_in_the_log_that_was_left(path, tmp_path):
    """The file was deleted, its log was not, and a copy takes its place."""
    _runs(path, "1")
    url = f"sqlite:///{path}"
    back_up(url, tmp_path / "copy", at=NOW)
    _runs(path, "2")
    _killed_in_a_run(path, "3")
    path.unlink()
    put_back(url, tmp_path / "copy", at=NOW)
    with closing(open_store(url)) as store:
        assert store.doubt(LEDGER)[0].why is Why.RESTORED
        store.begin_run("3", command="run", at=NOW, config_digest="")  # it knows no such run
