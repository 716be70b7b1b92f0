"""Countries: two capitals of ISO 3166, and what somebody who wrote a name meant by it.

What: annotated types for pydantic models, as those of ``fields``.
Why: a name such as England is no country code, and would be taken for none without a word.
"""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from syncer.settings.fields import wrong
from syncer.settings.problems import SUGGESTION_LIKENESS

_LANGUAGES = ("en", "de", "fr", "nl", "es")  # in which a name may be written
_NO_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)  # two letters in CLDR that ISO 3166-1 gives to no country; XK is in use and stays
_NAME_MIN = 4  # letters of a name that was misspelt: fewer are another code
_PARTS = {
    **dict.fromkeys(("england", "scotland", "wales", "northern ireland", "great britain"), "GB"),
    **dict.fromkeys(("holland", "the netherlands"), "NL"),
    "america": "US",
}


def country(value: Any) -> str:
    """An ISO 3166-1 alpha-2 code."""
    if not isinstance(value, str):
        raise wrong("expected a country code such as GB")
    text = value.strip()
    if text not in _codes():
        raise wrong(f"'{text}' is not an ISO 3166 country code{_meant(text)}")
    return text


def country_or_none(value: Any) -> str:
    """As ``country``; empty = not known."""
    return country(value) if value else ""


def _meant(text: str) -> str:
    names = _names()
    sought = text.casefold().removesuffix(".")
    likely = names if len(sought) >= _NAME_MIN else ()
    near = difflib.get_close_matches(sought, likely, n=1, cutoff=SUGGESTION_LIKENESS)
    code = _alias(text.upper()) or next((names[one] for one in near), "")
    return f"; did you mean {code}?" if code else "; write two capitals like GB"


def _alias(upper: str) -> str:
    """Of a code in small letters, of three letters, or one that was never a country's."""
    from babel.core import get_global

    if upper in _codes():
        return upper
    found = get_global("territory_aliases").get(upper, ())
    return next((one for one in found if one in _codes()), "")


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code, _ in _territories("en"))


@cache
def _names() -> Mapping[str, str]:
    """Code by name in small letters."""
    told = (pair for language in _LANGUAGES for pair in _territories(language))
    return {name.casefold(): code for code, name in told} | _PARTS


def _territories(language: str) -> Iterator[tuple[str, str]]:
    from babel import Locale  # late: few configurations name a country

    for code, name in Locale(language).territories.items():
        if len(code) == len("GB") and code.isalpha() and code not in _NO_COUNTRIES:
            yield code, name


_SCHEMA = {"type": "string", "pattern": "^([A-Z]{2})?$"}
Country = Annotated[
    str, BeforeValidator(country), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})
]
OptionalCountry = Annotated[str, BeforeValidator(country_or_none), WithJsonSchema(_SCHEMA)]
