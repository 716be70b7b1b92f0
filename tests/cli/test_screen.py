"""Output in a pipe: aligned rows, nothing that a terminal could act on."""

import json
import threading
from contextlib import contextmanager
from decimal import Decimal

import pytest

from syncer.cli.screen import Screen, drawn_to_its_end
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


def test_figures_stand_to_the_right(capsys):
    """Amounts below each other can be compared at a glance; words stay to the left."""
    rows = [("Acme", "9.50 EUR", "ok"), ("Harbour Roofing", "12,000.00 EUR", "ok")]
    screen().table(("customer", "open", "state"), rows)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Acme                  9.50 EUR  ok",
        "Harbour Roofing  12,000.00 EUR  ok",
    ]


def test_amounts_in_json_are_text(capsys):
    """A decimal never becomes a binary fraction on its way out."""
    screen().data({"asked": Decimal("0.10")})
    assert json.loads(capsys.readouterr().out) == {"asked": "0.10"}


def test_a_question_needs_somebody_or_yes():
    """--yes answers; where nobody can, the command stops before it does anything."""
    assert screen(yes=True).confirm("Sure?")
    with pytest.raises(ConfigError, match="--yes"):
        screen(no_input=True).confirm("Sure?")


def test_a_sentence_that_names_a_customer_moves_no_cursor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Escapes, separators and turns of direction in a name become blanks; line ends stay ours."""
    screen = Screen(as_json=False, no_color=True, no_input=True, yes=False)
    screen.say("of \x1b]52;c;eA==\x07Ann\x9b2J:\n  owes \u202e5\u2028!")
    screen.tell("of \x1b[31mAnn")
    screen.data({"name": "A\x9b\u202en\x7f\u2028n"})
    out, err = capsys.readouterr()
    assert out.startswith("of  ]52;c;eA== Ann 2J:\n  owes  5 !\n")
    assert err == "of  [31mAnn\n"
    assert "\\u009b\\u202en\\u007f\\u2028n" in out
    assert json.loads(out.split("!\n")[1]) == {"name": "A\x9b\u202en\x7f\u2028n"}


def test_who_draws_has_ended_when_the_work_has():
    """A thread that still draws while the interpreter ends could take the program down."""
    ended = threading.Event()
    threads = []

    @contextmanager
    def bars():
        threads.append(threading.Thread(target=ended.wait, args=(5,)))
        threads[0].start()
        yield
        threading.Timer(0.1, ended.set).start()

    with drawn_to_its_end(bars()):
        assert threads[0].is_alive()
    assert not threads[0].is_alive()
