"""A note in a ledger that speaks to this program: its first line, when it begins with ``#``.

Everything else that people write into notes is none of its business, and is never kept.
"""

MARK = "#"
LENGTH_MAX = 200  # characters kept of such a line


def marked_line(text: str | None) -> str:
    """The first line of ``text`` that is not empty, if it begins with ``#``; else ""."""
    for line in (text or "").splitlines():
        words = " ".join(line.split())
        if words:
            return words[:LENGTH_MAX] if words.startswith(MARK) else ""
    return ""
