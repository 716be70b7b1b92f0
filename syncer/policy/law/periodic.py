"""Rates per month, week or day in a text, and what they come to in a year.

What: "2 % per month" alone hides 24 % a year, and the law of some countries wants the yearly rate
beside it. Any figure "a year" in the same paragraph counts as that rate; whether it is the right
one, nominal or effective, is for a person.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from syncer.model.ledger import Record

_TIMES = {"month": 12, "week": 52, "day": 365}
_CENT = Decimal("0.01")
_RATE = r"(?<![\d.,])(?P<percent>\d+(?:[.,]\d+)?)\s?(?:%|percent|per\s+cent|pour\s+cent)\s*"
_MONTH = r"per\s+month|a\s+month|each\s+month|every\s+month|monthly|/\s?month|p\.\s?m\."
_MONTH += r"|par\s+mois|/\s?mois|mensuel(?:le)?s?"
_WEEK = r"per\s+week|a\s+week|each\s+week|every\s+week|weekly|/\s?week|par\s+semaine|/\s?semaine"
_DAY = r"per\s+day|a\s+day|each\s+day|every\s+day|daily|/\s?day|par\s+jour|/\s?jour"
_WORDS = r"(?:(?:of\s+)?(?:interest|d['’]intérêts?)\s+)?(?:\(?compounded\s+)?"
_PERIODIC = re.compile(
    rf"{_RATE}{_WORDS}(?:(?P<month>{_MONTH})|(?P<week>{_WEEK})|(?P<day>{_DAY}))(?!\w)",
    re.IGNORECASE,
)
_YEARLY = re.compile(
    rf"{_RATE}{_WORDS}\(?(?:per\s+year|a\s+year|each\s+year|yearly|/\s?year|per\s+annum|annual(?:ly)?"
    r"|p\.\s?a\.|par\s+an(?:née)?|/\s?an|l['’]an|annuel(?:le)?s?)(?!\w)",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"\n\s*\n")


class Periodic(Record, kw_only=True, frozen=True):
    """A rate per part of a year without a yearly one beside it; ``line`` counts from 1."""

    line: int
    words: str
    percent: Decimal
    times: int  # parts in a year

    @property
    def nominal(self) -> Decimal:
        """Percent a year, added up."""
        return yearly_nominal(self.percent, self.times)

    @property
    def effective(self) -> Decimal:
        """Percent a year, with interest on interest."""
        return yearly_effective(self.percent, self.times)


def yearly_nominal(percent: Decimal, times: int) -> Decimal:
    """``percent`` as often as it comes in a year."""
    return percent * times


def yearly_effective(percent: Decimal, times: int) -> Decimal:
    """The same where each part bears interest on the parts before; percent, rounded half up."""
    grown = (1 + percent / 100) ** times
    return ((grown - 1) * 100).quantize(_CENT, ROUND_HALF_UP)


def without_yearly(text: str) -> Iterator[Periodic]:
    """Every rate per month, week or day whose paragraph states none per year."""
    start = 0
    for end in [*[gap.start() for gap in _PARAGRAPH.finditer(text)], len(text)]:
        if not _YEARLY.search(text, start, end):
            for found in _PERIODIC.finditer(text, start, end):
                yield _periodic(text, found)
        start = end


def _periodic(text: str, found: re.Match[str]) -> Periodic:
    part = next(name for name in _TIMES if found[name])
    return Periodic(
        line=text.count("\n", 0, found.start()) + 1,
        words=" ".join(found[0].split()),
        percent=Decimal(found["percent"].replace(",", ".")),
        times=_TIMES[part],
    )
