"""Shapes a run's result for showing: outcomes by group, and whether they reconcile.

Pure; amounts of two currencies are never summed.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncer.model.counts import count_text
from syncer.model.decision import Code
from syncer.model.money import ZERO, money_text
from syncer.model.run import Asked, AskTotal, Fate, LedgerResult, LedgerStatus, OutcomeTotal
from syncer.report.words import WAITING_STEP, Group, group_of, sentence

SENT = (Fate.SENT, Fate.WOULD)
_MARKS_MAX = 8  # on one letter; no spelling needs as many


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome code in one currency."""

    code: str
    sentence: str
    currency: str
    items: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Check:
    """Outcomes against the ledger's own open total, in one currency."""

    currency: str
    items: int
    outcomes: Decimal
    ledger: Decimal

    @property
    def difference(self) -> Decimal:
        """Zero when every cent has an outcome."""
        return self.outcomes - self.ledger


def rows_of(result: LedgerResult, group: Group) -> tuple[Row, ...]:
    """The rows of one group, largest amounts first inside each currency."""
    chosen = [one for one in result.outcomes if group_of(one.code) is group]
    chosen.sort(key=lambda one: (one.currency, -abs(one.amount), one.code))
    return tuple(
        Row(one.code, sentence(one.code), one.currency, one.items, one.amount) for one in chosen
    )


def checks_of(result: LedgerResult) -> tuple[Check, ...]:
    """One check per currency that either side knows; empty when nothing was decided, or when
    only the accounts of a selection were.
    """
    if result.narrowed or not (result.outcomes or result.open_totals):
        return ()
    ledger = dict(result.open_totals)
    currencies = sorted({one.currency for one in result.outcomes} | set(ledger))
    return tuple(
        Check(
            currency=currency,
            items=sum(one.items for one in _of(result.outcomes, currency)),
            outcomes=sum((one.amount for one in _of(result.outcomes, currency)), ZERO),
            ledger=ledger.get(currency, ZERO),
        )
        for currency in currencies
    )


def open_items(result: LedgerResult) -> int:
    """How many open items got an outcome: all of the ledger, unless the run was narrowed."""
    return sum(one.items for one in result.outcomes)


def due_now(result: LedgerResult, currency: str) -> Decimal:
    """Overdue and owed: less credits, less what is held; whether its step is due today or not."""
    known = _of(result.outcomes, currency)
    return sum([one.asked for one in known if one.code in WAITING_STEP or _contact(one)], ZERO)


def asked_for(result: LedgerResult, currency: str, what: Asked) -> Decimal:
    """What the messages of this kind that went out ask for; in a plan, those that would."""
    wanted = [one for one in result.asks if one.currency == currency and one.what is what]
    return sum([one.amount for one in wanted if one.fate in SENT], ZERO)


def not_sent(result: LedgerResult, currency: str) -> tuple[AskTotal, ...]:
    """What messages that are due would ask for and this run does not send, by kind and why."""
    return tuple([one for one in result.asks if one.currency == currency and one.fate not in SENT])


def held_back(result: LedgerResult, currency: str) -> Decimal:
    """What is held as a whole, less credits against it, and held parts of what is asked for.

    What an instalment reminder names is held by its payment plan like the rest of it.
    """
    known = _of(result.outcomes, currency)
    whole = [one.amount + one.credits for one in known if group_of(one.code) is Group.HELD]
    named = [one.asked for one in known if one.code == Code.INSTALMENT_DUE]
    return sum([*whole, *named, *(one.held for one in known)], ZERO)


def _contact(one: OutcomeTotal) -> bool:
    return group_of(one.code) is Group.CONTACT


def reconciles(result: LedgerResult) -> bool:
    """Whether every check of the ledger closes to the cent."""
    return all(check.difference == 0 for check in checks_of(result))


def false_chase_rate(results: Iterable[LedgerResult]) -> str:
    """Share of the messages looked at that asked for what had been paid, as "0.025"; "" = none."""
    made = false = 0
    for one in results:
        made, false = made + one.chases, false + one.false_chases
    return str((Decimal(false) / made).quantize(Decimal("0.001"))) if made else ""


def items_in(result: LedgerResult, group: Group) -> int:
    """How many open items ended in this group."""
    return sum(row.items for row in rows_of(result, group))


def amount_text(amount: Decimal, currency: str) -> str:
    """For people of ours: "1,234.50 EUR", as ``explain`` says it too."""
    return money_text(amount, currency)


def printable(text: str) -> str:
    """``text`` on one line without control characters: it cannot move a terminal's cursor.

    Nor can marks heaped on one letter reach into the lines above and below.
    """
    if text.isascii() and text.isprintable():
        return text
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_MAX:
            kept.append(char if char.isprintable() else " ")
    return "".join(kept)


def waiting_sentences(results: Sequence[LedgerResult]) -> tuple[str, ...]:
    """What needs a person, one sentence each; empty when nothing does."""
    return tuple(printable(text) for result in results for text in _waiting(result))


def _waiting(result: LedgerResult) -> Iterable[str]:
    name = result.ledger
    if result.error and result.status is not LedgerStatus.LIMITED:
        yield f"{name}: {result.error}"
    for warning in result.warnings:
        yield f"{name}: {warning}."
    if result.uncertain:
        yield (
            f"{name}: {count_text(result.uncertain, 'message')} may or may not have gone out. "
            "Look into the mailbox, then confirm or discard it: syncer outbox list."
        )
    if result.rejected:
        refused = count_text(result.rejected, "message or note", "messages or notes")
        yield f"{name}: {refused} refused for good; see syncer outbox list."
    earlier = result.waiting - result.uncertain - result.rejected
    if earlier > 0:
        yield (
            f"{name}: {count_text(earlier, 'message')} of earlier runs still to settle; "
            "see syncer outbox list."
        )
    if result.approvals:
        waiting = count_text(result.approvals, "contact waits", "contacts wait")
        yield (
            f"{name}: {waiting} for approval. Look with syncer outbox list, let one go with "
            "syncer outbox approve ID."
        )
    if result.quarantined:
        yield (
            f"{name}: {count_text(result.quarantined, 'record')} could not be read; "
            "the customers concerned are held."
        )
    for check in checks_of(result):
        if check.difference:
            yield (
                f"{name}: outcomes and ledger differ by "
                f"{amount_text(check.difference, check.currency)}; please report this."
            )


def _of(outcomes: Sequence[OutcomeTotal], currency: str) -> list[OutcomeTotal]:
    return [one for one in outcomes if one.currency == currency]
