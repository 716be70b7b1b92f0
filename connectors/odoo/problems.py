"""A row that cannot be used."""


class UnreadableError(Exception):
    """The text says why, without personal data."""
