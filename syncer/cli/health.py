"""``health``: whether the last run is recent enough and went well; made for HEALTHCHECK."""

from datetime import timedelta
from typing import Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.effects_shown import instant
from syncer.cli.flags import shared

UNHEALTHY = 1
# A locked ledger, held contacts or a spent quota are no defects of this installation.
SOUND_CODES = (0, 3, 5, 6, 10)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(health))


def health(
    call: Call,
    max_age: Annotated[
        float,
        typer.Option(
            "--max-age", metavar="HOURS", min=0.1, help="Hours since the last run that are fine."
        ),
    ] = 26.0,
) -> None:
    """Say whether the last run is recent and went well; exit code 1 when not."""
    if not any(path.exists() for path in call.config_paths):
        call.screen.say("healthy: nothing is configured yet")
        return
    with call.worker() as worker:
        last = next(iter(worker.store.runs(limit=1)), None)
        now = worker.clock()
    if last is None:
        trouble, text = "", "no run has finished yet"
    else:
        text = f"last run {last.run_id} at {instant(last.finished_at)} UTC, exit {last.exit_code}"
        old = now - last.finished_at > timedelta(hours=max_age)
        trouble = f"older than {max_age:g} hours" if old else ""
        if last.exit_code not in SOUND_CODES:
            trouble = "it failed"
    if call.screen.as_json:
        call.screen.data({"healthy": not trouble, "trouble": trouble, "detail": text})
    else:
        state = f"unhealthy ({trouble})" if trouble else "healthy"
        call.screen.say(f"{state}: {text}")
    if trouble:
        raise typer.Exit(UNHEALTHY)
