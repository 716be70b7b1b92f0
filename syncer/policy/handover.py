"""Handing a debt to an agency or a lawyer: when it qualifies, by the policy and by the law pack.

The program never hands over by itself. Its last step gives a person the task; the person does it
and says so, and from then on nobody else writes to that customer. What the debt's file still lacks
stands in ``policy.handover_file``.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.counts import count_text
from syncer.model.decision import Code, Contact, Reason
from syncer.model.hold import HoldKind
from syncer.model.ledger import OpenItem, Record, Stop
from syncer.model.money import money_text
from syncer.policy.agreements.speaking import speaking
from syncer.policy.beside import is_thanks
from syncer.policy.calendar import days_after
from syncer.policy.case import Case, Verdict
from syncer.policy.charges.occasion import debtor_of
from syncer.policy.episode import stage
from syncer.policy.holding import active
from syncer.policy.law.giving import HandOverRule
from syncer.policy.position import days_late, due, to_base
from syncer.policy.rules import StepChannel, Tone
from syncer.policy.strategy import HandOver
from syncer.policy.text import item_text

_FORMAL = (Tone.FORMAL, Tone.FINAL)


class Unfit(Record, gc=True, kw_only=True, frozen=True):
    """Why a debt does not qualify, and the days on which that may change by itself."""

    reason: Reason
    days: tuple[date, ...]


class Requirement(Record, gc=True, kw_only=True, frozen=True):
    """One condition of handing over: what was found, what is asked, and who asks it."""

    rule: str
    given: str
    needed: str
    met: bool
    source: str = ""  # id of the law pack's row; "" = the policy
    until: date | None = None  # not met: the day from which on it is, if nothing else changes
    compared: bool = True  # False: nobody can tell, so a person has to look
    plain: bool = False  # what was found says all

    @property
    def missing(self) -> str:
        """What is wrong with it, in a few words."""
        by = f" by {self.source}" if self.source else ""
        return f"{self.given}{by}" if self.plain else f"{self.given}, {self.needed} needed{by}"


def not_eligible(case: Case, verdict: Verdict, carrier: OpenItem) -> Unfit | None:
    """Why the step that is due cannot be taken yet, or None: also for any other step."""
    step = case.ladder.steps[verdict.step_index]
    if step.hand_over is None:
        return None
    found = requirements(
        case, carrier, asked=verdict.asked, episode=verdict.episode, to=step.hand_over
    )
    unmet = [one for one in found if not one.met]
    if not unmet:
        return None
    days = tuple([one.until for one in unmet if one.until and one.until > case.context.today])
    late = str(days_late(case.book, carrier))
    said = "; ".join(one.missing for one in unmet)
    args = (late, step.name, said, item_text(carrier))
    return Unfit(reason=Reason(code=Code.HAND_OVER_NOT_YET, args=args), days=days)


def requirements(
    case: Case, carrier: OpenItem, *, asked: Decimal, episode: str, to: HandOver | None
) -> list[Requirement]:
    """Every condition: the policy's own, then those of the law pack; the strictest wins."""
    found = [*_own(case, carrier, asked, episode)]
    policy, account = case.rules.policy, case.snapshot.account
    if policy.hand_over_law:
        debtor = debtor_of(policy.charges, account.groups)
        for rule in policy.hand_over_law:
            if rule.speaks(account, debtor, to, case.context.today):
                found += _of_row(case, carrier, asked, episode, rule)
    return found


def living_episode(case: Case) -> str:
    """The episode of what is overdue, whatever holds the account today; "" = nothing was said."""
    return stage(case.contacts, case.ladder, {item.item_id for item in case.book.overdue}).episode


def _own(case: Case, carrier: OpenItem, asked: Decimal, episode: str) -> Iterator[Requirement]:
    rules, book = case.rules.policy.hand_over, case.book
    if rules.amount_at_least:
        yield _least(case, asked, rules.amount_at_least, case.base)
    if rules.late_at_least:
        yield _late(case, carrier, rules.late_at_least)
    if rules.late_below is not None:
        late = days_late(book, carrier)
        yield Requirement(
            rule="not too old",
            given=_days_late(late),
            needed=f"less than {rules.late_below}",
            met=late < rules.late_below,
        )
    if rules.messages_at_least:
        yield _messages(case, episode, rules.messages_at_least)
    if rules.undisputed:
        yield _undisputed(case)


def _of_row(
    case: Case, carrier: OpenItem, asked: Decimal, episode: str, rule: HandOverRule
) -> Iterator[Requirement]:
    if rule.forbidden:
        yield Requirement(
            rule="allowed",
            given="handing over is forbidden",
            needed="not forbidden",
            met=False,
            source=rule.row,
            plain=True,
        )
    if rule.least:
        yield _least(case, asked, rule.least, rule.currency, rule.row)
    if rule.days_late:
        yield _late(case, carrier, rule.days_late, rule.row)
    if rule.years_old_below is not None:
        yield _young(case, carrier, rule.years_old_below, rule.row)
    if rule.undisputed:
        yield _undisputed(case, rule.row)
    if rule.notices:
        yield _messages(case, episode, rule.notices, rule.row)
    if rule.formal_notice or rule.notice_days or rule.letter:
        yield _notice(case, episode, rule)


