"""Every open item of a ledger with its one answer, from the store alone; nothing is written."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from syncer.errors import ConfigError, InvariantError
from syncer.flow.approval import word_on
from syncer.flow.worker import LedgerSetup, Worker
from syncer.model.decision import AccountSnapshot, Decision
from syncer.model.ledger import ItemKind
from syncer.model.money import ZERO
from syncer.model.run import OutcomeTotal
from syncer.policy.answer import Answer, answers
from syncer.policy.decide import decide
from syncer.ports import Selection

_EVERYTHING = Selection()


@dataclass(slots=True)
class Told:
    """The answers of one ledger, by customer, and what they come to."""

    ledger: str
    today: date
    answers: list[Answer] = field(default_factory=list)
    open: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @property
    def totals(self) -> tuple[OutcomeTotal, ...]:
        """Items and signed amounts by currency and code."""
        sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        for one in self.answers:
            sums[one.currency, one.code.value].append(Decimal(one.amount))
        return tuple(
            OutcomeTotal(code=code, currency=currency, items=len(found), amount=sum(found, ZERO))
            for (currency, code), found in sorted(sums.items())
        )


def why(
    worker: Worker, setup: LedgerSetup, *, today: date, selection: Selection = _EVERYTHING
) -> Told:
    """The answers for every open item, or for those of a selection.

    Raises ConfigError for a ledger that was never read, and InvariantError when the answers
    do not come to what is open, to the cent.
    """
    context = worker.store.peek_context(setup.name, today)
    if context is None:
        raise ConfigError(f"ledger '{setup.name}' was never read; run `syncer plan` first")
    told = Told(ledger=setup.name, today=today)
    chosen = _Chosen(worker, setup.name, selection)
    for snapshot in chosen.snapshots():
        for decision in decide(snapshot, setup.policy, context):
            word = word_on(worker.store, decision, setup.policy)
            for answer in answers(decision, snapshot, setup.policy, context):
                if chosen.has(answer):
                    told.answers.append(_with(word, answer, decision))
        for item in snapshot.items:
            sign = 1 if item.kind is ItemKind.INVOICE else -1
            told.open[item.currency] += sign * item.open
    if not chosen.narrowed:
        _refuse_gap(told)
    return told


def _with(word: str, answer: Answer, decision: Decision) -> Answer:
    """The answer with what stands about its approval, where it is one of those asked for."""
    about = any(line.item_id == answer.item_id and line.asked > 0 for line in decision.lines)
    if not word or not about:
        return answer
    return replace(answer, sentence=f"{answer.sentence} Contact: {word}.")


def _refuse_gap(told: Told) -> None:
    decided: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for total in told.totals:
        decided[total.currency] += total.amount
    if dict(decided) != dict(told.open):
        raise InvariantError(
            f"the answers come to {dict(decided)}, open are {dict(told.open)}; please report this"
        )


class _Chosen:
    """Which accounts are read and which of their items are told."""

    def __init__(self, worker: Worker, ledger: str, selection: Selection) -> None:
        self._store, self._ledger, self._items = worker.store, ledger, set(selection.items)
        self._whole = self._accounts(*selection.accounts)
        self._parts = self._accounts(*selection.items)
        self.narrowed = bool(selection.accounts or selection.items)

    def _accounts(self, *texts: str) -> set[str]:
        if not texts:
            return set()
        return {account_id for account_id, _ in self._store.find_account(self._ledger, *texts)}

    def snapshots(self) -> Iterator[AccountSnapshot]:
        """Those with anything open, in the order of account ids."""
        found = self._some() if self.narrowed else self._store.peek_all(self._ledger)
        return (snapshot for snapshot in found if snapshot.items)

    def _some(self) -> Iterator[AccountSnapshot]:
        for account_id in sorted(self._whole | self._parts):
            snapshot = self._store.peek(self._ledger, account_id)
            if snapshot is not None:
                yield snapshot

    def has(self, answer: Answer) -> bool:
        """Whether the item was asked about."""
        if not self.narrowed or answer.account_id in self._whole:
            return True
        return bool(self._items & {answer.item_id, answer.number})
