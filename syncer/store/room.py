"""Whether a disk takes anything at all: SQLite says "disk I/O error" of one that is full, too."""

import os
import tempfile
from pathlib import Path

_NEEDED = 64 * 1024
"""Bytes: SQLite's index of the write-ahead log takes 32 KiB of the disk when a file is opened."""


def no_room(folder: Path) -> str:
    """Why ``folder`` takes no new bytes, in the system's words, such as a full disk or quota.

    "" where it does. It is tried, as quotas and reserves are seen in no figure.
    """
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            left = _NEEDED
            while left > 0:
                left -= file.write(bytes(left))
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""
