"""When a customer will probably pay, by how it paid before: counted, shrunk, never learned.

What: for each day before or after the due date, the share of invoices that were paid on that day
among those still open then, of the customer and of the whole ledger. A customer with little history
leans on the ledger's share, one with much on its own. Recent payments weigh more: half after 180
days. Unpaid invoices count up to today, so bad payers do not look good while they do not pay.
Why: every figure can be worked out again by hand from the list of payments.
Not here: any decision. Nothing leaves the ledger that it was counted in.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache

from msgspec.structs import replace

from syncer.model.ledger import Record
from syncer.model.money import ZERO

HALF_LIFE_DAYS = 180
EARLIEST, LATEST = -60, 180  # days from due that are told apart; beyond them counts as on them
LEANING = Decimal(2)  # invoices of the ledger's own history that each customer starts with
_ONE = Decimal(1)
_LONG_AGO = 3650
_RECENT_LEAST = 30  # paid invoices of the last 90 days before they correct anything
_WEIGHT_STEP = Decimal("0.000000001")
_CHANCE_STEP = Decimal("0.000000000001")


class Observed(Record, kw_only=True, frozen=True):
    """One invoice: due, and paid, or still open on the day of looking."""

    due_on: date
    paid_on: date | None = None


class Grade(StrEnum):
    """How likely an open invoice is to be more than 15 days late in the end."""

    A = "A"  # below 5 %
    B = "B"  # below 15 %
    C = "C"  # below 30 %
    D = "D"  # below 50 %
    E = "E"
    NO_HISTORY = "no history"


_GRADES = (
    (Decimal("0.05"), Grade.A),
    (Decimal("0.15"), Grade.B),
    (Decimal("0.30"), Grade.C),
    (Decimal("0.50"), Grade.D),
)
SERIOUS_DAYS = 15


class Counts(Record, kw_only=True, frozen=True, gc=True):
    """For each day from due: how many were open when it began, how many were paid on it.

    Weighted counts, from ``EARLIEST`` on. ``depth`` is the plain number of paid invoices.
    """

    open: tuple[Decimal, ...]
    paid: tuple[Decimal, ...]
    depth: int


class Outlook(Record, kw_only=True, frozen=True):
    """What to expect of one open invoice. Days are calendar days; None: not within 180 days."""

    expected_on: date | None  # as likely before as after
    from_on: date | None  # three in four pay later
    until_on: date | None  # three in four pay earlier
    serious: Decimal  # chance, 0 to 1, of more than 15 days late
    grade: Grade
    depth: int  # paid invoices of the customer that this rests on


def counts(observed: Iterable[Observed], today: date) -> Counts:
    """The history as seen at the start of ``today``: what was paid today is not known yet."""
    size = LATEST - EARLIEST + 1
    unpaid, paid = [ZERO] * size, [ZERO] * size
    depth = 0
    for one in observed:
        if one.paid_on is not None and one.paid_on < today:
            paid[_place(one.due_on, one.paid_on)] += _weight((today - one.paid_on).days)
            depth += 1
        else:
            unpaid[_place(one.due_on, today)] += _ONE
    opened = [ZERO] * size
    later = ZERO  # what was open on a day: paid on it, or still open on the day after
    for place in range(size - 1, -1, -1):
        opened[place] = later + paid[place]
        later = opened[place] + unpaid[place]  # today is not over: it may still be paid on it
    return Counts(open=tuple(opened), paid=tuple(paid), depth=depth)


def shares(own: Counts, ledger: Counts) -> tuple[Decimal, ...]:
    """For each day from due, the chance of being paid on it for whoever is still open then."""
    found = []
    for place, opened in enumerate(own.open):
        everybody = ledger.open[place]
        usual = ledger.paid[place] / everybody if everybody else ZERO
        found.append((own.paid[place] + LEANING * usual) / (opened + LEANING))
    return tuple(found)


def outlook(chances: Sequence[Decimal], *, due_on: date, today: date, depth: int) -> Outlook:
    """What to expect of an invoice due on ``due_on`` that is unpaid at the start of ``today``."""
    start = _place(due_on, today)
    left = _ONE
    days: dict[Decimal, date] = {}
    serious = _ONE
    for place in range(start, len(chances)):
        if place + EARLIEST == SERIOUS_DAYS + 1:
            serious = left
        left *= _ONE - chances[place]
        for quarter in (Decimal("0.75"), Decimal("0.5"), Decimal("0.25")):
            if left <= quarter and quarter not in days:
                days[quarter] = max(today, due_on + timedelta(days=place + EARLIEST))
    serious = serious.quantize(_CHANCE_STEP)  # below it stand the errors of rounded divisions
    return Outlook(
        expected_on=days.get(Decimal("0.5")),
        from_on=days.get(Decimal("0.75")),
        until_on=days.get(Decimal("0.25")),
        serious=serious,
        grade=grade_of(serious) if depth else Grade.NO_HISTORY,
        depth=depth,
    )


def lately(ledger: Counts, recent: Counts) -> Decimal:
    """How the odds of a late end changed: those of ``recent`` invoices over those of ``ledger``.

    Both are of the whole ledger, ``recent`` of invoices due in the last 90 days. Old payments fade
    slowly; when everybody pays sooner or later than before, this corrects for it. 1 = no change.
    """
    before = _late_end(shares(counts((), date.max), ledger))
    now = _late_end(shares(recent, ledger))
    if recent.depth < _RECENT_LEAST or not (ZERO < before < _ONE and ZERO < now < _ONE):
        return _ONE
    return (now / (_ONE - now)) / (before / (_ONE - before))


def corrected(found: Outlook, odds: Decimal) -> Outlook:
    """``found`` with its chance, and so its grade, shifted by ``odds``; days stay as counted."""
    serious = shifted(found.serious, odds)
    grade = grade_of(serious) if found.depth else Grade.NO_HISTORY
    return replace(found, serious=serious, grade=grade)


def shifted(chance: Decimal, odds: Decimal) -> Decimal:
    """``chance`` with its odds multiplied; 0 and 1 stay what they are."""
    if chance >= _ONE or odds == _ONE:
        return chance
    moved = chance / (_ONE - chance) * odds
    return (moved / (_ONE + moved)).quantize(_CHANCE_STEP)


def _late_end(chances: Sequence[Decimal]) -> Decimal:
    """The chance of more than 15 days late, seen from 60 days before the due date."""
    left = _ONE
    for chance in chances[: SERIOUS_DAYS - EARLIEST + 1]:
        left *= _ONE - chance
    return left


def usual_late(observed: Iterable[Observed], today: date, *, ledger_mean: Decimal) -> Decimal:
    """Days late as a mean in which recent payments weigh more, leaning on the ledger's mean.

    Paid early counts as negative days.
    """
    weights, days = LEANING, LEANING * ledger_mean
    for one in observed:
        if one.paid_on is not None and one.paid_on < today:
            weight = _weight((today - one.paid_on).days)
            weights += weight
            days += weight * (one.paid_on - one.due_on).days
    return days / weights


def mean_late(seen: Counts) -> Decimal:
    """Mean days late of what was paid, early ones negative, recent payments weighing more."""
    weights = sum(seen.paid, ZERO)
    days = sum((weight * (place + EARLIEST) for place, weight in enumerate(seen.paid)), ZERO)
    return days / weights if weights else ZERO


def _place(due_on: date, day: date) -> int:
    return min(max((day - due_on).days, EARLIEST), LATEST) - EARLIEST


def grade_of(serious: Decimal) -> Grade:
    """The grade of a chance, 0 to 1, of being more than 15 days late."""
    return next((grade for below, grade in _GRADES if serious < below), Grade.E)


@cache
def _weight(age_days: int) -> Decimal:
    """One half after each half-life; old entries are cut where they weigh nothing any more.

    Rounded, so that sums are exact: else their last digits would depend on the order.
    """
    age = min(max(age_days, 0), _LONG_AGO)
    return (Decimal("0.5") ** (Decimal(age) / HALF_LIFE_DAYS)).quantize(_WEIGHT_STEP)
