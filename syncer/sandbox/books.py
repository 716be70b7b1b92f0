"""The stored state of one organisation, and the arithmetic of a document's lines.

Plain data that can be saved whole; ``ledger`` keeps the rules.
"""

import hashlib
import uuid
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from syncer.sandbox.bank import BankLine
from syncer.sandbox.records import (
    ZERO,
    Allocation,
    Contact,
    Document,
    Group,
    Line,
    Mail,
    Note,
    Organisation,
    Payment,
    Receipt,
)

FAMILY_DEPTH_MAX = 10
WHOLE_UNIT_CURRENCIES = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})


class Books(msgspec.Struct, kw_only=True):
    """Everything one organisation has written down. Dicts keep the order of creation."""

    org: Organisation
    seed: int = 0
    ids_used: int = 0
    next_number: dict[str, int] = {}
    contacts: dict[str, Contact] = {}
    groups: dict[str, Group] = {}
    documents: dict[str, Document] = {}
    payments: dict[str, Payment] = {}
    allocations: dict[str, Allocation] = {}
    receipts: dict[str, Receipt] = {}
    short_ids: dict[str, dict[str, int]] = {}  # series -> record -> number, for who counts
    notes: dict[str, list[Note]] = {}
    mails: list[Mail] = []
    bank_lines: dict[str, list[BankLine]] = {}  # by the bank account's code

    def new_id(self) -> str:
        """A UUID that depends only on the seed and on how many were made before."""
        self.ids_used += 1
        return stable_id(self.seed, self.ids_used)

    def payer(self, contact: Contact) -> Contact:
        """Who is billed for a contact; usually itself."""
        for _ in range(FAMILY_DEPTH_MAX):
            parent = self.contacts.get(contact.parent_id) if contact.parent_pays else None
            if parent is None:
                break
            contact = parent
        return contact

    def family(self, contact_id: str) -> str:
        """The topmost contact that this one is a part of; usually itself."""
        for _ in range(FAMILY_DEPTH_MAX):
            contact = self.contacts.get(contact_id)
            if contact is None or not contact.parent_id:
                break
            contact_id = contact.parent_id
        return contact_id


def stable_id(*parts: object) -> str:
    """A version-4-shaped UUID text derived from ``parts``."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """``amount`` in the currency's smallest unit, halves away from zero."""
    unit = Decimal(1) if currency in WHOLE_UNIT_CURRENCIES else Decimal("0.01")
    return amount.quantize(unit, ROUND_HALF_UP)


def price_line(line: Line, *, rate: Decimal, prices: str, currency: str) -> None:
    """Set ``net`` and ``tax`` of a line. Tax is rounded per line, as the vendors do."""
    gross = rounded(line.quantity * line.unit_price, currency)
    if prices == "inclusive":
        line.tax = rounded(gross * rate / (1 + rate), currency)
        line.net = gross - line.tax
    else:
        line.net = gross
        line.tax = ZERO if prices == "untaxed" else rounded(gross * rate, currency)


def sums(lines: Sequence[Line]) -> tuple[Decimal, Decimal]:
    """(net, tax) of all lines."""
    return sum((line.net for line in lines), ZERO), sum((line.tax for line in lines), ZERO)
