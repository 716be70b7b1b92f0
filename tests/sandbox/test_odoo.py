"""The simulated Odoo: keys that people make and take back, and faults in each interface's words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from syncer.sandbox.exchange import Answer, Request
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.odoo.access import DATABASE, KEY, LOGIN, Keys
from syncer.sandbox.odoo.app import OdooApp
from syncer.sandbox.odoo.problems import USER
from syncer.testing.connector_book import seeded_world

Ask = Callable[..., Answer]


def _by_json2(app: OdooApp, key: str = KEY) -> Answer:
    """The currencies, as 19 is asked for them."""
    headers = {"authorization": f"bearer {key}", "x-odoo-database": DATABASE}
    said = {"domain": [], "specification": {"name": {}}}
    path = "/json/2/res.currency/web_search_read"
    return app.handle(Request("POST", path, "", headers, json.dumps(said).encode()))


def _by_rpc(app: OdooApp, key: str = KEY) -> Answer:
    """The same, as 17 is asked."""
    named = {"domain": [], "specification": {"name": {}}}
    args: list[Any] = [DATABASE, USER, key, "res.currency", "web_search_read", [], named]
    params = {"service": "object", "method": "execute_kw", "args": args}
    return app.handle(Request("POST", "/jsonrpc", "", {}, json.dumps({"params": params}).encode()))


BOTH = pytest.mark.parametrize(("major", "ask"), [(19, _by_json2), (17, _by_rpc)])


def _problem(answer: Answer) -> str:
    """The exception that an answer names; "" = none."""
    said = json.loads(answer.body)
    error = said.get("error", {}).get("data", said)
    return str(error.get("name", ""))


@BOTH
def test_a_key_that_was_taken_back_opens_nothing(major: int, ask: Ask) -> None:
    """Neither does one that has run out; a new one does, and the old one never again."""
    app = OdooApp(seeded_world(), major=major)
    assert not _problem(ask(app))
    app.keys.withdraw()
    assert _problem(ask(app)) in {
        "werkzeug.exceptions.Unauthorized",
        "odoo.exceptions.AccessDenied",
    }
    fresh = app.keys.living()
    assert fresh != KEY
    assert not _problem(ask(app, fresh))
    assert _problem(ask(app))
    app.world.advance(days=366)
    assert _problem(ask(app, fresh))


def test_keys_are_saved_with_the_world() -> None:
    """Whoever opens the same world finds them as they were left."""
    world = seeded_world()
    OdooApp(world).keys.withdraw()
    assert not Keys(world).takes(KEY)
    assert {one.client_id for one in world.snapshot().tokens.values()} == {LOGIN}


@BOTH
def test_an_exception_is_told_as_the_interface_tells_it(major: int, ask: Ask) -> None:
    """By status in JSON-2, inside a good answer in JSON-RPC; a proxy's words are a page in both."""
    for kind, status, name in (
        (FaultKind.SERVER_ERROR, 500, "psycopg2.errors.SerializationFailure"),
        (FaultKind.DISCONNECTED, 403, "odoo.exceptions.AccessError"),
        (FaultKind.COMMIT_THEN_ERROR, 500, "builtins.TypeError"),
    ):
        app = OdooApp(seeded_world(), major=major)
        app.faults.faults = [Fault(kind)]
        answer = ask(app)
        assert (answer.status, _problem(answer)) == (status if major == 19 else 200, name)
        assert ("error" in json.loads(answer.body)) == (major == 17)
    for kind, status in ((FaultKind.MINUTE_LIMIT, 429), (FaultKind.OFFLINE, 503)):
        app.faults.faults = [Fault(kind)]
        answer = ask(app)
        assert (answer.status, answer.content_type.split(";")[0]) == (status, "text/html")


@BOTH
def test_an_answer_without_rows_counts_them_as_before(major: int, ask: Ask) -> None:
    """So that whoever counts can see that they are missing."""
    app = OdooApp(seeded_world(), major=major)
    app.faults.faults = [Fault(FaultKind.EMPTY_PAGE)]
    said = json.loads(ask(app).body)
    found = said.get("result", said)
    assert found["records"] == []
    assert found["length"] > 0


@BOTH
def test_calls_are_logged_with_what_befell_them(major: int, ask: Ask) -> None:
    """Status and fault, and never a key."""
    app = OdooApp(seeded_world(), major=major)
    app.faults.faults = [Fault(FaultKind.OFFLINE)]
    ask(app)
    ask(app)
    calls = app.world.calls
    assert [(one.status, one.fault) for one in calls] == [(503, "offline"), (200, "")]
    assert KEY not in repr(calls)
