"""node-quickbooks uses the simulator as if it were the vendor. Opt-in: it is fetched by npm.

``SANDBOX_NODE=1 pytest tests/sandbox/quickbooks/test_node.py`` installs the pinned version into
a temporary folder and runs a day's work with it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from syncer.sandbox.quickbooks.apps import WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.serve import start_quickbooks
from tests.sandbox.quickbooks.calling import connect, us_world

PACKAGE = "node-quickbooks@2.0.50"
SCRIPT = Path(__file__).with_name("node_client.js")
pytestmark = pytest.mark.skipif(
    os.environ.get("SANDBOX_NODE") != "1" or not (shutil.which("node") and shutil.which("npm")),
    reason="needs SANDBOX_NODE=1 with node and npm: node-quickbooks is fetched from its registry",
)


def test_node_quickbooks_takes_it_for_the_vendor(tmp_path: Path) -> None:
    """Login, create, find with paging, update, stale token, send, PDF, batch, changes, revoke."""
    installed = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    if installed.returncode:
        pytest.skip(f"npm could not fetch {PACKAGE}: {installed.stderr[-300:]}")
    script = shutil.copy(SCRIPT, tmp_path / "client.js")
    world = us_world()
    with start_quickbooks(world, allowance=UNLIMITED) as running:
        refresh = str(connect(running.app, world)["refresh_token"])
        keys = (WEB_APP.client_id, WEB_APP.secret)
        realm = realm_of(world.main.org.org_id)
        told = subprocess.run(
            ["node", str(script), running.base_url, *keys, realm, refresh],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {
        "replayed": True,
        "byName": ["1"],
        "open": [60, 50, 40, 30, 20],
        "count": 6,
        "paid": 0,
        "noted": ["Reminder 1", "1", 20],
        "stale": "5010",
        "sent": ["EmailSent", "test@me.example"],
        "plus": [500, "4002"],
        "pdf": "%PDF-",
        "batch": ["Customer", "QueryResponse", "Fault"],
        "voided": 0,
        "deleted": [True],
    }
    assert len(world.main.books.mails) == 1
    assert all(token.revoked for token in world.tokens.values() if token.kind == "refresh")
