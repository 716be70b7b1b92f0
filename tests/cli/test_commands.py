"""Commands that a message suggests work as they stand: with the file the user named."""

from pathlib import Path

import typer

from syncer.cli import entry
from syncer.cli.commands import VERBS, carrying

FILES = (Path("demo.yaml"), Path("my books.yaml"))
NAMED = "--config demo.yaml --config 'my books.yaml'"


def test_a_suggested_command_carries_every_file() -> None:
    """Also in the middle of a sentence, quoted for a shell; prose is left alone."""
    said = carrying("see `syncer hold list`, or write to us about the syncer runs", FILES)
    assert said == f"see `syncer {NAMED} hold list`, or write to us about the syncer runs"
    assert carrying("see syncer outbox.", FILES[:1]) == "see syncer --config demo.yaml outbox."
    assert carrying("see syncer outbox.", ()) == "see syncer outbox."
    two = carrying("syncer outbox list, then syncer outbox approve ID.", FILES[:1])
    named = "syncer --config demo.yaml outbox"
    assert two == f"{named} list, then {named} approve ID."


def test_what_needs_no_file_or_names_one_stays() -> None:
    """init and auth key read no configuration; a command with a file of its own keeps that."""
    for text in ("run 'syncer init'", "make one with: syncer auth key", "a path/syncer run it"):
        assert carrying(text, FILES) == text
    own = "then run: syncer lint --config fresh.yaml"
    assert carrying(own, FILES) == own


def test_every_verb_is_known() -> None:
    """A verb added later must carry the files too."""
    command = typer.main.get_command(entry.build())
    assert set(getattr(command, "commands", {})) == set(VERBS)


def test_what_a_command_and_its_errors_suggest_can_be_copied(office) -> None:
    """From standard output, from an error, and from an error as JSON."""
    named = f"syncer --config {office.config} "
    assert f"{named}promise list" in office("promise", "end", "nothing").err
    assert f"{named}outbox list" in office("outbox", "confirm", "nothing", "--json").err
    plan = office("plan", "--as-of", "2026-11-18", "--out", str(office.home / "plan.json"))
    assert f"{named}apply {office.home / 'plan.json'}" in plan.out
