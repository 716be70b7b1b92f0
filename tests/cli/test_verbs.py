"""Every verb does what its help says, as text and as JSON: outbox, log, auth, schema, health."""

import json
import os
import pty
import re
import select
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from syncer.model.outcome import Rejected, Uncertain
from syncer.ports import OutboxFilter
from syncer.store import open_store

from .conftest import DAY, ROOT, Office

ALWAYS = """\
policies:
  always:
    use: standard
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
"""
PATIENCE = 30.0


@pytest.fixture
def live(office: Office) -> Office:
    """The installation in live mode, on every day and at every hour."""
    office.configure(mode="live", extra=ALWAYS)
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(
        text.replace("    mode: live\n", "    mode: live\n    policy: always\n")
    )
    return office


def in_doubt(live: Office) -> dict[str, str]:
    """One message that may have gone out and one that was refused: keys by state."""
    assert live("run", "--max-sends", "0", "--ledger", "north").code == 0
    store = open_store(f"sqlite:///{live.home}/state.db")
    now = datetime.now(UTC)
    session = store.take_lease("north", owner="t", now=now, until=now + timedelta(minutes=5))
    first, second, *_ = sorted(one.key for one in store.effects(OutboxFilter(ledger="north")))
    for key, outcome in (
        (first, Uncertain(evidence="the line broke")),
        (second, Rejected(reason="550 no such mailbox")),
    ):
        assert session.claim(key, now)
        session.start_sending(key, None, now)
        session.settle(key, outcome, now)
    session.release()
    store.close()
    return {"uncertain": first, "rejected": second}


def test_outbox_lists_what_needs_a_person_and_a_person_settles_it(live) -> None:
    """list, show, confirm, discard and retry, each by the key that list shows."""
    keys = in_doubt(live)
    assert {one["state"]: one["key"] for one in live("outbox", "list", "--json").data} == keys
    shown = live("outbox", "show", keys["rejected"]).out
    assert "550 no such mailbox" in shown
    assert live("outbox", "retry", keys["uncertain"], "--yes").code == 2
    assert live("outbox", "retry", keys["rejected"], "--yes", "--json").data["state"] == "pending"
    told = live("outbox", "confirm", keys["uncertain"], "--yes", "--note", "it is in the mailbox")
    assert "delivered" in told.out
    assert (
        live("outbox", "list").out == "Nothing is uncertain or rejected or waiting for approval.\n"
    )


def test_outbox_discard_lets_a_later_run_send(live) -> None:
    """What a person knows not to have gone out is cancelled, and its step is free again."""
    keys = in_doubt(live)
    assert "cancelled" in live("outbox", "discard", keys["uncertain"], "--yes").out
    assert live("outbox", "discard", keys["uncertain"], "--yes").code == 2


def test_log_shows_runs_and_narrows_what_each_did(live) -> None:
    """By run, by account, by state, from a day on, and only so many."""
    assert live("run").code == 0
    runs = live("log", "--json").data
    last = runs[0]["run_id"]
    done = live("log", "--run", last, "--json").data
    assert {one["account_id"] for one in done} == {"A1", "A2", "A3", "S1"}
    of_one = live("log", "--account", "A2", "--state", "delivered", "--json").data
    assert {(one["account_id"], one["state"]) for one in of_one} == {("A2", "delivered")}
    assert live("log", "--run", last, "--limit", "1", "--json").data[1:] == []
    assert live("log", "--since", "2999-01-01").out == "No run is known.\n"
    assert live("log", "--verify", "--json").data == {"intact": True, "problems": []}


def test_books_that_are_too_old_are_3(live) -> None:
    """Nothing is sent on purpose, and the exit code says so."""
    text = live.config.read_text(encoding="utf-8")
    live.config.write_text(f"{text}    freshness: {{books_max_age: 1d}}\n")
    done = live("run")
    assert done.code == 3, done.out + done.err
    assert "export is of" in done.out
    assert not (live.home / "mail").exists() or not list((live.home / "mail").iterdir())


