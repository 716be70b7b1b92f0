"""Makes text from a ledger safe to show on one line: no controls, no hidden direction changes.

Escaping for HTML and quoting for headers happen elsewhere; this module only removes what
has no business in a name or a number, wherever it is shown.
"""

import unicodedata

NAME_MAX = 120
NUMBER_MAX = 64
REFERENCE_MAX = 140
SUBJECT_MAX = 180

_JOINERS = frozenset("\u200c\u200d")  # needed to spell Persian and Indic names
_SPACE_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Zs"})
_DROPPED_CATEGORIES = frozenset({"Cf", "Cs", "Co", "Cn"})


def one_line(text: str, length_max: int) -> str:
    """``text`` on one line, at most ``length_max`` characters, the cut shown by "…".

    Control characters and line ends become a space. Format characters (among them the
    bidirectional overrides that turn "exe.fdp" into "pdf.exe"), private use characters
    and lone surrogates are dropped.
    """
    # A bound before the loop: a name of megabytes costs no more than a long one.
    kept = "".join(_kept(char) for char in text[: length_max * 4])
    plain = " ".join(unicodedata.normalize("NFC", kept).split())
    if len(plain) <= length_max:
        return plain
    return plain[: length_max - 1].rstrip() + "…"


def _kept(char: str) -> str:
    if char in _JOINERS:
        return char
    category = unicodedata.category(char)
    if category in _SPACE_CATEGORIES:
        return " "
    return "" if category in _DROPPED_CATEGORIES else char


def block(text: str, lines_max: int = 20, line_max: int = 200) -> tuple[str, ...]:
    """Several lines, each cleaned by ``one_line``: a signature or bank details."""
    lines = [one_line(line, line_max) for line in text.strip().splitlines()[:lines_max]]
    return tuple(lines)
