"""Sealed values in memory, for a login without a state file."""

from datetime import datetime
from threading import Lock


class SecretsInMemory:
    """``syncer.ports.Secrets`` that end with the process."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self._lock = Lock()

    def load_secret(self, name: str) -> bytes | None:
        """The value saved last."""
        return self.values.get(name)

    def save_secret(
        self, name: str, value: bytes, at: datetime, *, replaces: bytes | None = None
    ) -> bool:
        """Save a value; False when ``replaces`` is given and no longer stored."""
        del at
        with self._lock:
            if replaces is not None and self.values.get(name) != replaces:
                return False
            self.values[name] = value
            return True
