"""Sections about ledgers: which system, how far it may go, holds entered in YAML.

What: the keys of ``ledgers``. ``settings`` belongs to the connector: it arrives here already
validated by the connector's own model (``connectors``).
Not here: which connectors exist, and whether names that are referred to exist (``checks``).
"""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, SkipValidation, model_validator

from syncer.flow.worker import Mode
from syncer.model.agreement import DisputeCause
from syncer.model.hold import HoldKind
from syncer.policy.agreements.schedule import wrong_schedule
from syncer.settings.agreements import InstalmentSettings
from syncer.settings.credit import CreditLimitSettings
from syncer.settings.fields import (
    Amount,
    Count,
    Currency,
    IsoDate,
    Language,
    Name,
    OneLine,
    at_least,
    one_of,
    wrong,
)
from syncer.settings.mail import LedgerMail
from syncer.settings.section import Section, group, key
from syncer.settings.segments import Text

WHICH_ACCOUNT = "The customer: its exact name or its id in the ledger; an invoice number = only it."


class HoldSettings(Section):
    """An account, or one of its items, that is left alone for a while."""

    account: Text = key(..., WHICH_ACCOUNT, example='"Harbour Roofing"')
    kind: Annotated[HoldKind, one_of(HoldKind)] = key(
        ..., "dispute, promise, plan, manual or exclude.", example="promise"
    )
    item: OneLine = key(
        "", "Number or id of one invoice; empty = the whole account.", example='"INV-1042"'
    )
    amount: Amount | None = key(
        None, "Only this part is held; empty = all.", unit="amount", example='"120.00"'
    )
    currency: Currency | None = key(None, "Of amount; required with it.", example="EUR")
    starts_on: IsoDate | None = key(
        None, "First day; empty = already.", alias="from", unit="date", example="2026-11-01"
    )
    ends_on: IsoDate | None = key(
        None,
        "Last day; required but for exclude.",
        alias="until",
        unit="date",
        example="2026-12-15",
    )
    reason: OneLine = key("", "Why; required.", example="Goods returned, credit note follows")
    author: OneLine = key("", "Who decided it.", example="Anna Smith")
    code: Annotated[DisputeCause, one_of(DisputeCause)] | None = key(
        None, "What a dispute is about, as a word.", example="goods"
    )
    owner: OneLine = key("", "Who sees to it.", example="Anna Smith")
    said_by: OneLine = key("", "Who said it at the customer.", example="Ms Keeler")
    instalments: tuple[InstalmentSettings, ...] = group(
        list, "Of a payment plan: they come to all that is open of it."
    )

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if not self.reason:
            raise wrong(f"a hold ({self.kind.value}) needs a reason; add reason")
        unended = self.ends_on is None and not self.instalments
        if unended and self.kind is not HoldKind.EXCLUDE:
            raise wrong(f"a hold ({self.kind.value}) needs an end; add until: YYYY-MM-DD")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise wrong("until is before from; correct one of the dates")
        if (self.amount is None) != (self.currency is None):
            raise wrong("amount and currency belong together; give both or neither")
        if self.code is not None and self.kind is not HoldKind.DISPUTE:
            raise wrong("code says what a dispute is about; leave it out, or write kind: dispute")
        return self

    @model_validator(mode="after")
    def _in_parts(self) -> Self:
        if not self.instalments:
            return self
        if self.kind is not HoldKind.PLAN:
            raise wrong("instalments belong to a payment plan; write kind: plan")
        if self.amount is None:
            raise wrong("a plan with instalments needs amount and currency: what they come to")
        parts = tuple(part.part() for part in self.instalments)
        mistake = wrong_schedule(parts, self.amount, self.currency or "")
        if mistake:
            raise wrong(mistake)
        return self

    @property
    def last_day(self) -> date | None:
        """The last day it holds; of a plan that names none, the day of its last instalment."""
        if self.ends_on is None and self.instalments:
            return self.instalments[-1].due
        return self.ends_on


class Exclusion(Section):
    """An account that is never contacted."""

    account: Text = key(..., WHICH_ACCOUNT, example='"Harbour Roofing"')
    reason: OneLine = key("", "Why; required.", example="Group company")
    until: IsoDate | None = key(
        None, "Last day; empty = for ever.", unit="date", example="2026-12-31"
    )

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, data: Any) -> Any:
        if isinstance(data, str | int):
            raise wrong('an exclusion needs a reason; write {account: "...", reason: "..."}')
        return data

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if not self.reason:
            raise wrong("an exclusion needs a reason that a colleague understands; add reason")
        return self


class LedgerSettings(Section):
    """One organisation in one accounting system."""

    name: Name = key(..., "Your name for it, used by every command.", example="north")
    connector: Name = key(..., "Which accounting system.", example="xero")
    mode: Annotated[Mode, one_of(Mode)] = key(
        "plan", "plan decides and shows; only live sends.", example="live"
    )
    policy: Name = key("standard", "A policy of yours or a ready one.", example="gentle")
    channel: Name | None = key(
        None, "A channel of mail.channels; empty = the only one there is.", example="post"
    )
    language: Language | None = key(None, "As mail.language.", example="de")
    mail: LedgerMail = group(dict, "What differs from the mail section.")
    write_notes: bool = key(
        True, "Write a note into the ledger after each message.", example="false"
    )
    pay_links: bool = key(False, "Fetch a payment link per invoice: one call each.", example="true")
    sends_max: Annotated[Count, at_least(1)] | None = key(
        None, "Messages per run; empty = run.sends_max.", unit="messages", example="50"
    )
    do_not_contact: tuple[Exclusion, ...] = group(list, "Accounts that are never contacted.")
    holds: tuple[HoldSettings, ...] = group(list, "Disputes, promises, plans and manual holds.")
    credit_limits: tuple[CreditLimitSettings, ...] = group(
        list, "Most that may be open, before what the ledger says; only warned about."
    )
    settings: SkipValidation[Any] = Field(
        default_factory=dict,
        description="The connector's own keys; see its page.",
        examples=["{folder: exports}"],
    )


def last_day(hold: HoldSettings | Exclusion) -> date | None:
    """The last day on which it holds, None = no end."""
    return hold.last_day if isinstance(hold, HoldSettings) else hold.until
