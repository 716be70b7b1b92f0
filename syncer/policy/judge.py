"""The verdict on one currency of one account, before the other currencies are looked at.

The rules run in one fixed order; the first that speaks decides, and what else held the
contact back on the same day is listed behind it. ``decide`` turns verdicts into decisions.
"""

from collections.abc import Collection
from datetime import date, timedelta

from syncer.model.decision import Action, Code, Reason
from syncer.model.ledger import OpenItem
from syncer.model.money import ZERO
from syncer.policy.agreements.answers import invoices_wanted
from syncer.policy.agreements.raised import sooner
from syncer.policy.beside import BESIDE
from syncer.policy.calendar import missed_stretches
from syncer.policy.case import Case, Verdict, broken_word, coming_due, next_change
from syncer.policy.episode import in_flight, stage
from syncer.policy.first_run import timing_of_old
from syncer.policy.freshness import stale_for
from syncer.policy.handover import not_eligible
from syncer.policy.heads_up import heads_up
from syncer.policy.instalments import coming_instalment
from syncer.policy.ladder import Pick, Timing, next_step
from syncer.policy.mandate import pays_by_debit
from syncer.policy.position import days_late, due
from syncer.policy.restraint import pauses
from syncer.policy.rules import Step, StepChannel
from syncer.policy.text import amount_text, item_text
from syncer.policy.treatment import below_minimum, first_time_large, small_until

_BY_HAND = (StepChannel.TASK, StepChannel.LETTER)


def judge(case: Case) -> Verdict:
    """The verdict on a case."""
    partial = partial_facts(case)
    if partial is not None:
        verdict = _verdict(case)
        verdict.action, verdict.reasons = Action.HOLD, [partial]
        verdict.asked, verdict.targets = ZERO, {}
        return verdict
    carrier = case.book.carrier
    if carrier is not None:
        return _judge_overdue(case, carrier)
    coming = coming_instalment(case) or heads_up(case)
    return _idle(case) if coming is None else _judge_heads_up(case, coming)


def partial_facts(case: Case) -> Reason | None:
    """Records that could not be read, or amounts that make no sense: nothing is asked on them."""
    count = case.snapshot.quarantined
    for item in case.snapshot.items:
        if item.open < ZERO:
            count += 1
    return Reason(code=Code.PARTIAL_FACTS, args=(str(count),)) if count else None


def _verdict(case: Case, carrier: OpenItem | None = None) -> Verdict:
    return Verdict(
        action=Action.NONE,
        reasons=[],
        asked=case.book.asked,
        targets=case.book.left,
        coming=[],
        carrier=carrier,
    )


def _judge_overdue(case: Case, carrier: OpenItem) -> Verdict:
    verdict = _verdict(case, carrier)
    if _standing_hold(case, verdict):
        return verdict
    verdict.large_first = first_time_large(
        case.rules.policy.personal, case.history, case.book, base=case.base
    )
    overdue_ids = {item.item_id for item in case.book.overdue} if case.contacts else set()
    where = stage(case.contacts, case.ladder, overdue_ids)
    timing = timing_of(case, carrier, last_on=where.last_on, large_first=verdict.large_first)
    pick = pick_step(case, where.reached, timing)
    verdict.episode = where.episode or carrier.item_id
    verdict.step_index = pick.index
    if pick.index >= 0:
        verdict.step = case.ladder.steps[pick.index].name
        verdict.time = 1 + where.times(verdict.step)
    if _in_flight(case, verdict, overdue_ids):
        return verdict
    reason, until = _waiting(case, verdict, carrier, pick, timing)
    if reason is not None:
        verdict.reasons = [reason]
        verdict.next_look_on = next_change(case, [until] if until is not None else [])
        return verdict
    unfit = not_eligible(case, verdict, carrier)
    if unfit is not None:
        verdict.reasons, days = [unfit.reason], unfit.days
        verdict.next_look_on = next_change(case, days)
        return verdict
    verdict.reasons = _why(case, verdict, carrier, pick)
    return _momentary(case, verdict, case.ladder.steps[pick.index])


