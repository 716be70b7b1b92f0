"""Simple interest on a late invoice, in segments that each have one balance and one rate.

A segment ends with every payment or credit and with every change of a floating rate. Segments are
summed unrounded; there is no interest on interest and none on fees.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from syncer.model.counts import count_text
from syncer.model.ledger import Record
from syncer.model.money import ZERO, money_text
from syncer.policy.charges.daycount import DayCount, days_between, years
from syncer.policy.charges.exact import shown, to_money

_DAY = timedelta(days=1)


class Rounding(StrEnum):
    """Where the sum is rounded."""

    AT_END = "at_end"  # once
    DAILY_PENNY = "daily_penny"  # the daily amount first, as UK guidance does


class PaymentDay(StrEnum):
    """Whether the day on which money came still counts on the balance before it."""

    COUNTED = "counted"
    NOT_COUNTED = "not_counted"


class Paid(Record, kw_only=True, frozen=True):
    """A payment or a credit that lowered the principal."""

    on: date
    amount: Decimal


class YearlyRate(Record, kw_only=True, frozen=True):
    """One rate and the days it governs; ``source`` is the law row or the contract."""

    percent: Decimal
    source: str
    valid_to: date | None = None  # the last day; None = as long as the debt lives


class Terms(Record, kw_only=True, frozen=True):
    """How interest is counted."""

    day_count: DayCount = DayCount.ACT_365
    rounding: Rounding = Rounding.AT_END
    payment_day: PaymentDay = PaymentDay.COUNTED


STANDARD = Terms()


class Segment(Record, kw_only=True, frozen=True):
    """A stretch with one balance and one rate; both days belong to it."""

    first: date
    last: date
    days: int
    balance: Decimal
    percent: Decimal
    source: str
    interest: str  # not rounded, as it is shown


class Interest(Record, kw_only=True, frozen=True, gc=True):
    """The sum, rounded once, and the segments it comes from."""

    amount: Decimal
    currency: str
    segments: tuple[Segment, ...]
    terms: Terms


RateOn = Callable[[date], YearlyRate]
"""The rate that governs a day. It may raise for a day that no row covers."""


def interest(
    principal: Decimal,
    currency: str,
    *,
    due_on: date,
    until: date,
    payments: Sequence[Paid],
    rate_on: RateOn,
    terms: Terms = STANDARD,
) -> Interest:
    """Interest on ``principal`` from the day after ``due_on`` to ``until``, both counted.

    ``payments`` are what lowered the principal, in any order; those up to the due date lower it
    before interest begins. A balance never falls below zero.
    """
    sums = Fraction(0)
    segments: list[Segment] = []
    for first, last, balance in _stretches(principal, due_on, until, payments, terms):
        for start, end, rate in _by_rate(first, last, rate_on):
            exact = _exact(balance, rate.percent, start, end, currency, terms)
            sums += exact
            segments.append(
                Segment(
                    first=start,
                    last=end,
                    days=days_between(start, end),
                    balance=balance,
                    percent=rate.percent,
                    source=rate.source,
                    interest=shown(exact),
                )
            )
    return Interest(
        amount=to_money(sums, currency), currency=currency, segments=tuple(segments), terms=terms
    )


def _exact(
    balance: Decimal, percent: Decimal, first: date, last: date, currency: str, terms: Terms
) -> Fraction:
    yearly = Fraction(balance) * Fraction(percent) / 100
    if terms.rounding is Rounding.DAILY_PENNY:
        daily = to_money(yearly * years(first, first, terms.day_count), currency)
        return Fraction(daily) * days_between(first, last)
    return yearly * years(first, last, terms.day_count)


def _stretches(
    principal: Decimal, due_on: date, until: date, payments: Sequence[Paid], terms: Terms
) -> Iterator[tuple[date, date, Decimal]]:
    """(First day, last day, balance) for every balance above zero."""
    balance, first = principal, due_on + _DAY
    before = terms.payment_day is PaymentDay.NOT_COUNTED
    for paid in sorted(payments, key=lambda one: one.on):
        last = min(until, paid.on - _DAY if before else paid.on)
        if first <= last and balance > ZERO:
            yield first, last, balance
            first = last + _DAY
        if paid.on <= until:
            balance -= paid.amount
    if first <= until and balance > ZERO:
        yield first, until, balance


def _by_rate(first: date, last: date, rate_on: RateOn) -> Iterator[tuple[date, date, YearlyRate]]:
    while first <= last:
        rate = rate_on(first)
        end = last if rate.valid_to is None else min(last, max(first, rate.valid_to))
        yield first, end, rate
        first = end + _DAY


def fixed(percent: Decimal, source: str) -> RateOn:
    """One rate for every day, as a contract states it."""
    rate = YearlyRate(percent=percent, source=source)
    return lambda _day: rate


def working(result: Interest) -> tuple[str, ...]:
    """The sum line by line, for people: every segment, then how it was rounded."""
    lines = [
        f"{part.first.isoformat()} to {part.last.isoformat()}: {count_text(part.days, 'day')} on "
        f"{money_text(part.balance, result.currency)} at {part.percent} % a year "
        f"({part.source}) = {part.interest}"
        for part in result.segments
    ]
    terms = result.terms
    lines.append(
        f"{result.amount:,f} {result.currency}, simple interest, {terms.day_count}, rounded "
        f"{_ROUNDED[terms.rounding]}, day of payment {terms.payment_day.replace('_', ' ')}"
    )
    return tuple(lines)


_ROUNDED = {
    Rounding.AT_END: "half up once at the end",
    Rounding.DAILY_PENNY: "half up on the daily amount",
}
