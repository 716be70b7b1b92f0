"""One thing to do outside, its states, and the message it may carry."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from syncer.model.charge import NOTHING, ChargeLine, Claim
from syncer.model.decision import Decision
from syncer.model.ledger import Person, Record

UNTIL_APPROVED = datetime(9999, 12, 31, tzinfo=UTC)
"""``not_before`` of a contact that a person has to approve first."""

WAITS_FOR_APPROVAL = "waits for approval"
"""Its ``detail``."""

DECLINED = "declined"
"""How it begins for a contact to which a person said no: it is cancelled, and not planned again."""


class EffectKind(StrEnum):
    """What is done outside."""

    REMINDER = "reminder"
    NOTE = "note"
    TASK = "task"
    CHARGE = "charge"


class EffectState(StrEnum):
    """Where an effect stands. Only ``pending`` moves by itself; the last five are final.

    pending -> claimed -> sending -> delivered | rejected | uncertain
    pending | claimed -> cancelled;  claimed -> pending (snooze, retry, rescue)
    uncertain | rejected -> delivered (confirmed) | cancelled (discarded), by a person
    rejected -> pending, by a person who mended the cause
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"


class Effect(Record, gc=True, kw_only=True, frozen=True):
    """A row of the outbox. ``key`` is its identity for ever: one key, one effect."""

    key: str
    ledger: str
    kind: EffectKind
    account_id: str
    currency: str = ""
    # Of a step its own (rules.StepChannel); else a note or task in the ledger, or a charge's
    # (model.charge) as a draft or an invoice.
    channel: str
    step: str = ""
    step_index: int = -1
    episode: str = ""
    item_ids: tuple[str, ...] = ()
    amount: Decimal | None = None  # asked when planned; the guard reads it again
    text: str = ""  # body of a note or task
    caused_by: str = ""  # key of the reminder a note belongs to
    priority: int = 0
    not_before: datetime | None = None
    planned_on: date
    run_id: str
    decision_digest: str = ""
    state: EffectState = EffectState.PENDING
    attempt: int = 0
    detail: str = ""  # last reason or evidence
    settled_at: datetime | None = None


class Attachment(Record, kw_only=True, frozen=True):
    """A file that travels with a message; ``item_id`` says which item it is the document of.

    ``also_for`` are further items of the same document: its instalments.
    """

    name: str
    mime_type: str  # e.g. application/pdf
    content: bytes
    item_id: str = ""
    also_for: tuple[str, ...] = ()


class Message(Record, gc=True, kw_only=True, frozen=True):
    """A reminder ready to go, as it will be kept. Immutable: built once, resent byte for byte."""

    key: str
    message_id: str  # RFC 5322 Message-ID, derived from the key
    sender: str
    reply_to: str
    to: tuple[Person, ...]
    subject: str
    text: str
    html: str
    language: str
    raw: bytes  # the message as sent, RFC 5322 with CRLF; holds the attachments too
    attachments: tuple[str, ...] = ()  # their file names, in order
    charges: tuple[ChargeLine, ...] = ()  # named in it for the first time, beside what is asked


class Attempt(Record, kw_only=True, frozen=True):
    """One try at an effect, as the journal keeps it."""

    key: str
    number: int
    at: datetime
    outcome: str  # tag of the outcome
    detail: str = ""


class PlannedContact(Record, gc=True, kw_only=True, frozen=True):
    """A decision to contact together with the effect it asks for."""

    decision: Decision
    effect: Effect
    claim: Claim = NOTHING  # what its message would say of charges; known where nothing is sent
    booking: str = ""  # what would become of them; "" = there are none
