"""Encrypts tokens at rest with Fernet (AES-128-CBC and HMAC-SHA256), with key rotation.

The first key encrypts, every key decrypts: put a new key in front, and values move to it
when they are next saved. Keys come from settings as bytes; they are never stored here.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from syncer.errors import AuthError, ConfigError


def new_key() -> bytes:
    """A fresh key, 44 characters of URL-safe base64."""
    return Fernet.generate_key()


class SecretBox:
    """Seals and opens bytes."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ConfigError("no encryption key is set: tokens cannot be kept")
        try:
            self._box = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigError(
                "the encryption key is not a Fernet key (44 characters of URL-safe base64); "
                "`syncer auth key` makes one"
            ) from error

    def seal(self, plain: bytes) -> bytes:
        """Encrypt under the first key."""
        return self._box.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt. AuthError when damaged or sealed under a key that is no longer given."""
        try:
            return self._box.decrypt(sealed)
        except InvalidToken:
            raise AuthError(
                "the stored tokens cannot be decrypted: the key changed or the value is "
                "damaged. Give the old key as well, or run `syncer auth login LEDGER`"
            ) from None
