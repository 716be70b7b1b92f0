"""The identity endpoints: authorise, token, revocation, connections.

Consent is given at once, for everything asked: a person is not simulated. Sources: "auth flow",
"PKCE flow", "custom connections", "troubleshooting" pages and ``xero-identity.yaml``, read
November 2026. Paths are matched without regard to case by the caller.
"""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from syncer.sandbox.records import Connection, Token
from syncer.sandbox.world import World
from syncer.sandbox.xero.apps import App, AppType
from syncer.sandbox.xero.exchange import HTML, Answer, Request, as_json, not_found, problem
from syncer.sandbox.xero.tokens import Refusal, TokenDesk


class Identity:
    """Answers the identity paths; ``None`` = not one of them."""

    def __init__(self, world: World, apps: tuple[App, ...]) -> None:
        self.world = world
        self.apps: Mapping[str, App] = {app.client_id: app for app in apps}
        self.desk = TokenDesk(world)

    def answer(self, request: Request) -> Answer | None:
        """Route one request."""
        path = request.path.lower().rstrip("/")
        if path == "/identity/connect/authorize":
            return self.authorise(request)
        if path in ("/connect/token", "/connect/revocation"):
            if request.method != "POST":
                return as_json({"error": "invalid_request"}, 405)
            return self.token(request) if path.endswith("token") else self.revoke(request)
        if path == "/connections" or path.startswith("/connections/"):
            return self.connections(request, path.removeprefix("/connections").strip("/"))
        return None

    def authorise(self, request: Request) -> Answer:
        """GET /identity/connect/authorize: redirect with code and state ("auth flow" page)."""
        asked = request.params()
        app = self.apps.get(asked.get("client_id", ""))
        redirect_uri = asked.get("redirect_uri", "")
        if app is None or app.type is AppType.CUSTOM:
            return _page("error: unauthorized_client")
        if not _may_redirect(app, redirect_uri):
            return _page("error: invalid_request, redirect_uri is not registered")
        scopes = asked.get("scope", "").split()
        challenge = asked.get("code_challenge", "")
        problem_word = _consent_problem(app, asked, scopes, challenge)
        answer = {"error": problem_word}
        if not problem_word:
            code = self.desk.consent(app, scopes, redirect_uri, challenge)
            answer = {"code": code, "scope": " ".join(scopes)}
        if "state" in asked:
            answer["state"] = asked["state"]
        mark = "&" if urlsplit(redirect_uri).query else "?"
        return Answer(302, headers=[("Location", redirect_uri + mark + urlencode(answer))])

    def token(self, request: Request) -> Answer:
        """POST /connect/token ("auth flow" page; client credentials in Basic or in the form)."""
        form = request.form()
        try:
            app = self._client(request, form)
            answer = self._grant(app, form)
        except Refusal as refusal:
            return as_json({"error": str(refusal)}, 400)
        return as_json(answer)

    def revoke(self, request: Request) -> Answer:
        """POST /connect/revocation: 200 with an empty body, all connections gone."""
        form = request.form()
        try:
            self._client(request, form)
        except Refusal as refusal:
            return as_json({"error": str(refusal)}, 400)
        self.desk.revoke(form.get("token", ""))
        return Answer(200)

    def connections(self, request: Request, connection_id: str) -> Answer:
        """GET /connections[?authEventId=], DELETE /connections/{id} (xero-identity.yaml)."""
        token = self.bearer(request)
        if isinstance(token, Answer):
            return token
        mine = [c for c in self.world.connections if c.client_id == token.client_id]
        if request.method == "DELETE":
            chosen = [c for c in mine if c.connection_id.lower() == connection_id]
            if not chosen:
                return not_found()
            self.world.connections.remove(chosen[0])
            return Answer(204)
        event = request.params().get("autheventid")
        return as_json([self._row(c) for c in mine if event in (None, c.event_id)])

    def bearer(self, request: Request) -> Token | Answer:
        """The caller's access token, or the 401."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = self.desk.access(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            return problem(401, "AuthenticationUnsuccessful")
        if self.world.clock() >= token.expires_at:
            stamp = token.expires_at.strftime("%m/%d/%Y %H:%M:%S")
            return problem(401, f"TokenExpired: token expired at {stamp}")
        return token

    def _row(self, connection: Connection) -> dict[str, str]:
        org = self.world.ledgers[connection.org_id].org
        return {
            "id": connection.connection_id,
            "authEventId": connection.event_id,
            "tenantId": org.org_id,
            "tenantType": "ORGANISATION",
            "tenantName": org.name,
            "createdDateUtc": connection.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f0"),
            "updatedDateUtc": connection.changed_at.strftime("%Y-%m-%dT%H:%M:%S.%f0"),
        }

    def _client(self, request: Request, form: Mapping[str, str]) -> App:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                pair = base64.b64decode(text, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise Refusal("invalid_client") from None
            client_id, _, secret = pair.partition(":")
        if not client_id:
            raise Refusal("unauthorized_client")
        app = self.apps.get(client_id)
        if app is None or app.secret != secret:
            raise Refusal("invalid_client")
        return app

    def _grant(self, app: App, form: Mapping[str, str]) -> dict[str, object]:
        grant = form.get("grant_type", "")
        if grant == "client_credentials" and app.type is AppType.CUSTOM:
            scopes = form.get("scope", "").split() or [s for s in app.scopes if "." in s]
            if not _covers(app, scopes):
                raise Refusal("invalid_scope")
            return self.desk.client_credentials(app, scopes)
        if app.type is AppType.CUSTOM or grant == "client_credentials":
            raise Refusal("unauthorized_client")
        if grant == "authorization_code":
            verifier = form.get("code_verifier", "")
            return self.desk.redeem(
                app, form.get("code", ""), form.get("redirect_uri", ""), verifier
            )
        if grant == "refresh_token":
            return self.desk.refresh(app, form.get("refresh_token", ""))
        raise Refusal("unsupported_grant_type")


def _consent_problem(app: App, asked: Mapping[str, str], scopes: list[str], challenge: str) -> str:
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if not scopes or not _covers(app, scopes):
        return "invalid_scope"
    if app.type is AppType.PKCE and not challenge:
        return "invalid_request"
    if challenge and asked.get("code_challenge_method") != "S256":
        return "invalid_request"
    return ""


def _covers(app: App, scopes: list[str]) -> bool:
    known = {*app.scopes, "openid", "profile", "email"}
    return all(s in known or s.removesuffix(".read") in known for s in scopes)


def _may_redirect(app: App, uri: str) -> bool:
    # http is allowed for localhost by name only: the vendor refuses 127.0.0.1.
    if app.redirects:
        return uri in app.redirects
    parts = urlsplit(uri)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")


def _page(text: str) -> Answer:
    return Answer(400, f"<html><body>{text}</body></html>".encode(), HTML)
