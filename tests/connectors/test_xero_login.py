"""A person's login against the simulated Xero, and tokens that die while a sync runs."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.xero.config import provider
from syncer.errors import AuthError, ConfigError
from syncer.http.login import log_in_by_paste
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.xero.apps import PKCE_APP, WEB_APP

from .conftest_xero import Bench, items_of

WEB = {"client_id": WEB_APP.client_id, "client_secret": WEB_APP.secret, "flow": "code"}
PKCE = {"client_id": PKCE_APP.client_id, "client_secret": None, "flow": "pkce"}


def _browser(bench: Bench, address: str) -> str:
    """Open the consent page in the simulated Xero; where it sends the browser."""
    parts = urlsplit(address)
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "wsgi.input": None,
    }
    list(bench.app(environ, lambda status, headers: said.extend([status, dict(headers)])))
    assert said[0].startswith("302"), said
    return str(said[1]["Location"])


def _log_in(bench: Bench) -> None:
    shown: list[str] = []
    log_in_by_paste(
        provider(bench.config),
        bench.keeper,
        show=shown.append,
        ask=lambda: _browser(bench, shown[0]),
    )


@pytest.mark.parametrize("settings", [WEB, PKCE], ids=["code", "pkce"])
def test_a_login_reaches_the_organisation(settings: dict[str, Any]) -> None:
    """After the login the pull works; the tenant is found by itself when there is one."""
    bench = Bench(invoices=30, accounts=5, settings=settings)
    _log_in(bench)
    assert len(items_of(bench.pull())) == 30
    assert any(path == "/connections" for _, path, *_ in bench.seen)


def test_the_consent_page_is_asked_for_the_least_scopes() -> None:
    """The scopes asked for are those the job needs, and the state is long."""
    bench = Bench(invoices=1, accounts=1, settings=WEB)
    shown: list[str] = []
    with pytest.raises(AuthError):
        log_in_by_paste(
            provider(bench.config), bench.keeper, show=shown.append, ask=lambda: "http://x/?code=1"
        )
    asked = parse_qs(urlsplit(shown[0]).query)
    assert asked["scope"][0].split() == [
        "offline_access",
        "accounting.invoices",
        "accounting.payments.read",
        "accounting.contacts",
        "accounting.settings.read",
    ]
    assert len(asked["state"][0]) >= 32


def test_tokens_dying_in_the_middle_of_a_sync_are_renewed() -> None:
    """All access tokens die before the second page: one refresh, nothing lost."""
    bench = Bench(settings=WEB, faults=[Fault(FaultKind.TOKEN_DEATH, path="/Invoices", nth=2)])
    _log_in(bench)
    assert len(items_of(bench.pull())) == 2500


def test_a_sync_longer_than_a_token_goes_on() -> None:
    """A token of thirty minutes is renewed before it dies."""
    bench = Bench(invoices=20, accounts=4, settings=WEB)
    _log_in(bench)
    for _ in range(4):
        bench.pull()
        bench.world.advance(minutes=29)
    assert {call.status for call in bench.world.calls if "/api.xro/" in call.path} == {200}


def test_a_revoked_connection_needs_a_person() -> None:
    """When everything was revoked the message says what to run, and nothing loops."""
    bench = Bench(
        invoices=20, accounts=4, settings=WEB, faults=[Fault(FaultKind.REVOKED, path="/Contacts")]
    )
    _log_in(bench)
    with pytest.raises(AuthError, match="syncer auth login main"):
        bench.pull()
    assert len(bench.seen) < 20


def test_an_unknown_organisation_name_lists_what_there_is() -> None:
    """A name that is not connected is a configuration error that shows the choices."""
    bench = Bench(invoices=5, accounts=1, settings={**WEB, "organisation": "Nobody Ltd"})
    _log_in(bench)
    with pytest.raises(ConfigError, match="Large Book Ltd"):
        bench.pull()


def test_a_wrong_tenant_is_a_broken_connection() -> None:
    """403 is never retried and names tenant_id."""
    bench = Bench(
        invoices=5,
        accounts=1,
        settings={**WEB, "tenant_id": "00000000-0000-0000-0000-000000000000"},
    )
    _log_in(bench)
    with pytest.raises(AuthError, match="tenant_id"):
        bench.pull()
