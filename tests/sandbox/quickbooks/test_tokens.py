"""Logging in: discovery, consent, renewal, the two expiries, the gateway's refusals."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from syncer.sandbox.exchange import Request
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import DEVELOPMENT_APP, SCOPE, WEB_APP, realm_of
from syncer.sandbox.quickbooks.identity import AUTHORISE, REVOKE, TOKEN
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import REDIRECT, Caller, connect, form, us_world

BASIC = "Basic " + base64.b64encode(f"{WEB_APP.client_id}:{WEB_APP.secret}".encode()).decode()
FORM_KEYS = {"client_id": WEB_APP.client_id, "client_secret": WEB_APP.secret}


@pytest.fixture
def app(world: World) -> QuickBooksApp:
    """The simulator alone."""
    return QuickBooksApp(world, allowance=UNLIMITED)


def renew(app: QuickBooksApp, value: object, **headers: str) -> tuple[int, dict[str, object]]:
    """A renewal with Basic credentials: status and JSON."""
    fields = {"grant_type": "refresh_token", "refresh_token": str(value)}
    answer = form(app, TOKEN, fields, authorization=BASIC, **headers)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("host", "token"),
    [
        ("127.0.0.1:8700", "https://127.0.0.1:8700" + TOKEN),
        ("developer.api.intuit.com", "https://oauth.platform.intuit.com" + TOKEN),
    ],
)
def test_discovery_names_the_addresses_of_where_it_is_mounted(
    app: QuickBooksApp, host: str, token: str
) -> None:
    """On loopback it points to itself, on the vendor's hosts to the vendor's; slash or not."""
    for path in ("/.well-known/openid_configuration/", "/.well-known/openid_sandbox_configuration"):
        document = json.loads(app.handle(Request("GET", path, "", {}, b"", host, "https")).body)
        assert document["token_endpoint"] == token
        assert {"authorization_endpoint", "revocation_endpoint", "issuer", "jwks_uri"} <= set(
            document
        )


def test_a_person_connects_one_company_whose_number_comes_with_the_code(
    app: QuickBooksApp, world: World
) -> None:
    """The redirect carries code, state and realmId; the code is redeemed once."""
    asked = {"client_id": WEB_APP.client_id, "response_type": "code", "scope": SCOPE}
    asked |= {"redirect_uri": REDIRECT, "state": "s1"}
    answer = app.handle(Request("GET", AUTHORISE, urlencode(asked), {}))
    back = parse_qs(urlsplit(dict(answer.headers)["Location"]).query)
    assert back["state"] == ["s1"]
    assert back["realmId"] == [realm_of(world.main.org.org_id)]
    fields = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": REDIRECT}
    first = json.loads(form(app, TOKEN, fields, authorization=BASIC).body)
    assert (first["token_type"], first["expires_in"]) == ("bearer", 3600)
    assert first["x_refresh_token_expires_in"] == 8_726_400
    assert json.loads(form(app, TOKEN, fields, authorization=BASIC).body)["error"] == (
        "invalid_grant"
    )
    # The code came twice: the whole grant is poisoned.
    assert renew(app, first["refresh_token"]) == (
        400,
        {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "com.intuit.quickbooks.accounting.read"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"sandbox_realm": "1"}, "access_denied"),
    ],
)
def test_consent_refuses_what_does_not_exist(
    app: QuickBooksApp, change: dict[str, str], error: str
) -> None:
    """No read-only scope, no implicit flow, no foreign company."""
    asked = {"client_id": WEB_APP.client_id, "response_type": "code", "scope": SCOPE}
    asked |= {"redirect_uri": REDIRECT} | change
    answer = app.handle(Request("GET", AUTHORISE, urlencode(asked), {}))
    assert f"error={error}" in dict(answer.headers)["Location"]


def test_the_refresh_value_changes_daily_and_the_old_one_is_dead_at_once(
    app: QuickBooksApp, world: World
) -> None:
    """Within 24 hours the same value with less life; later a new one, and the old is refused."""
    value = connect(app, world)["refresh_token"]
    world.advance(hours=23)
    _, same = renew(app, value)
    assert same["refresh_token"] == value
    assert same["x_refresh_token_expires_in"] == 8_726_400 - 23 * 3600
    world.advance(hours=2)
    _, fresh = renew(app, value)
    assert fresh["refresh_token"] != value
    assert fresh["x_refresh_token_expires_in"] == 8_726_400
    assert renew(app, value)[0] == 400
    assert renew(app, fresh["refresh_token"])[0] == 200


def test_an_old_value_can_be_given_the_day_that_older_pages_grant(world: World) -> None:
    """With the option, the replaced value still works and leads to the newest one."""
    app = QuickBooksApp(world, old_value_lives=timedelta(hours=24))
    value = connect(app, world)["refresh_token"]
    world.advance(hours=25)
    newest = renew(app, value)[1]["refresh_token"]
    assert renew(app, value)[1]["refresh_token"] == newest
    world.advance(hours=24)
    assert renew(app, value)[0] == 400


def test_unused_for_101_days_the_grant_is_over(app: QuickBooksApp, world: World) -> None:
    """A refresh value dies by lying idle."""
    value = connect(app, world)["refresh_token"]
    world.advance(seconds=8_726_400)
    assert renew(app, value)[1]["error"] == "invalid_grant"


def test_after_five_years_the_grant_is_over_however_it_was_used(
    app: QuickBooksApp, world: World
) -> None:
    """The hard expiry is told on request, counts down and is final."""
    value = connect(app, world)["refresh_token"]
    header = {"x_include_refresh_token_hard_expires_in": "true"}
    status, left = 200, []
    for _ in range(25):
        world.advance(days=90)
        status, answer = renew(app, value, **header)
        if status != 200:
            break
        left.append(answer["x_refresh_token_hard_expires_in"])
        value = answer["refresh_token"]
    assert status == 400
    assert left == [(1825 - 90 * n) * 86400 for n in range(1, 21)]
    assert "x_refresh_token_hard_expires_in" not in connect(app, world)


def test_credentials_come_in_the_header_or_in_the_form(app: QuickBooksApp, world: World) -> None:
    """Both work; a wrong secret is 401 invalid_client."""
    value = str(connect(app, world)["refresh_token"])
    fields = {"grant_type": "refresh_token", "refresh_token": value}
    assert form(app, TOKEN, fields | FORM_KEYS).status == 200
    wrong = form(app, TOKEN, fields | FORM_KEYS | {"client_secret": "no"})
    assert (wrong.status, json.loads(wrong.body)) == (401, {"error": "invalid_client"})


def test_revoking_ends_access_and_refresh(app: QuickBooksApp, world: World) -> None:
    """Revoke takes JSON and answers 200; nothing of the grant works afterwards."""
    box = connect(app, world)
    body = json.dumps({"token": box["refresh_token"]}).encode()
    request = Request("POST", REVOKE, "", {"authorization": BASIC}, body)
    assert app.handle(request).status == 200
    assert renew(app, box["refresh_token"])[0] == 400
    caller = Caller(app, str(box["access_token"]), realm_of(world.main.org.org_id))
    assert caller.raw("GET", "/preferences").status == 401


def test_an_expired_token_gets_the_gateways_lower_case_body(call: Caller, world: World) -> None:
    """401 with code 3200 in lower case and a time in milliseconds."""
    world.advance(hours=1)
    answer = call.raw("GET", "/preferences")
    body = json.loads(answer.body)
    assert answer.status == 401
    assert body["fault"]["error"][0]["code"] == "3200"
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert isinstance(body["time"], int)


def test_a_wrong_company_or_environment_is_403_3100() -> None:
    """Another company, an unknown one, and development keys on the production host."""
    world = us_world()
    app = QuickBooksApp(world, allowance=UNLIMITED, apps=(DEVELOPMENT_APP,))
    code = app.identity.desk.consent(DEVELOPMENT_APP, [SCOPE], REDIRECT, world.main.org.org_id)
    token = str(app.identity.desk.redeem(DEVELOPMENT_APP, code, REDIRECT)["access_token"])
    good = Caller(app, token, realm_of(world.main.org.org_id))
    assert good.raw("GET", "/preferences").status == 200
    for caller in (
        Caller(app, token, "9341000000000000"),
        Caller(app, token, good.realm, host="quickbooks.api.intuit.com"),
    ):
        answer = caller.raw("GET", "/preferences")
        assert (answer.status, caller.code(json.loads(answer.body))) == (403, "3100")
    right = Caller(app, token, good.realm, host="sandbox-quickbooks.api.intuit.com")
    assert right.raw("GET", "/preferences").status == 200
