"""Everything the rules compare for one currency of one account, collected once."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from syncer.model.decision import AccountSnapshot, Action, Contact, LedgerContext, Line, Reason
from syncer.model.ledger import OpenItem
from syncer.policy.agreements.raised import Broken, broken
from syncer.policy.agreements.speaking import turns
from syncer.policy.behaviour import Behaviour, behaviour
from syncer.policy.compiled import ReadyLadder, ReadyPolicy
from syncer.policy.position import Book, due, to_base
from syncer.policy.relationship import Relationship, ages_on, relationship
from syncer.policy.rules import Segment
from syncer.policy.segment import first_match

_DAY = timedelta(days=1)
_FIRST_TIME = Behaviour(first_time=True)
_SETTLED_ONCE = Behaviour(first_time=False)


class Case(msgspec.Struct, kw_only=True):
    """The facts, the rules and what was derived from both."""

    snapshot: AccountSnapshot
    rules: ReadyPolicy
    context: LedgerContext
    book: Book
    history: Behaviour
    contacts: list[Contact]  # of this currency
    segment: Segment | None
    ladder: ReadyLadder
    base: str  # the ledger's base currency
    known: Relationship | None = None  # only where a segment asks for it
    set_aside_until: tuple[date, ...] = ()  # when old debts of before the switch-on come back
    word: Broken | UnsetType | None = UNSET  # see ``broken_word``


class Verdict(msgspec.Struct, kw_only=True):
    """What the rules say about a case. ``next_look_on`` None: nothing changes by itself."""

    action: Action
    reasons: list[Reason]
    asked: Decimal
    targets: dict[str, Decimal]  # what is asked, or named by a heads-up, by item id
    coming: list[OpenItem]  # of these, not yet due
    carrier: OpenItem | None = None  # the item whose due date sets the step's day
    step_index: int = -1
    step: str = ""
    episode: str = ""
    large_first: bool = False
    time: int = 1  # how often the step is taken with this contact: a step may repeat
    occasion: str = ""  # what stands for the step in the key, where it is none of the ladder's
    book: Book | None = None  # what the message is about, where that is not the case's own
    lines: tuple[Line, ...] | None = None  # likewise its lines
    next_look_on: date | None = None


def build_case(
    snapshot: AccountSnapshot, rules: ReadyPolicy, context: LedgerContext, book: Book
) -> Case:
    """Collect the facts; settled invoices are read only when some rule looks at them."""
    policy = rules.policy
    history = _SETTLED_ONCE if snapshot.settled else _FIRST_TIME
    if rules.needs_history:
        history = behaviour(
            snapshot.settled,
            currency=book.currency,
            today=context.today,
            habit_min=policy.personal.habit_min_settled,
        )
    base = context.organisation.currency
    known, segment = None, None
    if rules.needs_relationship:
        known = relationship(
            snapshot.items, snapshot.settled, habit_min=policy.personal.habit_min_settled
        )
    if policy.segments:
        net = book.open_total - book.held_total - book.credit_total
        segment = first_match(
            policy.segments,
            account=snapshot.account,
            currency=book.currency,
            asked=to_base(book.asked, book, base),
            net=to_base(net, book, base),
            history=history,
            turnover=dict(context.turnover),
            known=known,
            today=context.today,
            direct_debit=policy.direct_debit,
        )
    named = segment is not None and not segment.exclude
    return Case(
        snapshot=snapshot,
        rules=rules,
        context=context,
        book=book,
        history=history,
        contacts=[c for c in snapshot.contacts if c.currency == book.currency],
        segment=segment,
        ladder=rules.ladder(segment.ladder if segment and named else policy.default_ladder),
        base=base,
        known=known,
    )


def broken_word(case: Case) -> Broken | None:
    """A promise or an instalment that was not kept, about what is asked for here; sought once."""
    if case.word is UNSET:
        case.word = broken(
            case.snapshot,
            case.book.left,
            case.contacts,
            case.ladder,
            case.rules.policy.agreements,
            case.context.today,
        )
    return case.word


def coming_due(book: Book) -> list[OpenItem]:
    """Invoices due today or later, oldest first."""
    return [item for item in book.invoices if book.today <= due(item) < date.max]


def next_change(case: Case, days: Iterable[date] = ()) -> date | None:
    """The first day after today on which the calendar alone may change the answer.

    ``days`` are the days the deciding rule itself waits for; holds, promise dates, due
    dates and heads-up days of the position are added. None = only new facts can.
    """
    today = case.context.today
    changes = [*days, *case.set_aside_until]
    if case.known is not None:
        changes += ages_on(case.known, [one.when for one in case.rules.policy.segments])
    changes += turns(case.snapshot, case.rules.policy.agreements, today)
    before = [step.before_due or 0 for step in case.ladder.steps[: case.ladder.heads_up]]
    for item in coming_due(case.book):
        due_on = due(item)
        changes.append(due_on + _DAY)
        changes += [due_on - timedelta(days=days) for days in before]
    if case.history.fades_on is not None:
        changes.append(case.history.fades_on)
    return min((day for day in changes if day > today), default=None)
