"""Why the world refuses an operation, in neutral words; each wire form phrases it its own way."""

from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Reason(StrEnum):
    """What is wrong with the request."""

    UNKNOWN = "unknown"  # no such record
    MISSING = "missing"  # a needed value was not given
    INVALID = "invalid"  # a value that cannot be read or makes no sense
    NOT_UNIQUE = "not_unique"
    ARCHIVED = "archived"
    WRONG_STATUS = "wrong_status"
    FROZEN = "frozen"  # a part-paid document's amounts cannot change
    TOO_MUCH = "too_much"  # more than what is left
    WRONG_PARTY = "wrong_party"  # credit and invoice belong to different contacts
    CURRENCY = "currency"  # not enabled, or the two documents differ
    LOCKED = "locked"  # the period is closed
    PLAN_CAP = "plan_cap"
    MAIL_CAP = "mail_cap"
    NO_ADDRESS = "no_address"


class Refused(Exception):
    """An operation that the books do not allow; nothing was changed."""

    def __init__(self, reason: Reason, what: str = "", detail: str = "") -> None:
        super().__init__(f"{reason}: {what} {detail}".strip())
        self.reason = reason
        self.what = what  # the field or record concerned, in neutral words
        self.detail = detail


def found(record: T | None, what: str, key: str) -> T:
    """The record, or Refused(UNKNOWN)."""
    if record is None:
        raise Refused(Reason.UNKNOWN, what, key)
    return record


def check_amount(amount: Decimal, left: Decimal) -> None:
    """Raises Refused unless 0 < amount <= left."""
    if amount <= 0:
        raise Refused(Reason.INVALID, "amount", "must be more than zero")
    if amount > left:
        raise Refused(Reason.TOO_MUCH, "amount", str(left))
