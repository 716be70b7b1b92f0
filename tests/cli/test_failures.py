"""Errors as paragraphs: what a person reads, and what stays out."""

import json

import pytest

from syncer import errors
from syncer.cli import failures
from syncer.cli.flags import Flags


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), 2),
        (errors.AuthError("x"), 4),
        (errors.Transient("x"), 5),
        (errors.StalePlan("x"), 6),
        (errors.LeaseHeld("x"), 6),
        (errors.InvariantError("x"), 7),
        (errors.RecordError("x"), 1),
        (ZeroDivisionError("x"), 7),
    ],
)
def test_each_error_has_its_exit_code(error, code):
    """The codes of docs/operating.md; what nobody foresaw counts as a broken rule."""
    assert failures.exit_code(error) == code


def test_an_unforeseen_error_is_named_but_not_quoted():
    """Its text may hold a customer's data."""
    said = failures.paragraph(ValueError("pat@customer.example owes 12"))
    assert "ValueError" in said
    assert "customer.example" not in said


def test_control_characters_do_not_reach_the_terminal():
    """A customer's name inside an error cannot move the cursor."""
    assert "\x1b" not in failures.paragraph(errors.ConfigError("no customer '\x1b[2J'"))


def test_with_json_the_error_is_json_too(capsys):
    """Programs that read --json get their errors the same way, on standard error."""
    failures.tell(errors.ConfigError("no file"), Flags(as_json=True))
    written = capsys.readouterr()
    assert written.out == ""
    assert json.loads(written.err) == {
        "error": "ConfigError",
        "exit_code": 2,
        "message": "no file",
    }