def _amount(asked: Decimal, least: Decimal, currency: str, source: str = "") -> Requirement:
    return Requirement(
        rule="amount",
        given=f"{money_text(asked, currency)} asked",
        needed=f"at least {money_text(least, currency)}",
        met=asked >= least,
        source=source,
    )


def _least(
    case: Case, asked: Decimal, least: Decimal, currency: str, source: str = ""
) -> Requirement:
    """In the limit's currency, by the ledger's own rate where that is its base currency."""
    book = case.book
    if currency in ("", book.currency):
        return _amount(asked, least, book.currency, source)
    value = to_base(asked, book, case.base) if currency == case.base else None
    if value is not None:
        return _amount(value, least, currency, source)
    return Requirement(
        rule="amount",
        given=f"{money_text(asked, book.currency)} asked, without a rate to {currency}",
        needed=f"at least {money_text(least, currency)}",
        met=True,
        source=source,
        compared=False,
    )


def _late(case: Case, carrier: OpenItem, least: int, source: str = "") -> Requirement:
    late = days_late(case.book, carrier)
    return Requirement(
        rule="days late",
        given=_days_late(late),
        needed=f"at least {least}",
        met=late >= least,
        source=source,
        until=days_after(due(carrier), least),
    )


def _days_late(late: int) -> str:
    return f"{count_text(late, 'day')} late"


def _young(case: Case, carrier: OpenItem, years: int, source: str) -> Requirement:
    since = due(carrier)
    try:
        last = since.replace(year=since.year + years)
    except ValueError:  # 29 February, or past the end of the calendar
        last = days_after(since, years * 365 + years // 4)
    return Requirement(
        rule="not too old",
        given=f"due since {since}",
        needed=f"less than {count_text(years, 'year')} ago",
        met=case.context.today < last,
        source=source,
    )


def _undisputed(case: Case, source: str = "") -> Requirement:
    found = any(item.stop is Stop.DISPUTED for item in case.book.overdue) or _dispute(case)
    return Requirement(
        rule="undisputed",
        given="a part is disputed" if found else "nothing is disputed",
        needed="no dispute",
        met=not found,
        source=source,
        plain=True,
    )


def _dispute(case: Case) -> bool:
    """Whether somebody disputes an overdue invoice, whatever else holds it besides."""
    overdue, today = {item.item_id for item in case.book.overdue}, case.context.today
    return any(
        hold.kind is HoldKind.DISPUTE
        and hold.amount != 0
        and active(hold, today)
        and (hold.item_id in overdue if hold.item_id else hold.currency in ("", case.book.currency))
        for hold in speaking(case.snapshot, case.rules.policy.agreements, today)
    )


def _messages(case: Case, episode: str, least: int, source: str = "") -> Requirement:
    sent = len(messages(case.contacts, episode))
    return Requirement(
        rule="messages",
        given=f"{count_text(sent, 'message')} delivered",
        needed=f"at least {least}",
        met=sent >= least,
        source=source,
    )


def messages(contacts: Sequence[Contact], episode: str) -> list[Contact]:
    """What the customer got about this debt: a task is no message."""
    return [
        one
        for one in contacts
        if one.episode == episode
        and one.settled
        and one.channel != StepChannel.TASK
        and not is_thanks(one)
    ]


def _notice(case: Case, episode: str, rule: HandOverRule) -> Requirement:
    """A notice of the kind that the row asks for, so many days ago."""
    fitting = [
        one.on
        for one in messages(case.contacts, episode)
        if (not rule.formal_notice or _tone(case, one) in _FORMAL)
        and (not rule.letter or one.channel == StepChannel.LETTER)
    ]
    kind = "formal notice" if rule.formal_notice else "notice"
    if rule.letter:
        kind += " by letter"
    if not fitting:
        return Requirement(
            rule="notice",
            given=f"no {kind} was delivered",
            needed=_notice_before(rule.notice_days),
            met=False,
            source=rule.row,
        )
    first = min(fitting)
    free_on = first + timedelta(days=rule.notice_days)
    return Requirement(
        rule="notice",
        given=f"{kind} delivered on {first}",
        needed=_notice_before(rule.notice_days),
        met=free_on <= case.context.today,
        source=rule.row,
        until=free_on,
    )


def _notice_before(days: int) -> str:
    return f"at least {count_text(days, 'day')} of notice" if days else "one"


def _tone(case: Case, contact: Contact) -> Tone | None:
    number = case.ladder.index.get(contact.step)
    return case.ladder.steps[number].tone if number is not None else None
