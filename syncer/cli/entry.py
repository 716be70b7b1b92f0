"""The program: its verbs by group, and what happens when one of them fails."""

import os
import sys
from collections.abc import Sequence

import typer

from syncer.cli import (
    answers,
    backtest,
    doctor,
    dossier,
    failures,
    handover,
    health,
    history,
    holds,
    instalments,
    login,
    outbox,
    policy,
    reasons,
    risk,
    sandbox,
    setting_up,
    state,
    status,
    unlock,
    why_not,
    work,
)
from syncer.cli.flags import Said, shared_root
from syncer.cli.stopping import SWITCH, Stopped

GROUPS = (
    setting_up,
    doctor,
    work,
    answers,
    why_not,
    holds,
    instalments,
    reasons,
    handover,
    outbox,
    policy,
    backtest,
    risk,
    history,
    dossier,
    status,
    health,
    state,
    unlock,
    login,
    sandbox,
)


def build() -> typer.Typer:
    """The whole command tree."""
    app = typer.Typer(
        name="syncer",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if _may_colour() else None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(shared_root())
    for group in GROUPS:
        group.register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. No error leaves here as a traceback."""
    said = Said()
    try:
        SWITCH.begin()
        build()(args=list(arguments), standalone_mode=True, obj=said)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except Stopped as stop:
        return stop.code
    except Exception as error:  # noqa: BLE001  the last boundary: a paragraph, not a traceback
        failures.tell(error, said.flags)
        return failures.exit_code(error)
    return 0


def _may_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
