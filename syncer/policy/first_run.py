"""How debts that were overdue when their ledger was switched on are taken over.

What: under ``baseline`` such an invoice is set aside until a step's own day comes after the
switch-on, or until a declared day; under ``catch_up`` its account begins at the step that fits its
age. Invoices that a message named before, whoever sent it, are no old debts.
Why: a customer who was never reminded should not get the whole ladder at once because a program
was installed, and nobody should be forgotten for it.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from syncer.model.counts import count_text
from syncer.model.decision import Code, LedgerContext, Reason
from syncer.model.ledger import OpenItem
from syncer.model.run import OutcomeTotal
from syncer.policy.case import Case
from syncer.policy.episode import names_any
from syncer.policy.ladder import Timing, next_step
from syncer.policy.position import due, set_aside
from syncer.policy.rules import CatchUp, Policy
from syncer.policy.strategy import OldDebts
from syncer.policy.text import day_text


def switched_on(context: LedgerContext) -> date:
    """The day of the first live run that was completed; before it, today could become it."""
    return context.live_since or context.today


def is_old_debt(policy: Policy, context: LedgerContext, item: OpenItem) -> bool:
    """Whether it was overdue on the day of the switch-on and still counts as an old debt."""
    rules = policy.first_run
    if rules.old_debts is OldDebts.IN_ORDER or due(item) >= switched_on(context):
        return False
    return rules.from_day is None or context.today < rules.from_day


def timing_of_old(case: Case, item: OpenItem) -> tuple[date | None, bool]:
    """(day up to which steps are passed over, whether it may enter at a higher step)."""
    policy, context = case.rules.policy, case.context
    old_debts = policy.first_run.old_debts
    if old_debts is OldDebts.IN_ORDER or not is_old_debt(policy, context, item):
        return None, False
    if _named(case, item):
        return None, False
    if old_debts is OldDebts.CATCH_UP:
        return None, True
    return switched_on(context), False


def _named(case: Case, item: OpenItem) -> bool:
    """Whether a message spoke about it: then it is as any other debt."""
    return any(names_any(contact, (item.item_id,)) for contact in case.contacts)


def leave_old_debts(case: Case) -> None:
    """Under ``baseline``: take what waits for its own day out of what the case asks for."""
    waits = list(_waiting(case))
    if not waits:
        return
    reasons = {
        item.item_id: Reason(code=Code.OLD_DEBT, args=(item.number, day_text(until)))
        for item, until in waits
    }
    case.book = set_aside(case.book, reasons)
    case.set_aside_until = tuple(until for _, until in waits if until is not None)


def _waiting(case: Case) -> Iterator[tuple[OpenItem, date | None]]:
    """Old debts that are left alone today, each with the day on which it comes back."""
    policy, context = case.rules.policy, case.context
    if policy.first_run.old_debts is not OldDebts.BASELINE:
        return
    for item in case.book.overdue:
        if not is_old_debt(policy, context, item) or _named(case, item):
            continue
        until = policy.first_run.from_day or _own_day(case, item)
        if until is None or context.today < until:
            yield item, until


def _own_day(case: Case, item: OpenItem) -> date | None:
    """The day of the first step that its own age reaches after the switch-on; None = none does."""
    timing = Timing(
        due_on=due(item),
        today=case.context.today,
        last_on=None,
        passed_until=switched_on(case.context),
    )
    restraint = case.rules.policy.restraint
    pick = next_step(case.ladder, -1, timing, CatchUp.IN_ORDER, restraint, ())
    return pick.on if pick.index >= 0 else None


def first_run_line(
    policy: Policy, context: LedgerContext, outcomes: Iterable[OutcomeTotal]
) -> str | None:
    """What the report of a ledger's first run says about its old debts; None later."""
    rules = policy.first_run
    if context.live_since is not None or rules.old_debts is OldDebts.IN_ORDER:
        return None
    if rules.old_debts is OldDebts.CATCH_UP:
        return (
            "first live run: customers with overdue invoices begin at the step that fits their "
            "age (on_first_run: catch_up)"
        )
    left = sum(total.items for total in outcomes if total.code == Code.OLD_DEBT)
    until = f"until {rules.from_day}" if rules.from_day else "until a later step's own day"
    return (
        f"first live run: {count_text(left, 'invoice was', 'invoices were')} overdue already and "
        f"left alone {until} (on_first_run: baseline)"
    )
