"""Log lines: JSON for machines, text for people, one line each, with run and ledger."""

import io
import json
import logging
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
import structlog

from syncer.errors import ContractError
from syncer.log import Redactor, bound, set_up


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_line() -> None:
    """A line has UTC milliseconds, level, code, sentence, context and exact amounts."""
    stream = io.StringIO()
    set_up("auto", "info", stream, is_tty=False)
    with bound(run_id="r1", ledger="north"):
        structlog.get_logger("syncer.x").info("read", say="Read 1 item.", amount=Decimal("10.10"))
    (line,) = _lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("ts")))
    assert line == {
        "level": "info",
        "event": "read",
        "say": "Read 1 item.",
        "amount": "10.10",
        "run_id": "r1",
        "ledger": "north",
        "logger": "syncer.x",
    }


def test_context_ends_with_its_block() -> None:
    """A ledger's name is not on the lines of the next one."""
    stream = io.StringIO()
    set_up("json", "info", stream, is_tty=True)
    with bound(ledger="north"):
        pass
    structlog.get_logger("syncer").info("next")
    assert "ledger" not in _lines(stream)[0]


@pytest.mark.parametrize(("form", "is_tty"), [("auto", True), ("text", False)])
def test_text_is_one_readable_line(form: str, is_tty: bool) -> None:
    """On a terminal a line is text; a customer's name cannot forge another line."""
    stream = io.StringIO()
    set_up(form, "info", stream, is_tty=is_tty)
    structlog.get_logger("syncer").info("code", say="a\n2026 [error] forged\x1b[2J")
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "\x1b[2J" not in text
    assert "code" in text
    assert ("\x1b[" in text) is is_tty


def test_levels() -> None:
    """Our lines follow the setting; libraries speak only from warning on."""
    stream = io.StringIO()
    set_up("json", "debug", stream, is_tty=False)
    structlog.get_logger("connectors.x").debug("ours")
    logging.getLogger("urllib3").info("theirs")
    logging.getLogger("urllib3").warning("theirs %s", "loud")
    assert [line["event"] for line in _lines(stream)] == ["ours", "theirs loud"]


def test_exceptions_show_places_not_values() -> None:
    """A traceback names files and functions, never local variables or secrets."""
    stream = io.StringIO()
    set_up("json", "info", stream, is_tty=False, redactor=Redactor(["canary-value"]))
    local = "canary-local"
    try:
        raise ContractError("bad canary-value for a@b.example" + local[:0])
    except ContractError:
        structlog.get_logger("syncer").exception("failed")
    (line,) = _lines(stream)
    assert line["error_kind"] == "ContractError"
    assert line["error"] == "bad [redacted] for [address]"
    assert "test_exceptions_show_places_not_values" in str(line["frames"])
    assert "canary" not in stream.getvalue()


def test_the_text_of_a_librarys_error_is_withheld() -> None:
    """It may quote what was read, a customer's name or more; its class and places remain."""
    stream = io.StringIO()
    set_up("json", "info", stream, is_tty=False)
    try:
        json.loads("Harbour Roofing owes")
    except json.JSONDecodeError:
        structlog.get_logger("syncer").exception("failed")
    (line,) = _lines(stream)
    assert (line["error_kind"], line["error"]) == ("JSONDecodeError", "[text withheld]")
    assert "Harbour" not in stream.getvalue()


def test_secrets_registered_later_are_hidden_too() -> None:
    """A token that appears during the run can be added to the redactor."""
    stream = io.StringIO()
    redactor = set_up("json", "info", stream, is_tty=False)
    redactor.register(["canary-later"])
    structlog.get_logger("syncer").info("x", say="got canary-later")
    assert "canary" not in stream.getvalue()


def test_second_set_up_replaces_the_first() -> None:
    """Setting up twice does not write every line twice."""
    first, second = io.StringIO(), io.StringIO()
    set_up("json", "info", first, is_tty=False)
    set_up("json", "info", second, is_tty=False)
    structlog.get_logger("syncer").info("once")
    assert first.getvalue() == ""
    assert len(_lines(second)) == 1
