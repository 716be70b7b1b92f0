"""Who is slipping in a ledger, from what the store holds: nothing is read anew, written or sent.

Three walks over the accounts: the first adds up the whole ledger's history, which thin histories
lean on, the second what of it is recent, the third makes the lines. Memory grows with the accounts
that owe, not with history.
"""

from dataclasses import dataclass
from datetime import date

from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup, Worker
from syncer.policy.risk import Risk, ledger_counts, order, recent_odds, risk


@dataclass(frozen=True, slots=True)
class Slipping:
    """A ledger's accounts with something open, those that warn first."""

    ledger: str
    today: date
    depth: int  # paid invoices of the ledger that everything rests on
    risks: tuple[Risk, ...]


def slipping(worker: Worker, setup: LedgerSetup, *, today: date) -> Slipping:
    """Raises ConfigError for a ledger that was never read."""
    context = worker.store.peek_context(setup.name, today)
    if context is None:
        raise ConfigError(f"ledger '{setup.name}' was never read; run `syncer plan` first")
    seen = ledger_counts(worker.store.peek_all(setup.name), today)
    odds = recent_odds(worker.store.peek_all(setup.name), seen, today)
    found = [
        line
        for snapshot in worker.store.peek_all(setup.name)
        if snapshot.items
        and (
            line := risk(
                snapshot,
                seen,
                today,
                base=context.organisation.currency,
                limits=setup.credit_limits,
                agreements=setup.policy.agreements,
                odds=odds,
            )
        )
    ]
    return Slipping(
        ledger=setup.name, today=today, depth=seen.depth, risks=tuple(sorted(found, key=order))
    )
