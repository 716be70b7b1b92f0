"""The command line as scripts and people meet it: exit codes, streams, colours, signals."""

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from syncer.errors import LeaseHeld
from syncer.sandbox.faults import Fault, FaultKind

COLOUR = re.compile("\x1b\\[[0-9;]*3[0-7]m")
PATIENCE = 60.0  # seconds a started process gets to reach a state


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def in_terminal(house, *words: str, environ: dict[str, str] | None = None) -> str:
    """What the program writes when standard output is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        house.command(*words),
        cwd=house.home,
        env={**house.environ, "TERM": "xterm-256color", **(environ or {})},
        stdin=slave,
        stdout=slave,
        stderr=subprocess.DEVNULL,
    )
    os.close(slave)
    written = b""
    while select.select([master], [], [], PATIENCE)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(master)
    process.wait(timeout=PATIENCE)
    return written.decode()


def test_usage_errors_are_2(house):
    """An unknown command or option is a usage error, told on standard error."""
    for words in (("nonsense",), ("run", "--nonsense"), ("run", "--as-of", "tomorrow")):
        done = house.syncer(*words)
        assert done.returncode == 2, words
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_configuration_errors_are_2_with_file_and_line(house):
    """lint lists every problem with its place; run refuses the same file."""
    house.configure(extra="nonsense: 1\nmore: 2\n")
    lines = len(house.config.read_text().splitlines())
    done = house.syncer("lint")
    assert done.returncode == 2
    assert f"syncer.yaml:{lines - 1}: nonsense" in done.stdout
    assert f"syncer.yaml:{lines}: more" in done.stdout
    run = house.syncer("run")
    assert run.returncode == 2
    assert run.stdout == ""
    assert "Traceback" not in run.stderr


def test_a_missing_configuration_says_what_to_do(house):
    """Without a file the message names init and --config."""
    done = house.syncer("run", config=False, environ={"SYNCER_CONFIG": ""})
    assert done.returncode in (0, 2)
    house.config.unlink()
    done = house.syncer("run", config=False)
    assert done.returncode == 2
    assert "syncer init" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--ledger", "nobody"),
        ("run", "--select", "tenant:x"),
        ("hold", "add", "nobody at all", "--until", "2999-01-01", "--reason", "x"),
        ("explain", "nobody at all"),
        ("log", "--run", "20200101T000000Z-nobody"),
        ("outbox", "confirm", "no-such-key", "--yes"),
        ("apply", "no-such-file.json"),
    ],
)
def test_what_does_not_exist_is_2_and_named(words, house):
    """A wrong name is the user's to mend: one paragraph, exit code 2."""
    done = house.syncer(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "syncer: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_login_is_4(house):
    """Wrong credentials: exit code 4, the secret in no stream and no file."""
    wrong = "canary-wrong-secret-77aa"
    done = house.syncer("run", environ={"XERO_SECRET": wrong})
    assert done.returncode == 4, done.stdout + done.stderr
    assert wrong not in done.stdout + done.stderr
    for path in house.home.rglob("*"):
        if path.is_file():
            assert wrong.encode() not in path.read_bytes(), path


def test_a_ledger_out_of_reach_is_5(house):
    """Nothing listens: bounded retries, exit code 5, results are still written."""
    house.configure(url=f"http://127.0.0.1:{closed_port()}")
    done = house.syncer("run")
    assert done.returncode == 5, done.stdout + done.stderr
    [results] = (house.home / "reports").glob("*/run_results.json")
    assert json.loads(results.read_bytes())["exit_code"] == 5


def test_a_ledger_in_use_is_6(house):
    """While another run owns the ledger, this one leaves it alone."""
    from syncer.store import open_store

    assert house.syncer("plan").returncode == 0
    store = open_store(f"sqlite:///{house.home}/syncer.db")
    now = datetime.now(UTC)
    session = store.take_lease("north", owner="other", now=now, until=now + timedelta(minutes=5))
    try:
        done = house.syncer("run")
    finally:
        session.release()
        store.close()
    assert done.returncode == 6, done.stdout + done.stderr
    assert house.post.received == []


def test_a_dead_runs_lease_is_ended_by_a_person(house):
    """A lease from before the clock was set back is freed; one that may be alive needs force."""
    from syncer.store import open_store

    assert house.syncer("unlock", "north").returncode == 0, "nobody holds it"
    now = datetime.now(UTC)
    for ahead, words in ((timedelta(days=90), ()), (timedelta(minutes=5), ("--force",))):
        store = open_store(f"sqlite:///{house.home}/syncer.db")
        dead = store.take_lease("north", owner="dead", now=now, until=now + ahead)
        if words:
            refused = house.syncer("unlock", "north", "--yes")
            assert (refused.returncode, "seems to be at work" in refused.stderr) == (6, True)
        assert house.syncer("unlock", "north", *words).returncode == 2, "nobody can answer"
        done = house.syncer("unlock", "north", "--yes", *words)
        assert (done.returncode, "freed" in done.stdout) == (0, True), done.stderr
        with pytest.raises(LeaseHeld):
            dead.release()
        store.close()
    assert house.syncer("log", "--verify").returncode == 0
    assert house.syncer("plan").returncode == 0


def test_nothing_to_do_is_0_and_changes_are_10_only_when_asked(house):
    """plan is 0 with changes; --detailed-exitcode makes it 10, and 0 without changes."""
    assert house.syncer("plan").returncode == 0
    assert house.syncer("plan", "--detailed-exitcode").returncode == 10
    assert house.syncer("run").returncode == 0
    assert house.syncer("plan", "--detailed-exitcode").returncode == 0


def test_data_and_logs_never_mix(house):
    """Standard output is one JSON document; standard error is one JSON object a line."""
    done = house.syncer("run", "--json", "--log-format", "json")
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"ledger_done", "run_done"} <= {line["event"] for line in lines}


