"""Consent, tokens and connections as the vendor's identity service gives them."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from syncer.sandbox.world import World
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP, PKCE_APP, WEB_APP
from syncer.sandbox.xero.exchange import Answer, Request
from tests.sandbox.calling import BASE, Caller, caller_for, token_for

REDIRECT = "http://localhost:8321/callback"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def authorise(app: XeroApp, **changes: str) -> Answer:
    """The authorise call of a web app, with ``changes``."""
    query = {
        "response_type": "code",
        "client_id": WEB_APP.client_id,
        "redirect_uri": REDIRECT,
        "scope": "offline_access accounting.invoices",
        "state": "abc",
    } | changes
    return app.handle(Request("GET", "/identity/connect/authorize", urlencode(query), {}))


def code_of(answer: Answer) -> dict[str, str]:
    """The query of the redirect."""
    location = dict(answer.headers)["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def token(app: XeroApp, *, basic: str = "", **form: str) -> tuple[int, dict[str, Any]]:
    """The token endpoint's status and JSON."""
    headers = (
        {"authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"} if basic else {}
    )
    answer = app.handle(Request("POST", "/connect/token", "", headers, urlencode(form).encode()))
    return answer.status, json.loads(answer.body)


def tokens(app: XeroApp) -> dict[str, Any]:
    """A full round of the code flow."""
    code = code_of(authorise(app))["code"]
    status, found = token(
        app,
        basic=f"{WEB_APP.client_id}:{WEB_APP.secret}",
        grant_type="authorization_code",
        code=code,
        redirect_uri=REDIRECT,
    )
    assert status == 200
    return found


def refresh(app: XeroApp, refresh_token: str) -> tuple[int, dict[str, Any]]:
    """A refresh as the SDK sends it: credentials in the form."""
    return token(
        app,
        grant_type="refresh_token",
        refresh_token=refresh_token,
        client_id=WEB_APP.client_id,
        client_secret=WEB_APP.secret,
    )


@pytest.fixture
def app(world: World) -> XeroApp:
    """The simulator."""
    return XeroApp(world)


def test_state_comes_back_and_the_code_works_once(app: XeroApp) -> None:
    """The redirect carries code and state; a second use of the code is invalid_grant."""
    answer = code_of(authorise(app))
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": REDIRECT}
    form |= {"client_id": WEB_APP.client_id, "client_secret": WEB_APP.secret}
    assert answer["state"] == "abc"
    assert token(app, **form)[0] == 200
    assert token(app, **form) == (400, {"error": "invalid_grant"})


def test_a_code_expires_after_five_minutes(app: XeroApp, world: World) -> None:
    """A code redeemed late is invalid_grant."""
    code = code_of(authorise(app))["code"]
    world.advance(minutes=5)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    status, _ = token(app, basic=f"{WEB_APP.client_id}:{WEB_APP.secret}", **form)
    assert status == 400


@pytest.mark.parametrize("verifier", [VERIFIER, "w" * 64, ""])
def test_pkce_needs_the_right_verifier(app: XeroApp, verifier: str) -> None:
    """S256 is checked; the PKCE app has no secret."""
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    code = code_of(authorise(app, client_id=PKCE_APP.client_id, **challenge))["code"]
    status, _ = token(
        app,
        grant_type="authorization_code",
        code=code,
        redirect_uri=REDIRECT,
        client_id=PKCE_APP.client_id,
        code_verifier=verifier,
    )
    assert status == (200 if verifier == VERIFIER else 400)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": PKCE_APP.client_id}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "accounting.everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_bad_consent_request_is_sent_back(
    app: XeroApp, changes: dict[str, str], error: str
) -> None:
    """Errors travel in the redirect, with the state."""
    assert code_of(authorise(app, **changes)) == {"error": error, "state": "abc"}


def test_the_redirect_may_be_localhost_but_not_its_number(app: XeroApp) -> None:
    """http://127.0.0.1 is refused on a page of its own, without a redirect."""
    assert authorise(app, redirect_uri="http://127.0.0.1:8321/callback").status == 400


def test_refresh_tokens_rotate_with_thirty_minutes_of_grace(app: XeroApp, world: World) -> None:
    """The old refresh token works again for 30 minutes after its first use, then never."""
    first = tokens(app)["refresh_token"]
    status, second = refresh(app, first)
    assert status == 200
    assert second["refresh_token"] != first
    world.advance(minutes=30)
    assert refresh(app, first)[0] == 200
    world.advance(seconds=1)
    assert refresh(app, first) == (400, {"error": "invalid_grant"})
    assert refresh(app, second["refresh_token"])[0] == 200


