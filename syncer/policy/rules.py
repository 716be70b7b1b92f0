"""The user's policy as frozen records. Settings build them from YAML; nothing here reads files.

Timing is in words: a step is due *on or after* its day, never only on it.
"""

import hashlib
from datetime import time
from decimal import Decimal
from enum import StrEnum

import msgspec

from syncer.model.ledger import Record
from syncer.policy.agreements.rules import Agreements
from syncer.policy.charges.rules import NO_CHARGES, ChargeRules
from syncer.policy.law.giving import HandOverRule
from syncer.policy.strategy import DirectDebit, Eligibility, FirstRun, HandOver, ThankYou


class Tone(StrEnum):
    """How a step speaks, from friendly to formal."""

    HEADS_UP = "heads_up"
    FRIENDLY = "friendly"
    FIRM = "firm"
    FORMAL = "formal"
    FINAL = "final"


class StepChannel(StrEnum):
    """How a step reaches out. ``email`` uses the ledger's configured mail channel."""

    EMAIL = "email"
    LEDGER_EMAIL = "ledger_email"
    TASK = "task"  # a task or note for a person of ours, e.g. to phone
    LETTER = "letter"  # a file for a person of ours to print and post


class Step(Record, kw_only=True, frozen=True):
    """One step of a ladder; exactly one of the first two, or ``after_previous`` alone.

    ``before_due``/``after_due`` count days from the due date of the item that carries the
    step; ``after_previous`` counts days from the last step taken. Where both ``after_due``
    and ``after_previous`` are given, both must have been reached.
    """

    name: str
    tone: Tone
    before_due: int | None = None  # days; only for heads-up steps
    after_due: int | None = None  # days
    after_previous: int | None = None  # days
    channel: StepChannel = StepChannel.EMAIL
    template: str = ""  # "" = the tone's own template
    recipients: tuple[str, ...] = ("invoice",)  # roles, first that has an address wins
    attach_invoices: bool = False  # the documents of the invoices asked for go along
    language: str = ""  # BCP 47; "" = the account's, then the ledger's
    approval: bool = False  # planned, but not sent before a person approves it
    repeat: int | None = None  # days; the last step only: taken again so many days after itself
    hand_over: HandOver | None = None  # the last step only: a person is to hand the debt over


class Ladder(Record, kw_only=True, frozen=True):
    """Ordered steps, friendly to formal."""

    name: str
    steps: tuple[Step, ...]
    allow_skip: bool = False  # True: an old debt may enter at the highest step it has reached


class Condition(Record, kw_only=True, frozen=True):
    """Facts an account must show to be in a segment; None = does not matter; all must hold."""

    accounts: tuple[str, ...] = ()  # account_id or exact name
    groups: tuple[str, ...] = ()  # any of the ledger's groups, case-insensitive
    countries: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    overdue_at_least: Decimal | None = None  # in the base currency, as every amount here
    overdue_below: Decimal | None = None
    turnover_share_at_least: Decimal | None = None  # 0.05 = 5 % of the ledger's last 365 days
    first_time: bool | None = None  # no settled invoice yet
    usual_days_late_at_least: int | None = None
    usual_days_late_below: int | None = None
    net_at_least: Decimal | None = None  # net position, due or not
    net_below: Decimal | None = None
    known_for_at_least: int | None = None  # days since the first invoice that is known
    known_for_below: int | None = None
    first_invoice: bool | None = None  # exactly one invoice is known at all
    late_share_at_least: Decimal | None = None  # 0.5 = half of the paid invoices were paid late
    late_share_below: Decimal | None = None
    later_by_at_least: int | None = None  # days by which payment has become later
    direct_debit: bool | None = None  # an active mandate, see DirectDebit
    languages: tuple[str, ...] = ()  # BCP 47; "de" also takes de-CH


class Segment(Record, kw_only=True, frozen=True):
    """Accounts that share a strategy; the first segment whose condition holds wins."""

    name: str
    when: Condition
    ladder: str
    exclude: bool = False  # never contact, reported as excluded
    reason: str = ""  # required with exclude


class Cap(Record, kw_only=True, frozen=True):
    """At most ``contacts`` contacts to an account in any ``days`` consecutive days."""

    contacts: int
    days: int
    channel: str = ""  # counts contacts by this step channel alone; "" = every contact
    region: str = ""  # from a law pack: only of debtors there (ISO 3166-2); "" = of all