def test_health_follows_the_last_run(office) -> None:
    """0 after a good run, 1 when the last one is too long ago."""
    assert office("health", "--json").data["healthy"]
    assert office("health", "--max-age", "0.1").code == 0
    office.configure(extra="nonsense: 1\n")
    assert office("health").code == 2


def test_schema_is_the_schema_that_editors_take(program) -> None:
    """A JSON document on standard output, with the connectors in it."""
    made = program("schema").data
    assert made["$schema"].endswith("2020-12/schema")
    assert "csv_folder" in json.dumps(made)


def test_a_key_is_new_each_time_and_long_enough(program) -> None:
    """As a line for a file, and as JSON."""
    first, second = program("auth", "key"), program("auth", "key", "--json")
    assert len(first.out.strip()) >= 32
    assert second.data["key"] != first.out.strip()


def test_auth_status_names_every_ledger(office) -> None:
    """A folder needs no login, and says so."""
    told = office("auth", "status", "--json").data
    assert [(one["ledger"], one["works"]) for one in told] == [("north", "yes"), ("south", "yes")]
    assert office("auth", "login", "north").code == 2


def test_config_show_prints_what_was_written(office) -> None:
    """Without --resolved the keys of the file, and the ready policy that it uses laid out."""
    shown = office("config", "show", "--json").data
    assert set(shown) == {"state", "reports", "log", "mail", "policies", "ledgers"}
    assert "run" in office("config", "show", "--resolved", "--json").data


def test_init_tells_programs_what_it_wrote(program, tmp_path) -> None:
    """The configuration and its schema, beside each other."""
    target = tmp_path / "x.yaml"
    made = program("init", str(target), "--json").data
    assert made == {"configuration": str(target), "schema": str(tmp_path / "syncer.schema.json")}


@pytest.mark.parametrize("command", [("plan", "--as-of", DAY)])
def test_progress_is_drawn_on_a_terminal_and_nowhere_else(office, command) -> None:
    """Standard error is a terminal: a bar that is wiped away. In a pipe there is none of it."""
    words = [sys.executable, "-m", "syncer", "--config", str(office.config), *command]
    master, slave = pty.openpty()
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=slave, env=environ)
    os.close(slave)
    drawn = b""
    while select.select([master], [], [], PATIENCE)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        drawn += part
    os.close(master)
    assert process.wait(timeout=PATIENCE) == 0
    assert re.search("deciding|reading", drawn.decode())
    piped = office(*command)
    assert not re.search("\x1b|deciding", piped.err)


def test_check_says_of_an_export_that_it_knows_no_bank(live) -> None:
    """A folder of exports was never reconciled: nothing is said of a bank's age."""
    found = [one for one in live("check", "--json").data if one["what"] == "freshness"]
    assert found
    for one in found:
        assert "says nothing of the bank" in one["detail"]
        assert "reconciled" not in one["detail"]


def test_check_says_what_to_do_about_a_mail_server_that_is_not_there(office) -> None:
    """The most usual slip of a first day: a sentence with host and port, and no fault of ours."""
    text = office.config.read_text(encoding="utf-8")
    post = "{box: {type: smtp, host: 127.0.0.1, port: 9, security: none}}"
    office.config.write_text(re.sub(r"\{box: .*", post, text))
    done = office("check", "--ledger", "south", "--json")
    [mail] = [one for one in done.data if one["what"] == "mail"]
    assert (done.code, mail["verdict"], mail["exit_code"]) == (5, "failed", 5)
    assert "mail server 127.0.0.1:9: nobody answers there" in mail["detail"]
    assert "unexpected" not in mail["detail"]


def test_before_the_first_look_nobody_is_called_unknown(office) -> None:
    """A customer asked about too early: the sentence says what to run first."""
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(text.replace("state.db", "empty.db"))
    done = office("explain", "Harbour Roofing")
    assert (done.code, "nothing was read from north, south yet" in done.err) == (2, True)
    assert "plan" in done.err
