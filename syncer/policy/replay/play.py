"""Plays a policy over past days, one account after the other.

An account is looked at again only on days on which its answer can have changed: something was
issued or paid, the policy itself named the day, or the policy had just spoken. That is the same as
looking every day, and much less work.

A segment by share of the whole ledger's turnover finds nobody here: accounts are played one by one.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from syncer.model.charge import Announced, ChargeLine
from syncer.model.decision import AccountSnapshot, Action, Code, Contact, Decision, LedgerContext
from syncer.model.ledger import Organisation, Record
from syncer.model.money import ZERO, total
from syncer.policy.beside import step_taken
from syncer.policy.charges.on_step import charging, on_step
from syncer.policy.decide import decide
from syncer.policy.law.lawbook import LawBook
from syncer.policy.replay.past import PastAccount
from syncer.policy.rules import Policy

_DAY = timedelta(days=1)
NO_LAW = LawBook(())
_LIMITS = (Code.MIN_GAP, Code.CAP, Code.CAP_CHANNEL, Code.WEEKEND, Code.HOLIDAY)
SOON = 2  # days: who pays within them would most likely have paid unasked


class Asked(Record, kw_only=True, frozen=True, gc=True):
    """One contact that the policy would have made."""

    on: date
    account_id: str
    currency: str
    step: str
    amount: Decimal
    item_ids: tuple[str, ...]
    days_late: int  # of the oldest invoice asked for; 0 for a heads-up
    first: bool  # no overdue one of these invoices was asked for before
    newly: Decimal = ZERO  # of the amount, what is overdue and asked for the first time
    paid_soon: bool  # all of it was paid within 48 hours anyway
    charged: Decimal = ZERO  # named in it for the first time, by rows that were checked


class Played(Record, kw_only=True, frozen=True, gc=True):
    """What one account would have met with."""

    account_id: str
    asked: tuple[Asked, ...]
    limited: tuple[tuple[str, int], ...]  # reason code, how many steps that were due it held
    overdue: tuple[tuple[str, Decimal], ...] = ()  # by currency, each invoice as it fell overdue
    name: str = ""


def play(
    past: PastAccount,
    policy: Policy,
    organisation: Organisation,
    *,
    first: date,
    last: date,
    law: LawBook = NO_LAW,
) -> Played:
    """Every morning from ``first`` to ``last``, both included, as if a run was made on each."""
    contacts: list[Contact] = []
    asked: list[Asked] = []
    limited: set[tuple[str, str, str, str]] = set()  # code, currency, episode, step
    named: list[Announced] = []
    changes = past.changes()
    look_on: date | None = first
    for day in _days(first, last):
        if day not in changes and (look_on is None or day < look_on):
            continue
        context = _context(past.ledger, organisation, day, first)
        snapshot = past.snapshot(day, contacts)
        decisions = decide(snapshot, policy, context)
        look_on = _next_look(decisions, day)
        for decision in decisions:
            if decision.action is Action.CONTACT:
                lines = _charged(decision, snapshot, context, policy, law, named)
                asked.append(_asked(past, decision, day, asked, lines))
                contacts.append(_contact(decision, policy, day))
            elif decision.reasons[0].code in _LIMITS:
                code = decision.reasons[0].code.value
                limited.add((code, decision.currency, decision.episode, decision.step))
    return Played(
        account_id=past.account.account_id,
        asked=tuple(asked),
        limited=tuple(sorted(Counter(code for code, *_ in limited).items())),
        overdue=_fell_overdue(past, first, last),
        name=past.account.name,
    )


def _fell_overdue(past: PastAccount, first: date, last: date) -> tuple[tuple[str, Decimal], ...]:
    """What was open of each invoice on its first overdue morning in the span."""
    sums: dict[str, Decimal] = {}
    for invoice in past.invoices:
        if invoice.due_on is None:
            continue
        day = max(first, invoice.due_on + _DAY, invoice.issued_on)
        left = invoice.open_on(day) if day <= last else ZERO
        if left > ZERO:
            sums[invoice.currency] = sums.get(invoice.currency, ZERO) + left
    return tuple(sorted(sums.items()))


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _DAY


def _context(ledger: str, organisation: Organisation, day: date, first: date) -> LedgerContext:
    return LedgerContext(
        ledger=ledger,
        organisation=organisation,
        today=day,
        last_run_on=day - _DAY if day > first else None,
        live_since=first,  # what was overdue then is an old debt, and nothing later is
    )


def _next_look(decisions: tuple[Decision, ...], day: date) -> date | None:
    """Tomorrow after a contact: then the answer has changed."""
    if any(decision.action is Action.CONTACT for decision in decisions):
        return day + _DAY
    days = [decision.next_look_on for decision in decisions if decision.next_look_on is not None]
    return min(days) if days else None


def _contact(decision: Decision, policy: Policy, day: date) -> Contact:
    return Contact(
        account_id=decision.account_id,
        currency=decision.currency,
        step=decision.step,
        step_index=decision.step_index,
        episode=decision.episode,
        key=decision.key,
        on=day,
        channel=step_taken(decision, policy).channel,
        item_ids=_asked_for(decision),
    )


def _asked_for(decision: Decision) -> tuple[str, ...]:
    return tuple([line.item_id for line in decision.lines if line.asked > ZERO])


def _charged(
    decision: Decision,
    snapshot: AccountSnapshot,
    context: LedgerContext,
    policy: Policy,
    law: LawBook,
    named: list[Announced],
) -> tuple[ChargeLine, ...]:
    """What the message would have charged; it is remembered in ``named``."""
    if not charging(decision, policy):
        return ()
    lines = on_step(decision, snapshot, context, policy.charges, law, named).lines
    noon = time(12, tzinfo=ZoneInfo(context.organisation.time_zone))
    named.append(
        Announced(
            key=decision.key,
            step=decision.step,
            currency=decision.currency,
            at=datetime.combine(context.today, noon),
            lines=lines,
            item_ids=tuple(line.item_id for line in decision.lines),
        )
    )
    return lines


def _asked(
    past: PastAccount,
    decision: Decision,
    day: date,
    before: list[Asked],
    lines: tuple[ChargeLine, ...] = (),
) -> Asked:
    items = _asked_for(decision)
    late = max([line.days_late for line in decision.lines if line.asked > ZERO], default=0)
    known = {item for one in before if one.days_late for item in one.item_ids}
    fresh = [line for line in decision.lines if line.days_late > 0 and line.item_id not in known]
    return Asked(
        on=day,
        account_id=decision.account_id,
        currency=decision.currency,
        step=decision.step,
        amount=decision.position.asked,
        item_ids=items,
        days_late=late,
        first=not known.intersection(items),
        newly=total([line.asked for line in fresh if line.asked > ZERO]),
        paid_soon=_paid_within(past, items, day + timedelta(days=SOON)),
        charged=total([line.amount for line in lines]),
    )


def _paid_within(past: PastAccount, items: tuple[str, ...], end: date) -> bool:
    """Whether all of these invoices were paid off by ``end``. It is only told, never decided on."""
    ends = [invoice.paid_off_on() for invoice in past.invoices if invoice.item_id in items]
    return bool(ends) and all(one is not None and one <= end for one in ends)