def test_a_refresh_token_dies_after_sixty_unused_days(app: XeroApp, world: World) -> None:
    """Unused for 60 days means a person has to log in again."""
    found = tokens(app)
    world.advance(days=60)
    assert refresh(app, found["refresh_token"])[0] == 400


def test_without_offline_access_there_is_no_refresh_token(app: XeroApp) -> None:
    """The scope offline_access is what brings a refresh token."""
    code = code_of(authorise(app, scope="accounting.invoices"))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    _, found = token(app, basic=f"{WEB_APP.client_id}:{WEB_APP.secret}", **form)
    assert "refresh_token" not in found


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token"}, "unauthorized_client"),
        ({"grant_type": "refresh_token", "client_id": "who"}, "invalid_client"),
        ({"grant_type": "password", "client_id": PKCE_APP.client_id}, "unsupported_grant_type"),
        (
            {
                "grant_type": "client_credentials",
                "client_id": WEB_APP.client_id,
                "client_secret": WEB_APP.secret,
            },
            "unauthorized_client",
        ),
    ],
)
def test_token_errors_have_their_names(app: XeroApp, form: dict[str, str], error: str) -> None:
    """Each refusal is a 400 with its OAuth word."""
    assert token(app, **form) == (400, {"error": error})


def test_a_custom_connection_gets_no_refresh_token_and_needs_no_tenant(world: World) -> None:
    """Client credentials reach one organisation; the tenant header may be left out."""
    app = XeroApp(world)
    pair = f"{CUSTOM_APP.client_id}:{CUSTOM_APP.secret}"
    form = {"grant_type": "client_credentials", "scope": "accounting.settings.read"}
    status, found = token(app, basic=pair, **form)
    assert (status, found["expires_in"], "refresh_token" in found) == (200, 1800, False)
    assert Caller(app, found["access_token"]).raw("GET", BASE + "/Organisation").status == 200


def test_an_access_token_dies_after_thirty_minutes(call: Caller, world: World) -> None:
    """Then every call is a 401 that says TokenExpired."""
    world.advance(minutes=30)
    answer = call.raw("GET", BASE + "/Invoices")
    assert answer.status == 401
    assert json.loads(answer.body)["Detail"].startswith("TokenExpired")


def test_a_missing_scope_is_not_an_expired_token(world: World) -> None:
    """A 401 with insufficient_scope: refreshing would loop for ever."""
    call = caller_for(world)
    call.token = token_for(call.app, scopes="accounting.invoices.read")
    assert call.raw("GET", BASE + "/Invoices").status == 200
    for answer in (call.raw("GET", BASE + "/Contacts"), call.send("PUT", "/Invoices", {})):
        assert (answer.status, json.loads(answer.body)["Detail"]) == (
            401,
            "AuthorizationUnsuccessful",
        )
        assert "insufficient_scope" in dict(answer.headers)["WWW-Authenticate"]


@pytest.mark.parametrize("tenant", ["", "00000000-0000-0000-0000-000000000000"])
def test_a_wrong_tenant_is_a_403(app: XeroApp, tenant: str) -> None:
    """Missing or foreign tenant ids answer 403 AuthenticationUnsuccessful."""
    call = Caller(app, tokens(app)["access_token"], tenant)
    answer = call.raw("GET", BASE + "/Invoices")
    assert (answer.status, json.loads(answer.body)["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_connections_list_and_go(app: XeroApp, world: World) -> None:
    """The list names tenants; deleting one answers 204 and its calls become 403."""
    call = Caller(app, tokens(app)["access_token"], world.main.org.org_id)
    rows = json.loads(call.raw("GET", "/Connections").body)
    assert rows[0]["tenantId"] == world.main.org.org_id
    assert rows[0]["id"] != rows[0]["tenantId"]
    assert json.loads(call.raw("GET", "/connections", authEventId="other").body) == []
    assert call.raw("DELETE", f"/connections/{rows[0]['id']}").status == 204
    assert call.raw("GET", BASE + "/Invoices").status == 403


def test_revocation_ends_everything(app: XeroApp, world: World) -> None:
    """Revoking a refresh token answers 200 with nothing and removes all connections."""
    found = tokens(app)
    form = {"token": found["refresh_token"], "client_id": WEB_APP.client_id}
    form["client_secret"] = WEB_APP.secret
    body = urlencode(form).encode()
    answer = app.handle(Request("POST", "/connect/revocation", "", {}, body))
    assert (answer.status, answer.body, world.connections) == (200, b"", [])
    assert refresh(app, found["refresh_token"])[0] == 400
