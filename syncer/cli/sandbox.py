"""``sandbox``: a ledger that runs here, and a tour of the whole job against it."""

import errno
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.errors import ConfigError

PORT = 8700
DAYS_MAX = 400

Platform = Annotated[str, typer.Argument(metavar="PLATFORM", help="Which one: xero or quickbooks.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="A ledger that runs here, for trials.", no_args_is_help=True)
    group.command()(shared(up))
    group.command()(shared(tour))
    app.add_typer(group, name="sandbox")


def up(
    call: Call,
    platform: Platform = "xero",
    port: Annotated[int, typer.Option("--port", min=0, help="0 = any free one.")] = PORT,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    state: Annotated[
        Path | None, typer.Option("--state", help="File that keeps it between starts.")
    ] = None,
    scenario: Annotated[
        str,
        typer.Option("--scenario", help="demo, america, empty, small, day_cap, storm or large."),
    ] = "demo",
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another book.")] = 7,
) -> None:
    """Start a ledger and keep it running until Ctrl-C; one line of JSON says where it is."""
    from syncer.sandbox.scenarios import SCENARIOS
    from syncer.sandbox.serve import PLATFORMS
    from syncer.sandbox.serve import main as serve

    _known("platform", platform, PLATFORMS)
    _known("scenario", scenario, SCENARIOS)
    _refuse_taken(host, port)
    arguments = [platform, "--host", host, "--port", str(port)]
    arguments += ["--scenario", scenario, "--seed", str(seed)]
    if state is not None:
        arguments += ["--state", str(state)]
    if call.flags.as_of is not None:
        arguments += ["--today", call.flags.as_of.isoformat()]
    raise typer.Exit(serve(arguments))


def _known(what: str, word: str, choices: Iterable[str]) -> None:
    from syncer.settings.problems import did_you_mean

    if word not in (known := list(choices)):
        raise ConfigError(f"there is no {what} '{word}'{did_you_mean(word, known)}")


def _refuse_taken(host: str, port: int) -> None:
    """Raise ConfigError when something else listens there already."""
    if not port:
        return
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ConfigError(
                f"cannot listen on {host}, port {port} ({error.strerror}); choose others with "
                "--host and --port"
            ) from error
        raise ConfigError(
            f"port {port} is in use, perhaps by another sandbox; stop that one, or choose another "
            f"port, such as --port {port + 1}, or any free one with --port 0"
        ) from error


def tour(
    call: Call,
    directory: Annotated[
        Path, typer.Option("--directory", help="Where the ledger and the mail are kept.")
    ] = Path(".run"),
    days: Annotated[int, typer.Option("--days", min=1, max=DAYS_MAX, help="Play so many.")] = 1,
    port: Annotated[int, typer.Option("--port", min=0, help="0 = any free one.")] = PORT,
) -> None:
    """Start a ledger with a few hundred customers, do the whole job, and show what happened."""
    from syncer.cli.tour import take

    take(call, directory, days=days, port=port)
