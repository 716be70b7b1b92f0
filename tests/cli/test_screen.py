"""Output in a pipe: aligned rows, nothing that a terminal could act on."""

import json
from decimal import Decimal

import pytest

from syncer.cli.screen import Screen
from syncer.errors import ConfigError


def screen(**flags: bool) -> Screen:
    """A screen in a pipe."""
    said = {"as_json": False, "no_color": False, "no_input": False, "yes": False}
    return Screen(**{**said, **flags})


def test_rows_are_aligned_and_clean(capsys):
    """Columns line up; control characters of a ledger's text are taken out."""
    screen().table(("a", "bb"), [("long cell", "x"), ("\x1b[2Jy", 2)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a          bb"
    assert lines[1] == "long cell  x"
    assert "\x1b" not in lines[2]


def test_amounts_in_json_are_text(capsys):
    """A decimal never becomes a binary fraction on its way out."""
    screen().data({"asked": Decimal("0.10")})
    assert json.loads(capsys.readouterr().out) == {"asked": "0.10"}


def test_a_question_needs_somebody_or_yes():
    """--yes answers; where nobody can, the command stops before it does anything."""
    assert screen(yes=True).confirm("Sure?")
    with pytest.raises(ConfigError, match="--yes"):
        screen(no_input=True).confirm("Sure?")
