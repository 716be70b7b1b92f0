"""How a decision becomes a message and leaves: the renderer, the channel and the letterhead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from syncer.model.charge import Claim
from syncer.model.decision import AccountSnapshot, Decision, LedgerContext
from syncer.model.effect import Attachment, Message
from syncer.model.outcome import Outcome


class Channel(Protocol):
    """Delivers a ready message."""

    name: str

    def send(self, message: Message) -> Outcome:
        """Deliver once. Only a certain failure may be Retry; a lost answer is Uncertain.

        Raises AuthError when the channel refuses us (password, certificate, no TLS offered):
        nothing was handed over, and no other message can go out either. Raises Unreachable
        when it cannot be reached at all, with the same certainty.
        """

    def find(self, message_id: str) -> bool | None:
        """Whether it was delivered; None = this channel cannot tell."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, per ledger, for the templates."""

    sender: str  # address
    sender_name: str
    reply_to: str
    signature: str = ""
    signatures: Mapping[str, str] = field(default_factory=dict)  # instead of it, by language
    bank_details: str = ""
    language: str = "en"
    ask_reason: bool = False  # messages ask why nothing was paid

    def signed(self, language: str) -> str:
        """The signature of messages in ``language`` ("de"); one for "de-CH" serves it as well."""
        of_it = (text for tag, text in self.signatures.items() if _base(tag) == language)
        return next(of_it, self.signature)


def _base(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0]


class Renderer(Protocol):
    """Turns a decision into a message. Pure given its templates."""

    def render(
        self,
        *,
        decision: Decision,
        snapshot: AccountSnapshot,
        context: LedgerContext,
        letterhead: Letterhead,
        tone: str,
        template: str,
        recipients: Sequence[str],
        pay_links: Mapping[str, str],
        at: datetime,
        attachments: Sequence[Attachment] = (),
        not_attached: Collection[str] = (),
        spoken: str = "",
        letter: bool = False,
        claim: Claim | None = None,
    ) -> Message:
        """``at`` is the run's now (aware) and becomes the Date header.

        ``not_attached`` are the invoices asked for whose document should have been attached
        and is not: the message says so. Every other one has its document, or none has.
        ``claim`` are charges, told apart from what is asked; the message keeps its lines.

        ``spoken`` is the step's own language, "" = the account's. A ``letter`` is laid out for
        paper and has no receivers by mail.

        Raises RecordError when the account has no usable address or a template fails.
        """

    def note(self, *, message: Message, decision: Decision, context: LedgerContext) -> str:
        """The sentence a bookkeeper reads in the ledger, without the marker."""

    def task_text(
        self,
        *,
        decision: Decision,
        snapshot: AccountSnapshot,
        context: LedgerContext,
        hand_over: str = "",
        missing: Sequence[str] = (),
    ) -> str:
        """What a person of ours needs for a TASK step (a phone call), without the marker.

        With ``hand_over`` ("agency", "legal") it asks to give the debt away; ``missing`` is what
        its file lacks, in sentences.
        """
