"""What a policy charges for lateness, and what was charged before: frozen records, no reckoning."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from syncer.model.charge import ChargeKind, ChargeLine
from syncer.model.ledger import Record
from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.interest import STANDARD, Paid, Terms
from syncer.policy.law.rows import Debtor, Part


class Basis(StrEnum):
    """Where the rate of interest comes from; a contract's rate takes the place of the law's."""

    STATUTORY = "statutory"
    CONTRACT = "contract"


class Booking(StrEnum):
    """What becomes of a charge."""

    ANNOUNCE = "announce"  # named in the message, written nowhere
    DRAFT = "draft"  # a draft invoice in the ledger, for a person to approve
    BOOK = "book"  # an invoice in the ledger that is owed at once


class WhenPaid(StrEnum):
    """What becomes of charges when only the invoice itself is paid."""

    WAIVE = "waive_on_principal"
    KEEP = "keep"


class InterestRule(Record, kw_only=True, frozen=True):
    """Interest on late invoices. ``percent`` a year, for a contract's rate alone."""

    basis: Basis
    percent: Decimal | None = None
    terms: Terms = STANDARD


class FeeRule(Record, kw_only=True, frozen=True):
    """A fee for a reminder: an amount per currency, or a percentage of the principal."""

    per: FeePer
    amounts: tuple[tuple[str, Decimal], ...] = ()
    percent: Decimal | None = None


class ChargeRules(Record, kw_only=True, frozen=True, gc=True):
    """All that a policy says about charges. Nothing is charged where no step is named."""

    law: str = ""  # a law pack; "" = contract alone
    debtor: Debtor | None = None  # whoever is in none of the groups below; None = nobody said
    groups: tuple[tuple[str, Debtor], ...] = ()  # a ledger's group, and what its members are
    steps: tuple[str, ...] = ()  # the steps that charge
    agreed: bool = False  # interest and fees stand in the contract with these customers
    interest: InterestRule | None = None
    compensation: bool = False
    collection_costs: bool = False
    fee: FeeRule | None = None
    booking: Booking = Booking.ANNOUNCE
    when_paid: WhenPaid = WhenPaid.WAIVE
    allocation: tuple[Part, ...] = ()  # () = the pack's


NO_CHARGES = ChargeRules()


class Debt(Record, kw_only=True, frozen=True, gc=True):
    """One late invoice as far as it is asked for.

    ``principal`` is what is asked today; ``paid`` what lowered it before, where the ledger gives
    the day. What was paid on an unknown day counts as paid in time: never more than is owed.
    """

    item_id: str
    number: str
    due_on: date
    principal: Decimal
    paid: tuple[Paid, ...] = ()


class Earlier(Record, kw_only=True, frozen=True):
    """A charge that was announced or booked before. ``until`` is interest's last day.

    ``letter`` are the ids of all that its message named: a fee per letter was for all of them.
    """

    kind: ChargeKind
    item_id: str
    step: str
    on: date
    amount: Decimal
    until: date | None = None
    letter: tuple[str, ...] = ()


class Assessment(Record, kw_only=True, frozen=True, gc=True):
    """What a step charges, and in sentences what it does not and why."""

    currency: str
    lines: tuple[ChargeLine, ...] = ()
    refused: tuple[str, ...] = ()
    pack: str = ""  # name and version of the law pack
    basis: str = ""  # the law that grants some of the lines, as it is printed
    order: tuple[Part, ...] = ()  # what a payment goes to first

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum([line.amount for line in self.lines], Decimal(0))
