"""What the messages of a run ask for, and what was planned and did not leave in it, for the report.

Asked is what a delivered message itself said, by the guard's figures. What did not leave is looked
for in the outbox: it waits for approval, was put off, or is left for a later run.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from syncer.flow.approval import pending, waits
from syncer.model.effect import Effect, EffectKind
from syncer.model.money import ZERO
from syncer.model.run import Asked, AskTotal, Fate
from syncer.policy.beside import INSTALMENT
from syncer.policy.rules import Policy
from syncer.ports import Store


class AskSums:
    """Sums by what was asked for, what became of it, and currency. Nothing asked counts nowhere."""

    def __init__(self) -> None:
        self._sums: defaultdict[tuple[Asked, Fate, str], tuple[int, Decimal]] = defaultdict(
            lambda: (0, ZERO)
        )
        self.to_approve: list[Effect] = []  # of a plan: whether somebody did is asked at its end

    def add(self, effect: Effect, policy: Policy, fate: Fate) -> None:
        """One message; a thank-you asks for nothing."""
        if effect.amount:
            self.put(what_of(effect, policy), fate, effect.currency, 1, effect.amount)

    def put(self, what: Asked, fate: Fate, currency: str, messages: int, amount: Decimal) -> None:
        """So many more messages, of so much in all."""
        known, before = self._sums[what, fate, currency]
        self._sums[what, fate, currency] = (known + messages, before + amount)

    def would(self, effects: Iterable[Effect], policy: Policy) -> None:
        """Contacts of a plan."""
        for one in effects:
            if waits(one):
                self.to_approve.append(one)
            else:
                self.add(one, policy, Fate.WOULD)

    def totals(self) -> tuple[AskTotal, ...]:
        """In a fixed order."""
        return tuple(
            [
                AskTotal(what=what, fate=fate, currency=currency, messages=messages, amount=amount)
                for (what, fate, currency), (messages, amount) in sorted(self._sums.items())
            ]
        )


def left_for_later(
    asks: Iterable[AskTotal], effects: Iterable[Effect], policy: Policy
) -> tuple[AskTotal, ...]:
    """The same totals of a plan, with what a limit leaves for later runs told apart."""
    sums = AskSums()
    for one in asks:
        sums.put(one.what, one.fate, one.currency, one.messages, one.amount)
    for effect in effects:
        if effect.amount and not waits(effect):
            what = what_of(effect, policy)
            sums.put(what, Fate.WOULD, effect.currency, -1, -effect.amount)
            sums.put(what, Fate.WOULD_LATER, effect.currency, 1, effect.amount)
    return tuple([one for one in sums.totals() if one.messages])


def what_of(effect: Effect, policy: Policy) -> Asked:
    """Whether it asks for what is overdue, or names what comes due."""
    if effect.step == INSTALMENT.name:
        return Asked.INSTALMENT
    at = effect.step_index
    steps = [ladder.steps[at] for ladder in policy.ladders if 0 <= at < len(ladder.steps)]
    ahead = any(one.name == effect.step and one.before_due is not None for one in steps)
    return Asked.HEADS_UP if ahead else Asked.REMINDER


def not_sent(
    store: Store,
    ledger: str,
    policy: Policy,
    sums: AskSums,
    *,
    wanted: Callable[[Effect], bool] | None,
    put_off: Iterable[str],
    now: datetime,
) -> None:
    """Add what this run planned and did not send, by why. ``put_off`` are keys."""
    later = set(put_off)
    for effect in pending(store, ledger):
        if effect.kind not in (EffectKind.REMINDER, EffectKind.TASK) or not effect.step:
            continue
        if wanted is None or wanted(effect):
            sums.add(effect, policy, _fate(effect, later, now))


def _fate(effect: Effect, put_off: set[str], now: datetime) -> Fate:
    if waits(effect):
        return Fate.APPROVAL
    later = effect.not_before is not None and effect.not_before > now
    return Fate.PUT_OFF if later or effect.key in put_off else Fate.LATER


def would_wait(store: Store, ledger: str, policy: Policy, sums: AskSums) -> None:
    """Add contacts of a plan that ask for approval; what somebody approved waits no more."""
    if not sums.to_approve:
        return
    asked = {one.key for one in sums.to_approve}
    let_go = {one.key for one in pending(store, ledger) if one.key in asked and not waits(one)}
    for one in sums.to_approve:
        sums.add(one, policy, Fate.WOULD if one.key in let_go else Fate.WOULD_APPROVAL)
