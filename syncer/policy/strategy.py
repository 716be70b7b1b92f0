"""Parts of a policy that say how debts are taken over, handed over and thanked for. Records only.

Amounts are in the position's own currency unless said otherwise; days are whole calendar days.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from syncer.model.ledger import Record


class HandOver(StrEnum):
    """To whom a debt goes when our own words are used up."""

    AGENCY = "agency"
    LEGAL = "legal"


class OldDebts(StrEnum):
    """What happens to debts that were overdue already when a ledger was switched on."""

    IN_ORDER = "in_order"  # as with any debt: the first step, then the next
    BASELINE = "baseline"  # nothing until the next step's own day, or a declared date
    CATCH_UP = "catch_up"  # the step that fits their age, once; then the next in order


class FirstRun(Record, kw_only=True, frozen=True):
    """How a ledger's old debts are taken over."""

    old_debts: OldDebts = OldDebts.IN_ORDER
    from_day: date | None = None  # with BASELINE: from this day on they are as any debt


class DirectDebit(Record, kw_only=True, frozen=True):
    """Which of the ledger's groups tell that a customer pays by direct debit, or no longer does."""

    groups: tuple[str, ...] = ()  # case-insensitive; beside what the ledger itself says
    failed_groups: tuple[str, ...] = ()  # the mandate failed: contacted as anybody else


class ThankYou(Record, kw_only=True, frozen=True):
    """Who is thanked for paying what it was reminded of."""

    within: int | None = None  # days after the payment; None = nobody is


class Eligibility(Record, kw_only=True, frozen=True):
    """What must be true before a debt is proposed for handing over; all must hold."""

    amount_at_least: Decimal = Decimal(0)  # asked, in the ledger's base currency
    late_at_least: int = 0  # days, of the oldest invoice asked for
    late_below: int | None = None  # days, of the same: older ones are barred or not taken
    messages_at_least: int = 0  # delivered to the customer in this episode
    undisputed: bool = True  # no part of any overdue invoice is disputed
