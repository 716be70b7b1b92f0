"""Verbs about the configuration, all offline: init, lint, config show, schema, version."""

import os
import platform
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from syncer import __version__
from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.errors import ConfigError
from syncer.model.counts import count_text

if TYPE_CHECKING:
    from syncer.settings import Problem, Settings

SCHEMA_FILE = "syncer.schema.json"
EDITOR_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(shared(init, keeps=True))
    app.command()(shared(lint))
    app.command()(shared(schema))
    app.command()(shared(version))
    config = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
    config.command("show")(shared(show))
    app.add_typer(config, name="config")


def init(
    call: Call,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")] = Path(
        "syncer.yaml"
    ),
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace files that exist.")
    ] = False,
) -> None:
    """Write a commented configuration to start from, and its schema for your editor."""
    schema_path = path.with_name(SCHEMA_FILE)
    starter = resources.files("syncer").joinpath("defaults", "starter.yaml").read_text("utf-8")
    for target, text in ((path, EDITOR_LINE + starter), (schema_path, _schema_text())):
        if target.exists() and not force:
            raise ConfigError(f"{target} exists already; choose another name or add --force")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if not call.screen.as_json:
            call.screen.say(f"wrote {target}")
    if call.screen.as_json:
        call.screen.data({"configuration": str(path), "schema": str(schema_path)})
        return
    call.screen.say(f"Edit the lines marked with <--, then run: syncer lint --config {path}")


def lint(call: Call) -> None:
    """Check the configuration without a connection; every problem with file and line."""
    from syncer.bootstrap import discover, real_clock
    from syncer.settings import InvalidSettings, load_settings
    from syncer.settings import lint as warnings_of
    from syncer.settings.law_lint import packs_used

    specs = discover()
    try:
        settings = load_settings(call.config_paths, environ=os.environ, specs=specs)
    except InvalidSettings as error:
        _tell(call, error.problems, ())
        raise typer.Exit(error.exit_code) from None
    today = call.flags.as_of or real_clock().date()
    warnings = warnings_of(settings, today=today, specs=specs)
    used = packs_used(settings)
    _tell(call, (), warnings, used)
    if not call.screen.as_json:
        _conclude(call, settings, len(warnings))


def _conclude(call: Call, settings: "Settings", warnings: int) -> None:
    names = ", ".join(f"{one.name} ({one.connector}, {one.mode})" for one in settings.ledgers)
    verdict = "The configuration is in order."
    if warnings:
        verdict = f"It can be used, with {count_text(warnings, 'warning')} to look at first."
    call.screen.say(f"{verdict} Ledgers: {names}")
    if settings.debtors.named or any(one.holds or one.do_not_contact for one in settings.ledgers):
        call.screen.say(
            "Whether its customers' names are right only the ledgers know: syncer check"
        )


def _tell(
    call: Call,
    problems: Sequence["Problem"],
    warnings: Sequence["Problem"],
    packs: Sequence[str] = (),
) -> None:
    if call.screen.as_json:
        told = {"problems": [*map(_place, problems)], "warnings": [*map(_place, warnings)]}
        call.screen.data({**told, "law": packs} if packs else told)
        return
    for used in packs:
        call.screen.say(used)
    for one in problems:
        call.screen.say(str(one))
    for one in warnings:
        call.screen.say(f"{one} (warning)")
    if problems:
        call.screen.tell(f"{count_text(len(problems), 'problem')} found")


def _place(problem: "Problem") -> dict[str, object]:
    return {
        "file": problem.mark.origin,
        "line": problem.mark.line,
        "column": problem.mark.column,
        "key": problem.path,
        "problem": problem.text,
    }


def show(
    call: Call,
    resolved: Annotated[
        bool, typer.Option("--resolved", metavar="", help="Every key with the value in force.")
    ] = False,
) -> None:
    """Print the configuration as it is understood; secrets are stars."""
    import yaml

    from syncer.settings import resolved as in_force
    from syncer.settings.tree import plain

    settings = call.settings
    shown = msgspec.to_builtins(in_force(settings))
    document = shown if resolved else _written(plain(settings.tree), shown)
    if call.screen.as_json:
        call.screen.data(document)
    else:
        call.screen.say(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).rstrip())


def _written(tree: object, shown: object) -> object:
    """``shown`` (secrets masked) narrowed to the keys that were written in ``tree``."""
    if isinstance(tree, dict) and isinstance(shown, dict):
        return {key: _written(tree[key], shown[key]) for key in tree if key in shown}
    if isinstance(tree, list) and isinstance(shown, list):
        return [_written(one, other) for one, other in zip(tree, shown, strict=False)]
    return shown


def schema(
    call: Call,
    cases: Annotated[
        bool, typer.Option("--cases", metavar="", help="Of a file of cases for policy test.")
    ] = False,
) -> None:
    """Print the JSON Schema of the configuration, for completion in editors."""
    if not cases:
        call.screen.say(_schema_text().rstrip())
        return
    import json

    from syncer.settings.casefile import case_schema

    call.screen.say(json.dumps(case_schema(), indent=2))


def version(call: Call) -> None:
    """Print the version, and what it runs on."""
    facts = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.system().lower(),
    }
    if call.screen.as_json:
        call.screen.data(facts)
    else:
        call.screen.say(f"syncer {__version__} (Python {facts['python']})")


def _schema_text() -> str:
    import json

    from syncer.bootstrap import discover
    from syncer.settings import json_schema

    return json.dumps(json_schema(discover()), indent=2) + "\n"
