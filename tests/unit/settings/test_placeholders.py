"""``lint`` tells what was never filled in, and only there."""

from datetime import date
from pathlib import Path

from syncer.settings import lint

from .conftest import Load

_DAY = date(2026, 11, 22)


def told(load: Load, text: str) -> list[str]:
    """The warnings about one configuration."""
    return [f"{one.path}: {one.text}" for one in lint(load(text), today=_DAY)]


def test_senders_of_the_example_are_told(load: Load, minimal: str) -> None:
    """Addresses at example.com receive no answer from anybody."""
    said = told(load, minimal)
    assert [line.split(":")[0] for line in said] == ["mail.from", "mail.reply_to"]
    assert "example.com is nobody's" in said[0]


def test_an_own_configuration_is_not_warned_about(load: Load, minimal: str) -> None:
    """Own addresses are fine, and a customer may be called like the example."""
    own = minimal.replace("example.com", "northgate.co.uk")
    held = "    do_not_contact: [{account: Example Ltd, reason: Ours}]\n"
    assert told(load, own + held) == []


def test_a_company_of_the_example_is_told(load: Load, minimal: str) -> None:
    """Nobody wants to sign as Example Ltd."""
    own = minimal.replace("example.com", "northgate.co.uk")
    said = told(load, own.replace("mail:\n", "mail:\n  from_name: Example Ltd, Accounts\n"))
    assert said == ["mail.from_name: still the example's 'Example Ltd'; write your company's name"]


def test_templates_that_are_not_there_are_told(load: Load, minimal: str, tmp_path: Path) -> None:
    """A folder that is read must exist; the one that mail is written to is made by a run."""
    own = minimal.replace("example.com", "northgate.co.uk")
    with_templates = own.replace("mail:\n", "mail:\n  templates: letters\n")
    [said] = told(load, with_templates)
    assert said.startswith(f"mail.templates: there is nothing at {tmp_path / 'letters'}")
    (tmp_path / "letters").mkdir()
    assert told(load, with_templates) == []
