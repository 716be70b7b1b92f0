"""What stands already beside a hold: entered twice it is refused, and what ends leaves the others.

Why: the same dispute kept twice would take its part twice from what is asked, and "contact may
resume" is false as long as something else still holds the customer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from syncer.cli.hold_checks import open_invoices
from syncer.errors import ConfigError
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import OpenItem
from syncer.model.money import ZERO, money_text, total

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup
    from syncer.ports import Store

GROUP = {
    HoldKind.MANUAL: "hold",
    HoldKind.PLAN: "instalments",
    HoldKind.PROMISE: "promise",
    HoldKind.DISPUTE: "dispute",
    HoldKind.EXCLUDE: "exclude",
}
"""The verb that lists and ends holds of a kind."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What else is kept of one customer, on ``today``."""

    store: "Store"
    setup: "LedgerSetup"
    account_id: str
    today: date

    def running(self, kind: HoldKind) -> list[Hold]:
        """Those of a kind that hold something today or on a later day."""
        known = self.store.holds(self.setup.name, account_id=self.account_id)
        return [one for one in known if one.kind is kind and self._runs(one)]

    def _runs(self, hold: Hold) -> bool:
        from syncer.policy.agreements.kept import State, is_offer, standing
        from syncer.policy.agreements.rules import DisputeOverdue
        from syncer.policy.agreements.speaking import past_deadline

        rules = self.setup.policy.agreements
        if hold.amount == ZERO or is_offer(hold) or (hold.terms is not None and hold.terms.ended):
            return False
        if hold.ends_on is not None and hold.ends_on < self.today:
            stays = rules.dispute_overdue is DisputeOverdue.HOLD
            return stays and past_deadline(hold, self.today)
        snapshot = self.store.peek(self.setup.name, self.account_id)
        if hold.kind is not HoldKind.PROMISE or snapshot is None:
            return True
        return standing(hold, snapshot, rules, self.today).state is State.OPEN

    def invoices(self, item_id: str) -> Sequence[OpenItem]:
        """The open invoice that is meant, or all of the customer's."""
        return open_invoices(self.store, self.setup.name, self.account_id, item_id)

    def told(self, hold: Hold) -> str:
        """One hold in words: id, part, scope and last day."""
        from syncer.policy.agreements.until import last_words

        part = "all" if hold.amount is None else money_text(hold.amount, hold.currency)
        number = next((one.number for one in self.invoices(hold.item_id)), hold.item_id)
        scope = f"invoice {number}" if hold.item_id else "the customer"
        last = last_words(hold, self.setup.policy.agreements)
        return f"{hold.hold_id} ({part} of {scope}, {last})"


def refuse_twice(beside: Beside, new: Hold) -> None:
    """Raise ConfigError where ``new`` says again, or against it, what stands already."""
    refuse_same(beside, new)
    running = beside.running(new.kind)
    if new.kind is HoldKind.PROMISE:
        other = next((one for one in running if _overlap(one, new)), None)
        if other is not None:
            raise ConfigError(
                f"a promise stands already: {beside.told(other)}; to replace it, end it first "
                f"({_end(other)}) and enter the new one then; several parts with a day each are a "
                "payment plan: syncer instalments accept ... --part DATE=AMOUNT"
            )
    if new.kind is HoldKind.DISPUTE:
        for item_id in dict.fromkeys((new.item_id, "")):
            _refuse_sum(beside, new, running, item_id)


def refuse_same(beside: Beside, new: Hold) -> None:
    """Raise ConfigError where the very same stands already; what stands is named."""
    running = beside.running(new.kind)
    same = next((one for one in running if _identical(one, new, beside.today)), None)
    if same is not None:
        told = f"{beside.told(same)}, {same.reason}"
        raise ConfigError(f"it stands already: {told}; to end it: {_end(same)}")


def _end(hold: Hold) -> str:
    if hold.source is HoldSource.CONFIG:
        return "change it in the configuration, under holds of its ledger"
    return f"syncer {GROUP[hold.kind]} end {hold.hold_id}"


