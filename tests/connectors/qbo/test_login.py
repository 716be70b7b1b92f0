"""A person's login at the simulated QuickBooks, and tokens that change, die and end."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.quickbooks.config import provider
from syncer.errors import AuthError, Transient
from syncer.http.login import log_in, log_in_by_paste
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.quickbooks.apps import realm_of

from .altered import Altered, Answer
from .bench import Bench, items_of
from .wires import browse, person

TOKENS, DOCUMENT = "/oauth2/v1/tokens/bearer", "/.well-known/openid_configuration"


def _paths(bench: Bench) -> list[str]:
    return [path for _, path, _, _ in bench.seen]


def test_a_login_reaches_the_company() -> None:
    """Endpoints come from the discovery document; after the login the pull works."""
    bench = Bench(invoices=30, accounts=5, log_in=False)
    person(bench.app, bench.config)(bench.keeper)
    assert _paths(bench) == [DOCUMENT, TOKENS]
    assert len(items_of(bench.pull())) == 30


def test_the_consent_page_is_asked_for_accounting_alone() -> None:
    """One scope, a long state, and the redirect that is registered."""
    bench = Bench(invoices=1, accounts=1, log_in=False)
    shown: list[str] = []
    with pytest.raises(AuthError):
        log_in_by_paste(
            provider(bench.config), bench.keeper, show=shown.append, ask=lambda: "http://x/?code=1"
        )
    asked = parse_qs(urlsplit(shown[0]).query)
    assert asked["scope"] == ["com.intuit.quickbooks.accounting"]
    assert asked["redirect_uri"] == ["http://localhost:8484/callback"]
    assert len(asked["state"][0]) >= 32


def test_production_keys_end_the_login_on_a_page_of_ones_own() -> None:
    """They take no http address: the login is pasted, and a listener is not even tried."""
    page = "https://www.example.com/quickbooks"
    bench = Bench(invoices=3, accounts=1, settings={"redirect_url": page}, log_in=False)
    with pytest.raises(AuthError, match="--paste"):
        log_in(provider(bench.config), bench.keeper, show=lambda _: None)
    person(bench.app, bench.config)(bench.keeper)
    assert parse_qs(bench.seen[-1][3].decode())["redirect_uri"] == [page]
    assert len(items_of(bench.pull())) == 3


def test_a_silent_discovery_document_costs_nothing() -> None:
    """The documented addresses serve where the document does not."""
    bench = Bench(invoices=5, accounts=2, log_in=False)
    bench.plan.faults.append(Fault(FaultKind.OFFLINE, path="well-known", times=0))
    person(bench.app, bench.config)(bench.keeper)
    assert len(items_of(bench.pull())) == 5


def test_another_company_than_the_configured_one_is_refused() -> None:
    """The redirect names the company: its code is never redeemed when it is the wrong one."""
    bench = Bench(invoices=1, accounts=1, settings={"realm_id": "9341000000000000"}, log_in=False)
    with pytest.raises(AuthError, match=realm_of(bench.world.main.org.org_id)):
        person(bench.app, bench.config)(bench.keeper)
    assert TOKENS not in _paths(bench)


def test_the_changing_refresh_value_is_kept_before_it_is_used() -> None:
    """Weeks of daily runs, each in a new process, over values that die when they are replaced."""
    bench = Bench(invoices=5, accounts=2)
    values = set()
    for _ in range(20):
        bench.world.advance(hours=23, minutes=30)
        bench.keeper = bench.new_keeper()
        assert len(items_of(bench.pull())) == 5
        kept = bench.keeper.kept()
        assert kept is not None
        values.add(kept.refresh)
    assert 5 < len(values) < 20


def test_a_crash_right_after_the_refresh_costs_nothing() -> None:
    """What came back is stored before the access token is used for anything."""
    bench = Bench(invoices=5, accounts=2)
    bench.world.advance(days=2)
    bench.keeper.token()
    stored = dict(bench.secrets.values)
    assert bench.new_keeper().token() == bench.keeper.token()
    assert bench.secrets.values == stored


def test_tokens_dying_in_the_middle_of_a_sync_are_renewed() -> None:
    """All access tokens die before the fifth list: one refresh, nothing lost."""
    bench = Bench(faults=[Fault(FaultKind.TOKEN_DEATH, path="/query", nth=5)])
    bench.seen.clear()
    assert len(items_of(bench.pull())) == 2500
    assert _paths(bench).count(TOKENS) == 1


def test_a_revoked_connection_needs_a_person() -> None:
    """When everything was revoked the message says what to run, and nothing loops."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(FaultKind.REVOKED, path="/query")])
    with pytest.raises(AuthError, match="syncer auth login main"):
        bench.pull()
    assert len(bench.seen) < 20


