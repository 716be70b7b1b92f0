"""A charge for lateness: a line with its working, and the invoice that it may become."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from syncer.model.ledger import Record
from syncer.model.money import ZERO

DRAFTED, BOOKED = "ledger_draft", "ledger_invoice"
"""Channels of an effect that raises a charge in the ledger."""

VOID = "-void"
"""Ends the key of the note that asks a person to give a raised charge up."""


class ChargeKind(StrEnum):
    """What is charged."""

    INTEREST = "interest"
    COMPENSATION = "compensation"
    COLLECTION_COSTS = "collection_costs"
    FEE = "fee"


class ChargeLine(Record, kw_only=True, frozen=True, gc=True):
    """One charge with its working: every figure of it can be worked out again by hand."""

    kind: ChargeKind
    item_id: str
    number: str
    amount: Decimal
    currency: str
    rows: tuple[str, ...]  # ids of the law rows, or "contract"
    working: tuple[str, ...]
    since: date | None = None  # interest: first and last day
    until: date | None = None
    percents: tuple[Decimal, ...] = ()  # interest: the yearly rates of its segments, in order
    unverified: tuple[str, ...] = ()  # rows that nobody checked: only ever looked at, never claimed


class Announced(Record, kw_only=True, frozen=True, gc=True):
    """The charges that a message named; none where it named none."""

    key: str  # of the reminder
    step: str
    currency: str
    at: datetime  # when it left, or would have
    lines: tuple[ChargeLine, ...] = ()
    item_ids: tuple[str, ...] = ()
    kept: bool = True  # False: its text is not here, so nobody knows what it charged


class Claim(Record, kw_only=True, frozen=True, gc=True):
    """What a message says about charges, beside what it asks for. Empty lines = nothing new."""

    lines: tuple[ChargeLine, ...] = ()
    before: Decimal = ZERO  # named in earlier messages, and not in the ledger
    basis: str = ""  # the law that grants them, as it is printed; "" = agreed alone
    pack: str = ""  # name and version of the law pack

    @property
    def total(self) -> Decimal:
        """All that is charged, in the account's currency."""
        return self.before + sum([line.amount for line in self.lines], ZERO)


NOTHING = Claim()
"""No word about charges."""


class Charge(Record, kw_only=True, frozen=True):
    """An invoice to raise in the ledger for one charge; ``reference`` finds it again.

    ``booked``: it is owed at once, else it waits as a draft for a person.
    """

    account_id: str
    amount: Decimal  # without tax
    currency: str
    description: str  # what it is for, with its working
    on: date  # its day, and where the ledger wants one the day it is due
    reference: str
    key: str  # of this attempt
    booked: bool = False
