"""Reasons a person gave for leaving an account or an item alone, each with an end."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from syncer.model.agreement import Terms
from syncer.model.ledger import Record


class HoldKind(StrEnum):
    """Why it is held. ``exclude`` is the only kind that may have no end date."""

    DISPUTE = "dispute"
    PROMISE = "promise"
    PLAN = "plan"
    MANUAL = "manual"
    EXCLUDE = "exclude"


class HoldSource(StrEnum):
    """Who entered it."""

    CLI = "cli"
    CONFIG = "config"
    LEDGER = "ledger"


class Hold(Record, gc=True, kw_only=True, frozen=True):
    """One hold on an account, or on one of its items.

    Active from ``starts_on`` to ``ends_on``, both included; contact may resume the day
    after. ``amount`` limits a dispute or promise to a part; None = the whole scope.
    """

    hold_id: str
    kind: HoldKind
    account_id: str
    item_id: str = ""  # "" = the whole account
    amount: Decimal | None = None
    currency: str = ""  # of ``amount``
    starts_on: date
    ends_on: date | None = None
    reason: str
    author: str = ""
    source: HoldSource = HoldSource.CLI
    created_at: datetime | None = None
    terms: Terms | None = None