def test_logs_hold_no_secret_and_no_address(house):
    """Neither credentials nor customers' addresses come out of a run."""
    done = house.syncer("run", "--log-level", "debug")
    addresses = {message["To"].split("<")[-1].rstrip(">") for message in house.post.messages()}
    assert addresses
    written = done.stdout + done.stderr
    written += "".join(path.read_text() for path in house.home.glob("reports/*/*"))
    for secret in ("sandbox-custom-secret", house.environ["STORE_KEY"], *addresses):
        assert secret not in written


def test_flags_work_before_and_after_the_verb(house):
    """--json means the same in both places."""
    before = subprocess.run(
        [sys.executable, "-m", "syncer", "--json", "version"],
        env=house.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    after = house.syncer("version", "--json", config=False)
    assert json.loads(before.stdout) == json.loads(after.stdout)


def test_a_pipe_gets_plain_text(house):
    """No colour, no box characters and no progress in a pipe."""
    done = house.syncer("plan")
    assert "\x1b" not in done.stdout + done.stderr
    assert not any(char in done.stdout for char in "│━─┃")


def test_a_terminal_gets_colour_unless_it_is_not_wanted(house):
    """On a terminal tables are drawn; NO_COLOR and --no-color take the colours out."""
    assert COLOUR.search(in_terminal(house, "plan"))
    for words, environ in ((("plan",), {"NO_COLOR": "1"}), (("plan", "--no-color"), {})):
        drawn = in_terminal(house, *words, environ=environ)
        assert "contacted" in drawn
        assert not COLOUR.search(drawn)


def test_nobody_to_ask_means_yes_must_be_said(house):
    """A question where nobody can answer is refused with the flag that answers it."""
    done = house.syncer("auth", "logout", "north")
    assert done.returncode == 2
    assert "--yes" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_a_run_cleanly_and_soon(number, code, house):
    """A run that is stopped in the middle leaves within ten seconds and frees its ledger."""
    slow = Fault(FaultKind.SLOW, path="/api.xro/2.0/Invoices", times=0, seconds=2.0)
    house.ledger.app.faults.faults.append(slow)
    process = subprocess.Popen(
        house.command("run"),
        cwd=house.home,
        env=house.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + PATIENCE
    while slow.seen == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert slow.seen
    process.send_signal(number)
    began = time.monotonic()
    out, err = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < 10
    assert process.returncode == code, out.decode() + err.decode()
    assert b"Traceback" not in err
    slow.times = 1
    assert house.syncer("run").returncode == 0
    assert len(house.post.received) > 0


def test_the_sandbox_of_the_command_line_stops_on_sigterm(house):
    """sandbox up says where it listens and ends cleanly."""
    process = subprocess.Popen(
        house.command("sandbox", "up", "xero", "--port", "0", "--scenario", "small", config=False),
        env=house.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    said = json.loads(process.stdout.readline())
    assert said["url"].startswith("http://127.0.0.1:")
    process.terminate()
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def test_init_gives_a_configuration_that_lints(house, tmp_path):
    """What init writes is in order as it stands, and is never written over by accident."""
    target = tmp_path / "fresh" / "syncer.yaml"
    assert house.syncer("init", str(target), config=False).returncode == 0
    lint = house.syncer("--config", str(target), "lint", config=False)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    again = house.syncer("init", str(target), config=False)
    assert again.returncode == 2
    assert "exists" in again.stderr


def test_the_resolved_configuration_hides_secrets(house):
    """config show --resolved prints every setting, secrets as stars."""
    done = house.syncer("config", "show", "--resolved")
    assert done.returncode == 0
    assert "sends_max" in done.stdout
    assert "sandbox-custom-secret" not in done.stdout
    assert house.environ["STORE_KEY"] not in done.stdout


@pytest.mark.slow
def test_the_tour_sends_once_and_says_so_the_second_time(house):
    """make run's tour: messages of both ledgers the first time, nothing more on the same day."""
    words = ("sandbox", "tour", "--directory", str(house.home / "run"), "--port", "0")
    demo = os.path.join(house.environ["PYTHONPATH"], "config", "demo.yaml")
    first = house.syncer("--config", demo, *words, config=False)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "DIFFERS" not in first.stdout
    mail = house.home / "run" / "demo" / "mail"
    sent = {name: len(list((mail / name).glob("*.eml"))) for name in ("northgate", "cedarforge")}
    for ledger, count in sent.items():
        assert count > 0
        assert f"One of the messages from {ledger}:" in first.stdout
        told = f"{ledger} +{count} reminders sent, {count} notes +{count} new messages"
        assert re.search(f"{told} +{count} notes by us", first.stdout)
    assert "auth login cedarforge" in first.stdout
    assert re.search(rf"together +{sum(sent.values())} ", first.stdout)

    second = house.syncer("--config", demo, *words, config=False)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Nothing was sent" in second.stdout
    assert "auth login" not in second.stdout, "the first login was kept"
    for told in (first.stdout, second.stdout):
        assert re.search(r"explain '?[A-Z].* --as-of [0-9-]{10} --ledger northgate\n", told)
        assert "CUSTOMER" not in told, "a name to copy, not a placeholder"
        seconds = float(re.search(r"after ([\d.]+) s\.", told)[1])
        assert seconds < PATIENCE, "the time it took here, not the time that the sandbox skipped"
    assert len(list(mail.rglob("*.eml"))) == sum(sent.values())


@pytest.mark.slow
def test_days_pass_in_both_ledgers_of_the_tour(house):
    """A line for each ledger and day, and both ledgers agree to the cent on the last one."""
    words = ("sandbox", "tour", "--directory", str(house.home / "run"), "--port", "0")
    demo = os.path.join(house.environ["PYTHONPATH"], "config", "demo.yaml")
    done = house.syncer("--config", demo, *words, "--days", "3", config=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for ledger in ("northgate", "cedarforge"):
        assert len(re.findall(rf"{ledger} +sent +\d+, notes", done.stdout)) == 3
    assert "first day" in done.stdout
    assert "DIFFERS" not in done.stdout


def test_the_tour_says_which_ledgers_it_needs(house):
    """Another configuration than the tour's own is refused with the names that are missing."""
    words = ("sandbox", "tour", "--directory", str(house.home / "run"), "--port", "0")
    done = house.syncer(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "northgate and cedarforge" in done.stderr


def test_old_reports_are_removed_and_nothing_else(house):
    """reports.keep forgets folders of old runs, never what somebody else put there."""
    reports = house.home / "reports"
    old, foreign = reports / "20200101T090000Z-0a1b2c3d", reports / "2020-audit"
    old.mkdir(parents=True)
    foreign.mkdir()
    assert house.syncer("plan").returncode == 0
    assert not old.exists()
    assert foreign.exists()


def test_a_plan_for_another_configuration_is_6(house):
    """A plan made under other rules is refused, and the refusal leaves its results behind."""
    assert house.syncer("plan", "--out", "plan.json").returncode == 0
    house.config.write_text(house.config.read_text().replace('"1.00"', '"2.00"'))
    done = house.syncer("apply", "plan.json")
    assert done.returncode == 6
    assert "configuration changed" in done.stderr
    assert house.post.received == []
    [failed] = (house.home / "reports").glob("*-failed/run_results.json")
    assert json.loads(failed.read_bytes())["exit_code"] == 6


def test_debug_shows_where_an_error_came_from(house):
    """Tracebacks are for those who ask."""
    assert "Traceback" in house.syncer("explain", "nobody at all", "--debug").stderr
    assert "Traceback" not in house.syncer("explain", "nobody at all").stderr
