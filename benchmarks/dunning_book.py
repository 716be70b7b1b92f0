"""The book that three dunning programs are asked about, and what each of them said.

The customers are those of the live Tryton book (``tests/live/tryton/book.py``), all under the
dunning procedure, with further ones for what that book has no case of. Nobody pays anything
during the six weeks: what differs between the programs is the programs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from tests.live.tryton.book import GERMANS
from tests.live.tryton.put_in import Asked, Customer, Money

FIRST_DAY = date(2026, 11, 16)  # a Monday
DAYS = 43  # until Monday 28 December: Christmas Day is a Friday
LEVELS = (5, 20, 40)  # days late: Tryton's levels in its live test
PROMISED_UNTIL = FIRST_DAY + timedelta(days=14)
DISPUTED_UNTIL = FIRST_DAY + timedelta(days=60)
DISPUTED = Decimal("500.00")  # the amount of the disputed invoice
PROMISES, DISPUTES = "promise", "disputed"  # customers with a hold in our program
NOT_COMPARED = frozenset({"quiet"})  # a category that only our configuration gives a meaning to


@dataclass(frozen=True, kw_only=True, order=True)
class Said:
    """One message or letter to one customer. ``day`` is a date, ``step`` counts from 1."""

    who: str
    day: date
    step: int
    amount: Decimal
    currency: str
    about: tuple[str, ...] = ()  # numbers of the invoices it asks for
    how: str = "email"


def _case(key: str, *asked: Asked, **more: object) -> Customer:
    known: dict[str, object] = {
        "emails": ((f"{key}@customer.example", False),),
        "procedure": "standard",
        **more,
    }
    return Customer(key=key, name=f"Case {key}", asked=asked, **known)  # type: ignore[arg-type]


def _late(number: str, amount: str, days: int, **more: object) -> Asked:
    return Asked(number=number, amount=amount, issued=max(days, 0) + 30, due=(days,), **more)  # type: ignore[arg-type]


_FURTHER = (
    _case(
        "several", _late("S-1", "100.00", 8), _late("S-2", "200.00", 25), _late("S-3", "300.00", 50)
    ),
    _case("credit-larger", _late("S-4", "100.00", 30), money=(Money(amount="250.00"),)),
    _case("sixty-days", _late("S-5", "600.00", 60)),
    _case("six-days", _late("S-6", "60.00", 6)),
    _case("weekend", _late("S-7", "70.00", 0)),  # five days late on Saturday 21 November
    _case("holiday", _late("S-8", "80.00", -34)),  # five days late on Friday 25 December
    _case(PROMISES, _late("S-9", "90.00", 30)),
    _case(DISPUTES, _late("S-10", str(DISPUTED), 30), _late("S-11", "40.00", 30)),
)


def customers() -> tuple[Customer, ...]:
    """Everybody in the book; each is in Tryton's dunning procedure unless it is in none."""
    return (
        *(
            replace(one, procedure=one.procedure or "standard")
            for one in GERMANS
            if one.key not in NOT_COMPARED
        ),
        *_FURTHER,
    )


def days() -> list[date]:
    """Every day, weekends included: a scheduler runs on all of them."""
    return [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]


def told(said: Iterable[Said]) -> dict[str, list[Said]]:
    """By customer, oldest first."""
    found: dict[str, list[Said]] = {}
    for one in sorted(said):
        found.setdefault(one.who, []).append(one)
    return found
