"""Why an account is contacted, or not: every rule with its input, comparison and verdict.

Nothing is decided here. The findings are computed by the same functions the decision uses,
so that the explanation cannot tell another story.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial

from syncer.model.counts import count_text
from syncer.model.decision import AccountSnapshot, Action, Decision, LedgerContext, Reason
from syncer.model.ledger import EarlyPayment, OpenItem
from syncer.model.money import money_text
from syncer.policy.agreements.offers_told import offer_findings
from syncer.policy.beside import INSTALMENT
from syncer.policy.case import Case, Verdict, broken_word
from syncer.policy.compiled import ANY_CURRENCY, ready
from syncer.policy.episode import in_flight, stage
from syncer.policy.finding import PASSES, Finding, days, told
from syncer.policy.gather import gather
from syncer.policy.handover_told import hand_over_findings
from syncer.policy.instalments import instalment_told
from syncer.policy.judge import (
    judge,
    partial_facts,
    pick_step,
    standing_reason,
    timing_of,
)
from syncer.policy.mandate import pays_by_debit
from syncer.policy.on_the_day import on_the_day
from syncer.policy.position import days_late, offered, position, to_base
from syncer.policy.rules import Policy
from syncer.policy.segment import names_amounts
from syncer.policy.sentences import english
from syncer.policy.text import amount_text, day_text
from syncer.policy.thanking import thanks_told
from syncer.policy.treatment import below_minimum, small_until

DOES_NOT_APPLY = "does not apply"


def sentence(reason: Reason, *, locale: str = "en") -> str:
    """A plain sentence for a reason. English is the only language so far and the fallback."""
    del locale  # part of the contract; translations add a table beside ENGLISH
    return english(reason)


def explain(
    decision: Decision, snapshot: AccountSnapshot, policy: Policy, context: LedgerContext
) -> list[Finding]:
    """Every rule that was looked at for the decision's currency, in the order of the rules.

    Call it with what ``decide`` was given. A currency with nothing open gives one finding.
    """
    cases = gather(snapshot, ready(policy), context)
    for case in cases:
        if case.book.currency == decision.currency:
            verdict = judge(case)
            return [
                *_facts(case),
                *_items(case),
                *offer_findings(snapshot, case.book.currency, context.today),
                *_steps(case, verdict),
                *hand_over_findings(case, verdict),
                *on_the_day(case, verdict),
                *thanks_told(case, cases),
                _result(decision),
            ]
    return [_result(decision)]


def _facts(case: Case) -> list[Finding]:
    unread = partial_facts(case)
    count = 0 if unread is None else int(unread.args[0])
    segment = case.segment.name if case.segment is not None else "none fits"
    used = "excluded" if case.segment and case.segment.exclude else case.ladder.ladder.name
    return [
        told("complete facts", count_text(count, "unreadable record"), "must be 0", unread),
        told(
            "account state",
            _marks(case),
            "not archived, merged, marked do-not-chase, on direct debit or excluded",
            standing_reason(case),
        ),
        Finding(
            rule="segment",
            input=f"segment: {segment}",
            comparison="first segment whose conditions all hold",
            verdict=f"ladder: {used}",
        ),
        *_converted(case),
    ]


def _converted(case: Case) -> Iterator[Finding]:
    """What the limits of segments were compared with, where the debt is in another currency."""
    book, base = case.book, case.base
    segments = case.rules.policy.segments
    if book.currency == base or not any(names_amounts(one.when) for one in segments):
        return
    net = position(book, book.asked).net
    asked, owed = to_base(book.asked, book, base), to_base(net, book, base)
    verdict = "the ledger gives no rate, so a segment that names an amount does not fit"
    if asked is not None and owed is not None:
        verdict = f"by the ledger's rate {money_text(asked, base)}, {money_text(owed, base)}"
    money = _money_of(case)
    yield Finding(
        rule="segment amounts",
        input=f"overdue {money(book.asked)}, net {money(net)}",
        comparison=f"limits of segments are in {base}",
        verdict=verdict,
    )


def _marks(case: Case) -> str:
    """What the ledger or the policy says about the account as a whole."""
    account = case.snapshot.account
    marks = [
        said
        for said, holds in (
            ("archived", account.archived),
            ("merged", bool(account.merged_into)),
            ("do-not-chase", account.do_not_chase),
            ("direct debit", pays_by_debit(account, case.rules.policy.direct_debit)),
            ("in an excluded segment", case.segment is not None and case.segment.exclude),
        )
        if holds
    ]
    return f"marks: {', '.join(marks) or 'none'}"


def _money_of(case: Case) -> Callable[[Decimal], str]:
    """How amounts of the case's currency are told."""
    return partial(money_text, currency=case.book.currency)


def _offer(case: Case, item: OpenItem, offer: EarlyPayment) -> Finding:
    """What is off for who pays early never lowers what is asked: it is only told."""
    told = offered(case.book, item) is not None
    return Finding(
        rule="early payment",
        input=f"invoice {item.number}: {_money_of(case)(offer.amount)} off",
        comparison=f"until {day_text(offer.until)}, on an invoice that is asked for whole",
        verdict="told in messages; asked in full" if told else "not told any more",
    )


def _items(case: Case) -> list[Finding]:
    book, money = case.book, _money_of(case)
    findings = [
        Finding(
            rule="position",
            input=(
                f"open {money(book.open_total)}, overdue {money(book.overdue_total)}, "
                f"held {money(book.held_total)}, credits {money(book.credit_total)}"
            ),
            comparison="overdue, less its held parts, less credits; never below zero",
            verdict=f"asked: {money(book.asked)}",
        )
    ]
    for item in book.invoices:
        part = book.parts.get(item.item_id)
        if part is not None:
            findings.append(
                Finding(
                    rule="hold",
                    input=f"invoice {item.number}: {money(part.amount)} held",
                    comparison=f"of {money(item.open)} open",
                    verdict=part.said,
                )
            )
        if item.early_payment is not None:
            findings.append(_offer(case, item, item.early_payment))
    return findings