def _judge_heads_up(case: Case, verdict: Verdict) -> Verdict:
    if _standing_hold(case, verdict) or _in_flight(case, verdict, verdict.targets):
        return verdict
    small = below_minimum(case.rules, case.book, verdict.asked, base=case.base)
    if small is not None:
        verdict.reasons = [small]
        verdict.next_look_on = next_change(case)
        return verdict
    step = BESIDE.get(verdict.step) or case.ladder.steps[verdict.step_index]
    return _momentary(case, verdict, step)


def timing_of(case: Case, carrier: OpenItem, *, last_on: date | None, large_first: bool) -> Timing:
    """What moves the steps' days for this position: age, last step, size and habit."""
    personal = case.rules.policy.personal
    habit = case.history.usual_late if personal.habit_grace_max > 0 else None
    passed_until, may_enter = timing_of_old(case, carrier)
    return Timing(
        due_on=due(carrier),
        today=case.context.today,
        last_on=last_on,
        sooner=personal.first_time_sooner if large_first else 0,
        usual_late=habit,
        patience=min(habit, personal.habit_grace_max) if habit else 0,
        passed_until=passed_until,
        may_enter=may_enter,
    )


def pick_step(case: Case, reached: int, timing: Timing) -> Pick:
    """The step after ``reached``, with the catch-up setting applied to every missed stretch.

    After a broken word it is due from the day on which the word was broken.
    """
    policy = case.rules.policy
    gaps = missed_stretches(case.context)
    pick = next_step(case.ladder, reached, timing, policy.catch_up, policy.restraint, gaps)
    return sooner(pick, broken_word(case))


def _waiting(
    case: Case, verdict: Verdict, carrier: OpenItem, pick: Pick, timing: Timing
) -> tuple[Reason | None, date | None]:
    """Why nothing is asked today although something is overdue, and until when."""
    small = below_minimum(case.rules, case.book, verdict.asked, base=case.base)
    if small is not None:
        return small, None
    oldest = item_text(carrier)
    if pick.index < 0 or pick.on > timing.today:
        return _not_yet(verdict, pick, timing, oldest=oldest)
    late = (timing.today - timing.due_on).days
    personal = case.rules.policy.personal
    rides = small_until(personal, case.history, case.book, late)
    if rides is None or broken_word(case) is not None:
        return None, None
    return rides, timing.due_on + timedelta(days=personal.small_until)


def _not_yet(
    verdict: Verdict, pick: Pick, timing: Timing, *, oldest: str
) -> tuple[Reason, date | None]:
    late = str((timing.today - timing.due_on).days)
    on = pick.on.isoformat() if pick.index >= 0 else ""
    until = pick.on if pick.index >= 0 else None
    if pick.skipped:
        missed = (", ".join(pick.skipped), verdict.step, on)
        return Reason(code=Code.MISSED_SKIPPED, args=missed), until
    if until is None:
        return Reason(code=Code.LADDER_DONE, args=(late, oldest)), None
    if pick.plain_on <= timing.today:
        args = (late, str(timing.usual_late), verdict.step, on, oldest)
        return Reason(code=Code.USUAL_LATENESS, args=args), until
    return Reason(code=Code.BETWEEN_STEPS, args=(verdict.step, on, late, oldest)), until


def _why(case: Case, verdict: Verdict, carrier: OpenItem, pick: Pick) -> list[Reason]:
    """The reasons to contact: the step, a large first debt, and lower steps that are left out."""
    late = str(days_late(case.book, carrier))
    asked = amount_text(verdict.asked)
    args = (verdict.step, late, asked, case.book.currency, item_text(carrier))
    step_due = Reason(code=Code.STEP_DUE, args=args)
    over = (", ".join(pick.skipped), verdict.step)
    passed = [Reason(code=Code.PASSED_OVER, args=over)] if pick.skipped else []
    word = broken_word(case)
    if word is not None and pick.usual_on > case.context.today:
        return [word.reason, step_due, *passed]
    if word is not None:
        passed = [word.reason, *passed]
    limit = case.rules.policy.personal.first_time_large
    if not verdict.large_first or limit is None:
        return [step_due, *passed]
    large = Reason(code=Code.FIRST_TIME_LARGE, args=(*args, amount_text(limit), case.base))
    sooner = pick.plain_on > case.context.today
    return [large, *passed] if sooner else [step_due, large, *passed]


def _standing_hold(case: Case, verdict: Verdict) -> bool:
    """Hold the verdict when the whole account is out, whatever its steps."""
    reason = standing_reason(case)
    if reason is None:
        return False
    verdict.action, verdict.reasons = Action.HOLD, [reason]
    return True


