"""Who may call: one user with API keys, which people make and take back; no login, no session.

A key lives as long as was chosen when it was made, a year here. The keys are kept among the
world's tokens, so that they are saved with it.
"""

from datetime import timedelta

from syncer.sandbox.records import Token
from syncer.sandbox.world import World

DATABASE, LOGIN = "suite", "syncer@suite.example"
KEY = "8d3f0c1b5a7e4f2d9c6b8a1e3f5d7c9b0a2e4f6d"  # the first one
KEY_LIFE = timedelta(days=365)
_KIND = "api_key"


class Keys:
    """The user's keys."""

    def __init__(self, world: World) -> None:
        """The first key is there from the beginning."""
        self._world = world
        if not self._known():
            self._make(KEY)

    def takes(self, key: str) -> bool:
        """Whether this is a key that lives."""
        return key in self._living()

    def living(self) -> str:
        """A key that lives; where none does any more, a person makes a new one."""
        keys = self._living()
        return keys[-1] if keys else self._make(self._world.secret(_KIND))

    def withdraw(self) -> None:
        """All of them are dead from now on."""
        for token in self._known().values():
            token.revoked = True

    def _make(self, key: str) -> str:
        self._world.tokens[key] = Token(
            kind=_KIND,
            client_id=LOGIN,
            scopes=[],
            org_ids=[],
            expires_at=self._world.clock() + KEY_LIFE,
        )
        return key

    def _known(self) -> dict[str, Token]:
        return {key: one for key, one in self._world.tokens.items() if one.kind == _KIND}

    def _living(self) -> list[str]:
        now = self._world.clock()
        return [
            key for key, one in self._known().items() if not one.revoked and now < one.expires_at
        ]
