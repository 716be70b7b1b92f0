"""Where one ledger's tokens are kept: sealed, in the state database, durable before they are used.

Several processes may work with one ledger's login: a save can name what it replaces.

Not here: asking the vendor for tokens (``oauth``) and the encryption itself (``secretbox``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from syncer.errors import AuthError, Transient
from syncer.http.secretbox import SecretBox
from syncer.ports import Secrets

_RESEALS_MAX = 5  # tries to replace what others replace meanwhile


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of tokens as it is stored (sealed). Times are aware UTC."""

    access: str
    expires_at: datetime
    refresh: str = ""
    obtained_at: datetime
    previous: str = ""  # the refresh token before this one
    scope: str = ""
    idle_until: datetime | None = None  # unused until then, the refresh token lapses
    ends_at: datetime | None = None  # a person must log in again by then, whatever happens
    refreshing_until: datetime | None = None  # a process is asking for the next generation

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at})"


class _Owned(msgspec.Struct, frozen=True):
    """Under which name tokens were stored; "" of those stored before that was noted."""

    owner: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Tokens together with the sealed bytes they were read from, by which they are replaced."""

    tokens: Tokens
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenVault:
    """The tokens of one ledger under one name of the store.

    Sealing the same tokens twice gives different bytes (Fernet draws a new start value each
    time), so bytes that are as they were read have not been replaced in between.
    """

    box: SecretBox
    secrets: Secrets
    name: str
    clock: Callable[[], datetime]

    def read(self) -> Tokens | None:
        """The stored tokens; AuthError when they cannot be opened."""
        kept = self.look()
        return None if kept is None else kept.tokens

    def look(self) -> Kept | None:
        """What is stored, to be replaced by ``swap``; AuthError when it cannot be opened."""
        sealed = self.secrets.load_secret(self.name)
        if sealed is None:
            return None
        plain = self.box.open(sealed)
        try:
            tokens = msgspec.json.decode(plain, type=Tokens)
            owner = msgspec.json.decode(plain, type=_Owned).owner
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise AuthError(
                "the stored tokens are damaged: run `syncer auth login LEDGER`"
            ) from None
        if owner not in ("", self.name):
            raise AuthError(
                "the stored tokens are those of another ledger, somebody changed the state: run "
                "`syncer auth login LEDGER`"
            )
        return Kept(tokens, sealed)

    def write(self, tokens: Tokens) -> None:
        """Seal and save over whatever is stored."""
        self.secrets.save_secret(self.name, self._seal(tokens), self.clock())

    def swap(self, seen: Kept, tokens: Tokens) -> Kept | None:
        """Save in place of what was seen; None, and nothing saved, when it was replaced since."""
        sealed = self._seal(tokens)
        saved = self.secrets.save_secret(self.name, sealed, self.clock(), replaces=seen.sealed)
        return Kept(tokens, sealed) if saved else None

    def reseal(self) -> bool | None:
        """Move what is stored to the first key. False: it was there already; None: nothing is kept.

        Raises AuthError when no key opens it, Transient when others keep replacing it.
        """
        for _ in range(_RESEALS_MAX):
            sealed = self.secrets.load_secret(self.name)
            if sealed is None:
                return None
            moved = self.box.resealed(sealed)
            if moved is None:
                return False
            if self.secrets.save_secret(self.name, moved, self.clock(), replaces=sealed):
                return True
        raise Transient("other processes keep storing new tokens: try again once they ended")

    def _seal(self, tokens: Tokens) -> bytes:
        """Bound to its name: put under another one, the value opens and is refused."""
        owned = {**msgspec.to_builtins(tokens), "owner": self.name}
        return self.box.seal(msgspec.json.encode(owned))
