"""What a terminal is shown stays in its place and its measure, and tells no text of a library's."""

import io
from contextlib import redirect_stderr, redirect_stdout

from syncer.cli.failures import tell
from syncer.cli.flags import Flags
from syncer.cli.screen import Screen
from syncer.errors import ConfigError

SCREEN = Screen(as_json=False, no_color=True, no_input=True, yes=True)


def _table(*names: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        SCREEN.table(["name", "amount"], [[name, "1.00"] for name in names])
    return out.getvalue()


def test_one_long_name_makes_no_table_of_megabytes() -> None:
    """Its row is cut, and no other row is padded to it."""
    shown = _table("x" * 131_072, *(["Ann"] * 999))
    assert len(shown) < 200_000
    assert shown.count("Ann") == 999


def test_marks_heaped_on_a_letter_are_taken_off() -> None:
    """What would be drawn over the lines above and below; spelling keeps its marks."""
    assert _table("e" + "\u0301" * 5000).count("\u0301") == 8
    for name in ("ที่อยู่", "שָׁלוֹם", "हिन्दी", "Việt", "e\u0301\u0302"):
        assert name in _table(name)


def test_debug_tells_places_and_no_text_of_a_library() -> None:
    """Nor that of the error it was raised from: both may quote what was read."""
    err = io.StringIO()
    try:
        try:
            raise LookupError("canary of a customer")
        except LookupError as inner:
            raise ConfigError("a sentence of ours") from inner
    except ConfigError as outer:
        with redirect_stderr(err):
            tell(outer, Flags(debug=True))
    said = err.getvalue()
    assert "canary" not in said.replace('raise LookupError("canary of a customer")', "")
    for word in ("Traceback", "LookupError: [text withheld]", "ConfigError: a sentence of ours"):
        assert word in said
    assert "test_screen.py" in said
