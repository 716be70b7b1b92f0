"""Small words for the sums that these tests do."""

from datetime import date
from decimal import Decimal

from syncer.policy.charges.interest import STANDARD, Interest, Paid, RateOn, Terms, fixed, interest
from syncer.policy.law.lawbook import Checked, LawBook
from syncer.settings.lawpacks import shipped_packs

CHECK_DAY = date(2026, 11, 1)


def day(text: str) -> date:
    """A day as ISO writes it."""
    return date.fromisoformat(text)


def verified() -> LawBook:
    """The shipped packs as if somebody had checked every row."""
    packs = shipped_packs()
    marks = [Checked(row=row.id, on=CHECK_DAY, by="Anna") for pack in packs for row in pack.rows]
    return LawBook(packs, marks)


def owed(
    principal: str,
    *,
    due: str,
    until: str,
    rate: RateOn | str,
    paid: tuple[tuple[str, str], ...] = (),
    currency: str = "GBP",
    terms: Terms = STANDARD,
) -> Interest:
    """Interest in few words."""
    return interest(
        Decimal(principal),
        currency,
        due_on=day(due),
        until=day(until),
        payments=[Paid(on=day(on), amount=Decimal(amount)) for on, amount in paid],
        rate_on=fixed(Decimal(rate), "contract") if isinstance(rate, str) else rate,
        terms=terms,
    )
