"""What a run did, per ledger: the numbers behind the log line, the table and run_results.json."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from syncer.model.ledger import Record
from syncer.model.money import ZERO


def run_stamp(at: datetime) -> str:
    """What the id of a run that begins ``at`` (aware UTC) begins with; ids sort by time."""
    return f"{at:%Y%m%dT%H%M%SZ}"


class LedgerStatus(StrEnum):
    """How a ledger's part of a run ended."""

    OK = "ok"
    HELD = "held"  # nothing sent on purpose: stale books, kill switch
    LIMITED = "limited"  # vendor quota used up: ended early, green
    LOCKED = "locked"  # another run owns it
    PARTIAL = "partial"  # finished with some item errors
    FAILED = "failed"


class OutcomeTotal(Record, kw_only=True, frozen=True, omit_defaults=True):
    """How many open items of a currency got this outcome code, and their signed sum.

    ``credits`` and ``held`` are of what is overdue or announced; what is held is so as a whole.
    """

    code: str
    currency: str
    items: int
    amount: Decimal
    credits: Decimal = ZERO  # what lowers it, zero or less; these credits are items of their own
    held: Decimal = ZERO  # its parts that are not asked for: disputed, promised; zero or more

    @property
    def asked(self) -> Decimal:
        """What messages about these items ask for, today or once their step is due."""
        return self.amount + self.credits - self.held


class ChargeTotal(Record, kw_only=True, frozen=True):
    """Charges of one currency: named in messages, or also raised in the ledger."""

    how: str  # announced | drafted | booked
    currency: str
    lines: int
    amount: Decimal


class Asked(StrEnum):
    """What a message asks for."""

    REMINDER = "reminder"  # what is overdue
    HEADS_UP = "heads_up"  # what comes due, named before its day
    INSTALMENT = "instalment"  # a part of a payment plan, named before its day


class Fate(StrEnum):
    """What became of a message that is due: in a run the first four, in a plan the others."""

    SENT = "sent"
    APPROVAL = "approval"  # waits for a person
    PUT_OFF = "put_off"  # no hour for it, or tried again later
    LATER = "later"  # left for a later run: a limit, or the run was over before
    WOULD = "would"
    WOULD_APPROVAL = "would_approval"
    WOULD_LATER = "would_later"


class AskTotal(Record, kw_only=True, frozen=True):
    """What messages of one kind and fate ask for in one currency."""

    what: Asked
    fate: Fate
    currency: str
    messages: int
    amount: Decimal


class LedgerResult(Record, gc=True, kw_only=True, frozen=True):
    """One ledger in one run."""

    ledger: str
    connector: str
    mode: str  # plan | live | selection (live, for some accounts only)
    status: LedgerStatus
    today: date | None = None
    items_read: int = 0
    accounts_read: int = 0
    quarantined: int = 0
    closed: int = 0
    accounts_considered: int = 0
    planned: int = 0
    contacted: int = 0
    notes: int = 0
    charges: int = 0  # raised in the ledger
    charged: tuple[ChargeTotal, ...] = ()  # where nothing was sent: what would have been
    tasks: int = 0
    asks: tuple[AskTotal, ...] = ()  # what messages of this run asked for, or would
    cancelled: int = 0
    rejected: int = 0
    uncertain: int = 0
    snoozed: int = 0
    waiting: int = 0  # effects, of any run, that only a person can settle
    approvals: int = 0  # contacts that wait for a person to approve them
    errors: int = 0
    outcomes: tuple[OutcomeTotal, ...] = ()
    open_totals: tuple[tuple[str, Decimal], ...] = ()  # the ledger's signed open total by currency
    narrowed: bool = False  # by --select: the outcomes are those of some accounts only
    chases: int = 0  # messages of the last 30 days, of at most the latest 200
    false_chases: int = 0  # of these, how many asked for what had been paid before
    calls: int = 0
    seconds: float = 0.0
    error: str = ""  # class and sentence, no secrets
    error_kind: str = ""
    warnings: tuple[str, ...] = ()  # what stopped nothing but a person should know
    limited_until: datetime | None = None
    limited_scope: str = ""  # the limit's name, as the vendor or the connector has it
    parked: bool = False  # no run asks the vendor before ``limited_until``
    left_alone: bool = False  # parked by an earlier run: not one call was made
    alarms: tuple[str, ...] = ()  # codes of what was far outside the usual, policy.volume


class RunResult(Record, gc=True, kw_only=True, frozen=True):
    """One run over all its ledgers."""

    run_id: str
    version: str
    command: str
    started_at: datetime
    finished_at: datetime
    exit_code: int
    config_digest: str
    policy_version: str
    ledgers: tuple[LedgerResult, ...]
