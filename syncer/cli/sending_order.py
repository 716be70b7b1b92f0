"""The contacts of a plan in the order in which a run would send them, and which it would reach.

The order is the outbox's: ledger by ledger as configured (or as --ledger names them), in each by
priority, then what has waited longest. Limits take the first so many and leave the rest for
later runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncer.flow.worker import LedgerSetup, Mode, RunOptions, Worker
from syncer.model.counts import count_text
from syncer.model.effect import Effect, EffectState
from syncer.ports import OutboxFilter

WAITING_MAX = 100_000  # reminders of earlier runs whose own place in the queue is looked up
RULE = (
    "In each ledger first-time customers with a large debt come first, then the larger amounts (by "
    "number of digits), then the longest overdue"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Where each contact stands in the queue of its ledger."""

    ledgers: Sequence[LedgerSetup]
    waiting: Mapping[str, Effect]

    def place(self, effect: Effect) -> tuple[int, int, str, str]:
        """Sort key. What waits already keeps the place that it was given."""
        queued = self.waiting.get(effect.key, effect)
        names = [setup.name for setup in self.ledgers]
        at = names.index(effect.ledger) if effect.ledger in names else len(names)
        return at, -queued.priority, queued.planned_on.isoformat(), effect.key

    def reached(self, sorted_keys: Sequence[tuple[str, str]], limit: int | None) -> set[str]:
        """The keys that one run sends, of (ledger, key) pairs in order.

        ``limit`` is shared by the ledgers that send; where none does yet, by all of them.
        """
        sending = {one.name for one in self.ledgers if one.mode is Mode.LIVE}
        sharing = sending or {one.name for one in self.ledgers}
        left = {one.name: one.sends_max for one in self.ledgers}
        taken: set[str] = set()
        for ledger, key in sorted_keys:
            own = left.get(ledger)
            if own == 0 or (limit == 0 and ledger in sharing):
                continue
            taken.add(key)
            if own is not None:
                left[ledger] = own - 1
            if limit is not None and ledger in sharing:
                limit -= 1
        return taken


def order_of(worker: Worker, options: RunOptions, keys: set[str]) -> Order:
    """The order in which this worker would send the effects with these keys."""
    named = {setup.name: setup for setup in worker.ledgers}
    ledgers = [named[name] for name in options.ledgers] if options.ledgers else worker.ledgers
    waiting: dict[str, Effect] = {}
    for setup in ledgers if options.command == "plan" else ():
        query = OutboxFilter(ledger=setup.name, states=(EffectState.PENDING,), limit=WAITING_MAX)
        waiting |= {one.key: one for one in worker.store.effects(query) if one.key in keys}
    return Order(ledgers, waiting)


def footer(contacts: int, later: int, ledgers: int) -> str:
    """How to read the order, under the table."""
    shared = (
        " A run goes through the ledgers in the order of the table; --max-sends is used up in it."
        if ledgers > 1
        else ""
    )
    said = f"This is the order of sending. {RULE}.{shared}" if contacts > 1 else ""
    rest = (
        f" {count_text(later, 'more contact')} would wait for a later run: --max-sends or "
        "sends_max allows no more in one."
        if later
        else ""
    )
    return f"{said}{rest}".strip()
