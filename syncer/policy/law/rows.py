"""The rows of a law pack: one record per kind of rule, each with its dates, source and status.

Percentages are written as people write them ("8" is 8 % a year), amounts as decimals of the row's
currency, days as whole calendar days. Both ends of a period belong to it.
"""

from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from syncer.model.ledger import Record
from syncer.policy.strategy import HandOver


class Debtor(StrEnum):
    """Who owes. Where nobody said, a claim to money is refused and the strictest limit holds."""

    BUSINESS = "business"
    SOLE_TRADER = "sole_trader"
    CONSUMER = "consumer"
    PUBLIC_BODY = "public_body"


class Creditor(StrEnum):
    """In which role we write: for what is owed to us, or for somebody else."""

    OWN = "own"
    COLLECTOR = "collector"


class Status(StrEnum):
    """How far a row may be relied on."""

    UNVERIFIED = "unverified"  # nobody compared it with the primary source
    ACTIVE = "active"  # compared on ``checked_on``
    BILL = "bill"  # not in force
    SUPERSEDED = "superseded"


class Evidence(StrEnum):
    """What a row rests on, before anybody checks it."""

    OFFICIAL = "official"  # an official page or summary states it
    SECONDARY = "secondary"  # somebody else's page states it
    DERIVED = "derived"  # arithmetic on other rows
    CHOICE = "choice"  # ours, not law


class RateMode(StrEnum):
    """Which day chooses the rate of a debt."""

    LOCK_AT_START = "lock_at_start"  # the first day of interest, for the life of the debt
    FLOAT_PER_SEMESTER = "float_per_semester"  # each day its own half-year's rate


class Part(StrEnum):
    """What a payment can be set against."""

    COSTS = "costs"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Enclosure(StrEnum):
    """Papers that have to go with a letter before court."""

    INFORMATION_SHEET = "information_sheet"
    REPLY_FORM = "reply_form"
    FINANCIAL_STATEMENT = "financial_statement"


class TextRule(StrEnum):
    """What a message must say, or must not."""

    NO_PROMOTION = "no_promotion"
    IDENTIFY_SENDER = "identify_sender"
    OPT_OUT_LINE = "opt_out_line"
    YEARLY_RATE = "yearly_rate"  # a rate per month, week or day names its yearly equivalent
    AGREED_FIRST = "agreed_first"  # a fee or interest has to stand in the contract
    FORMAL_LETTER = "formal_letter"  # the reminder itself is wanted as a letter
    NO_ALARM = "no_alarm"  # nothing whose nature or frequency alarms or distresses


class Row(Record, kw_only=True, frozen=True, gc=True, tag_field="kind", forbid_unknown_fields=True):
    """What all rows have. ``valid_from`` and ``valid_to`` are the days that the value governs; of a
    rate that is locked, the days on which interest starts to run."""

    id: str
    source: str
    evidence: Evidence
    region: str = ""  # state or province
    debtors: tuple[Debtor, ...] = ()  # none = all
    creditor: Creditor | None = None  # None = either
    valid_from: date | None = None
    valid_to: date | None = None
    checked_on: date | None = None
    checked_by: str = ""
    review_by: date | None = None
    status: Status = Status.UNVERIFIED
    note: str = ""

    def governs(self, day: date) -> bool:
        """Whether ``day`` lies in the row's period."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day <= self.valid_to)

    def applies_to(self, debtor: Debtor, creditor: Creditor = Creditor.OWN) -> bool:
        """Whether the row speaks about such a debtor and such a creditor."""
        return (not self.debtors or debtor in self.debtors) and self.creditor in (None, creditor)


class Rate(Row, kw_only=True, frozen=True, gc=True, tag="rate"):
    """Statutory interest as one figure, percent a year."""

    percent: Decimal
    mode: RateMode


class ReferenceRate(Row, kw_only=True, frozen=True, gc=True, tag="reference_rate"):
    """A central bank's rate of one period, percent a year."""

    series: str
    percent: Decimal


class Uplift(Row, kw_only=True, frozen=True, gc=True, tag="uplift"):
    """Statutory interest as points over a reference rate."""

    series: str
    points: Decimal
    mode: RateMode


class Band(Record, kw_only=True, frozen=True):
    """From this principal on, this sum."""

    principal_from: Decimal
    amount: Decimal


class FixedSum(Row, kw_only=True, frozen=True, gc=True, tag="fixed_sum"):
    """A sum due once per late invoice, by its size; bands in rising order."""

    currency: str
    bands: tuple[Band, ...]