def _steps(case: Case, verdict: Verdict) -> list[Finding]:
    findings = [_minimum(case, verdict)]
    if verdict.carrier is None:
        return findings
    item_ids = {item.item_id for item in case.book.overdue} or set(verdict.targets)
    pending = in_flight(case.contacts, verdict.episode, item_ids)
    findings.append(
        Finding(
            rule="in flight",
            input=pending.key if pending is not None else "no unsettled message",
            comparison="an unsettled message of this episode stops the next",
            verdict=PASSES if pending is None else "waits until it is settled",
        )
    )
    if verdict.step == INSTALMENT.name:
        findings.append(instalment_told(case, verdict))
    elif verdict.coming:
        findings.append(_heads_up(case, verdict))
    else:
        findings += _overdue_step(case, verdict, verdict.carrier)
    return findings


def _minimum(case: Case, verdict: Verdict) -> Finding:
    own = case.rules.minimum.get(case.book.currency)
    limit = case.rules.minimum.get(ANY_CURRENCY) if own is None else own
    asked = money_text(verdict.asked, case.book.currency)
    if limit is None or verdict.asked <= 0:
        return Finding(
            rule="minimum", input=asked, comparison="nothing to compare", verdict=DOES_NOT_APPLY
        )
    if own is None and to_base(verdict.asked, case.book, case.base) is None:
        return Finding(
            rule="minimum",
            input=asked,
            comparison=money_text(limit, case.base),
            verdict="the ledger gives no rate, so the minimum is not applied",
        )
    currency = case.base if own is None else case.book.currency
    reason = below_minimum(case.rules, case.book, verdict.asked, base=case.base)
    return told("minimum", asked, f"at least {money_text(limit, currency)}", reason)


def _heads_up(case: Case, verdict: Verdict) -> Finding:
    step = case.ladder.steps[verdict.step_index]
    return Finding(
        rule="heads-up",
        input=f"due on {day_text(verdict.coming[0].due_on)}, today {case.context.today}",
        comparison=f'step "{step.name}" from {days(step.before_due or 0)} before due',
        verdict="is due",
    )


def _number(case: Case, item_id: str) -> str:
    """The number of an invoice that is open; else the ledger's id, which is all that is left."""
    return next((one.number for one in case.snapshot.items if one.item_id == item_id), item_id)


def _overdue_step(case: Case, verdict: Verdict, carrier: OpenItem) -> list[Finding]:
    overdue_ids = {item.item_id for item in case.book.overdue}
    where = stage(case.contacts, case.ladder, overdue_ids)
    timing = timing_of(case, carrier, last_on=where.last_on, large_first=verdict.large_first)
    pick = pick_step(case, where.reached, timing)
    late = days_late(case.book, carrier)
    taken = case.ladder.steps[where.reached].name if 0 <= where.reached < _size(case) else "none"
    findings = [
        Finding(
            rule="episode",
            input=f"episode {_number(case, where.episode) or 'none yet'}, last step {taken}",
            comparison="lives while an invoice it named is still overdue",
            verdict=f"next step: {verdict.step or 'none left'}",
        )
    ]
    if pick.index >= 0:
        findings.append(_step_day(case, pick.on, carrier, late))
    if (word := broken_word(case)) is not None:
        findings.append(told("kept word", f"since {word.on}", "until a step", word.reason))
    if timing.usual_late is not None:
        findings.append(
            Finding(
                rule="habit",
                input=f"usually {days(timing.usual_late)} late, now {late}",
                comparison=f"patience of up to {days(timing.patience)} for the first step",
                verdict="within the habit" if late <= timing.usual_late else "beyond the habit",
            )
        )
    personal = case.rules.policy.personal
    if personal.first_time_large is not None:
        findings.append(
            Finding(
                rule="large first debt",
                input="first-time customer" if case.history.first_time else "has paid before",
                comparison=f"at least {money_text(personal.first_time_large, case.base)}",
                verdict="step comes sooner" if verdict.large_first else DOES_NOT_APPLY,
            )
        )
    if personal.small_share is not None:
        money = _money_of(case)
        given = f"asked {money(case.book.asked)}, settled in a year {money(case.history.turnover)}"
        reason = small_until(personal, case.history, case.book, late)
        below = f"below a share of {amount_text(personal.small_share)} it waits"
        findings.append(told("small overdue", given, below, reason))
    return findings


def _size(case: Case) -> int:
    return len(case.ladder.steps)


def _step_day(case: Case, on: date, carrier: OpenItem, late: int) -> Finding:
    return Finding(
        rule="step day",
        input=f"invoice {carrier.number}, {days(late)} late, today {case.context.today}",
        comparison=f"on or after {on.isoformat()}",
        verdict=PASSES if on <= case.context.today else "not yet",
    )


def _result(decision: Decision) -> Finding:
    look = day_text(decision.next_look_on)
    given = "; ".join(reason.code.value for reason in decision.reasons)
    verdicts = {
        Action.CONTACT: f"contact: {english(decision.reasons[0])}",
        Action.HOLD: f"held: {english(decision.reasons[0])}",
        Action.NONE: f"no contact: {english(decision.reasons[0])}",
    }
    return Finding(
        rule="result",
        input=given,
        comparison=f"may change by itself on {look}" if look else "changes only with new facts",
        verdict=verdicts[decision.action],
    )
