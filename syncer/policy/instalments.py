"""A word before an instalment of a payment plan: its day and its amount, and nothing else.

Only while the plan is kept and nothing overdue is left to ask for, once for each instalment, and
not behind its day. What has come for it already is not asked for again. All the rest of what the
plan is about stays held, so that the message asks for no more than this one part.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from syncer.model.agreement import Instalment
from syncer.model.decision import AccountSnapshot, Action, Code, Line, Reason
from syncer.model.hold import Hold
from syncer.model.ledger import OpenItem
from syncer.model.money import ZERO, total
from syncer.policy.agreements.kept import Standing as PlanStanding
from syncer.policy.agreements.kept import State, has_instalments, standing
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.speaking import speaking
from syncer.policy.beside import INSTALMENT, NUMBER, occasion
from syncer.policy.case import Case, Verdict
from syncer.policy.charges.waived import waived
from syncer.policy.finding import Finding, days
from syncer.policy.holding import Part, held_parts, hold_reason, in_force
from syncer.policy.ladder import contact_key
from syncer.policy.position import Book, line_of
from syncer.policy.text import amount_text


def coming_instalment(case: Case) -> Verdict | None:
    """The reminder that is due, or None. Whether it may go out today is judged elsewhere."""
    rules, today = case.rules.policy.agreements, case.context.today
    if rules.remind_instalment is None:
        return None
    for hold, found in _plans(case.snapshot, rules, today):
        part = found.following
        if part is None or found.progress.currency != case.book.currency:
            continue
        begins = part.due_on - timedelta(days=rules.remind_instalment)
        if not begins <= today <= part.due_on or _reminded(case, hold, part.due_on):
            continue
        verdict = _verdict(case, hold, found, part)
        if verdict is not None:
            return verdict
    return None


def instalment_told(case: Case, verdict: Verdict) -> Finding:
    """The reminder that is due, as a finding."""
    due_on, asked, currency, whole = verdict.reasons[0].args
    ahead = days(case.rules.policy.agreements.remind_instalment or 0)
    return Finding(
        rule="instalment",
        input=f"{whole} {currency} due on {due_on}, {asked} not paid, today {case.context.today}",
        comparison=f"from {ahead} before its day, once, while nothing else is asked for",
        verdict="is due",
    )


def _plans(
    snapshot: AccountSnapshot, rules: Agreements, today: date
) -> list[tuple[Hold, PlanStanding]]:
    """The plans that are kept so far, by the day of what comes next."""
    found = [
        (hold, how)
        for hold in snapshot.holds
        if has_instalments(hold) and hold.starts_on <= today
        for how in (standing(hold, snapshot, rules, today),)
        if how.state is State.OPEN and how.following is not None
    ]
    return sorted(found, key=lambda one: (_due(one[1]), one[0].hold_id))


def _due(found: PlanStanding) -> date:
    return found.following.due_on if found.following is not None else date.max


def _key(case: Case, hold: Hold, due_on: date) -> str:
    return contact_key(
        ledger=case.snapshot.ledger,
        account_id=case.snapshot.account.account_id,
        currency=case.book.currency,
        episode=hold.hold_id,
        step=occasion(due_on),
    )


def _reminded(case: Case, hold: Hold, due_on: date) -> bool:
    key = _key(case, hold, due_on)
    return any(contact.key == key for contact in case.contacts)


def _verdict(case: Case, hold: Hold, found: PlanStanding, part: Instalment) -> Verdict | None:
    """The message about what is missing of the instalment; None when nothing is."""
    terms = hold.terms
    parts = terms.instalments if terms is not None else ()
    until_then = total(one.amount for one in parts if one.due_on <= part.due_on)
    # A credit from before the plan fills no instalment (agreements.kept), so none is asked less
    # for it: what it covers of the invoices is taken up first. It is never asked for in the end.
    older = case.book.credit_total - found.progress.waiting
    book, targets = _released(case, hold, found, until_then - found.progress.paid + older)
    asked = total(targets.values()) - book.credit_total
    if asked <= ZERO:
        return None
    carrier = next(item for item in book.invoices if item.item_id in targets)
    args = (
        part.due_on.isoformat(),
        amount_text(asked),
        book.currency,
        amount_text(part.amount),
    )
    return Verdict(
        action=Action.NONE,
        reasons=[Reason(code=Code.INSTALMENT_DUE, args=args)],
        asked=asked,
        targets=targets,
        coming=[],
        carrier=carrier,
        step=INSTALMENT.name,
        step_index=NUMBER,
        episode=hold.hold_id,
        occasion=occasion(part.due_on),
        book=book,
        lines=_lines(book, targets),
    )


def _released(
    case: Case, hold: Hold, found: PlanStanding, wanted: Decimal
) -> tuple[Book, dict[str, Decimal]]:
    """The book with ``wanted`` of what the plan holds no longer held: of its oldest invoices.

    What anything else holds of them stays held.
    """
    policy, book = case.rules.policy, case.book
    agreed = speaking(case.snapshot, policy.agreements, case.context.today)
    others = [one for one in agreed if one.hold_id != hold.hold_id]
    holds = in_force([*others, *waived(case.snapshot, policy.charges)], case.snapshot.items)
    own, today = _without_own_days(book.invoices, hold), case.context.today
    kept = held_parts(own, holds, today=today, only_sent=policy.only_sent)
    released = dict(book.parts)
    targets: dict[str, Decimal] = {}
    for item in book.invoices:
        if item.item_id not in found.progress.item_ids:
            continue
        other = kept.get(item.item_id)
        free = min(wanted, item.open - (other.amount if other is not None else ZERO))
        if free <= ZERO:
            continue
        wanted -= free
        targets[item.item_id] = free
        known = released.get(item.item_id)
        reason = known.reason if known is not None else hold_reason(hold)
        released[item.item_id] = Part(amount=item.open - free, reason=reason)
    held = total(part.amount for part in released.values())
    return msgspec.structs.replace(book, parts=released, held_total=held), targets


def _without_own_days(invoices: Iterable[OpenItem], hold: Hold) -> list[OpenItem]:
    """A day of expected payment that is one of the plan's own holds nothing besides the plan."""
    parts = hold.terms.instalments if hold.terms is not None else ()
    days_of_it = {part.due_on for part in parts}
    return [
        msgspec.structs.replace(item, expected_on=None) if item.expected_on in days_of_it else item
        for item in invoices
    ]


def _lines(book: Book, targets: Iterable[str]) -> tuple[Line, ...]:
    """The invoices that the instalment pays towards, and what is deducted. None counts as late."""
    named = set(targets)
    rows: Sequence[Line] = [
        *(line_of(book, item) for item in book.invoices if item.item_id in named),
        *(line_of(book, item) for item in book.credit_items),
    ]
    return tuple(msgspec.structs.replace(row, days_late=0, early_payment=None) for row in rows)
