"""Writes amounts and dates the way the customer reads them.

The amount shown always has the digits it was counted with, so that a statement foots on
paper: CLDR's own digits (none for IQD or RSD) are not used. Babel knows the patterns.
"""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from syncer.errors import InvariantError
from syncer.model.money import minor_digits

# CLDR parts a symbol made of letters from the digits (UTS 35, currencySpacing); Babel does not.
_CLOSE_UP = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def language_of(tag: str) -> str:
    """The primary language of a BCP 47 tag in lower case: "de-AT" gives "de"."""
    return tag.replace("_", "-").partition("-")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Style:
    """How one customer reads amounts and dates."""

    locale: Locale

    def money(self, amount: Decimal, currency: str) -> str:
        """``amount`` with its currency: minor units at least, never fewer digits than it has."""
        exponent = amount.normalize().as_tuple().exponent
        if not isinstance(exponent, int):
            raise InvariantError("an amount in a message is not a finite number")
        digits = max(minor_digits(currency), -exponent)
        pattern = copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)
        text = pattern.apply(amount, self.locale, currency=currency, currency_digits=False)
        return _CLOSE_UP.sub("\u00a0", text)

    def long_date(self, day: date) -> str:
        """For sentences: "3 October 2026"."""
        return format_date(day, format="long", locale=self.locale)

    def short_date(self, day: date | None) -> str:
        """For tables: "3 Oct 2026"; "" for no date."""
        return "" if day is None else format_date(day, format="medium", locale=self.locale)


def style_for(language: str, *, tag: str, countries: Iterable[str]) -> Style:
    """The style for a message in ``language``.

    The territory comes from the customer's own language ``tag`` when it is of the same
    language, else from the first of ``countries`` where that language has a style.
    """
    own = tag.replace("-", "_") if language_of(tag) == language else ""
    candidates = [own] if "_" in own else []
    candidates += [f"{language}_{country.upper()}" for country in countries if country]
    for candidate in [*candidates, language]:
        try:
            return Style(Locale.parse(candidate))
        except (UnknownLocaleError, ValueError):
            continue
    return Style(Locale.parse("en"))
