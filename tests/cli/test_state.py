"""``state``: copies, what a loss means, and where to go from there."""

import os
import sqlite3
from contextlib import closing

import pytest


def test_a_backup_is_whole_and_replaces_nothing_by_itself(office, tmp_path):
    """Owner only, read through; a file that is there is refused unless --force says so."""
    copy = tmp_path / "copy.db"
    assert office("state", "backup", str(copy)).code == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    refused = office("state", "backup", str(copy))
    assert (refused.code, "--force" in refused.err) == (2, True)
    assert office("state", "backup", str(copy), "--force").code == 0
    assert office("state", "backup", "--json").data["backup"].startswith(f"{tmp_path}/state.db.ba")


def test_a_backup_into_a_folder_is_named_by_the_time(office, tmp_path):
    """As an operator's cron line has it; a folder that is not there is said to be missing."""
    (tmp_path / "copies").mkdir()
    made = office("state", "backup", str(tmp_path / "copies"), "--json").data["backup"]
    assert made.startswith(f"{tmp_path}/copies/state.db.backup-2")
    refused = office("state", "backup", str(tmp_path / "disk" / "copy.db"))
    assert (refused.code, f"there is no folder {tmp_path}/disk" in refused.err) == (2, True)


def test_a_restored_copy_is_marked_and_what_it_replaced_is_kept(office, tmp_path):
    """Nothing is lost by a restore, and ``show`` says what the state may not know."""
    copy = tmp_path / "copy.db"
    office("state", "backup", str(copy))
    assert office("state", "trust", "--ledger", "north", "--yes").code == 0
    assert "Nobody can answer" in office("state", "restore", str(copy)).err
    done = office("state", "restore", str(copy), "--yes")
    assert done.code == 0, done.err
    assert len([*tmp_path.glob("state.db.replaced-*Z")]) == 1
    shown = office("state", "show", "--json").data
    assert {one["doubt"] for one in shown["ledgers"]} == {"restored"}
    assert "older state" in office("state", "show").out


def test_show_says_since_when_everything_is_known(office, tmp_path):
    """After a run: all since its day, and where the state is without detours in its path."""
    (tmp_path / "sub").mkdir()
    text = office.config.read_text()
    office.config.write_text(text.replace(f"{tmp_path}/state.db", f"{tmp_path}/sub/../state.db"))
    told = office("state", "show").out
    assert told.startswith(f"{tmp_path.resolve()}/state.db, ")
    assert "all since its first run (20" in told
    assert "new to this ledger" not in told
    assert office("state", "trust", "--ledger", "north", "--yes").code == 0
    assert "north" in next(
        row for row in office("state", "show").out.splitlines() if "all of" in row
    )


def test_a_state_that_was_never_run_on_knows_nothing(office):
    """What was never looked at is not called known; a new installation calls nobody lost."""
    text = office.config.read_text()
    office.config.write_text(text.replace("name: south", "name: west"))
    told = {one["ledger"]: one for one in office("state", "show", "--json").data["ledgers"]}
    assert (told["west"]["doubt"], told["west"]["last_run"]) == ("new", "")
    assert "nothing yet: no run has worked on this ledger" in told["west"]["says"]
    assert [one["doubt"] for one in office("status", "--json").data] == ["", ""]


def test_rebuild_reads_every_customer_and_ends_the_doubt(office):
    """Afterwards the past is known; a second time finds the same."""
    done = office("state", "rebuild", "--json")
    assert done.code == 0, done.err
    assert [(one["ledger"], one["found"]) for one in done.data] == [("north", 0), ("south", 0)]
    shown = office("state", "show", "--json").data
    assert [one["doubt"] for one in shown["ledgers"]] == ["", ""]


def test_a_ledger_that_cannot_be_read_keeps_no_other_from_being_rebuilt(office, tmp_path):
    """Those that were read are known from then on; exit code and a sentence tell of the rest."""
    (tmp_path / "north" / "open.csv").unlink()
    done = office("state", "rebuild")
    assert done.code == 1, done.out + done.err
    assert "south: 1 customer looked up" in done.out
    assert "north was not read to its end: " in done.err
    shown = office("state", "show", "--json").data
    assert [one["doubt"] for one in shown["ledgers"]] == ["restored", ""]
    told = office("state", "rebuild", "--json")
    assert (told.code, [one["ledger"] for one in told.data]) == (1, ["south", "north"])
    assert told.data[1]["error"] == "ContractError"


def test_what_is_no_state_is_not_restored(office, tmp_path):
    """The state stays as it was, and the message names the file."""
    other = tmp_path / "other.db"
    other.write_bytes(b"SQLite format 3\0 and no more")
    before = (tmp_path / "state.db").read_bytes()
    refused = office("state", "restore", str(other), "--yes")
    assert refused.code == 2
    assert str(other) in refused.err
    assert (tmp_path / "state.db").read_bytes() == before
    assert not [*tmp_path.glob("state.db.re*")]


def test_a_copy_of_a_newer_state_is_left_to_the_newer_program(office, tmp_path):
    """An older program neither copies nor restores it, and names the file that it was asked for."""
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = office("state", "backup", str(tmp_path / "copy.db"))
    assert (refused.code, f"{tmp_path}/state.db was written by another" in refused.err) == (2, True)
    assert not [*tmp_path.glob("copy.db*")]
    for verb in ("status", "health"):
        told = office(verb)
        assert (told.code, "written by a newer version" in told.err) == (2, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said_to_be_that(office, tmp_path):
    """The file alone is not enough: its log lies beside it. No full disk is made of it."""
    tmp_path.chmod(0o500)
    try:
        refused = office("status")
    finally:
        tmp_path.chmod(0o700)
    assert (refused.code, "write access to the file and its directory" in refused.err) == (2, True)


def test_a_state_that_a_run_works_on_is_not_replaced(office, tmp_path):
    """The lease says so; the run goes on undisturbed."""
    copy = tmp_path / "copy.db"
    office("state", "backup", str(copy))
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        connection.execute(
            "UPDATE lease SET owner = 'run-1', until = '2999-01-01T00:00:00.000000+00:00'"
        )
    refused = office("state", "restore", str(copy), "--yes")
    assert (refused.code, "run-1" in refused.err) == (6, True)
    assert office("state", "rebuild").code == 6


def test_a_deleted_state_is_noticed(office, tmp_path):
    """What lies beside the file tells that there was one."""
    os.unlink(tmp_path / "state.db")
    told = office("state", "show").out  # nothing was run since: it knows of no message
    assert told.count("looked up, because the state file that was here is gone") == 2
    assert office("status").out.count("the state file that was here is gone") == 2
    assert {one["doubt"] for one in office("status", "--json").data} == {"lost"}
    office("plan", "--as-of", "2026-11-18")
    shown = office("state", "show", "--json").data
    assert {one["doubt"] for one in shown["ledgers"]} == {"lost"}


def test_trust_needs_a_name_and_a_yes(office):
    """The one way to skip the look-up is said for one ledger, by somebody."""
    assert office("state", "trust").code == 2
    assert office("state", "trust", "--ledger", "north").code == 2
    assert office("state", "trust", "--ledger", "north", "--yes").code == 0
    shown = office("state", "show", "--json").data
    assert [one["doubt"] for one in shown["ledgers"]] == ["", "new"]
