"""Encrypts tokens at rest with Fernet (AES-128-CBC and HMAC-SHA256), with key rotation.

The first key encrypts, every key decrypts: put a new key in front, and values move to it
when they are next saved, or by ``syncer auth rekey``. Keys come from settings as bytes; they
are never stored here. cryptography is imported when something is first sealed or opened: it takes
7 MB, which a ledger without stored tokens can do without.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from syncer.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_KEY_BYTES = 32  # half of them sign, half encrypt


def new_key() -> bytes:
    """A fresh key, 44 characters of URL-safe base64."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key()


class SecretBox:
    """Seals and opens bytes."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ConfigError("no encryption key is set: tokens cannot be kept")
        if not all(_is_key(key) for key in keys):
            raise ConfigError(
                "the encryption key is not a Fernet key (44 characters of URL-safe base64); "
                "`syncer auth key` makes one"
            )
        self._keys = tuple(keys)

    @cached_property
    def _box(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def seal(self, plain: bytes) -> bytes:
        """Encrypt under the first key."""
        return self._box.encrypt(plain)

    def resealed(self, sealed: bytes) -> bytes | None:
        """The same value under the first key; None when it is under it already. AuthError."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            Fernet(self._keys[0]).decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None

    def open(self, sealed: bytes) -> bytes:
        """Decrypt. AuthError when damaged or sealed under a key that is no longer given."""
        from cryptography.fernet import InvalidToken

        try:
            return self._box.decrypt(sealed)
        except InvalidToken:
            raise AuthError(
                "the stored tokens cannot be decrypted: the key changed or the value is "
                "damaged. Give the old key as well, or run `syncer auth login LEDGER`"
            ) from None


def box_of(words: Sequence[str]) -> SecretBox:
    """A box whose keys are configured texts, the one that seals first.

    Each text is stretched to a Fernet key by SHA-256: it must itself be long and random, which
    settings check. Raises ConfigError when there is none.
    """
    if not words:
        raise ConfigError(
            "a connector with a login needs secrets.key; make one with: syncer auth key"
        )
    return SecretBox([urlsafe_b64encode(sha256(word.encode()).digest()) for word in words])


def _is_key(key: bytes) -> bool:
    try:
        return len(urlsafe_b64decode(key)) == _KEY_BYTES
    except ValueError:
        return False
