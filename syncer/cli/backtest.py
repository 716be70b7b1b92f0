"""``backtest``: what one or two policies would have done over the ledger's own history."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.days import FORMAT, day
from syncer.cli.flags import shared
from syncer.errors import ConfigError

if TYPE_CHECKING:
    from syncer.policy.replay.tally import Backtest
    from syncer.policy.rules import Policy

SPAN_MAX = 3_660  # days


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(backtest))


def backtest(
    call: Call,
    first: Annotated[
        datetime,
        typer.Option("--from", metavar=FORMAT, parser=day, help="The first day that is played."),
    ],
    last: Annotated[
        datetime,
        typer.Option("--to", metavar=FORMAT, parser=day, help="The last day that is played."),
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="NAME", help="Also play this policy; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write HTML and JSON there.")
    ] = None,
) -> None:
    """Play a ledger's policy, and others beside it, over its past; nothing is sent or written."""
    from syncer.flow.backtest import backtest as played
    from syncer.report.backtest_page import write_backtest

    start, end = _span(first.date(), last.date())
    found = []
    with call.worker() as worker, call.screen.progress() as progress:
        for setup in call.ledgers(worker):
            policies = _policies(call, setup.policy, policy or [])
            found.append(played(worker, setup, policies, first=start, last=end, progress=progress))
    if out is not None:
        for path in write_backtest(found, out):
            call.screen.tell(f"wrote {path}")
    _show(call, found)


def _span(start: date, end: date) -> tuple[date, date]:
    if end < start:
        raise ConfigError("--to is before --from; exchange them")
    if (end - start).days > SPAN_MAX:
        raise ConfigError("the span is longer than ten years; name a shorter one")
    return start, end


def _policies(call: Call, own: "Policy", others: list[str]) -> "list[Policy]":
    from syncer.settings.named_policy import named_policy

    named = [named_policy(call.settings, name) for name in others]
    return [own, *[one for one in named if one.name != own.name]]


def _show(call: Call, found: "list[Backtest]") -> None:
    from syncer.report.backtest_page import CLAIM, UNKNOWN, document, figures

    if call.screen.as_json:
        import json

        call.screen.data(json.loads(document(found)))
        return
    for one in found:
        columns = ["", *[tally.policy for tally in one.tallies]]
        rows = [[name, *values] for name, values in figures(one.tallies)]
        call.screen.table(columns, rows, title=f"{one.ledger}, {one.first} to {one.last}")
        call.screen.say()
    call.screen.say(CLAIM)
    call.screen.say(UNKNOWN)
