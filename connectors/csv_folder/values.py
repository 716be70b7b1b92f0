"""Cells become amounts, days, ids and flags, under the configured format and nothing else.

The rule throughout: what two readers could read in two ways is refused with the key
that settles it. Cells of a workbook arrive typed and need no rule.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from connectors.csv_folder.layout import Format, Layout
from connectors.csv_folder.problems import CellError, shown
from connectors.csv_folder.tables import Cell
from syncer.errors import ConfigError, ContractError
from syncer.model.money import AMOUNT_LIMIT, minor_digits, quantize

YEAR_MIN, YEAR_MAX = 1990, 2100
DIGITS_MAX = 18  # more is no amount of money
EXCEL_DIGITS = 15  # a spreadsheet keeps no more significant digits

_SPACES = " \u00a0\u2009\u202f"
_SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP", "EGP", "GIP", "FKP", "SHP"),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS", "TWD"),
}
_MARK = r"(?:[A-Z]{3}|[€£¥₹$])"
_SIGNED = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[-−+])?\s*(?P<mark>{_MARK})?\s*(?P<minus2>[-−+])?\s*"
    rf"(?P<number>[0-9.,'’{_SPACES}]*[0-9][0-9.,]*)\s*(?P<mark2>{_MARK})?\s*(?P<minus3>[-−])?"
    r"\s*(?P<close>\))?"
)
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS = {name: index for index, name in enumerate(_MONTH_NAMES, start=1)}
_MONTHS |= {name[:3]: index for name, index in _MONTHS.items()} | {"sept": 9}
_TIME = r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?")
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{2}}|[0-9]{{4}}){_TIME}")
_DAY_MONTH = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]+)\.?,?[ -]([0-9]{2}|[0-9]{4})")
_MONTH_DAY = re.compile(r"([A-Za-z]+)\.? ([0-9]{1,2}),? ([0-9]{4})")
_SPOILT = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_HIDDEN = frozenset({"Cc", "Cf"})
_JOINERS = "\u200c\u200d"  # part of the spelling in several scripts
_TRUE = frozenset({"yes", "y", "true", "1", "x", "sent"})
_FALSE = frozenset({"no", "n", "false", "0", "unsent"})


def text(cell: Cell) -> str:
    """A cell as trimmed text; an empty one is ''. Whole floats lose their '.0'."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


# --- amounts


@lru_cache(maxsize=32)
def _number_pattern(decimal: str, thousands: str, grouping: str) -> re.Pattern[str]:
    group = {"": "", " ": f"[{_SPACES}]", "'": "['’]"}.get(thousands, re.escape(thousands))
    whole = "[0-9]+"
    if group and grouping == "indian":
        whole = rf"[0-9]{{1,2}}(?:{group}[0-9]{{2}})*{group}[0-9]{{3}}|[0-9]+"
    elif group:
        whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+"
    return re.compile(rf"(?P<whole>{whole})?(?:{re.escape(decimal)}(?P<part>[0-9]+))?")


def amount(cell: Cell, *, currency: str, style: Format, field: str) -> Decimal:
    """A signed amount in ``currency``.

    Text is read under the configured separators; ``(1)``, ``1-`` and ``-1`` are negative.
    Raises CellError when it does not fit them, when a currency sign contradicts
    ``currency``, or when it has more decimals than the currency is paid in.
    """
    value = exact_amount(cell, currency=currency, style=style, field=field)
    return in_minor_units(value, currency=currency, field=field)