class Quiet(Record, kw_only=True, frozen=True):
    """Hours that a law leaves open for contact with debtors of a country; other days are shut."""

    country: str  # ISO 3166; a debtor whose country is unknown is treated as one of it
    weekdays: tuple[int, ...]  # Monday = 0
    opens: time  # at the debtor's place
    closes: time
    keeps_holidays: bool = False
    region: str = ""  # ISO 3166-2; "" = all of the country


class Restraint(Record, kw_only=True, frozen=True, cache_hash=True):
    """When contact is not allowed, whatever the ladder says."""

    min_gap: int = 5  # days between two contacts to an account
    caps: tuple[Cap, ...] = (Cap(contacts=4, days=30),)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)  # Monday = 0
    holidays: str = ""  # ISO 3166 country or subdivision, e.g. "GB-SCT"; "" = none
    send_from: time = time(8, 0)  # local time of the ledger
    send_until: time = time(18, 0)
    count_invoice_mail: bool = True  # the gap begins anew when the ledger mails the invoice itself
    caps_count_reminders: bool = False  # caps count the ledger's own reminders as well
    debtor_hours: bool = False  # the window holds at the debtor's place as well
    debtor_holidays: bool = False  # and so do the public holidays of its country
    quiet: tuple[Quiet, ...] = ()  # from the law pack; the strictest wins
    also_holidays: str = ""  # the debtor's place, filled in for one account (policy.quiet)


class CatchUp(StrEnum):
    """What happens to a step whose day passed while no run completed."""

    SKIP = "skip"  # its day is gone: mark it done, wait for the next step's day
    LATEST_ONLY = "latest_only"  # take the highest step reached, mark those below as done
    IN_ORDER = "in_order"  # take the steps one by one, each still min_gap apart


class Personal(Record, kw_only=True, frozen=True):
    """Treatment by history and size. Amounts are in the ledger's base currency."""

    first_time_large: Decimal | None = None  # a first-time customer owing this much overdue ...
    first_time_sooner: int = 3  # ... reaches each step this many days sooner, never before due
    small_share: Decimal | None = None  # overdue below this share of own yearly turnover ...
    small_until: int = 30  # ... waits for the next contact, until this many days late
    habit_grace_max: int = 0  # days of patience for a known steady habit; 0 = off
    habit_min_settled: int = 6  # invoices settled before a habit counts


class StaleBooks(StrEnum):
    """What happens while the books are older than allowed."""

    HOLD = "hold"  # nobody is contacted
    SOFTEN = "soften"  # no step above the friendly tone, and the message says so
    WARN = "warn"  # every step goes out; the run says so


class Freshness(Record, kw_only=True, frozen=True):
    """How old the ledger's books may be, and what follows when they are older."""

    books_max_age: int | None = None  # days; None = not checked
    when_stale: StaleBooks = StaleBooks.HOLD


class Policy(Record, kw_only=True, frozen=True, gc=True, cache_hash=True):
    """The whole policy of a ledger. ``version`` is a digest of its content."""

    name: str
    ladders: tuple[Ladder, ...]
    default_ladder: str
    segments: tuple[Segment, ...] = ()
    minimum: tuple[tuple[str, Decimal], ...] = ()  # per currency; "*" = base currency, converted
    restraint: Restraint = Restraint()
    catch_up: CatchUp = CatchUp.IN_ORDER
    personal: Personal = Personal()
    freshness: Freshness = Freshness()
    charges: ChargeRules = NO_CHARGES
    combine_over: int | None = None  # more invoices than this go out as a statement of account
    only_sent: bool = False  # contact only about invoices marked as sent in the ledger
    first_run: FirstRun = FirstRun()
    direct_debit: DirectDebit = DirectDebit()
    hand_over: Eligibility = Eligibility()
    hand_over_law: tuple[HandOverRule, ...] = ()  # from the law pack; the strictest wins
    agreements: Agreements = Agreements()
    thank_you: ThankYou = ThankYou()
    version: str = ""


def policy_version(policy: Policy) -> str:
    """Digest of what the policy says: 16 hex digits, the same for the same content for ever.

    The ``version`` field itself does not count, so a stamped policy keeps its version.
    """
    content = msgspec.json.encode(msgspec.structs.replace(policy, version=""))
    return hashlib.sha256(content).hexdigest()[:16]
