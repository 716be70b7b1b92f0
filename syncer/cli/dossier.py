"""``dossier``: everything that proves what was sent to one customer, as a folder."""

from pathlib import Path
from typing import Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.holds import Target, locate
from syncer.errors import ConfigError, InvariantError
from syncer.model.counts import count_text


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(dossier, keeps=True))


def dossier(
    call: Call,
    target: Target,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="An empty folder, or a new one.")
    ],
) -> None:
    """Keep what proves a customer's contacts: page, JSON, messages as sent, their digests."""
    from syncer.report.dossier import write_dossier

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is not empty; name a new folder")
    with call.worker() as worker:
        ledger, account_id, _ = locate(call, worker, target)
        found = worker.store.evidence(ledger, account_id)
        problems = worker.store.verify_journal()
    if found is None:
        raise ConfigError(f"nothing is kept about '{target}' in ledger '{ledger}'")
    try:
        page = write_dossier(found, problems, out, made_at=call.around.clock())
    except OSError as error:
        raise ConfigError(f"{out}: {error.strerror}") from error
    messages = sum(len(one.messages) for one in found.contacts)
    if call.screen.as_json:
        told = {"folder": str(out), "page": str(page), "messages": messages}
        call.screen.data({**told, "journal_intact": not problems, "problems": problems})
    else:
        call.screen.say(f"wrote {page} with {count_text(messages, 'message')}")
        for problem in problems:
            call.screen.say(problem)
    if problems:
        raise typer.Exit(InvariantError.exit_code)
