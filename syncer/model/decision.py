"""What the policy decided for one account in one currency, and why.

A decision is a value that can be printed, compared and replayed. "No contact" is a
decision too: every open item carries exactly one outcome code.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from syncer.model.hold import Hold
from syncer.model.ledger import (
    Account,
    EarlyPayment,
    ItemKind,
    OpenItem,
    Organisation,
    Record,
    Settled,
)
from syncer.model.run import OutcomeTotal


class Action(StrEnum):
    """The three things a decision can say."""

    CONTACT = "contact"
    HOLD = "hold"  # contact would be due, something forbids it
    NONE = "none"  # nothing to do


class Code(StrEnum):
    """Reason and outcome codes: stable words for machines; sentences are in policy.explain."""

    # contact
    STEP_DUE = "step_due"
    HEADS_UP = "heads_up"
    FIRST_TIME_LARGE = "first_time_large"
    PROMISE_BROKEN = "promise_broken"  # so the next step comes at once
    INSTALMENT_MISSED = "instalment_missed"  # likewise
    INSTALMENT_DUE = "instalment_due"  # of a payment plan that is kept: a word before its day
    THANK_YOU = "thank_you"  # what was asked for is paid; asks for nothing
    PASSED_OVER = "passed_over"  # lower steps that a later one, due already, makes needless
    # no contact: nothing to ask
    NOT_DUE = "not_due"
    NO_DUE_DATE = "no_due_date"
    COVERED_BY_CREDIT = "covered_by_credit"
    NETTED = "netted"  # a credit that lowers what is asked
    UNUSED_CREDIT = "unused_credit"
    BELOW_MINIMUM = "below_minimum"
    BETWEEN_STEPS = "between_steps"
    LADDER_DONE = "ladder_done"
    RIDES_STATEMENT = "rides_statement"  # small overdue of a big healthy account
    USUAL_LATENESS = "usual_lateness"  # within this customer's own habit
    MISSED_SKIPPED = "missed_skipped"
    HAND_OVER_NOT_YET = "hand_over_not_yet"  # the debt does not qualify for it so far
    # no thanks, though something was paid
    THANKED = "thanked"  # it was done already
    PAYMENT_UNPROVEN = "payment_unproven"  # nothing proves that money closed the invoices
    PAID_UNASKED = "paid_unasked"  # before anybody was reminded
    THANKS_TOO_LATE = "thanks_too_late"  # the payment is too long ago
    # held
    DISPUTE = "dispute"
    DISPUTE_OVERDUE = "dispute_overdue"  # still held, though it was to be settled by now
    PAID_CLAIM = "paid_claim"  # the customer says that it has paid; nobody checked yet
    MARKER_UNREADABLE = "marker_unreadable"  # a note in the ledger that cannot be read
    PROMISE = "promise"
    PLAN = "plan"
    MANUAL = "manual"
    EXCLUDED = "excluded"
    EXPECTED_DATE = "expected_date"
    DO_NOT_CHASE = "do_not_chase"
    DIRECT_DEBIT = "direct_debit"  # its money is collected
    OLD_DEBT = "old_debt"  # overdue before the ledger was switched on
    HANDED_OVER = "handed_over"  # to an agency or a lawyer: nobody else writes any more
    ARCHIVED = "archived"
    MERGED = "merged"
    NO_ADDRESS = "no_address"
    PARTIAL_FACTS = "partial_facts"
    UNDECIDED = "undecided"  # the rules failed on its facts: a fault of this program
    STALE_BOOKS = "stale_books"
    INVOICES_WANTED = "invoices_wanted"  # never decides: the message brings the invoices along
    STALE_SOFTENED = "stale_softened"  # never decides: why a contact speaks softly
    MIN_GAP = "min_gap"
    CAP = "cap"
    MIN_GAP_MAIL = "min_gap_mail"  # the ledger itself mailed the invoice lately
    CAP_CHANNEL = "cap_channel"  # by one channel
    CAP_MAIL = "cap_mail"  # with the reminders that the ledger itself mailed
    MIN_GAP_ELSEWHERE = "min_gap_elsewhere"  # because of the same debtor in another ledger
    CAP_ELSEWHERE = "cap_elsewhere"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OTHER_CURRENCY_FIRST = "other_currency_first"
    NOT_SENT_YET = "not_sent_yet"  # the invoice itself was never marked as sent
    IN_FLIGHT = "in_flight"  # an earlier message is unsettled (uncertain or refused)
    # said by the guard only: a planned contact is no longer wanted
    NOTHING_OPEN = "nothing_open"  # paid, credited or voided since; or an item with nothing left
    STEP_CHANGED = "step_changed"  # another step or episode would be right now


class Reason(Record, kw_only=True, frozen=True):
    """One rule that spoke, with the values it compared, as text in a fixed order per code."""

    code: Code
    args: tuple[str, ...] = ()


class Line(Record, kw_only=True, frozen=True, omit_defaults=True):
    """One line of the statement. ``asked`` is signed: credits and held parts count down."""

    item_id: str
    number: str
    kind: ItemKind
    issued_on: date | None
    due_on: date | None
    total: Decimal
    open: Decimal
    held: Decimal  # disputed or promised part of ``open``, not asked for
    asked: Decimal  # invoices: open - held; credits: minus the part used
    days_late: int = 0
    reference: str = ""
    early_payment: EarlyPayment | None = None  # open to the customer today; ``asked`` is without
    site: str = ""


class Position(Record, kw_only=True, frozen=True):
    """What the account owes in one currency. All amounts are positive magnitudes."""

    currency: str
    open_invoices: Decimal
    overdue: Decimal  # of that, past due
    held: Decimal  # disputed, promised or planned part of open_invoices
    credits: Decimal  # credit notes, over- and prepayments, unallocated payments
    net: Decimal  # open_invoices - held - credits, may be negative
    asked: Decimal  # what a message may ask for: never above net, never below zero


class ItemOutcome(Record, kw_only=True, frozen=True):
    """The one outcome of an open item in a run; ``amount`` is signed (credits negative)."""

    item_id: str
    code: Code
    amount: Decimal


class Decision(Record, gc=True, kw_only=True, frozen=True):
    """The decision for one account and currency."""

    account_id: str
    currency: str
    action: Action
    reasons: tuple[Reason, ...]  # first = the one that decided
    position: Position
    outcomes: tuple[ItemOutcome, ...]
    lines: tuple[Line, ...] = ()  # the statement, only when action is CONTACT
    segment: str = ""
    ladder: str = ""
    step: str = ""  # name of the step to take or being waited for
    step_index: int = -1
    episode: str = ""  # item_id of the item that carried the first contact
    key: str = ""  # identity of the contact for ever, see policy.ladder.contact_key
    priority: int = 0  # higher is sent first
    next_look_on: date | None = None  # earliest day the answer can change by itself
    digest: str = ""  # of everything the policy saw, and of the policy itself


class Contact(Record, kw_only=True, frozen=True):
    """A contact that was made, that may have been, or that was refused (both count as made)."""

    account_id: str
    currency: str
    step: str
    step_index: int
    episode: str
    key: str
    on: date  # in the ledger's time zone
    channel: str
    item_ids: tuple[str, ...] = ()
    settled: bool = True  # False: in flight, uncertain, or refused: a person has to look


class Elsewhere(Record, kw_only=True, frozen=True, omit_defaults=True):
    """A contact of the same debtor on another account that went out, or may have gone out."""

    ledger: str
    key: str
    on: date  # in the time zone of the ledger that is decided on, not of the one that sent it
    account_id: str = ""  # of the account, where it is one of the same ledger


class AccountSnapshot(Record, gc=True, kw_only=True, frozen=True):
    """Everything the policy may look at for one account. Order of tuples never matters."""

    ledger: str
    account: Account
    items: tuple[OpenItem, ...]
    holds: tuple[Hold, ...] = ()
    contacts: tuple[Contact, ...] = ()
    settled: tuple[Settled, ...] = ()
    quarantined: int = 0  # records of this account that could not be read
    elsewhere: tuple[Elsewhere, ...] = ()  # other accounts' contacts with the same debtor
    closed: tuple[OpenItem, ...] = ()  # as last seen open; only where a thank-you may be due


class Standing(Record, gc=True, kw_only=True, frozen=True):
    """What an account's decisions came to, and the fingerprints of what they were made on.

    While both are the same, deciding again would say the same word for word.
    """

    account_id: str
    ground: bytes  # of what all accounts share: policy, day, organisation, program
    facts: bytes  # of the account's own facts
    contacts: int  # decisions that ask for a contact
    outcomes: tuple[OutcomeTotal, ...]


class LedgerContext(Record, frozen=True, gc=True, kw_only=True, cache_hash=True):
    """Facts that are the same for every account of a ledger in one run."""

    ledger: str
    organisation: Organisation
    today: date  # in the organisation's time zone
    last_run_on: date | None = None  # last completed run before this one
    live_since: date | None = None  # first completed live run; None = there was none
    gaps: tuple[tuple[date, date], ...] = ()  # earlier (run day, next run day), days between missed
    turnover: tuple[tuple[str, Decimal], ...] = ()  # per currency, settled in the last 365 days
