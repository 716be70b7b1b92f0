"""The list of payment plans and offers, each with its schedule and what came of each part."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.hold_list import Named, listed, show
from syncer.model.hold import Hold, HoldKind
from syncer.model.money import money_text

SCHEDULE = ("id", "customer", "instalment", "due", "amount", "paid", "state")


def list_plans(
    call: Call,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="Also those that ended.")
    ] = False,
) -> None:
    """The verb: the plans as they stand, then the schedule of each."""
    with call.worker() as worker:
        named = listed(call, worker, _is_plan, everything=everything)
    show(call, named, "payment plan", everything=everything, stated=True)
    if named and not call.screen.as_json:
        rows = list(_schedule(named))
        if rows:
            call.screen.say("")
            call.screen.table(SCHEDULE, rows)


def _is_plan(hold: Hold) -> bool:
    return hold.kind is HoldKind.PLAN or (hold.terms is not None and hold.terms.offered)


def _schedule(named: Sequence[Named]) -> Iterator[tuple[object, ...]]:
    for one in named:
        parts = one.told.parts if one.told is not None else ()
        for number, part in enumerate(parts, start=1):
            coin = one.hold.currency
            yield (
                one.hold.hold_id,
                one.customer or one.hold.account_id,
                f"{number} of {len(parts)}",
                part.due_on,
                money_text(part.amount, coin),
                money_text(part.paid, coin),
                part.state,
            )
