"""Treatment by size and history: a large first debt sooner, a small one of a good payer later.

Each function compares one figure with one setting and says what it compared.
"""

from decimal import Decimal

from syncer.model.decision import Code, Reason
from syncer.policy.behaviour import Behaviour
from syncer.policy.compiled import ANY_CURRENCY, ReadyPolicy
from syncer.policy.position import Book, to_base
from syncer.policy.rules import Personal
from syncer.policy.text import amount_text, item_text

FIRST_TIME_LARGE_RANK = 1_000_000
_BAND_RANK = 1_000
_DAYS_RANK_MAX = _BAND_RANK - 1


def below_minimum(rules: ReadyPolicy, book: Book, asked: Decimal, *, base: str) -> Reason | None:
    """Why ``asked`` is too small to ask for, or None.

    A limit of the book's own currency comes first; "*" is in the base currency. Without a
    rate the "*" limit cannot be compared and does not hold the contact back.
    """
    own = rules.minimum.get(book.currency)
    if own is not None:
        if asked >= own:
            return None
        return _too_small(book, asked, own, book.currency, asked)
    limit = rules.minimum.get(ANY_CURRENCY)
    if limit is None:
        return None
    value = to_base(asked, book, base)
    if value is None or value >= limit:
        return None
    return _too_small(book, asked, limit, base, value)


def _too_small(book: Book, asked: Decimal, limit: Decimal, currency: str, value: Decimal) -> Reason:
    args = (amount_text(asked), book.currency, amount_text(limit), currency, amount_text(value))
    return Reason(code=Code.BELOW_MINIMUM, args=args)


def first_time_large(personal: Personal, history: Behaviour, book: Book, *, base: str) -> bool:
    """Whether a customer who never settled anything owes at least the limit, in base currency."""
    if personal.first_time_large is None or not history.first_time:
        return False
    value = to_base(book.asked, book, base)
    return value is not None and value >= personal.first_time_large


def small_until(personal: Personal, history: Behaviour, book: Book, late: int) -> Reason | None:
    """Why a small overdue may wait, or None.

    Small: below ``small_share`` of what the account settled in this currency in 365 days.
    Healthy: it did settle something then, and its usual lateness is below ``small_until``.
    """
    share = personal.small_share
    if share is None or history.turnover <= 0 or late >= personal.small_until:
        return None
    if history.usual_late is not None and history.usual_late >= personal.small_until:
        return None
    limit = share * history.turnover
    if book.asked >= limit:
        return None
    args = (
        amount_text(book.asked),
        book.currency,
        amount_text(limit),
        str(late),
        str(personal.small_until),
        item_text(book.carrier) if book.carrier is not None else "",
    )
    return Reason(code=Code.RIDES_STATEMENT, args=args)


def priority(book: Book, asked: Decimal, *, late: int, large_first: bool, base: str) -> int:
    """Order of sending: large first-time debts, then size by digits, then days late."""
    value = to_base(asked, book, base)
    digits = (asked if value is None else value).adjusted() + 1  # before the decimal point
    band = max(1, digits)
    rank = min(band, _DAYS_RANK_MAX) * _BAND_RANK + min(late, _DAYS_RANK_MAX)
    return rank + (FIRST_TIME_LARGE_RANK if large_first else 0)
