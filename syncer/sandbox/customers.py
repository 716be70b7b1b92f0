"""Invented customers: names, sizes, and the habit with which each pays.

Names are made of parts so that none is a real company on purpose; some carry letters outside
ASCII, apostrophes and ampersands, because real books do.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from syncer.sandbox.records import Person


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ada Ben Chloé Dmitri Eleni Farah Gwen Håkon Inês Jürgen Keiko Liam Mairéad Ngaio Olu Petra "
    "Quentin Rosa Søren Tamsin Umar Vera Wiremu Xóchitl Yusuf Zoë"
)
LAST = _words(
    "Abbott Brennan Čapek Davies Eriksen Fernández Garvey Hōne Ibrahim Jansen Kowalski Lindqvist "
    "McAllister Nakamura O'Connor Petrov Quigley Råberg Singh Tūhoe Underhill Vögel Winslow Young"
)
STEMS = _words(
    "Alder Beacon Cedar Dunmore Eastgate Fairview Granary Harbour Ironbridge Juniper Kestrel "
    "Larkfield Meridian Northwold Orchard Pennine Quayside Redwing Saltmarsh Thornbury Ullswater "
    "Vale Westbrook Yarrow Müller Ōtaki Żuraw Ångström"
)
TRADES = _words(
    "Joinery Foods Logistics Dental Studios Engineering Nurseries Print Plumbing Interiors "
    "Catering Motors Textiles Software Roofing Veterinary Brewery Garden"
)
ENDINGS = ("Ltd", "Ltd", "Limited", "LLP", "& Sons", "Co-operative", "PLC", "")
CITIES = ("Leeds", "Bristol", "Glasgow", "Cardiff", "York", "Norwich", "Exeter", "Derry")


class Habit(StrEnum):
    """How a customer pays, when nothing else happens."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"  # always, by about three weeks
    VERY_LATE = "very_late"
    DRIFTING = "drifting"  # a little later every month
    ERRATIC = "erratic"
    SILENT = "silent"  # pays when somebody asks


HABIT_SHARES = (
    (Habit.EARLY, 15),
    (Habit.ON_TIME, 40),
    (Habit.LATE, 18),
    (Habit.VERY_LATE, 6),
    (Habit.DRIFTING, 8),
    (Habit.ERRATIC, 9),
    (Habit.SILENT, 4),
)
NEVER = 400  # days late: in practice not without a reminder


@dataclass(frozen=True, slots=True)
class Size:
    """How much a customer buys: invoices a month and a usual net amount."""

    per_month: float
    amount: int


# Skewed as real books are: few customers make most of the turnover.
SIZES = ((Size(0.15, 180), 45), (Size(0.6, 420), 33), (Size(1.5, 1400), 17), (Size(4.0, 6200), 5))


def pick_habit(rng: random.Random) -> Habit:
    """A habit by its share."""
    weights = [share for _, share in HABIT_SHARES]
    return rng.choices(HABIT_SHARES, weights)[0][0]


def pick_size(rng: random.Random) -> Size:
    """A size by its share."""
    weights = [share for _, share in SIZES]
    return rng.choices(SIZES, weights)[0][0]


def days_late(habit: Habit, rng: random.Random, *, months_before_now: float) -> int:
    """Days after the due date on which an invoice gets paid; negative = early."""
    match habit:
        case Habit.EARLY:
            return -rng.randint(3, 14)
        case Habit.ON_TIME:
            return rng.choice((-2, -1, 0, 0, 0, 1, 2, 4))
        case Habit.LATE:
            return max(5, round(rng.gauss(21, 6)))
        case Habit.VERY_LATE:
            return max(20, round(rng.gauss(55, 15)))
        case Habit.DRIFTING:
            return max(0, round(30 - 1.2 * months_before_now + rng.gauss(0, 4)))
        case Habit.ERRATIC:
            return rng.choice((-5, 0, 3, 12, 28, 45, 70))
        case Habit.SILENT:
            return NEVER if months_before_now < 4 else rng.randint(60, 95)


def planned_payday(habit: Habit, doc_id: str, due: date, today: date) -> date:
    """When this invoice gets paid if nobody reminds; the same answer every day."""
    months = max(0.0, (today - due).days / 30)
    return due + timedelta(days=days_late(habit, random.Random(doc_id), months_before_now=months))  # noqa: S311


def company_name(rng: random.Random, number: int) -> str:
    """A name that no other ``number`` gets."""
    parts = (rng.choice(STEMS), rng.choice(TRADES), rng.choice(ENDINGS))
    return f"{' '.join(part for part in parts if part)} {_roman(number)}".strip()


def person(rng: random.Random, domain: str, *, gets_mail: bool) -> Person:
    """Somebody at a customer."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    plain = f"{first}.{last}".encode("ascii", "ignore").decode().replace("'", "").lower()
    return Person(first_name=first, last_name=last, email=f"{plain}@{domain}", gets_mail=gets_mail)


def _roman(number: int) -> str:
    numerals = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"))
    text = ""
    for value, sign in (*numerals, (4, "IV"), (1, "I")):
        while number >= value:
            text, number = text + sign, number - value
    return text
