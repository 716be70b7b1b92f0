"""Sealed values: several real processes replace them, and each replacement is one process's."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import text

from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.config import provider as quickbooks_provider
from connectors.xero.config import XeroConfig
from connectors.xero.config import provider as xero_provider
from syncer.http.client import HttpClient
from syncer.http.login import log_in_by_paste
from syncer.http.oauth import TokenKeeper
from syncer.http.secretbox import box_of
from syncer.http.transport import Transport
from syncer.http.vault import TokenVault
from syncer.sandbox.bulk import large_book
from syncer.sandbox.quickbooks import apps as quickbooks_apps
from syncer.sandbox.serve import start, start_quickbooks
from syncer.sandbox.xero.apps import WEB_APP
from syncer.store import open_store
from syncer.store.engine import open_engine, parse_url
from syncer.store.opening import upgrade
from syncer.testing.store_cases import LATER, NOW

ROOT = Path(__file__).parents[2]
COUNT_TO = 60
ROUNDS = 6
KEY = "a-key-for-tests-of-thirty-two-characters"

COUNT = f"""
import sys
from syncer.store import open_store
from syncer.testing.store_cases import NOW

store, done = open_store(sys.argv[1]), 0
sys.stdin.readline()
while int((seen := store.load_secret("count")).decode()) < {COUNT_TO}:
    following = str(int(seen) + 1).encode()
    done += store.save_secret("count", following, NOW, replaces=seen)
print(done)
"""

RENEW = """
import json, sys
from datetime import datetime
from tests.store.test_secrets import keeper_over
from syncer.store import open_store

store = open_store(sys.argv[1])
now = []
keeper = keeper_over(sys.argv[2], sys.argv[3], sys.argv[4], store, lambda: now[-1])
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    now.append(datetime.fromisoformat(asked["now"]))
    print(keeper.renewed(asked["rejected"]), flush=True)
"""


def keeper_over(platform, address, realm, store, clock):
    """A process's keeper of a login at a sandbox on a socket; it never waits long."""
    if platform == "xero":
        provider = xero_provider(
            XeroConfig(
                client_id=WEB_APP.client_id,
                client_secret=WEB_APP.secret,
                flow="code",
                base_url=address,
                identity_url=address,
            )
        )
    else:
        provider = quickbooks_provider(
            QuickBooksConfig(
                client_id=quickbooks_apps.WEB_APP.client_id,
                client_secret=quickbooks_apps.WEB_APP.secret,
                realm_id=realm,
                base_url=address,
            )
        )
    http = HttpClient(
        Transport(hosts=(urlsplit(address).hostname,)),
        clock=clock,
        sleep=lambda seconds: time.sleep(seconds / 50),
    )
    return TokenKeeper(
        provider,
        ledger="main",
        http=http,
        vault=TokenVault(box=box_of([KEY]), secrets=store, name="tokens/main", clock=clock),
        clock=clock,
    )


def _process(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _tell(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_a_value_is_replaced_only_as_it_was_seen(url):
    """A save that names what it replaces changes nothing once that is gone, or never was."""
    store = open_store(url)
    assert not store.save_secret("token", b"new", NOW, replaces=b"never there")
    assert store.load_secret("token") is None
    assert store.save_secret("token", b"one", NOW)
    assert store.save_secret("token", b"two", LATER, replaces=b"one")
    assert not store.save_secret("token", b"three", LATER, replaces=b"one")
    assert store.load_secret("token") == b"two"
    assert store.save_secret("token", b"anyway", LATER)
    assert store.load_secret("token") == b"anyway"
    store.close()


def test_an_older_state_keeps_its_logins(url):
    """The upgrade drops what stood there before the last value, and nothing else."""
    engine = open_engine(parse_url(url))
    upgrade(engine, "0002")
    old = "INSERT INTO secret VALUES ('tokens/main', :value, :before, 2, :at)"
    with engine.begin() as connection:
        at = NOW.isoformat()
        connection.execute(text(old), {"value": b"now", "before": b"then", "at": at})
    engine.dispose()
    store = open_store(url)
    assert store.load_secret("tokens/main") == b"now"
    assert store.save_secret("tokens/main", b"next", LATER, replaces=b"now")
    store.close()


def test_two_processes_never_replace_the_same_value(url):
    """Both count in one value: together they made exactly as many steps as it shows."""
    store = open_store(url)
    store.save_secret("count", b"0", NOW)
    workers = [_process(COUNT, url) for _ in range(2)]
    for worker in workers:
        _tell(worker, "go")
    made = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(made) == COUNT_TO
    assert store.load_secret("count") == str(COUNT_TO).encode()
    store.close()


@pytest.mark.parametrize("platform", ["xero", "quickbooks"])
def test_two_processes_refresh_once(url, platform):
    """At every expiry two real processes get the same new token, and the vendor was asked once."""
    world = large_book(invoices=1, accounts=1)
    store = open_store(url)
    realm = quickbooks_apps.realm_of(world.main.org.org_id)
    with (start if platform == "xero" else start_quickbooks)(world) as running:
        keeper = keeper_over(platform, running.base_url, realm, store, world.clock)
        shown = []
        log_in_by_paste(
            keeper.provider(), keeper, show=shown.append, ask=lambda: _allowed(shown[0])
        )
        arguments = (url, platform, running.base_url, realm)
        workers = [_process(RENEW, *arguments) for _ in range(2)]
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 2
        for _ in range(ROUNDS):
            world.advance(hours=25)
            issued, rejected = _issued(world), keeper.kept().access
            for worker in workers:
                _tell(worker, json.dumps({"now": str(world.clock()), "rejected": rejected}))
            got = {worker.stdout.readline().strip() for worker in workers}
            assert got == {keeper.kept().access}
            assert _issued(world) == issued + 1
        for worker in workers:
            worker.communicate(timeout=60)
    store.close()


def _issued(world):
    return sum(token.kind == "access" for token in world.tokens.values())


def _allowed(address):
    with requests.Session() as browser:
        browser.trust_env = False
        return browser.get(address, allow_redirects=False).headers["Location"]