def test_a_login_server_that_is_down_is_not_a_lost_login() -> None:
    """No answer from the token endpoint is a passing fault; the tokens stay."""
    bench = Bench(invoices=5, accounts=2)
    bench.world.advance(hours=2)
    bench.plan.faults.append(Fault(FaultKind.OFFLINE, path="tokens/bearer", times=0))
    with pytest.raises(Transient):
        bench.pull()
    bench.plan.faults.clear()
    assert len(items_of(bench.pull())) == 5


def test_the_hard_end_of_a_login_is_warned_about() -> None:
    """Five years after the consent no refresh helps: ``check`` says so two months before."""
    bench = Bench(invoices=1, accounts=1)
    assert not [w for w in bench.source.check().warnings if "access" in w]
    for _ in range(61):
        bench.world.advance(days=29)
        bench.new_keeper().token()
    warnings = bench.source.check().warnings
    assert any("five years" in warning and "log in again" in warning for warning in warnings)


def test_when_an_unused_login_lapses_is_kept() -> None:
    """A hundred and one days without a run, as the vendor says with each renewal."""
    bench = Bench(invoices=1, accounts=1)
    kept = bench.keeper.kept()
    assert kept is not None
    assert kept.idle_until is not None
    assert kept.idle_until - bench.clock() == timedelta(seconds=8_726_400)


def test_a_login_that_soon_lapses_is_warned_about() -> None:
    """Using a login extends it; where the vendor gives less, ``check`` tells the date."""

    def short(answer: Answer) -> None:
        if answer.path.endswith("/tokens/bearer"):
            said = json.loads(answer.body)
            answer.body = json.dumps(said | {"x_refresh_token_expires_in": 5 * 86_400}).encode()

    bench = Altered(short)
    until = (bench.clock() + timedelta(days=5)).date().isoformat()
    [warning] = [one for one in bench.source.check().warnings if "lapses" in one]
    assert f"ends on {until}" in warning


def test_logging_out_tells_the_vendor() -> None:
    """Revocation takes JSON here, and afterwards nothing works."""
    bench = Bench(invoices=1, accounts=1)
    bench.keeper.revoke()
    [(_, path, _, body)] = [one for one in bench.seen if "revoke" in one[1]]
    assert path == "/v2/oauth2/tokens/revoke"
    assert body.startswith(b'{"token":')
    with pytest.raises(AuthError, match="syncer auth login"):
        bench.pull()


def test_no_secret_shows_in_print() -> None:
    """A printed provider, source or configuration keeps secrets in."""
    bench = Bench(invoices=1, accounts=1)
    shown = f"{provider(bench.config)!r} {bench.source!r} {bench.config!r}"
    secrets: list[Any] = [bench.config.client_secret.get_secret_value(), *bench.world.tokens]
    assert not [one for one in secrets if one in shown]


def test_the_wrong_environment_is_a_broken_connection() -> None:
    """Development keys at a real company: 403/3100 names realm_id and environment."""
    settings = {"client_id": "sandbox-qbo-dev", "client_secret": "sandbox-qbo-dev-secret"}
    bench = Bench(invoices=1, accounts=1, settings=settings)
    with pytest.raises(AuthError, match="environment"):
        bench.pull()
    trial = Bench(invoices=1, accounts=1, settings={**settings, "environment": "sandbox"})
    assert len(items_of(trial.pull())) == 1


def test_the_browser_gives_the_code_once() -> None:
    """A code that is redeemed twice poisons the grant: the second login starts anew."""
    bench = Bench(invoices=1, accounts=1, log_in=False)
    shown: list[str] = []
    address: list[str] = []

    def ask() -> str:
        address.append(browse(bench.app, shown[0]))
        return address[0]

    log_in_by_paste(provider(bench.config), bench.keeper, show=shown.append, ask=ask)
    code = parse_qs(urlsplit(address[0]).query)["code"][0]
    with pytest.raises(AuthError, match="log in again"):
        bench.keeper.exchange(code=code, redirect_uri="http://localhost:8484/callback", verifier="")