def exact_amount(cell: Cell, *, currency: str, style: Format, field: str) -> Decimal:
    """As ``amount``, but with all its decimals: a line item may have more than the sum."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return Decimal(format(cell, f".{EXCEL_DIGITS}g"))
    return _amount_of_text(text(cell), currency, style, field)


def in_minor_units(value: Decimal, *, currency: str, field: str) -> Decimal:
    """``value`` unless it has a fraction that ``currency`` cannot be paid in (CellError)."""
    if not value.is_finite() or abs(value) >= AMOUNT_LIMIT:
        raise CellError("the number is too large for an amount; correct the cell", field=field)
    rounded = quantize(value, currency)
    if rounded != value:
        raise CellError(
            f"{value} has more decimals than {currency} is paid in; check the decimal and "
            "thousands separators under format",
            field=field,
        )
    return rounded


def _amount_of_text(raw: str, currency: str, style: Format, field: str) -> Decimal:
    if not raw:
        raise CellError("is empty; an amount is needed", field=field)
    match = _SIGNED.fullmatch(raw)
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise CellError(f"{shown(raw)} is no amount; correct the cell", field=field)
    signs = [sign for sign in (match["minus"], match["minus2"], match["minus3"]) if sign]
    marks = [mark for mark in (match["mark"], match["mark2"]) if mark]
    if len(signs) + bool(match["open"]) > 1 or len(marks) > 1:
        raise CellError(f"{shown(raw)} has two signs; correct the cell", field=field)
    for mark in marks:
        if currency not in _SYMBOLS.get(mark, (mark,)):
            raise CellError(
                f"{shown(raw)} says {mark} in a row in {currency}; correct one of them", field=field
            )
    value = _magnitude(match["number"].strip(_SPACES), raw, currency, style, field)
    return -value if match["open"] or (signs and signs[0] != "+") else value


def _magnitude(number: str, raw: str, currency: str, style: Format, field: str) -> Decimal:
    match = _number_pattern(style.decimal, style.thousands, style.grouping).fullmatch(number)
    if match is None:
        raise CellError(
            f"{shown(raw)} does not fit decimal '{style.decimal}' and thousands "
            f"'{style.thousands}'; set both under format as the file writes them",
            field=field,
        )
    whole, part = match["whole"] or "", match["part"] or ""
    if len(part) == 3 and 1 <= len(whole) <= 3 and minor_digits(currency) != 3:
        raise CellError(
            f"{shown(raw)} could be thousands or decimals; set decimal and thousands under "
            "format, or write it with two decimals",
            field=field,
        )
    digits = re.sub(r"[^0-9]", "", whole)
    if len(digits) > DIGITS_MAX:
        raise CellError("the number is too long for an amount; correct the cell", field=field)
    return Decimal(f"{digits or '0'}.{part or '0'}")


# --- days


def day(cell: Cell, *, style: Format, field: str, where: str) -> date:
    """A calendar day. ``where`` names file, row and column for errors about the whole file.

    Raises CellError for a day that does not exist, ConfigError where the order of day and
    month is not configured, and ContractError where the data prove the configured order wrong.
    """
    if isinstance(cell, datetime):
        return _in_range(cell.date(), field)
    if isinstance(cell, date):
        return _in_range(cell, field)
    raw = text(cell)
    found = _plain_day(raw, field)
    if found is None and (match := _YEAR_LAST.fullmatch(raw)):
        found = _ordered_day(raw, match, style, field, where)
    if found is None:
        raise CellError(f"{shown(raw)} is no date; write it as 2026-04-03", field=field)
    return _in_range(found, field)


def _plain_day(raw: str, field: str) -> date | None:
    """Days that need no rule: the year comes first, or the month has a name."""
    if match := _YEAR_FIRST.fullmatch(raw):
        return _day_of(match[1], match[3], match[4], raw, field)
    if match := _COMPACT.fullmatch(raw):
        return _day_of(match[1], match[2], match[3], raw, field)
    if match := _DAY_MONTH.fullmatch(raw):
        return _named_day(match[3], match[2], match[1], raw, field)
    if match := _MONTH_DAY.fullmatch(raw):
        return _named_day(match[3], match[1], match[2], raw, field)
    return None


def _named_day(year: str, month: str, number: str, raw: str, field: str) -> date | None:
    index = _MONTHS.get(month.lower())
    return None if index is None else _day_of(year, str(index), number, raw, field)


def _ordered_day(
    raw: str, match: re.Match[str], style: Format, field: str, where: str
) -> date | None:
    first, second, year = match[1], match[3], match[4]
    if style.date_order == "ymd":
        raise ConfigError(
            f"{where}: '{raw}' may mean day/month or month/day; set date_order (dmy or mdy) "
            "under format"
        )
    month, number = (second, first) if style.date_order == "dmy" else (first, second)
    if int(month) > 12 >= int(number) >= 1:
        other = "mdy" if style.date_order == "dmy" else "dmy"
        raise ContractError(
            f"{where}: '{raw}' cannot be {style.date_order} but would be {other}; if the file is "
            f"written that way set date_order: {other}, otherwise correct the cell"
        )
    return _day_of(year, month, number, raw, field)


def _day_of(year: str, month: str, number: str, raw: str, field: str) -> date:
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(full, int(month), int(number))
    except ValueError as error:
        raise CellError(
            f"{shown(raw)} is no day of the calendar; correct it", field=field
        ) from error


def _in_range(found: date, field: str) -> date:
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        raise CellError(
            f"the year {found.year} is outside {YEAR_MIN} to {YEAR_MAX}; correct the cell",
            field=field,
        )
    return found


# --- codes, ids and flags


def currency_code(cell: Cell, *, default: str) -> str:
    """An ISO 4217 code, or ``default`` for an empty cell. Raises CellError for neither."""
    raw = text(cell).upper() or default
    if not raw:
        raise CellError(
            "the currency is empty; fill it in or set currency beside file", field="currency"
        )
    if not re.fullmatch("[A-Z]{3}", raw):
        raise CellError(f"{shown(raw)} is no currency code such as EUR", field="currency")
    return raw


def identifier(cell: Cell, *, float_ids: bool, field: str) -> str:
    """An id or number as text; '' when empty. Raises CellError for 1.93E+09."""
    raw = text(cell)
    if _SPOILT.fullmatch(raw):
        raise CellError(
            f"{shown(raw)} was shortened by a spreadsheet; export again with the column as text",
            field=field,
        )
    if float_ids:
        raw = re.sub(r"\.0+$", "", raw) if re.fullmatch(r"[0-9]+\.0+", raw) else raw
    if not raw.isprintable():
        raise CellError("contains control characters; correct the cell", field=field)
    return raw


def name(cell: Cell) -> str:
    """A customer's name on one line, without invisible signs that could reorder a message."""
    one_line = re.sub(r"[\r\n\t]+", " ", text(cell))
    kept = (
        sign for sign in one_line if sign in _JOINERS or unicodedata.category(sign) not in _HIDDEN
    )
    return "".join(kept).strip()


def account_number(cell: Cell, *, layout: Layout, field: str) -> str:
    """A customer number, without what the layout says a spreadsheet did to it; '' when empty."""
    number = identifier(cell, float_ids=layout.float_ids, field=field)
    if layout.strip_zeros and re.fullmatch("[0-9]+", number):
        return number.lstrip("0") or "0"
    return number


def flag(cell: Cell, *, field: str) -> bool | None:
    """yes or no; None when empty. Raises CellError for any other word."""
    raw = text(cell).casefold()
    if raw in _TRUE or raw in _FALSE:
        return raw in _TRUE
    if raw:
        raise CellError("is neither yes nor no; correct the cell", field=field)
    return None