def _identical(one: Hold, new: Hold, today: date) -> bool:
    """Another last day is news of all but a dispute, which would count twice."""
    scope = (one.item_id, one.amount, one.currency) == (new.item_id, new.amount, new.currency)
    words = one.reason.strip().casefold() == new.reason.strip().casefold()
    twice = new.kind is HoldKind.DISPUTE and _meet(one, new, today)
    return scope and words and (twice or one.ends_on == new.ends_on)


def _overlap(one: Hold, new: Hold) -> bool:
    """Whether two promises speak of the same invoice: one at a time."""
    scope = "" in (one.item_id, new.item_id) or one.item_id == new.item_id
    coin = "" in (one.currency, new.currency) or one.currency == new.currency
    return scope and coin


def _meet(one: Hold, new: Hold, today: date) -> bool:
    """Whether a day belongs to both. What runs although its last day is past has no end."""
    after = one.ends_on is not None and today <= one.ends_on < new.starts_on
    before = new.ends_on is not None and new.ends_on < one.starts_on
    return not (after or before)


def _refuse_sum(beside: Beside, new: Hold, running: Iterable[Hold], item_id: str) -> None:
    """The disputes on an invoice, or on all of a customer's, may not pass what is open there."""
    invoices = beside.invoices(item_id)
    own = [one for one in running if _meet(one, new, beside.today) and item_id in ("", one.item_id)]
    if not item_id and not any(one.item_id == "" for one in (*own, new)):
        return  # each invoice is its own limit
    for coin in sorted({one.currency for one in invoices}):
        there = total(one.open for one in invoices if one.currency == coin)
        mine = _taken(new, invoices, coin)
        stands = [one for one in own if _taken(one, invoices, coin) > ZERO]
        before = total(_taken(one, invoices, coin) for one in stands)
        if stands and mine > ZERO and before + mine > there:
            where = f"invoice {invoices[0].number}" if item_id else "the customer's invoices"
            raise ConfigError(
                f"a dispute of {money_text(mine, coin)} is more than is left to dispute: "
                f"{money_text(there, coin)} is open on {where}, and {money_text(before, coin)} of "
                f"it is disputed already, by {', '.join(beside.told(one) for one in stands)}; "
                f"give what is left with --amount, or end what no longer stands: {_end(stands[0])}"
            )


def _taken(hold: Hold, invoices: Iterable[OpenItem], coin: str) -> Decimal:
    """What a dispute takes of the invoices in a currency; all where its own is another one."""
    own = [one for one in invoices if one.currency == coin and hold.item_id in ("", one.item_id)]
    whole = total(one.open for one in own)
    if hold.amount is None or (hold.item_id and hold.currency not in ("", coin)):
        return whole
    return min(hold.amount, whole) if hold.currency in ("", coin) else ZERO


def still_held(beside: Beside, ended: Hold) -> Iterator[str]:
    """What still stands on what a hold was about, once it has ended, each in words."""
    from syncer.policy.agreements.speaking import speaking
    from syncer.policy.agreements.told import expected
    from syncer.policy.holding import active

    snapshot = beside.store.peek(beside.setup.name, beside.account_id)
    if snapshot is None:
        return
    about = _about(ended)
    spoken = (
        *speaking(snapshot, beside.setup.policy.agreements, beside.today),
        *expected(snapshot),
    )
    named: set[str] = set()
    for one in spoken:
        if one.hold_id in named or one.amount == ZERO or one.hold_id == ended.hold_id:
            continue
        if active(one, beside.today) and about(one):
            named.add(one.hold_id)
            of_ledger = one.source is HoldSource.LEDGER
            yield f"{one.reason} (in the ledger)" if of_ledger else beside.told(one)
    for item in beside.invoices(ended.item_id):
        if item.stop is not None:
            yield f"{item.number} ({item.stop.replace('_', ' ')} in the ledger)"


def _about(ended: Hold) -> Callable[[Hold], bool]:
    def about(one: Hold) -> bool:
        return "" in (one.item_id, ended.item_id) or one.item_id == ended.item_id

    return about
