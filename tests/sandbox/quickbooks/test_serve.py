"""The simulated QuickBooks as people start it: a process with a state file."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from syncer.cli.entry import run
from syncer.sandbox.quickbooks.apps import SCOPE

ROOT = Path(__file__).parents[3]
REDIRECT = "http://localhost/cb"


@contextmanager
def process(*arguments: str) -> Iterator[tuple[dict[str, Any], requests.Session]]:
    """A sandbox process: what it said on its first line, and a session to talk to it."""
    command = [sys.executable, "-m", "syncer.sandbox.serve", "quickbooks", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout
            with requests.Session() as session:
                yield json.loads(started.stdout.readline()), session
        finally:
            started.terminate()
            assert started.wait(timeout=10) == 0


def login(said: dict[str, Any], session: requests.Session) -> dict[str, Any]:
    """Consent, code, tokens; the session carries the access token afterwards."""
    web = said["apps"]["web"]
    asked = {"client_id": web["client_id"], "response_type": "code", "scope": SCOPE}
    asked |= {"redirect_uri": REDIRECT, "state": "s"}
    answer = session.get(
        said["url"] + "/connect/oauth2", params=asked, allow_redirects=False, timeout=5
    )
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": REDIRECT}
    pair = (web["client_id"], web["secret"])
    url = said["url"] + "/oauth2/v1/tokens/bearer"
    box: dict[str, Any] = session.post(url, data=form, auth=pair, timeout=5).json()
    session.headers.update(
        {"Authorization": f"Bearer {box['access_token']}", "Accept": "application/json"}
    )
    return box


def test_a_second_start_knows_the_same_ids_tokens_and_answers(tmp_path: Path) -> None:
    """Ids, tokens and requestids are part of the saved world; days between are played."""
    fixed = ("--scenario", "small", "--state", str(tmp_path / "world"), "--today")
    with process(*fixed, "2026-11-20") as (said, session):
        login(said, session)
        (realm,) = said["realms"]
        company = f"{said['url']}/v3/company/{realm}"
        statement = {"query": "SELECT * FROM Invoice WHERE Balance > '0' MAXRESULTS 5"}
        before = session.get(company + "/query", params=statement, timeout=5).json()
        body, once = {"DisplayName": "Buyer"}, {"requestid": "r1"}
        made = session.post(company + "/customer", json=body, params=once, timeout=5).json()
        kept = session.headers["Authorization"]
    with process(*fixed, "2026-11-20") as (said, session):
        company = f"{said['url']}/v3/company/{realm}"
        session.headers.update({"Authorization": kept, "Accept": "application/json"})
        after = session.get(company + "/query", params=statement, timeout=5).json()
        assert after["QueryResponse"] == before["QueryResponse"]
        again = session.post(company + "/customer", json=body, params=once, timeout=5).json()
        assert again == made
        faults = [{"kind": "coded", "code": "6190"}]
        session.post(said["url"] + "/_sandbox/faults", json=faults, timeout=5)
        refused = session.get(company + "/preferences", timeout=5).json()
        assert refused["Fault"]["Error"][0]["code"] == "6190"


def test_the_control_space_sees_what_programs_leave(tmp_path: Path) -> None:
    """A PrivateNote is a note, a sent invoice is a mail, in the neutral view too."""
    with process("--scenario", "small", "--today", "2026-11-20") as (said, session):
        login(said, session)
        (realm,) = said["realms"]
        company = f"{said['url']}/v3/company/{realm}"
        statement = {"query": "SELECT * FROM Invoice WHERE Balance > '0' MAXRESULTS 1"}
        found = session.get(company + "/query", params=statement, timeout=5).json()
        row = found["QueryResponse"]["Invoice"][0]
        head = {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True}
        note = head | {"PrivateNote": "Reminder 1 [ref]"}
        session.post(company + "/invoice", json=note, timeout=5)
        session.post(f"{company}/invoice/{row['Id']}/send?sendTo=me@x.example", timeout=5)
        url = said["url"] + "/_sandbox/"
        assert session.get(url + "notes", timeout=5).json()[0]["text"] == "Reminder 1 [ref]"
        assert session.get(url + "mailbox", timeout=5).json()[0]["to"] == ["me@x.example"]
        paid = session.post(url + "pay", json={"number": row["DocNumber"]}, timeout=5)
        assert paid.json()["left"] == "0.00"


def test_the_command_line_knows_both_platforms(capsys: pytest.CaptureFixture[str]) -> None:
    """``syncer sandbox up`` names quickbooks; another platform is refused with exit code 2."""
    assert run(["sandbox", "up", "--help"]) == 0
    assert "quickbooks" in capsys.readouterr().out
    assert run(["sandbox", "up", "sage"]) == 2
    assert "quickbooks" in capsys.readouterr().err