def standing_reason(case: Case) -> Reason | None:
    """What keeps the whole account out until somebody changes it in the ledger or the policy."""
    account = case.snapshot.account
    if account.merged_into:
        return Reason(code=Code.MERGED, args=(account.merged_into,))
    if account.archived:
        return Reason(code=Code.ARCHIVED)
    if account.do_not_chase:
        return Reason(code=Code.DO_NOT_CHASE)
    if pays_by_debit(account, case.rules.policy.direct_debit):
        return Reason(code=Code.DIRECT_DEBIT)
    segment = case.segment
    if segment is not None and segment.exclude:
        return Reason(code=Code.EXCLUDED, args=(segment.reason, "", "", segment.name))
    return None


def _in_flight(case: Case, verdict: Verdict, item_ids: Collection[str]) -> bool:
    """Hold the verdict while an earlier message of this episode or about these items is open."""
    pending = in_flight(case.contacts, verdict.episode, item_ids)
    if pending is None:
        return False
    args = (pending.step, pending.on.isoformat(), pending.key)
    verdict.action, verdict.reasons = Action.HOLD, [Reason(code=Code.IN_FLIGHT, args=args)]
    return True


def _momentary(case: Case, verdict: Verdict, step: Step) -> Verdict:
    """A step is due: contact, unless books, address, gap, cap or calendar forbid it today."""
    stale, softened = stale_for(case.rules.policy, case.context, step)
    address = no_address(case, step)
    paused, until = pauses(
        case.rules.policy.restraint,
        case.snapshot,
        case.context.today,
        carrier=verdict.carrier,
        channel=step.channel,
    )
    if stale is None and address is None and not paused:
        verdict.action = Action.CONTACT
        if softened is not None:
            verdict.reasons = [*verdict.reasons, softened]
        if case.snapshot.holds:
            _bring_invoices(case, verdict)
        return verdict
    holds = [reason for reason in (stale, address) if reason is not None]
    verdict.action = Action.HOLD
    verdict.next_look_on = None if holds else until
    verdict.reasons = [*holds, *paused, *verdict.reasons]
    return verdict


def _bring_invoices(case: Case, verdict: Verdict) -> None:
    wanted = invoices_wanted(case.snapshot.holds, case.snapshot.contacts, case.context.today)
    if wanted is not None:
        verdict.reasons = [*verdict.reasons, wanted]


def no_address(case: Case, step: Step) -> Reason | None:
    """Why nobody can be written to for this step, or None. Tasks and letters need no address."""
    people = [person for person in case.snapshot.account.people if person.email]
    for person in people:
        if person.role in step.recipients:
            return None
    if step.channel in _BY_HAND or (people and step.channel is StepChannel.LEDGER_EMAIL):
        return None
    return Reason(code=Code.NO_ADDRESS, args=(", ".join(step.recipients), step.name))


def _idle(case: Case) -> Verdict:
    """Nothing is asked: held, covered, not due, or no invoice at all."""
    book = case.book
    verdict = _verdict(case)
    verdict.next_look_on = next_change(case)
    held = [
        book.parts[item.item_id].reason for item in book.overdue if book.held(item) >= item.open
    ]
    if len(held) < len(book.overdue):
        args = (amount_text(book.credit_total), amount_text(book.overdue_total), book.currency)
        verdict.reasons = [Reason(code=Code.COVERED_BY_CREDIT, args=args)]
    elif held:
        verdict.action = Action.HOLD
    else:
        verdict.reasons = [_nothing_overdue(case)]
    verdict.reasons += dict.fromkeys(held)
    return verdict


def _nothing_overdue(case: Case) -> Reason:
    book = case.book
    coming = [item for item in coming_due(book) if item.open > 0]
    if coming:
        return Reason(code=Code.NOT_DUE, args=(due(coming[0]).isoformat(),))
    dateless = sum(1 for item in book.invoices if item.due_on is None)
    if dateless:
        return Reason(code=Code.NO_DUE_DATE, args=(str(dateless),))
    if book.credit_items:
        args = (amount_text(book.credit_total), book.currency)
        return Reason(code=Code.UNUSED_CREDIT, args=args)
    return Reason(code=Code.NOTHING_OPEN)
