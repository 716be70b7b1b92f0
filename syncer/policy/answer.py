"""Why one open item is asked for today, or not: its one outcome code and the sentence behind it."""

from collections.abc import Iterator, Mapping

from syncer.model.decision import (
    AccountSnapshot,
    Code,
    Decision,
    ItemOutcome,
    LedgerContext,
    Reason,
)
from syncer.model.ledger import OpenItem, Record
from syncer.policy.agreements.speaking import speaking
from syncer.policy.charges.waived import waived
from syncer.policy.holding import Part
from syncer.policy.position import books
from syncer.policy.rules import Policy
from syncer.policy.sentences import english
from syncer.policy.text import day_text, item_text


class Answer(Record, kw_only=True, frozen=True):
    """One open item and its outcome; ``amount`` is signed, credits below zero, as text."""

    account_id: str
    account: str
    item_id: str
    number: str
    currency: str
    amount: str
    code: Code
    sentence: str


def answers(
    decision: Decision, snapshot: AccountSnapshot, policy: Policy, context: LedgerContext
) -> Iterator[Answer]:
    """Every open item of the decision's currency, in the order of its outcomes.

    Call it with what ``decide`` was given: then the amounts sum to what is open there.
    """
    items = {item.item_id: item for item in snapshot.items}
    spoken = {reason.code: english(reason) for reason in reversed(decision.reasons)}
    silent = bool(snapshot.holds) or any(one.code not in spoken for one in decision.outcomes)
    held = _held(decision.currency, snapshot, policy, context) if silent else {}
    for outcome in decision.outcomes:
        item = items[outcome.item_id]
        yield Answer(
            account_id=snapshot.account.account_id,
            account=snapshot.account.name,
            item_id=item.item_id,
            number=item_text(item),
            currency=decision.currency,
            amount=str(outcome.amount),
            code=outcome.code,
            sentence=_sentence(outcome, item, spoken, held),
        )


def _sentence(
    outcome: ItemOutcome, item: OpenItem, spoken: Mapping[Code, str], held: Mapping[str, Part]
) -> str:
    """The item's own reason where it has one; else that of the decision; else the code's."""
    own = held.get(item.item_id)
    if own is not None and own.reason.code is outcome.code:
        return own.said
    if outcome.code is Code.NOT_DUE and item.due_on is not None:
        return f"It is due on {day_text(item.due_on)}."
    return spoken.get(outcome.code) or english(Reason(code=outcome.code))


def _held(
    currency: str, snapshot: AccountSnapshot, policy: Policy, context: LedgerContext
) -> dict[str, Part]:
    """Why each held invoice of the currency is held."""
    agreed = speaking(snapshot, policy.agreements, context.today)
    holds = (*agreed, *waived(snapshot, policy.charges))
    found = books(snapshot.items, holds, today=context.today, only_sent=policy.only_sent)
    return {
        item_id: part
        for book in found
        if book.currency == currency
        for item_id, part in book.parts.items()
    }
