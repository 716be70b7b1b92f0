"""Issuing, renewing and checking tokens, by the world's clock.

An access token lives an hour. The refresh token's value changes about daily: within 24 hours
of its birth a renewal returns the same value, later a new one, and from then on the old one
is dead. Unused it lives 101 days; whatever its use, the grant ends five years after consent.
Sources: "authentication" FAQ; "refresh token policy" announcement of 12 November 2025; issue
threads of the vendor's SDKs; all read November 2026.
"""

from datetime import datetime, timedelta

from syncer.sandbox.quickbooks.apps import App
from syncer.sandbox.records import Token
from syncer.sandbox.world import World

ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(seconds=8_726_400)
VALUE_LIFE = timedelta(hours=24)
GRANT_LIFE = timedelta(days=5 * 365)
CODE_LIFE = timedelta(minutes=5)
STALE_TEXT = "Incorrect or invalid refresh token"


class Refusal(Exception):
    """The token endpoint's refusal: OAuth error code, and perhaps a description."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class TokenDesk:
    """The tokens live in the world, so they are saved with it."""

    def __init__(self, world: World, *, old_value_lives: timedelta = timedelta(0)) -> None:
        """``old_value_lives``: older pages of the vendor give a replaced value 24 hours more."""
        self.world = world
        self.old_value_lives = old_value_lives

    def consent(self, app: App, scopes: list[str], redirect_uri: str, org_id: str) -> str:
        """A person connects one company: an authorisation code."""
        now = self.world.clock()
        code = self.world.secret("code")
        self.world.tokens[code] = Token(
            kind="code",
            client_id=app.client_id,
            scopes=scopes,
            org_ids=[org_id],
            expires_at=now + CODE_LIFE,
            event_id=self.world.secret("event"),
            redirect_uri=redirect_uri,
            issued_at=now,
            ends_at=now + GRANT_LIFE,
        )
        return code

    def redeem(
        self, app: App, code: str, redirect_uri: str, *, hard: bool = False
    ) -> dict[str, object]:
        """Code for tokens. A code that comes twice poisons the whole grant. Raises Refusal."""
        grant = self.world.tokens.get(code)
        now = self.world.clock()
        if grant is None or grant.kind != "code" or grant.client_id != app.client_id:
            raise Refusal("invalid_grant")
        if grant.used_at is not None:
            self._end(grant.event_id)
            raise Refusal("invalid_grant")
        if now >= grant.expires_at or grant.redirect_uri != redirect_uri:
            raise Refusal("invalid_grant")
        grant.used_at = now
        return self._answer(grant, self._new_refresh(grant), hard=hard)

    def refresh(self, app: App, value: str, *, hard: bool = False) -> dict[str, object]:
        """A new access token, and the refresh value to use from now on. Raises Refusal."""
        grant = self.world.tokens.get(value)
        now = self.world.clock()
        if grant is None or grant.kind != "refresh" or grant.client_id != app.client_id:
            raise Refusal("invalid_grant", STALE_TEXT)
        replaced = grant.used_at is not None and now >= grant.used_at + self.old_value_lives
        if grant.revoked or replaced or now >= grant.expires_at:
            raise Refusal("invalid_grant", STALE_TEXT)
        if grant.issued_at is None or now < grant.issued_at + VALUE_LIFE:
            return self._answer(grant, value, hard=hard)
        successor = grant.used_at and self._successor(grant)
        if not successor:
            grant.used_at = now
            successor = self._new_refresh(grant)
        return self._answer(grant, successor, hard=hard)

    def revoke(self, value: str) -> bool:
        """End the whole grant of an access or refresh token; whether it was known."""
        grant = self.world.tokens.get(value)
        if grant is not None:
            self._end(grant.event_id)
        return grant is not None

    def access(self, value: str) -> Token | None:
        """A living access token's record."""
        found = self.world.tokens.get(value)
        living = found is not None and found.kind == "access" and not found.revoked
        return found if living and found and self.world.clock() < found.expires_at else None

    def kill_access(self, *, refresh_too: bool = False) -> None:
        """End every access token now (and every refresh token, if asked)."""
        now = self.world.clock()
        for token in self.world.tokens.values():
            if token.kind == "access":
                token.expires_at = min(token.expires_at, now)
            elif refresh_too:
                token.revoked = True

    def _answer(self, grant: Token, refresh: str, *, hard: bool) -> dict[str, object]:
        now = self.world.clock()
        access = self.world.secret("access")
        self._keep("access", access, grant, now + ACCESS_LIFE)
        kept = self.world.tokens[refresh]
        answer: dict[str, object] = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": refresh,
            "x_refresh_token_expires_in": _seconds(kept.expires_at, now),
        }
        if hard and kept.ends_at:
            answer["x_refresh_token_hard_expires_in"] = _seconds(kept.ends_at, now)
        return answer

    def _new_refresh(self, grant: Token) -> str:
        value = self.world.secret("refresh")
        ends = self.world.clock() + REFRESH_LIFE
        self._keep("refresh", value, grant, min(ends, grant.ends_at) if grant.ends_at else ends)
        return value

    def _successor(self, grant: Token) -> str:
        newer = (
            (token.issued_at, value)
            for value, token in self.world.tokens.items()
            if token.kind == "refresh" and token.event_id == grant.event_id and token.issued_at
        )
        return max(newer)[1]

    def _keep(self, kind: str, value: str, grant: Token, expires_at: datetime) -> None:
        self.world.tokens[value] = Token(
            kind=kind,
            client_id=grant.client_id,
            scopes=grant.scopes,
            org_ids=grant.org_ids,
            event_id=grant.event_id,
            expires_at=expires_at,
            issued_at=self.world.clock(),
            ends_at=grant.ends_at,
        )

    def _end(self, event_id: str) -> None:
        for token in self.world.tokens.values():
            if token.event_id == event_id:
                token.revoked = True


def _seconds(at: datetime, now: datetime) -> int:
    return max(0, int((at - now).total_seconds()))
