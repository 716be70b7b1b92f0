"""Fees of reminders: what one costs, and the limits that a law sets to it.

A percentage is taken of the principal alone, so three fees of 10 % on 100 come to 30, not 33.10.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from syncer.model.counts import count_text
from syncer.model.ledger import Record
from syncer.model.money import ZERO, money_text
from syncer.policy.charges.exact import to_money
from syncer.policy.law.lawbook import NoLaw
from syncer.policy.law.rows import FeeCap, FeeScale, FixedSum, ShareBand, YearlyCostCap

OWN_PACK = "give its bands in a pack of your own"


class FeePer(StrEnum):
    """What a fee is taken for."""

    LETTER = "letter"  # once per message, whatever it lists
    INVOICE = "invoice"


class Charged(Record, kw_only=True, frozen=True):
    """A fee that was announced or booked for a claim."""

    on: date
    amount: Decimal


class Limited(Record, kw_only=True, frozen=True):
    """What is left of a fee under a limit; ``why`` is empty when nothing was taken off."""

    amount: Decimal
    why: str = ""


def percentage(principal: Decimal, percent: Decimal, currency: str) -> Decimal:
    """``percent`` of ``principal``, rounded half up."""
    return to_money(Fraction(principal) * Fraction(percent) / 100, currency)


def compensation(row: FixedSum, principal: Decimal) -> Decimal:
    """The fixed sum for a late invoice of ``principal``, in the row's currency."""
    reached = [band.amount for band in row.bands if band.principal_from <= principal]
    return reached[-1] if reached else ZERO


def collection_costs(row: FeeScale, principal: Decimal) -> Decimal:
    """The shares of each band's part of the principal, at least the least and at most the most.

    Raises NoLaw where the row names no figure for such a principal.
    """
    if row.up_to is None:
        raise NoLaw(
            f"{row.id} does not say up to which amount its {row.percent} % hold; {OWN_PACK}"
        )
    costs, below = Fraction(0), ZERO
    for band in (ShareBand(percent=row.percent, up_to=row.up_to), *row.bands):
        end = principal if band.up_to is None else min(principal, band.up_to)
        costs += Fraction(end - below) * Fraction(band.percent) / 100
        below = end
        if below == principal:
            sum_ = max(row.least, to_money(costs, row.currency))
            return sum_ if row.most is None else min(row.most, sum_)
    said = f"{row.id} names no figure above {money_text(below, row.currency)}"
    raise NoLaw(f"{said}, the claim is {money_text(principal, row.currency)}; {OWN_PACK}")


def capped(
    fee: Decimal, cap: FeeCap, *, on: date, notices: Sequence[date], charged: Sequence[Charged]
) -> Limited:
    """``fee`` for a reminder sent on ``on`` after ``notices``, as far as ``cap`` allows it."""
    if cap.count is not None and len(charged) >= cap.count:
        return Limited(
            amount=ZERO, why=f"{cap.id}: {count_text(cap.count, 'reminder')} already cost a fee"
        )
    last = max(notices, default=None)
    if cap.gap_days is not None and last is not None and (on - last).days < cap.gap_days:
        days = (on - last).days
        passed = count_text(days, "day")
        why = f"{cap.id}: only {passed} after the notice before, {cap.gap_days} are needed"
        return Limited(amount=ZERO, why=why)
    if fee > cap.most:
        return Limited(amount=cap.most, why=f"{cap.id}: {cap.most} {cap.currency} at most")
    return Limited(amount=fee)


def at_handover(cap: FeeCap, *, notices: Sequence[date]) -> Limited:
    """The fee for handing the claim over."""
    wanted = cap.notices_before_handover or 0
    if len(notices) < wanted:
        return Limited(amount=ZERO, why=f"{cap.id}: {wanted} notice has to go out before")
    return Limited(amount=cap.handover_extra or ZERO)


def within_yearly_cost(
    fee: Decimal, cap: YearlyCostCap, *, principal: Decimal, costs: Decimal, days_late: int
) -> Limited:
    """``fee`` as far as all ``costs`` so far and it stay under the cap, as a rate a year.

    The whole fee or nothing: a fee cut to fit would fit on one day and not say why.
    """
    if principal <= ZERO or days_late <= 0:
        return Limited(amount=ZERO, why=f"{cap.id}: nothing is late, so nothing may be charged")
    allowed = Fraction(principal) * Fraction(cap.percent) / 100 * Fraction(days_late, 365)
    if Fraction(costs + fee) <= allowed:
        return Limited(amount=fee)
    return Limited(amount=ZERO, why=f"{cap.id}: costs would pass {cap.percent} % a year")
