"""Options that every command understands, before or after the verb.

What: their declaration, and how the two places are put together.
Not here: what they do (``call``).
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from syncer.cli.choices import plainly
from syncer.cli.days import day
from syncer.errors import ConfigError

PANEL = "Everywhere"


@dataclass(slots=True)
class Said:
    """What one command line said, as far as it was read: for whoever tells of its failure."""

    flags: "Flags" = field(default_factory=lambda: Flags())


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """The least important log line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Flags:
    """What was said; None and empty = not said."""

    config: tuple[Path, ...] = ()
    as_json: bool = False
    log_format: str | None = None
    log_level: str | None = None
    no_color: bool = False
    ledger: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    as_of: date | None = None
    dry_run: bool = False
    max_sends: int | None = None
    no_input: bool = False
    yes: bool = False
    debug: bool = False

    def over(self, other: "Flags") -> "Flags":
        """These flags, and the other's where these say nothing."""
        said = {
            one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(self)
        }
        said["max_sends"] = self.max_sends if self.max_sends is not None else other.max_sends
        return Flags(**said)


def _option(*names: str, text: str, **more: Any) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=PANEL, show_default=False, **more)


_DECLARED: dict[str, Any] = {
    "config": Annotated[
        list[Path] | None,
        _option(
            "--config",
            "-c",
            metavar="PATH",
            text="Configuration file; more than one: later files lie over earlier ones. "
            "Default: the paths in SYNCER_CONFIG, else syncer.yaml.",
        ),
    ],
    "as_json": Annotated[bool, _option("--json", metavar="", text="Print data as JSON.")],
    "log_format": Annotated[
        LogFormat | None, _option("--log-format", text="auto, json or text (standard error).")
    ],
    "log_level": Annotated[
        LogLevel | None, _option("--log-level", text="debug, info, warning or error.")
    ],
    "no_color": Annotated[
        bool, _option("--no-color", metavar="", text="No colours; NO_COLOR does the same.")
    ],
    "ledger": Annotated[
        list[str] | None,
        _option("--ledger", "-l", metavar="NAME", text="Only this ledger; may be repeated."),
    ],
    "select": Annotated[
        list[str] | None,
        _option(
            "--select",
            metavar="WHAT",
            text="Only customer:NAME or invoice:NUMBER; may be repeated.",
        ),
    ],
    "as_of": Annotated[
        datetime | None,
        _option(
            "--as-of",
            text="Decide as if today were this day (2026-01-31). Nothing is sent.",
            parser=day,
            metavar="DATE",
        ),
    ],
    "dry_run": Annotated[
        bool, _option("--dry-run", metavar="", text="Decide and show; send and write nothing.")
    ],
    "max_sends": Annotated[
        int | None,
        _option(
            "--max-sends",
            metavar="N",
            min=0,
            text="At most this many messages in this run, over all ledgers in the order of the "
            "configuration. In each: large first-time debts first, then the larger amounts (by "
            "number of digits), then the longest overdue. plan shows that order.",
        ),
    ],
    "no_input": Annotated[bool, _option("--no-input", metavar="", text="Never ask a question.")],
    "yes": Annotated[
        bool, _option("--yes", "-y", metavar="", text="Answer every question with yes.")
    ],
    "debug": Annotated[bool, _option("--debug", metavar="", text="Show where an error came from.")],
}


def shared(verb: Callable[..., None], *, keeps: bool = False) -> Callable[..., None]:
    """Give a verb the shared options. Its first parameter receives the ``Call``.

    ``keeps``: the verb changes at once what is kept, so it refuses --dry-run instead of
    passing over it. Raises ConfigError then.
    """
    from syncer.cli.call import Call

    parameters = list(inspect.signature(verb, eval_str=True).parameters.values())
    own = [plainly(one) for one in parameters[1:]]

    @functools.wraps(verb)
    def command(context: typer.Context, **given: Any) -> None:
        flags = _collect({name: given.pop(name) for name in _DECLARED})
        said = context.obj if isinstance(context.obj, Said) else Said()
        said.flags = flags.over(said.flags)
        if keeps and said.flags.dry_run:
            raise ConfigError("--dry-run goes with run, plan and apply; nothing was changed")
        verb(Call(said.flags), **given)

    parameters = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own),
        *_parameters(),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def root(context: typer.Context, **given: Any) -> None:
    """Read invoices, decide who needs contact and why, send reminders, write notes back."""
    if not isinstance(context.obj, Said):
        context.obj = Said()
    context.obj.flags = _collect(given)


def shared_root() -> Callable[..., None]:
    """The callback of the program itself: the same options before the verb."""

    @functools.wraps(root)
    def callback(context: typer.Context, **given: Any) -> None:
        root(context, **given)

    parameters = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *_parameters(),
    ]
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {one.name: one.annotation for one in parameters}
    return callback


def _parameters() -> list[inspect.Parameter]:
    return [
        plainly(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=declared,
                default=False if declared.__origin__ is bool else None,
            )
        )
        for name, declared in _DECLARED.items()
    ]


def _collect(given: dict[str, Any]) -> Flags:
    """Typer's values as flags: tuples for lists, a date for the day, plain texts for choices."""
    as_of = given["as_of"]
    return Flags(
        **{
            **given,
            "config": tuple(given["config"] or ()),
            "ledger": tuple(given["ledger"] or ()),
            "select": tuple(given["select"] or ()),
            "as_of": as_of.date() if as_of else None,
            "log_format": given["log_format"].value if given["log_format"] else None,
            "log_level": given["log_level"].value if given["log_level"] else None,
        }
    )
