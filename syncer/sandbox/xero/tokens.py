"""Issuing, rotating and checking tokens, by the world's clock.

Access tokens live 30 minutes; a refresh token lives 60 days unused and rotates: the one
before may be used again for 30 minutes, for a client that lost the answer. Authorisation codes
work once, for 5 minutes. Source: oauth2 FAQ and "auth flow" page, read November 2026.
"""

import base64
import hashlib
import json
from datetime import datetime, timedelta

from syncer.sandbox.records import Connection, Token
from syncer.sandbox.world import World
from syncer.sandbox.xero.apps import App

ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
REFRESH_GRACE = timedelta(minutes=30)
CODE_LIFE = timedelta(minutes=5)
VERIFIER_LENGTHS = range(43, 129)


class Refusal(Exception):
    """The token endpoint's 400; ``args[0]`` is the OAuth error code."""


class TokenDesk:
    """The identity service's memory is the world's, so it is saved with it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def consent(self, app: App, scopes: list[str], redirect_uri: str, challenge: str) -> str:
        """A person says yes to everything asked, for every organisation: an authorisation code."""
        now = self.world.clock()
        event_id = self.world.secret("event")
        org_ids = list(self.world.ledgers)
        for org_id in org_ids:
            self._connect(app, org_id, event_id, now)
        code = self.world.secret("code")
        self.world.tokens[code] = Token(
            kind="code",
            client_id=app.client_id,
            scopes=scopes,
            org_ids=org_ids,
            expires_at=now + CODE_LIFE,
            event_id=event_id,
            redirect_uri=redirect_uri,
            challenge=challenge,
        )
        return code

    def redeem(self, app: App, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Code for tokens. Raises Refusal."""
        grant = self.world.tokens.get(code)
        now = self.world.clock()
        if grant is None or grant.kind != "code" or grant.client_id != app.client_id:
            raise Refusal("invalid_grant")
        if grant.used_at or now >= grant.expires_at or grant.redirect_uri != redirect_uri:
            raise Refusal("invalid_grant")
        if grant.challenge and not _proves(verifier, grant.challenge):
            raise Refusal("invalid_grant")
        grant.used_at = now
        return self.issue(app, grant.scopes, grant.org_ids, grant.event_id)

    def refresh(self, app: App, refresh_token: str) -> dict[str, object]:
        """A new pair; the old refresh token lives on for the grace period. Raises Refusal."""
        grant = self.world.tokens.get(refresh_token)
        now = self.world.clock()
        if grant is None or grant.kind != "refresh" or grant.client_id != app.client_id:
            raise Refusal("invalid_grant")
        spent = grant.used_at is not None and now > grant.used_at + REFRESH_GRACE
        if grant.revoked or spent or now >= grant.expires_at:
            raise Refusal("invalid_grant")
        grant.used_at = grant.used_at or now
        return self.issue(app, grant.scopes, grant.org_ids, grant.event_id)

    def client_credentials(self, app: App, scopes: list[str]) -> dict[str, object]:
        """A custom connection's access token for the first organisation; no refresh token."""
        org_id = next(iter(self.world.ledgers))
        event_id = f"custom-{app.client_id}"
        self._connect(app, org_id, event_id, self.world.clock())
        return self.issue(app, scopes, [org_id], event_id, refreshable=False)

    def issue(
        self,
        app: App,
        scopes: list[str],
        org_ids: list[str],
        event_id: str,
        *,
        refreshable: bool = True,
    ) -> dict[str, object]:
        """The token endpoint's answer."""
        now = self.world.clock()
        access = self._jwt(app, scopes, event_id, now)
        self._keep("access", access, app, scopes, org_ids, event_id, now + ACCESS_LIFE)
        answer: dict[str, object] = {
            "access_token": access,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(scopes),
        }
        if refreshable and "offline_access" in scopes:
            refresh = self.world.secret("refresh")
            self._keep("refresh", refresh, app, scopes, org_ids, event_id, now + REFRESH_LIFE)
            answer["refresh_token"] = refresh
        return answer

    def revoke(self, token: str) -> None:
        """Take back a refresh token and all connections of its consent round."""
        grant = self.world.tokens.get(token)
        if grant is None:
            return
        for other in self.world.tokens.values():
            if other.event_id == grant.event_id:
                other.revoked = True
        keep = [c for c in self.world.connections if c.event_id != grant.event_id]
        self.world.connections[:] = keep

    def kill_access(self, *, refresh_too: bool = False) -> None:
        """End every access token now (and every refresh token, if asked)."""
        now = self.world.clock()
        for token in self.world.tokens.values():
            if token.kind == "access":
                token.expires_at = min(token.expires_at, now)
            elif refresh_too:
                token.revoked = True

    def access(self, token: str) -> Token | None:
        """The access token's record, expired or not; None when unknown or revoked."""
        found = self.world.tokens.get(token)
        return found if found and found.kind == "access" and not found.revoked else None

    def _connect(self, app: App, org_id: str, event_id: str, now: datetime) -> None:
        for known in self.world.connections:
            if known.client_id == app.client_id and known.org_id == org_id:
                known.event_id, known.changed_at = event_id, now
                return
        self.world.connections.append(
            Connection(
                connection_id=self.world.main.books.new_id(),
                client_id=app.client_id,
                org_id=org_id,
                event_id=event_id,
                created_at=now,
                changed_at=now,
            )
        )

    def _keep(
        self,
        kind: str,
        token: str,
        app: App,
        scopes: list[str],
        org_ids: list[str],
        event_id: str,
        expires_at: datetime,
    ) -> None:
        self.world.tokens[token] = Token(
            kind=kind,
            client_id=app.client_id,
            scopes=scopes,
            org_ids=org_ids,
            event_id=event_id,
            expires_at=expires_at,
        )

    def _jwt(self, app: App, scopes: list[str], event_id: str, now: datetime) -> str:
        claims = {
            "iss": "https://identity.xero.com",
            "exp": int((now + ACCESS_LIFE).timestamp()),
            "client_id": app.client_id,
            "scope": scopes,
            "authentication_event_id": event_id,
            "xero_userid": "sandbox-user",
            "jti": self.world.secret("access"),
        }
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        return ".".join(_b64(json.dumps(part).encode()) for part in parts) + ".sandbox"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _proves(verifier: str, challenge: str) -> bool:
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return len(verifier) in VERIFIER_LENGTHS and _b64(digest) == challenge
