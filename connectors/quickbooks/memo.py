"""Adds a line to a text that people write in too, and never loses a word of theirs. Pure.

QuickBooks has one text a record: ``Customer.Notes`` (2,000 characters) and ``PrivateNote``
(4,000; entity references, 2026). A note of ours is one line that ends with its marker in
square brackets. When the text is full, our own oldest lines make room; a person's never do.
"""

import re

NOTES_MAX = 2000
PRIVATE_NOTE_MAX = 4000
LEAST = 60  # characters of a note below which it says nothing
_MARKER = re.compile(r"\[[\w:.-]{8,}\]\s*\Z")
_OWN = re.compile(r"\[(?:rs-[0-9a-f]{32}|r:[0-9a-f]{16})[\w:.-]*\]\s*\Z")  # keys of our own


class FullError(Exception):
    """The text is full of words of people: they must shorten it."""


def one_line(text: str) -> str:
    """``text`` on a single line."""
    return " · ".join(part.strip() for part in text.splitlines() if part.strip())


def marker_of(text: str) -> str:
    """The marker at the end of a note, "" when it has none."""
    found = _MARKER.search(text)
    return found.group().strip() if found else ""


def appended(existing: str, note: str, *, limit: int) -> str:
    """``existing`` with ``note`` as its last line, within ``limit`` characters.

    Raises FullError when people's own text leaves no room for it.
    """
    line = one_line(note)
    kept = existing.rstrip("\n").split("\n") if existing.strip() else []
    while _length(kept) + min(len(line), limit) > limit:
        own = next((index for index, text in enumerate(kept) if _OWN.search(text)), None)
        if own is None:
            break
        del kept[own]
    return "\n".join([*kept, cut(line, limit - _length(kept))])


def cut(line: str, room: int) -> str:
    """``line`` within ``room`` characters, cut between words; its marker always stays."""
    if len(line) <= room:
        return line
    marker = marker_of(line)
    left = room - len(marker) - 2
    if left < LEAST:
        raise FullError
    head = line[: left + 1]
    head = head[: head.rfind(" ")] if " " in head else head[:left]
    return f"{head.rstrip()}… {marker}"


def _length(lines: list[str]) -> int:
    """Characters that these lines take before another one."""
    return sum(len(line) + 1 for line in lines)
