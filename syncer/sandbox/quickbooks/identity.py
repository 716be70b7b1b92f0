"""Discovery, authorise, token and revoke addresses.

Consent is given at once: a person is not simulated. As at the vendor, a person connects one
company, whose number (``realmId``) comes with the code; ``sandbox_realm`` in the authorise
address picks it, else it is the first. Sources: "OAuth 2.0" and "discovery document" pages and
the vendor's SDKs, read November 2026.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from syncer.sandbox.exchange import HTML, Answer, Request
from syncer.sandbox.quickbooks.apps import OTHER_SCOPES, SCOPE, App, realms
from syncer.sandbox.quickbooks.tokens import Refusal, TokenDesk
from syncer.sandbox.records import Token
from syncer.sandbox.world import World

AUTHORISE = "/connect/oauth2"
TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
REVOKE = "/v2/oauth2/tokens/revoke"
USER_INFO = "/v1/openid_connect/userinfo"
KEYS = "/op/v1/jwks"
DISCOVERY = {
    "/.well-known/openid_configuration": "",
    "/.well-known/openid_sandbox_configuration": "sandbox-",
}
HARD_HEADER = "x-include-refresh-token-hard-expires-in"


class Identity:
    """Answers the identity addresses; ``None`` = not one of them."""

    def __init__(
        self, world: World, apps: tuple[App, ...], *, old_value_lives: timedelta = timedelta(0)
    ) -> None:
        self.world = world
        self.apps: Mapping[str, App] = {app.client_id: app for app in apps}
        self.desk = TokenDesk(world, old_value_lives=old_value_lives)

    def answer(self, request: Request) -> Answer | None:
        """Route one request."""
        path = request.path.rstrip("/")
        if path in DISCOVERY:
            return _json(discovery(request, DISCOVERY[path]))
        if path == KEYS:
            return _json({"keys": []})
        if path == AUTHORISE:
            return self.authorise(request)
        if path == USER_INFO:
            known = self.bearer(request)
            return _json({"sub": "sandbox-user"}) if known else _json({"error": "x"}, 401)
        if path in (TOKEN, REVOKE):
            return self._posted(request, path)
        return None

    def authorise(self, request: Request) -> Answer:
        """GET /connect/oauth2: a redirect with code, state and realmId."""
        asked = request.params()
        app = self.apps.get(asked.get("client_id", ""))
        redirect_uri = asked.get("redirect_uri", "")
        if app is None or not _may_redirect(app, redirect_uri):
            return Answer(400, b"<html><body>invalid_request</body></html>", HTML)
        answer = self._consent(app, asked, redirect_uri)
        if "state" in asked:
            answer["state"] = asked["state"]
        mark = "&" if urlsplit(redirect_uri).query else "?"
        return Answer(302, headers=[("Location", redirect_uri + mark + urlencode(answer))])

    def bearer(self, request: Request) -> Token | None:
        """The caller's living access token."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        return self.desk.access(text.strip()) if kind.lower() == "bearer" else None

    def _consent(self, app: App, asked: Mapping[str, str], redirect_uri: str) -> dict[str, str]:
        scopes = asked.get("scope", "").split()
        if asked.get("response_type") != "code":
            return {"error": "unsupported_response_type"}
        if SCOPE not in scopes or not set(scopes) <= OTHER_SCOPES | {SCOPE}:
            return {"error": "invalid_scope"}
        companies = realms(self.world)
        realm = asked.get("sandbox_realm") or next(iter(companies))
        if realm not in companies:
            return {"error": "access_denied"}
        org_id = companies[realm].org.org_id
        return {"code": self.desk.consent(app, scopes, redirect_uri, org_id), "realmId": realm}

    def _posted(self, request: Request, path: str) -> Answer:
        if request.method != "POST":
            return _json({"error": "invalid_request"}, 405)
        try:
            app = self._client(request)
            return self._revoke(request) if path == REVOKE else _json(self._grant(app, request))
        except Refusal as refusal:
            body = {"error": refusal.error}
            if refusal.description:
                body["error_description"] = refusal.description
            return _json(body, 401 if refusal.error == "invalid_client" else 400)

    def _client(self, request: Request) -> App:
        """Credentials in Basic or, as some clients send them, in the form."""
        form = request.form()
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                pair = base64.b64decode(text, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise Refusal("invalid_client") from None
            client_id, _, secret = pair.partition(":")
        app = self.apps.get(client_id)
        if app is None or app.secret != secret:
            raise Refusal("invalid_client")
        return app

    def _grant(self, app: App, request: Request) -> dict[str, object]:
        form = request.form()
        hard = request.headers.get(HARD_HEADER, "").lower() == "true"
        match form.get("grant_type", ""):
            case "authorization_code":
                code, uri = form.get("code", ""), form.get("redirect_uri", "")
                return self.desk.redeem(app, code, uri, hard=hard)
            case "refresh_token":
                return self.desk.refresh(app, form.get("refresh_token", ""), hard=hard)
        raise Refusal("unsupported_grant_type")

    def _revoke(self, request: Request) -> Answer:
        try:
            sent = json.loads(request.body or b"{}")
        except ValueError:
            sent = request.form()
        value = sent.get("token", "") if isinstance(sent, dict) else ""
        if not self.desk.revoke(str(value)):
            raise Refusal("invalid_request")
        return Answer(200)


def discovery(request: Request, prefix: str) -> dict[str, object]:
    """The discovery document: the vendor's hosts when mounted there, else this very server."""
    host = request.host.partition(":")[0]
    here = f"{request.scheme}://{request.host}"
    real = host == "intuit.com" or host.endswith(".intuit.com")
    platform = "https://oauth.platform.intuit.com" if real else here
    return {
        "issuer": f"{platform}/op/v1",
        "authorization_endpoint": (("https://appcenter.intuit.com" if real else here) + AUTHORISE),
        "token_endpoint": platform + TOKEN,
        "userinfo_endpoint": (f"https://{prefix}accounts.platform.intuit.com" if real else here)
        + USER_INFO,
        "revocation_endpoint": (("https://developer.api.intuit.com" if real else here) + REVOKE),
        "jwks_uri": platform + KEYS,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    }


def _may_redirect(app: App, uri: str) -> bool:
    if app.redirects:
        return uri in app.redirects
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname == "localhost"
    # The vendor takes http for localhost with development keys only.
    return parts.scheme == "https" or (local and app.environment != "production")


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value, separators=(",", ":")).encode())
