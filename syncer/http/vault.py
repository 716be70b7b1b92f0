"""Where one ledger's tokens are kept: sealed, in the state database, durable before they are used.

Not here: asking the vendor for tokens (``oauth``) and the encryption itself (``secretbox``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from syncer.errors import AuthError
from syncer.http.secretbox import SecretBox
from syncer.ports import Secrets


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

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at})"


@dataclass(frozen=True, slots=True)
class TokenVault:
    """The tokens of one ledger under one name of the store."""

    box: SecretBox
    secrets: Secrets
    name: str
    clock: Callable[[], datetime]

    def read(self) -> Tokens | None:
        """The stored tokens; AuthError when they cannot be opened."""
        sealed = self.secrets.load_secret(self.name)
        if sealed is None:
            return None
        try:
            return msgspec.json.decode(self.box.open(sealed), type=Tokens)
        except msgspec.MsgspecError:
            raise AuthError(
                "the stored tokens are damaged: run `syncer auth login LEDGER`"
            ) from None

    def write(self, tokens: Tokens) -> None:
        """Seal and save."""
        sealed = self.box.seal(msgspec.json.encode(tokens))
        self.secrets.save_secret(self.name, sealed, self.clock())