class ShareBand(Record, kw_only=True, frozen=True):
    """Of the part of a principal above the band before and up to this bound, this share."""

    percent: Decimal
    up_to: Decimal | None = None  # None = without end; the last band alone


class FeeScale(Row, kw_only=True, frozen=True, gc=True, tag="fee_scale"):
    """Collection costs as shares of the principal, with a least amount.

    A principal above the last bound has no figure, and so has any while the first is not known.
    """

    currency: str
    percent: Decimal  # of the first band
    least: Decimal
    up_to: Decimal | None = None  # where the first band ends; None = the row does not say
    bands: tuple[ShareBand, ...] = ()  # above it, in rising order
    most: Decimal | None = None  # in all


class FeeCap(Row, kw_only=True, frozen=True, gc=True, tag="fee_cap"):
    """How much, how often and how close together reminders may cost something."""

    currency: str
    most: Decimal  # per reminder
    count: int | None = None  # reminders with a fee, per claim
    gap_days: int | None = None  # at least so many days after the notice before
    handover_extra: Decimal | None = None  # once more, when the claim is handed over
    notices_before_handover: int | None = None


class ContactCap(Row, kw_only=True, frozen=True, gc=True, tag="contact_cap"):
    """At most ``contacts`` in any ``days`` days in a row; no channels = every channel."""

    contacts: int
    days: int
    channels: tuple[str, ...] = ()
    after_talking: int | None = None  # none for so many days from a talk on, its day counted


class QuietTime(Row, kw_only=True, frozen=True, gc=True, tag="quiet_time"):
    """When contact is allowed at the debtor's place; no weekday that is absent. Monday = 0."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time
    channels: tuple[str, ...] = ()
    keeps_holidays: bool = False
    at_work: bool = False  # about contact at the debtor's place of work alone


class Term(Row, kw_only=True, frozen=True, gc=True, tag="term"):
    """Days to pay where nothing was agreed, and the most that may be agreed without more."""

    days: int
    most: int | None = None


class PreAction(Row, kw_only=True, frozen=True, gc=True, tag="pre_action"):
    """What must happen before a claim goes to court, in days to wait."""

    reply_days: int
    after_documents_days: int | None = None
    notice_days: int | None = None
    enclosures: tuple[Enclosure, ...] = ()


class TextDuty(Row, kw_only=True, frozen=True, gc=True, tag="text_rule"):
    """A duty or a ban on words."""

    rule: TextRule


class YearlyCostCap(Row, kw_only=True, frozen=True, gc=True, tag="yearly_cost_cap"):
    """Fees and interest together, as percent of the principal a year."""

    percent: Decimal


class Allocation(Row, kw_only=True, frozen=True, gc=True, tag="allocation"):
    """In which order a payment is set against what is owed."""

    order: tuple[Part, ...]


class Retention(Row, kw_only=True, frozen=True, gc=True, tag="retention"):
    """How long records are kept."""

    years: int


class Handover(Row, kw_only=True, frozen=True, gc=True, tag="handover"):
    """When a debt may be given to an agency or a lawyer, or when one takes it on; all must hold."""

    to: HandOver | None = None  # none = to either
    forbidden: bool = False  # such debtors' debts are not given away at all
    currency: str = ""  # of ``least``
    least: Decimal = Decimal(0)
    days_late: int = 0  # at least so many
    years_old_below: int | None = None
    undisputed: bool = False
    notices: int = 0  # written messages about it before, at least
    formal_notice: bool = False  # one of them formal or final
    notice_days: int = 0  # days since the first formal one, or where none is asked for, any
    letter: bool = False  # that one by letter


class PlanLimit(Row, kw_only=True, frozen=True, gc=True, tag="plan_limit"):
    """How long an agreed payment plan may last without more."""

    days: int
    parts: int | None = None  # and how many instalments it may have


AnyRow = (
    Rate
    | ReferenceRate
    | Uplift
    | FixedSum
    | FeeScale
    | FeeCap
    | ContactCap
    | QuietTime
    | Term
    | PreAction
    | TextDuty
    | YearlyCostCap
    | Allocation
    | Retention
    | Handover
    | PlanLimit
)


class Pack(Record, kw_only=True, frozen=True, gc=True, forbid_unknown_fields=True):
    """The rows of one jurisdiction. ``country`` is ISO 3166, "" for rules above the states."""

    name: str
    title: str
    country: str
    currency: str
    version: str
    review_by: date
    rows: tuple[AnyRow, ...]
    basis: str = ""  # the law that grants interest and sums, as messages print it
    extends: tuple[str, ...] = ()  # packs whose rows hold here where this one has none of a kind
