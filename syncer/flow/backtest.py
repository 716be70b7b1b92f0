"""Plays policies over the history that the store holds; reads only, sends nothing.

One account after the other, so memory does not grow with the ledger but by a line for each account
that would have been written to.
"""

from collections.abc import Sequence
from datetime import date

from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup, Worker
from syncer.policy.compiled import ready
from syncer.policy.replay.past import past_of
from syncer.policy.replay.play import play
from syncer.policy.replay.tally import Backtest, Counting
from syncer.policy.rules import Policy
from syncer.ports import Progress


def backtest(
    worker: Worker,
    setup: LedgerSetup,
    policies: Sequence[Policy],
    *,
    first: date,
    last: date,
    progress: Progress,
) -> Backtest:
    """Raises ConfigError for a ledger that was never read."""
    context = worker.store.peek_context(setup.name, last)
    if context is None:
        raise ConfigError(f"ledger '{setup.name}' was never read; run `syncer plan` first")
    countings = [Counting() for _ in policies]
    oldest: date | None = None
    for number, snapshot in enumerate(worker.store.peek_all(setup.name), start=1):
        past = past_of(snapshot)
        progress.tell(f"{setup.name}: accounts played", number, None)
        if not past.invoices:
            continue
        oldest = min(past.invoices[0].issued_on, oldest or date.max)
        for policy, counting in zip(policies, countings, strict=True):
            owner, law = context.organisation, setup.law
            counting.take(play(past, policy, owner, first=first, last=last, law=law))
    tallies = [
        counting.tally(
            policy=policy.name,
            version=ready(policy).version,
            order=[step.name for ladder in policy.ladders for step in ladder.steps],
        )
        for policy, counting in zip(policies, countings, strict=True)
    ]
    return Backtest(
        ledger=setup.name, first=first, last=last, history_from=oldest, tallies=tuple(tallies)
    )
