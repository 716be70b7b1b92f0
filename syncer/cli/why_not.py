"""``why-not``: every open item with the one reason for which it is asked for today, or is not."""

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.narrowing import as_spelt, tell_unknown
from syncer.model.counts import count_text
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.flow.why import Told


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("why-not")(shared(why_not))


def why_not(call: Call) -> None:
    """List every open item with its one outcome today and why; sums equal the open ledger."""
    from syncer.flow.why import why

    with call.worker() as worker:
        selection = as_spelt(call, worker)
        found = [
            why(worker, setup, today=call.today(worker, setup.name), selection=selection)
            for setup in call.ledgers(worker)
        ]
        tell_unknown(call, worker)
    if call.screen.as_json:
        call.screen.data({"ledgers": [_document(one) for one in found]})
        return
    for one in found:
        _tell(call, one, narrowed=bool(selection.accounts or selection.items))


def _document(told: "Told") -> dict[str, object]:
    return {
        "ledger": told.ledger,
        "today": told.today,
        "items": msgspec.to_builtins(told.answers),
        "totals": msgspec.to_builtins(told.totals),
    }


def _tell(call: Call, told: "Told", *, narrowed: bool) -> None:
    screen, today = call.screen, told.today
    if not told.answers:
        what = "nothing of what was selected" if narrowed else "nothing"
        screen.say(f"{told.ledger} on {today}: {what} is open.")
        return
    screen.say(f"{told.ledger} on {today}: {count_text(len(told.answers), 'open item')}")
    rows = [
        (
            one.account,
            one.number,
            amount_text(Decimal(one.amount), one.currency),
            one.code,
            one.sentence,
        )
        for one in told.answers
    ]
    screen.table(("customer", "item", "open", "outcome", "because"), rows)
    screen.say()
    sums = [
        (one.code, str(one.items), amount_text(one.amount, one.currency)) for one in told.totals
    ]
    for currency in dict.fromkeys(one.currency for one in told.totals):
        own = [one for one in told.totals if one.currency == currency]
        total = amount_text(sum((one.amount for one in own), Decimal(0)), currency)
        sums.append((f"all in {currency}", str(sum(one.items for one in own)), total))
    screen.table(("outcome", "items", "open"), sums)
