"""Text on its way to PostgreSQL, which takes every character but NUL.

A ledger may hold one in a name or a number. Refused by the database, one such record would stop
its whole ledger.
"""

from psycopg.types.string import StrDumperUnknown

INSTEAD = "\ufffd"
"""The character that stands for one that cannot be shown."""


class Storable(StrDumperUnknown):
    """As psycopg gives text to the server, a NUL replaced."""

    def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
        """The text's bytes."""
        return super().dump(obj.replace("\0", INSTEAD) if "\0" in obj else obj)
