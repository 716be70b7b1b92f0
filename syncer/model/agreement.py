"""What was agreed with a customer beside the day: instalments, who said it, who sees to it.

A promise and a payment plan remember what was open when they were made. What has been paid towards
them is then the difference to what is open now, in every ledger alike.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from syncer.model.ledger import Record


class DisputeCause(StrEnum):
    """What a dispute is about."""

    GOODS = "goods"  # missing, late, damaged or wrong
    PRICE = "price"
    QUANTITY = "quantity"
    SERVICE = "service"
    PAPERWORK = "paperwork"  # an order number, a proof or an address is missing
    ALREADY_PAID = "already_paid"
    OTHER = "other"


class UnpaidCause(StrEnum):
    """Why a customer has not paid, as it said itself. The order is that of the question."""

    PAID_CLAIM = "paid_claim"  # it says that it has paid
    NOT_RECEIVED = "not_received"  # it never got the invoice
    DISPUTED = "disputed"
    CANNOT_PAY = "cannot_pay"  # not now, or not at once
    WRONG_CONTACT = "wrong_contact"
    OVERLOOKED = "overlooked"
    OTHER = "other"


SAYS_PAID = "says that it has paid"
"""How the reason of a PAID_CLAIM begins; the note of whoever heard it follows after a colon."""


class Covered(Record, kw_only=True, frozen=True):
    """One invoice that an agreement is about, with what was open of it then."""

    item_id: str
    open: Decimal
    currency: str = ""
    expected_on: date | None = None  # the day on which the ledger expected payment then


class Instalment(Record, kw_only=True, frozen=True):
    """One part of a payment plan, in the plan's currency."""

    due_on: date
    amount: Decimal  # above zero


class Terms(Record, gc=True, kw_only=True, frozen=True, omit_defaults=True):
    """What a hold knows beside its days and its reason."""

    covers: tuple[Covered, ...] = ()  # promise and plan; empty = not known
    instalments: tuple[Instalment, ...] = ()  # plan only, in order of their days
    cause: str = ""  # DisputeCause of a dispute, UnpaidCause of what a customer said
    owner: str = ""  # who sees to it
    said_by: str = ""  # who said it at the customer
    handed_to: str = ""  # exclusion only: who has the debt now, an agency or a lawyer
    ended: bool = False  # a person ended it early: neither kept nor broken, nothing is overdue
    offered: bool = False  # a plan that was offered and that nobody has accepted: it holds nothing
