"""Cuts a debt into instalments that come to exactly the debt, in whole coins of its currency."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from syncer.errors import ConfigError
from syncer.model.agreement import Instalment
from syncer.model.money import ZERO, minor_digits, money_text, total

INSTALMENTS_MAX = 60


class Every(StrEnum):
    """How far apart instalments are."""

    WEEK = "week"
    TWO_WEEKS = "2weeks"
    MONTH = "month"


_DAYS = {Every.WEEK: 7, Every.TWO_WEEKS: 14}


def instalments(
    debt: Decimal, currency: str, *, count: int, first_on: date, every: Every
) -> tuple[Instalment, ...]:
    """``count`` parts of ``debt``, the first on ``first_on``; the earlier ones are a coin larger.

    Should the debt itself be finer than the coin, the last part has the rest. A monthly plan that
    begins on the 31st falls on the last day of shorter months. Raises ConfigError when there are
    too few coins for so many parts, or none or too many parts.
    """
    if not 2 <= count <= INSTALMENTS_MAX:
        raise ConfigError(f"a plan has 2 to {INSTALMENTS_MAX} instalments, not {count}")
    coin = Decimal(1).scaleb(-minor_digits(currency))
    coins, finer = divmod(debt, coin)
    if coins < count:
        raise ConfigError(
            f"{money_text(debt, currency)} cannot be paid in {count} instalments; take fewer"
        )
    each, larger = divmod(int(coins), count)
    amounts = [(each + (place < larger)) * coin for place in range(count)]
    amounts[-1] += finer
    return tuple(
        Instalment(due_on=_day(first_on, every, place), amount=amount)
        for place, amount in enumerate(amounts)
    )


def _day(first_on: date, every: Every, place: int) -> date:
    try:
        if every is not Every.MONTH:
            return first_on + timedelta(days=_DAYS[every] * place)
        months = first_on.year * 12 + first_on.month - 1 + place
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(first_on.day, last))
    except (OverflowError, ValueError):
        raise ConfigError(f"{first_on} is too late a day to begin a plan") from None


def wrong_schedule(parts: tuple[Instalment, ...], debt: Decimal, currency: str) -> str:
    """Why these instalments are no plan for ``debt``; "" when they are."""
    if any(part.amount <= ZERO for part in parts):
        return "every instalment must be more than zero"
    days = [part.due_on for part in parts]
    if days != sorted(set(days)):
        return "the instalments must stand in the order of their days, each on a day of its own"
    sum_of_it = total(part.amount for part in parts)
    if sum_of_it != debt:
        return (
            f"the instalments come to {money_text(sum_of_it, currency)}, and what they are about "
            f"is {money_text(debt, currency)}; they must be the same"
        )
    return ""
