"""Reads ``#hold until 2026-12-01 waiting for the credit note`` out of a note in the ledger.

What: exactly this form. The marker is a setting; case does not matter; the reason may be missing.
Why strict: who wrote it wants the customer left alone. What cannot be read holds until it is
mended, and every run says so, instead of being taken for no marker at all.
"""

import re
from datetime import date

from syncer.model.ledger import Record

_UNTIL = re.compile(r"until (\d{4}-\d{2}-\d{2})(?: (.*))?", re.IGNORECASE | re.ASCII)
NO_REASON = "a note in the ledger"


class Marked(Record, kw_only=True, frozen=True):
    """What a note says. ``until`` None: it begins with the marker and cannot be read."""

    until: date | None
    reason: str


def read_marker(note: str, marker: str) -> Marked | None:
    """What ``note`` says; None when it does not begin with ``marker`` as a word of its own."""
    words = note.split()
    if not marker or not words or words[0].casefold() != marker.casefold():
        return None
    found = _UNTIL.fullmatch(" ".join(words[1:]))
    if found is None:
        return Marked(until=None, reason=note)
    try:
        until = date.fromisoformat(found[1])
    except ValueError:
        return Marked(until=None, reason=note)
    return Marked(until=until, reason=(found[2] or "").strip() or NO_REASON)
