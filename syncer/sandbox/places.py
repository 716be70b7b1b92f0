"""Where a demo company trades: the country's names, cities, telephone numbers, terms, currencies.

Two places: Britain, and the United States with some customers in Canada. Everything is
invented, and telephone numbers are from ranges reserved for fiction.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from syncer.sandbox.customers import CITIES, company_name


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STEMS = _words(
    "Aspen Bluegrass Cascade Dakota Elkhorn Fairmont Glacier Hickory Ironwood Juniper Keystone "
    "Lakeland Magnolia Niagara Oakdale Prairie Quarry Redstone Saginaw Timber Umber Vermilion "
    "Wabash Yellowpine Zephyr Cañon Élan Stone"
)
TRADES = _words(
    "Builders Catering Dental Electric Fabrication Flooring Foods Freight HVAC Landscaping "
    "Marine Millwork Motors Nursery Outfitters Roofing Signs Tools"
)
ENDINGS = ("Inc.", "LLC", "LLC", "Corp.", "Co.", "& Sons", "Partners", "Group")
AMERICAN_CITIES = ("Akron", "Toledo", "Erie", "Dayton", "Canton", "Youngstown", "Sandusky", "Lima")


def american_name(rng: random.Random, number: int) -> str:
    """A name that no other ``number`` up to 500 gets."""
    turn, stem = divmod(number, len(STEMS))
    return f"{STEMS[stem]} {TRADES[(turn + stem) % len(TRADES)]} {rng.choice(ENDINGS)}"


@dataclass(frozen=True, slots=True)
class Place:
    """One country, as far as a demo book needs it."""

    currency: str
    country: str
    rates: tuple[tuple[str, str], ...]  # foreign currencies, in units per unit of the own one
    foreign_share: float  # of the customers
    cities: tuple[str, ...]
    terms_days: tuple[int, ...]
    name: Callable[[random.Random, int], str]
    phone: Callable[[int], str]


BRITAIN = Place(
    currency="GBP",
    country="GB",
    rates=(("EUR", "1.17"), ("USD", "1.31"), ("AUD", "1.98"), ("JPY", "196.5")),
    foreign_share=0.12,
    cities=CITIES,
    terms_days=(7, 14, 30, 30, 30, 60),
    name=company_name,
    phone=lambda number: f"0113 496 {number:04d}",
)
AMERICA = Place(
    currency="USD",
    country="US",
    rates=(("CAD", "1.38"),),
    foreign_share=0.14,
    cities=AMERICAN_CITIES,
    terms_days=(15, 15, 30, 30, 30, 60),
    name=american_name,
    phone=lambda number: f"216-555-01{number % 100:02d}",
)


def place_of(country: str) -> Place:
    """Where a company of this country trades; Britain where nothing is known."""
    return AMERICA if country == AMERICA.country else BRITAIN
