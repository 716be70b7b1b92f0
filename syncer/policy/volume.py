"""Whether a run's counts lie far outside what this ledger's runs usually show. Pure.

A list that came back empty, a decimal comma read as a thousands mark, a ledger that points at
another company: each reads well and decides well. What gives it away is how many and how much.
What could make people be asked for money they do not owe holds the run for a person; what can
only leave somebody out is told. Ledgers too small to have a usual are left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile
from statistics import median

from syncer.model.counts import count_text
from syncer.model.decision import Code
from syncer.model.ledger import Record
from syncer.model.money import ZERO, money_text
from syncer.model.run import OutcomeTotal

_USUAL = 10  # the latest of these runs say what is usual; a lasting change is told for half as many
_ENOUGH = 5  # earlier runs before anything counts as usual
_CREDITS = frozenset({Code.NETTED, Code.UNUSED_CREDIT})
_CALM = _CREDITS | {Code.NOT_DUE, Code.NO_DUE_DATE, Code.COVERED_BY_CREDIT, Code.NOTHING_OPEN}


class AlarmCode(StrEnum):
    """What was unusual."""

    ITEMS_FELL = "items_fell"
    CREDITS_FELL = "credits_fell"  # holds
    CONTACTS_ROSE = "contacts_rose"  # holds
    AMOUNT_ROSE = "amount_rose"  # holds
    NOTHING_DUE = "nothing_due"
    NOTHING_SENT = "nothing_sent"  # seen after delivering: flow.alarm


class AlarmLimits(Record, frozen=True, kw_only=True):
    """From where on a count is unusual."""

    fall: Decimal = Decimal("0.5")  # open items, credits: below the usual by more than this share
    rise: int = 3  # contacts, amounts: more than so many times the most ever; 0 = not looked at
    least: int = 20  # items, credits or contacts; with fewer, chance is no alarm
    quiet_runs: int = 20  # days of runs in a row with nobody due for contact; 0 = not looked at


class Volume(Record, frozen=True, kw_only=True, gc=True):
    """The counts of one run over a whole ledger."""

    items: int  # open invoices
    credits: int
    contacts: int  # wanted, whether or not limits let them go out
    waiting: int  # invoices that are overdue and not covered
    totals: Mapping[str, Decimal]  # signed open total by currency
    counts: Mapping[str, int]  # open items by currency
    on: date


class Alarm(Record, frozen=True, kw_only=True):
    """One thing that is unusual, in a sentence. ``holds``: nothing is sent without a person."""

    code: AlarmCode
    said: str
    holds: bool


def measure(
    outcomes: Sequence[OutcomeTotal],
    open_totals: Sequence[tuple[str, Decimal]],
    contacts: int,
    on: date,
) -> Volume:
    """The counts behind a run's outcomes."""
    credit_items = sum(one.items for one in outcomes if one.code in _CREDITS)
    counts: dict[str, int] = {}
    for one in outcomes:
        counts[one.currency] = counts.get(one.currency, 0) + one.items
    return Volume(
        items=sum(counts.values()) - credit_items,
        credits=credit_items,
        contacts=contacts,
        waiting=sum(one.items for one in outcomes if one.code not in _CALM),
        totals=dict(open_totals),
        counts=counts,
        on=on,
    )


def alarms(now: Volume, past: Sequence[Volume], limits: AlarmLimits) -> tuple[Alarm, ...]:
    """What is unusual about ``now`` beside ``past``, newest first; nothing while that is short."""
    if len(past) < _ENOUGH:
        return ()
    return (
        *_fallen(now, past, limits),
        *_more_contacts(now, past, limits),
        *_more_money(now, past, limits),
        *_nothing_due(now, past, limits),
    )


def _fallen(now: Volume, past: Sequence[Volume], limits: AlarmLimits) -> Iterator[Alarm]:
    usual = int(median(one.items for one in past[:_USUAL]))
    fewer = _far_below(now.items, usual, limits)
    if fewer:
        yield Alarm(
            code=AlarmCode.ITEMS_FELL,
            said=(
                f"only {count_text(now.items, 'invoice')} open, usual are {usual:,}: if they were "
                "not all paid or credited, the ledger gave less than it has"
            ),
            holds=False,
        )
    credit_items = _usual_credits(past[:_USUAL], usual, limits)
    if not fewer and _far_below(now.credits, credit_items, limits):
        yield Alarm(
            code=AlarmCode.CREDITS_FELL,
            said=(
                f"only {count_text(now.credits, 'credit')} open, usual are {credit_items:,}, while "
                "the invoices are as many as ever: customers may be asked for what they paid"
            ),
            holds=True,
        )


def _usual_credits(lately: Sequence[Volume], items: int, limits: AlarmLimits) -> int:
    """How many credits are usual; where a person let fewer of them through, so many.

    A run with so few credits would have been held and not stand among these, but for that word.
    """
    usual = int(median(one.credits for one in lately))
    let_through = [
        one.credits
        for one in lately
        if _far_below(one.credits, usual, limits) and not _far_below(one.items, items, limits)
    ]
    return min(let_through, default=usual)


def _far_below(count: int, usual: int, limits: AlarmLimits) -> bool:
    return usual >= limits.least and count < usual * (1 - limits.fall)


def _more_contacts(now: Volume, past: Sequence[Volume], limits: AlarmLimits) -> Iterator[Alarm]:
    most = max(one.contacts for one in past)
    if limits.rise and now.contacts >= limits.least and now.contacts > limits.rise * most:
        yield Alarm(
            code=AlarmCode.CONTACTS_ROSE,
            said=(
                f"{count_text(now.contacts, 'contact')} due at once, the most so far were {most:,}"
            ),
            holds=True,
        )


def _more_money(now: Volume, past: Sequence[Volume], limits: AlarmLimits) -> Iterator[Alarm]:
    """As many items as ever with far larger amounts: misread, or of another company."""
    if not limits.rise:
        return
    for currency, total in sorted(now.totals.items()):
        known = [
            one.totals.get(currency, ZERO)
            for one in past
            if one.counts.get(currency, 0) >= limits.least
        ]
        if len(known) < _ENOUGH or now.counts.get(currency, 0) < limits.least:
            continue
        most = max(known)
        if total > limits.rise * most > 0:
            yield Alarm(
                code=AlarmCode.AMOUNT_ROSE,
                said=(
                    f"{money_text(total, currency)} are open, the most so far were "
                    f"{money_text(most, currency)}"
                ),
                holds=True,
            )


def _nothing_due(now: Volume, past: Sequence[Volume], limits: AlarmLimits) -> Iterator[Alarm]:
    """Silence, where there was contact before and somebody is overdue.

    Runs of one day count as one: nobody is due at night, however often it is looked.
    """
    runs = limits.quiet_runs
    if not runs or now.items < limits.least or not now.waiting:
        return
    quiet = {one.on for one in takewhile(lambda one: not one.contacts, (now, *past))}
    if len(quiet) >= runs and any(one.contacts for one in past):
        yield Alarm(
            code=AlarmCode.NOTHING_DUE,
            said=(
                f"nobody was due for contact on {count_text(runs, 'day')} with a run, although "
                f"{count_text(now.waiting, 'invoice is', 'invoices are')} overdue: syncer explain "
                "says why for each customer"
            ),
            holds=False,
        )
