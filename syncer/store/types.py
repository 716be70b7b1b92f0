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
from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from syncer.errors import InvariantError

UNITS_PER_ONE = 10_000
"""Money is stored in units of 10^-4: no ISO 4217 currency has more than four decimals."""

UNITS_MAX = 2**63 - 1

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])
_SCALE = Decimal(UNITS_PER_ONE)
_PLAIN = Context(prec=60)

WideInt = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on every engine; SQLite only makes a row id of a column called INTEGER."""


def to_units(amount: Decimal) -> int:
    """Ten-thousandths of ``amount``; InvariantError when that is not exact or not 64-bit."""
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
    if rest:
        return Decimal(units).scaleb(-4, _PLAIN)
    return Decimal(cents).scaleb(-2, _PLAIN)


class Amount(TypeDecorator[Decimal]):
    """A signed amount of money as an integer number of ten-thousandths."""

    impl = WideInt
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Refuse what cannot be kept to the last digit."""
        return None if value is None else to_units(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """Give the amount back; sums arrive as Decimal from PostgreSQL."""
        return None if value is None else from_units(int(value))


class Word(TypeDecorator[str]):
    """Text ordered by code point on every engine, so that cursors can be merged in Python."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """PostgreSQL would order by the database's locale."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(Text(collation=collation))


class Exact(TypeDecorator[Decimal]):
    """A number that is not money, such as an exchange rate, as its own decimal text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Keep every digit."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """Read the digits back."""
        return None if value is None else Decimal(value)


_parse_day = lru_cache(maxsize=4096)(date.fromisoformat)
_print_day = lru_cache(maxsize=4096)(date.isoformat)


class Day(TypeDecorator[date]):
    """A calendar date as ISO text, YYYY-MM-DD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Print the date."""
        return None if value is None else _print_day(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | None:
        """Parse the date; few differ, so parsed ones are remembered."""
        return None if value is None else _parse_day(value)


def print_instant(value: datetime) -> str:
    """Fixed-width UTC text; InvariantError for a time without a zone."""
    if value.tzinfo is None:
        raise InvariantError(f"an instant without a time zone cannot be stored: {value}")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class Instant(TypeDecorator[datetime]):
    """An instant in UTC as ISO text with microseconds: text order is time order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Only aware times may be kept."""
        return None if value is None else print_instant(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Aware UTC."""
        return None if value is None else datetime.fromisoformat(value)


class OneOf(TypeDecorator[StrEnum]):
    """A word out of an enum; a CHECK beside the column says the same to the database."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._by_value = {word.value: word for word in words}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """The bare word."""
        return None if value is None else str.__str__(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:
        """The enum's member."""
        return None if value is None else self._by_value[value]


class Packed(TypeDecorator[Any]):
    """A small tuple of records or words as JSON text, typed on the way back."""

    impl = Text
    cache_ok = True

    def __init__(self, content: Any) -> None:
        super().__init__()
        self.content = content
        decode: Callable[[str], Any] = msgspec.json.Decoder(content).decode
        self._decode = lru_cache(maxsize=1024)(decode)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """JSON text."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """The typed value, frozen, so that equal texts may share it."""
        return None if value is None else self._decode(value)


Digest = LargeBinary
"""Raw bytes of a hash."""
