"""Column types, each declared once: money, dates, instants, words and small lists.

Money is an integer in units of a ten-thousandth, because SQLite would keep a decimal as a
binary float. Dates and instants are ISO text of a fixed width, so that text order is time
order on every engine. Text is ordered by code point everywhere, as Python orders it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from syncer.errors import InvariantError
from syncer.model.money import CENT

UNITS_PER_ONE = 10_000
"""Money is stored in units of 10^-4: no ISO 4217 currency has more than four decimals."""

UNITS_MAX = 2**63 - 1

DAYS_REMEMBERED = 4096

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])
_SCALE = Decimal(UNITS_PER_ONE)
_CENTS_EXACT = Decimal(10) ** 14  # below it, amounts with two decimals need no closer look
_UNIT = Decimal("0.0001")

WideInt = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on every engine; SQLite only makes a row id of a column called INTEGER."""


def to_units(amount: Decimal) -> int:
    """Ten-thousandths of ``amount``; InvariantError when that is not exact or not 64-bit."""
    if amount.same_quantum(CENT) and -_CENTS_EXACT < amount < _CENTS_EXACT:
        return int(amount * 100) * 100
    try:
        scaled = _EXACT.multiply(amount, _SCALE)
        units = int(scaled)
    except (DecimalException, ValueError, OverflowError) as error:
        raise InvariantError(f"an amount cannot be stored exactly: {amount}") from error
    if units != scaled or not -UNITS_MAX <= units <= UNITS_MAX:
        raise InvariantError(f"an amount has more than 4 decimals or is too large: {amount}")
    return units


def from_units(units: int) -> Decimal:
    """The amount, with two decimals where two are enough and four otherwise."""
    cents, rest = divmod(units, 100)
    return Decimal(units) * _UNIT if rest else Decimal(cents) * CENT


def canonical(amount: Decimal) -> Decimal:
    """The amount as ``from_units`` writes it: equal amounts become equal text.

    Raises InvariantError for what ``to_units`` refuses.
    """
    return amount if amount.same_quantum(CENT) else from_units(to_units(amount))


class Word(TypeDecorator[str]):
    """Text ordered by code point on every engine, so that cursors can be merged in Python."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """PostgreSQL would order by the database's locale."""
        collation = "C" if dialect.name == "postgresql" else None
        return Text(collation=collation)


class _Converted(TypeDecorator[Any]):
    """A column whose values pass through one function each way; None stays None.

    The functions are handed out as they are: a batch then costs one call per value.
    """

    def _store(self, value: Any) -> Any:
        """From Python to the driver."""
        raise NotImplementedError

    def _load(self, value: Any) -> Any:
        """From the driver to Python."""
        raise NotImplementedError

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """What SQLAlchemy and the batches apply to parameters."""
        return self._store

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """What SQLAlchemy and the batches apply to results."""
        return self._load

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        """The value as it stands in a statement that shows it."""
        return str(self._store(value))


class Amount(_Converted):
    """A signed amount of money as an integer number of ten-thousandths.

    Storing raises InvariantError for an amount that cannot be kept to the last digit.
    """

    impl = WideInt
    cache_ok = True

    def _store(self, value: Decimal | None) -> int | None:
        return None if value is None else to_units(value)

    def _load(self, value: int | Decimal | None) -> Decimal | None:
        return None if value is None else from_units(int(value))  # PostgreSQL sums to Decimal


@lru_cache(maxsize=DAYS_REMEMBERED)
def _print_day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


@lru_cache(maxsize=DAYS_REMEMBERED)
def _parse_day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


class Day(_Converted):
    """A calendar date as ISO text, YYYY-MM-DD. Few differ, so they are remembered."""

    impl = Text
    cache_ok = True
    _store = staticmethod(_print_day)
    _load = staticmethod(_parse_day)


def print_instant(value: datetime) -> str:
    """Fixed-width UTC text; InvariantError for a time without a zone."""
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise InvariantError(f"an instant without a time zone cannot be stored: {value}")
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")


class Instant(_Converted):
    """An instant in UTC as ISO text with microseconds: text order is time order."""

    impl = Text
    cache_ok = True

    def _store(self, value: datetime | None) -> str | None:
        return None if value is None else print_instant(value)

    def _load(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class OneOf(_Converted):
    """A word out of an enum; a CHECK beside the column says the same to the database."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._by_value: dict[str | None, StrEnum | None] = {None: None}
        self._by_value |= {word.value: word for word in words}

    def _store(self, value: StrEnum | None) -> str | None:
        return None if value is None else str.__str__(value)

    def _load(self, value: str | None) -> StrEnum | None:
        return self._by_value[value]


class Packed(_Converted):
    """A small tuple of records or words as JSON text, typed on the way back."""

    impl = Text
    cache_ok = True

    def __init__(self, content: Any) -> None:
        super().__init__()
        self.content = content
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(content).decode

    def _store(self, value: Any) -> str | None:
        return None if value is None else self._encode(value).decode()

    def _load(self, value: str | None) -> Any:
        return None if value is None else self._decode(value)
