"""Days as they are typed: YYYY-MM-DD, and what to say to every other way of writing one."""

import re
from datetime import date, datetime

import typer

FORMAT = "YYYY-MM-DD"
_PARTS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
_YEAR_DIGITS = 4


def day(text: str) -> datetime:
    """Midnight of the day (Typer cannot hand on a bare date). Raises BadParameter."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007  a calendar day has no zone
    except ValueError:
        raise typer.BadParameter(_advice(text)) from None


def _advice(text: str) -> str:
    meant = list(dict.fromkeys(one.isoformat() for one in _meant(text)))
    if meant:
        return f"'{text}' is not written as {FORMAT}; write {' or '.join(meant)}"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return f"there is no day {text} in the calendar; write one as {FORMAT}"
    return f"'{text}' is no day; write it as {FORMAT}, such as 2026-12-31"


def _meant(text: str) -> list[date]:
    """The days it may be: with a slash, day and month may stand either way round."""
    found = _PARTS.fullmatch(text.strip())
    if found is None:
        return []
    first, sign, middle, last = found.groups()
    if len(first) == _YEAR_DIGITS:
        ways = [(first, middle, last)]
    elif len(last) == _YEAR_DIGITS:
        ways = [(last, middle, first)]
        if sign == "/":
            ways.append((last, first, middle))
    else:
        return []
    return [one for way in ways if (one := _day_of(*way)) is not None]


def _day_of(year: str, month: str, number: str) -> date | None:
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None
