"""The sandbox as people start it: a process, a state file and a control address space."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from syncer.sandbox.scenarios import SCENARIOS
from syncer.sandbox.serve import main

ROOT = Path(__file__).parents[2]


@contextmanager
def process(*arguments: str) -> Iterator[tuple[dict[str, Any], requests.Session]]:
    """A sandbox process: what it said on its first line, and a session to talk to it."""
    command = [sys.executable, "-m", "syncer.sandbox.serve", "xero", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout
            with requests.Session() as session:
                yield json.loads(started.stdout.readline()), session
        finally:
            started.terminate()
            assert started.wait(timeout=10) == 0


def state(said: dict[str, Any], session: requests.Session) -> dict[str, Any]:
    """GET /_sandbox/state."""
    found: dict[str, Any] = session.get(said["url"] + "/_sandbox/state", timeout=5).json()
    return found


def test_a_second_start_finds_the_same_world_and_a_later_one_plays_days(tmp_path: Path) -> None:
    """The state file keeps what was done; a later --today plays the days between."""
    fixed = ("--scenario", "small", "--state", str(tmp_path / "world"))
    with process(*fixed, "--today", "2026-11-20") as (said, session):
        before = state(said, session)
        session.post(said["url"] + "/_sandbox/pay", json={"number": "nope"}, timeout=5)
        played = session.post(said["url"] + "/_sandbox/advance", json={"days": 2}, timeout=5).json()
        assert (before["today"], played["today"]) == ("2026-11-20", "2026-11-22")
    with process(*fixed, "--today", "2026-11-20") as (said, session):
        again = state(said, session)
        assert again["open_totals"] == played["open_totals"]
        assert again["today"] == "2026-11-22"
    with process(*fixed) as (said, session):
        assert state(said, session)["today"] == "2026-11-22"
    with process(*fixed, "--today", "2026-11-25") as (said, session):
        assert state(said, session)["today"] == "2026-11-25"


def test_the_control_space_shows_and_moves_the_world(tmp_path: Path) -> None:
    """Notes, mailbox, calls, faults, pay and reset over HTTP; nonsense is a 400 in words."""
    with process("--scenario", "small", "--today", "2026-11-20") as (said, session):
        url = said["url"] + "/_sandbox/"
        start = state(said, session)
        app = said["apps"]["custom"]
        form = {"grant_type": "client_credentials", "client_id": app["client_id"]}
        form["client_secret"] = app["secret"]
        answer = session.post(said["url"] + "/connect/token", data=form, timeout=5).json()
        session.headers.update(
            {"Authorization": f"Bearer {answer['access_token']}", "Accept": "application/json"}
        )
        api = said["url"] + "/api.xro/2.0"
        query = {"where": 'Type=="ACCREC" AND Status=="AUTHORISED"', "page": 1}
        row = session.get(api + "/Invoices", params=query, timeout=5).json()["Invoices"][0]
        path = f"{api}/Invoices/{row['InvoiceID']}"
        note = {"HistoryRecords": [{"Details": "Rappel envoyé"}]}
        assert session.put(path + "/History", json=note, timeout=5).status_code == 200
        assert session.get(url + "notes", timeout=5).json()[0]["text"] == "Rappel envoyé"
        assert session.get(url + "mailbox", timeout=5).json() == []
        assert session.get(url + "calls", timeout=5).json()[0]["method"] == "PUT"
        paid = session.post(url + "pay", json={"number": row["InvoiceNumber"]}, timeout=5)
        assert paid.json() == {"number": row["InvoiceNumber"], "left": "0.00"}
        fault = [{"kind": "offline", "path": "/Organisation"}]
        assert session.post(url + "faults", json=fault, timeout=5).json() == {"faults": ["offline"]}
        assert session.get(api + "/Organisation", timeout=5).status_code == 503
        assert session.post(url + "faults", json=[{"kind": "?"}], timeout=5).status_code == 400
        assert session.post(url + "advance", json={"days": 9999}, timeout=5).status_code == 400
        assert session.get(url + "nothing", timeout=5).status_code == 404
        session.post(url + "reset", timeout=5)
        assert state(said, session)["open_totals"] == start["open_totals"]


@pytest.mark.parametrize("name", ["demo", "america", "empty", "small", "day_cap", "storm"])
def test_every_scenario_can_be_built(name: str) -> None:
    """Each scenario that is offered gives a world; the empty one has nobody in it."""
    world = SCENARIOS[name].build(date(2026, 11, 20), 7)
    assert bool(world.main.books.contacts) == (name != "empty")


def test_an_unknown_scenario_is_exit_2(capsys: Any) -> None:
    """The message names the scenarios there are."""
    assert main(["xero", "--scenario", "nope", "--today", "2026-11-20"]) == 2
    assert "choose one of demo" in capsys.readouterr().err
