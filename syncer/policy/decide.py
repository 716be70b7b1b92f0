"""The policy's one question: does this account need contact today, and why (not)?

``decide`` is pure: the same snapshot, policy and context give the same decisions, whatever
the order of their tuples. It neither sends nor stores; the flow does that with what it says.
"""

from datetime import date, timedelta

from syncer.model.decision import (
    AccountSnapshot,
    Action,
    Code,
    Decision,
    ItemOutcome,
    LedgerContext,
    Reason,
)
from syncer.model.ledger import OpenItem
from syncer.model.money import ZERO
from syncer.policy.calendar import first_open_day
from syncer.policy.case import Case, Verdict
from syncer.policy.compiled import ReadyPolicy, ready
from syncer.policy.digest import ground_digest, inputs_digest
from syncer.policy.gather import gather
from syncer.policy.judge import judge
from syncer.policy.ladder import contact_key, step_at
from syncer.policy.position import Book, days_late, position, statement, to_base
from syncer.policy.quiet import for_debtor
from syncer.policy.restraint import gap_days
from syncer.policy.rules import Policy
from syncer.policy.thanking import thank
from syncer.policy.treatment import priority

_CONTACT = Action.CONTACT  # bound once: to name a member costs more than to compare it


def ground_of(policy: Policy, context: LedgerContext) -> bytes:
    """Fingerprint of all that ``decide`` is given besides the snapshot.

    While it and the snapshot are the same, ``decide`` says the same word for word.
    """
    return ground_digest(policy, ready(policy).version, context)


def decide(
    snapshot: AccountSnapshot, policy: Policy, context: LedgerContext
) -> tuple[Decision, ...]:
    """One decision per currency in which anything is open, sorted by currency code.

    At most one of them is a contact: an account gets one step a day. Every open item has
    exactly one outcome, and the outcomes add up to the account's signed open total. Where the
    snapshot tells what was closed lately, that currency has a decision, too: it may be thanked for.
    Raises ConfigError for a policy that ``check.problems`` would have refused.
    """
    rules = ready(policy)
    cases = gather(snapshot, rules, context)
    judged = [(case, judge(case)) for case in cases]
    if snapshot.closed:
        thank(judged)
    _one_contact(judged)
    digest = _digest(snapshot, cases, rules, context)
    return tuple([_decision(case, verdict, digest) for case, verdict in judged])


def _digest(
    snapshot: AccountSnapshot, cases: list[Case], rules: ReadyPolicy, context: LedgerContext
) -> str:
    """Only a policy with segments can move an account; else its digest needs no cases."""
    moved = cases if rules.policy.segments else []
    segments = [case.segment.name if case.segment else "" for case in moved]
    return inputs_digest(snapshot, rules.version, context, segments)


def _one_contact(judged: list[tuple[Case, Verdict]]) -> None:
    """Let the most pressing currency go first; the others wait for their turn."""
    if len(judged) < 2:
        return
    due = [pair for pair in judged if pair[1].action is _CONTACT]
    if len(due) < 2:
        return
    first, _ = min(due, key=lambda pair: _pressing(*pair))
    for case, verdict in due:
        if case is first:
            continue
        reason = Reason(code=Code.OTHER_CURRENCY_FIRST, args=(first.book.currency,))
        account = case.snapshot.account
        restraint = for_debtor(case.rules.policy.restraint, account.country, account.region)
        again = case.context.today + timedelta(days=gap_days(restraint))
        verdict.action = Action.HOLD
        verdict.reasons = [reason, *verdict.reasons]
        verdict.next_look_on = first_open_day(restraint, again)


def _pressing(case: Case, verdict: Verdict) -> tuple[bool, date, int, object, str]:
    """Sort key: what is late before what only falls due; the currency that was not written in
    for longest, so that none waits for ever; most days late; the larger amount (in base
    currency where a rate is known); the currency code.
    """
    late = days_late(case.book, verdict.carrier) if verdict.carrier is not None else 0
    last = max([contact.on for contact in case.contacts], default=date.min)
    value = to_base(verdict.asked, case.book, case.base)
    amount = verdict.asked if value is None else value
    return (late <= 0, last, -late, -amount, case.book.currency)


def _decision(case: Case, verdict: Verdict, digest: str) -> Decision:
    contact = verdict.action is _CONTACT
    snapshot, book = case.snapshot, verdict.book or case.book
    key, rank, lines = "", 0, verdict.lines
    if contact:
        key = contact_key(
            ledger=snapshot.ledger,
            account_id=snapshot.account.account_id,
            currency=book.currency,
            episode=verdict.episode,
            step=verdict.occasion or step_at(verdict.step, verdict.time),
        )
        lines = statement(book, verdict.coming) if lines is None else lines
    if contact and verdict.carrier is not None:
        rank = priority(
            book,
            verdict.asked,
            late=days_late(book, verdict.carrier),
            large_first=verdict.large_first,
            base=case.base,
        )
    return Decision(
        account_id=snapshot.account.account_id,
        currency=book.currency,
        action=verdict.action,
        reasons=tuple(verdict.reasons),
        position=position(book, verdict.asked),
        outcomes=_outcomes(book, verdict),
        lines=lines or () if contact else (),
        segment=case.segment.name if case.segment is not None else "",
        ladder=case.ladder.ladder.name,
        step=verdict.step,
        step_index=verdict.step_index,
        episode=verdict.episode,
        key=key,
        priority=rank,
        next_look_on=verdict.next_look_on,
        digest=digest,
    )


def _outcomes(book: Book, verdict: Verdict) -> tuple[ItemOutcome, ...]:
    """One outcome per item: invoices oldest first, then credits."""
    asked_for = verdict.targets
    code = verdict.reasons[0].code
    outcomes = [
        ItemOutcome(
            item_id=item.item_id,
            code=code if item.item_id in asked_for else _unasked(book, item, code),
            amount=item.open,
        )
        for item in book.invoices
    ]
    if book.credit_items:
        outcomes += _credit_outcomes(book, used_all=bool(verdict.targets))
    return tuple(outcomes)


def _unasked(book: Book, item: OpenItem, code: Code) -> Code:
    """Why this invoice is not among those that ``code`` speaks of."""
    if item.open <= ZERO:
        return Code.NOTHING_OPEN
    if code is Code.PARTIAL_FACTS:
        return code
    part = book.parts.get(item.item_id)
    if part is not None and part.reason.code is Code.MARKER_UNREADABLE:
        return Code.MARKER_UNREADABLE  # a person has to mend it, whether anything is due or not
    if item.due_on is None:
        return Code.NO_DUE_DATE
    if item.due_on >= book.today:
        return Code.NOT_DUE
    if part is not None and part.amount >= item.open:
        return part.reason.code
    return Code.COVERED_BY_CREDIT


def _credit_outcomes(book: Book, *, used_all: bool) -> list[ItemOutcome]:
    """Credits pay oldest first; one that pays for nothing yet is unused."""
    used = book.credit_total if used_all else book.credit_total - book.credit_left
    outcomes = []
    for item in book.credit_items:
        code = Code.NETTED if used > 0 else Code.UNUSED_CREDIT
        used -= item.open
        outcomes.append(ItemOutcome(item_id=item.item_id, code=code, amount=-item.open))
    return outcomes
