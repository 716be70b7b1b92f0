"""Sealed values in memory, for a login without a state file."""

from datetime import datetime


class SecretsInMemory:
    """``syncer.ports.Secrets`` that end with the process."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def load_secret(self, name: str) -> bytes | None:
        """The value saved last."""
        return self.values.get(name)

    def save_secret(self, name: str, value: bytes, at: datetime) -> None:
        """Save a value."""
        del at
        self.values[name] = value
