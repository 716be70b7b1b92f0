"""Handing a debt to an agency or a lawyer: when it qualifies, and what its file still lacks.

The program never hands over by itself. Its last step gives a person the task; the person does it
and says so, and from then on nobody else writes to that customer.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from syncer.model.decision import AccountSnapshot, Code, Contact, Reason
from syncer.model.ledger import ItemKind, OpenItem, Record
from syncer.model.money import ZERO, money_text
from syncer.policy.case import Case, Verdict
from syncer.policy.position import by_age, days_late, due
from syncer.policy.rules import Ladder, StepChannel


class Unfit(Record, gc=True, kw_only=True, frozen=True):
    """Why a debt does not qualify, and the days on which that may change by itself."""

    reason: Reason
    days: tuple[date, ...]


def not_eligible(case: Case, verdict: Verdict, carrier: OpenItem) -> Unfit | None:
    """Why the step that is due cannot be taken yet, or None: also for any other step."""
    step = case.ladder.steps[verdict.step_index]
    if step.hand_over is None:
        return None
    rules = case.rules.policy.hand_over
    late = days_late(case.book, carrier)
    missing = list(_unmet(case, verdict, late))
    if not missing:
        return None
    old_enough = due(carrier) + timedelta(days=rules.late_at_least)
    days = (old_enough,) if old_enough > case.context.today else ()
    said = "; ".join(missing)
    reason = Reason(code=Code.HAND_OVER_NOT_YET, args=(str(late), step.name, said))
    return Unfit(reason=reason, days=days)


def _unmet(case: Case, verdict: Verdict, late: int) -> Iterator[str]:
    rules = case.rules.policy.hand_over
    if verdict.asked < rules.amount_at_least:
        limit = money_text(rules.amount_at_least, case.book.currency)
        yield f"{money_text(verdict.asked, case.book.currency)} asked, at least {limit} needed"
    if late < rules.late_at_least:
        yield f"{late} days late, at least {rules.late_at_least} needed"
    if rules.late_below is not None and late >= rules.late_below:
        yield f"{late} days late, less than {rules.late_below} needed"
    sent = len(_messages(case.contacts, verdict.episode))
    if sent < rules.messages_at_least:
        yield f"{sent} messages delivered, at least {rules.messages_at_least} needed"
    if rules.undisputed and _disputed(case):
        yield "a part is disputed"


def _messages(contacts: list[Contact], episode: str) -> list[Contact]:
    """What the customer got about this debt: a task is no message."""
    return [
        one
        for one in contacts
        if one.episode == episode and one.settled and one.channel != StepChannel.TASK
    ]


def _disputed(case: Case) -> bool:
    parts = [case.book.parts.get(item.item_id) for item in case.book.overdue]
    return any(part is not None and part.reason.code is Code.DISPUTE for part in parts)


def missing_evidence(
    snapshot: AccountSnapshot, ladder: Ladder, *, currency: str, episode: str, today: date
) -> list[str]:
    """What the file of an account's debt in one currency lacks, in sentences; empty = complete.

    Every step of the ladder before the last was delivered in this episode, each overdue invoice
    has a number and says when it was issued, and it is known where the customer is.
    """
    return [
        *_steps_missing(snapshot, ladder, currency, episode),
        *_documents_missing(snapshot, currency, today),
        *_address_missing(snapshot),
    ]


def _steps_missing(
    snapshot: AccountSnapshot, ladder: Ladder, currency: str, episode: str
) -> Iterator[str]:
    delivered = {
        contact.step
        for contact in snapshot.contacts
        if contact.currency == currency and contact.episode == episode and contact.settled
    }
    for step in ladder.steps:
        if step.before_due is None and step.hand_over is None and step.name not in delivered:
            yield f"step '{step.name}' was not delivered"


def _documents_missing(snapshot: AccountSnapshot, currency: str, today: date) -> Iterator[str]:
    for item in sorted(snapshot.items, key=by_age):
        overdue = item.due_on is not None and item.due_on < today and item.open > ZERO
        if item.kind is not ItemKind.INVOICE or item.currency != currency or not overdue:
            continue
        if not item.number:
            yield f"the invoice due on {item.due_on} has no number"
        if item.issued_on is None:
            yield f"invoice {item.number or item.item_id} does not say when it was issued"


def _address_missing(snapshot: AccountSnapshot) -> Iterator[str]:
    account = snapshot.account
    if not any(person.email for person in account.people):
        yield "the customer has no address"
    if not account.country:
        yield "the customer's country is not known"
