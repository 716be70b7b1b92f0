"""Sections of a case of a policy: the facts that are given about one account, as people write them.

What: the keys; ``facts`` turns them into the records that the policy decides on.
Why so: one wording for every mistake, as in the configuration; and whatever a rule can read can be
given (``tests/unit/settings/test_cases.py`` compares the two).
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from syncer.model.agreement import DisputeCause, UnpaidCause
from syncer.model.charge import ChargeKind
from syncer.model.hold import HoldKind
from syncer.model.ledger import ItemKind, Stop
from syncer.policy.rules import StepChannel
from syncer.policy.strategy import HandOver
from syncer.settings.agreements import InstalmentSettings
from syncer.settings.countries import Country
from syncer.settings.fields import (
    Amount,
    Count,
    Currency,
    IsoDate,
    Language,
    Name,
    OneLine,
    one_of,
    wrong,
)
from syncer.settings.section import Section, group, key
from syncer.settings.segments import Text

_RATE = re.compile(r"\d{1,9}(\.\d{1,10})?")


def _rate(value: Any) -> Decimal:
    if not isinstance(value, str) or not _RATE.fullmatch(value.strip()):
        raise wrong('not a rate; write it in quotes like "0.8512"')
    return Decimal(value.strip())


Rate = Annotated[Decimal, BeforeValidator(_rate), WithJsonSchema({"type": "string"})]


class OfferGiven(Section):
    """What the ledger takes off an invoice for who pays early."""

    until: IsoDate = key(..., "The last day on which it holds.", example="2026-06-20")
    amount: Amount = key(..., "What is taken off.", example='"2.00"')


class ItemGiven(Section):
    """An open item: an invoice, or a credit with something left on it."""

    id: Text = key(..., "Its id; also its number, unless that is given.", example="INV-1")
    open: Amount = key(..., "What is open of it.", example='"100.00"')
    due: IsoDate | None = key(None, "Its due date.", example="2026-06-03")
    kind: Annotated[ItemKind, one_of(ItemKind)] = key(
        "invoice", f"{', '.join(ItemKind)}.", example="credit_note"
    )
    number: OneLine = key("", "Its number.", example='"1042"')
    currency: Currency | None = key(None, "Empty = the file's.", example="EUR")
    total: Amount | None = key(None, "Empty = what is open.", example='"250.00"')
    issued: IsoDate | None = key(None, "Its own day.", example="2026-05-04")
    expected: IsoDate | None = key(
        None, "The day on which the ledger expects payment.", example="2026-06-12"
    )
    sent: bool | None = key(
        None, "Marked as sent to the customer; empty = the ledger does not say.", example="true"
    )
    mailed: IsoDate | None = key(
        None, "The last day on which the ledger mailed it.", example="2026-06-01"
    )
    rate: Rate | None = key(None, "Base currency for one unit of its currency.", example='"0.8512"')
    stop: Annotated[Stop, one_of(Stop)] | None = key(
        None, f"What the ledger itself says: {', '.join(Stop)}.", example="disputed"
    )
    note: OneLine = key("", "The note on it that begins with a marker.", example='"#hold"')
    reference: OneLine = key("", "Its reference.", example='"PO 4711"')
    site: OneLine = key("", "The branch or job that it is for.", example="North")
    early_payment: OfferGiven | None = key(None, "A discount for early payment.")


class HoldGiven(Section):
    """A hold, a promise, a payment plan or a dispute."""

    kind: Annotated[HoldKind, one_of(HoldKind)] = key(..., f"{', '.join(HoldKind)}.")
    id: OneLine = key("", "A name for `expect.agreements`.", example="P1")
    item: OneLine = key("", "Id of one invoice; empty = the whole account.", example="INV-1")
    amount: Amount | None = key(None, "Only this part; empty = all.", example='"40.00"')
    currency: Currency | None = key(None, "Of amount; empty = the file's.", example="EUR")
    since: IsoDate | None = key(None, "First day; empty = the day before.", example="2026-06-01")
    until: IsoDate | None = key(
        None, "Last day; empty = no end, of a plan its last instalment.", example="2026-06-20"
    )
    reason: OneLine = key("as the case says", "Why.", example="Goods returned")
    covers: dict[Text, Amount] = key(
        {},
        "What was open of each invoice when it was agreed: what is less open today was paid. "
        "Empty = what is open today and what `settled` says was paid since.",
        example='{INV-1: "100.00"}',
    )
    instalments: tuple[InstalmentSettings, ...] = group(list, "Of a payment plan, in order.")
    code: Annotated[DisputeCause, one_of(DisputeCause)] | None = key(
        None, "What a dispute is about.", example="goods"
    )
    owner: OneLine = key("", "Who sees to it.", example="Anna Smith")
    said_by: OneLine = key("", "Who said it at the customer.", example="Ms Keeler")
    handed_to: Annotated[HandOver, one_of(HandOver)] | None = key(
        None, "Of kind exclude: who has the debt now, agency or legal.", example="agency"
    )
    ended: bool = key(False, "A person ended it on its last day.", example="true")
    offered: bool = key(False, "Of a plan: offered, and nobody has accepted it.", example="true")
    expected: dict[Text, IsoDate] = key(
        {},
        "Of an offered plan: when the ledger expected payment of its invoices then.",
        example="{INV-1: 2026-06-15}",
    )

    @model_validator(mode="after")
    def _connected(self) -> Self:
        if self.instalments and self.kind is not HoldKind.PLAN:
            raise wrong("instalments belong to a payment plan; write kind: plan")
        if self.code is not None and self.kind is not HoldKind.DISPUTE:
            raise wrong("code says what a dispute is about; leave it out, or write kind: dispute")
        if self.handed_to is not None and self.kind is not HoldKind.EXCLUDE:
            raise wrong("what was handed over has kind: exclude")
        if self.since and self.until and self.until < self.since:
            raise wrong("until is before since; correct one of the days")
        if not self.expected.keys() <= self.covers.keys():
            raise wrong("expected speaks of invoices that covers names; add them there")
        return self


class ReasonGiven(Section):
    """What the customer said about not paying; what follows is the policy's."""

    code: Annotated[UnpaidCause, one_of(UnpaidCause)] = key(..., f"{', '.join(UnpaidCause)}.")
    said: IsoDate = key(..., "The day on which it was said.", example="2026-06-08")
    id: OneLine = key("", "A name for `expect.agreements`.", example="R1")
    item: OneLine = key("", "Id of one invoice; empty = the whole account.", example="INV-1")
    note: OneLine = key("", "In its own words.", example="Paid last week")
    covers: dict[Text, Amount] = key(
        {}, "Of paid_claim: what was open then, as in holds.", example='{INV-1: "100.00"}'
    )


class ContactGiven(Section):
    """A message that went out before."""

    step: Name = key(..., "The step that it was.", example="friendly")
    sent: IsoDate = key(..., "Its day.", example="2026-06-04")
    items: tuple[Text, ...] = key(..., "Ids of the invoices it asked for.", example="[INV-1]")
    currency: Currency | None = key(None, "Empty = the file's.", example="EUR")
    channel: Annotated[StepChannel, one_of(StepChannel)] = key(
        "email", f"{', '.join(StepChannel)}.", example="letter"
    )
    episode: OneLine = key(
        "", "Id of the invoice that the follow-up began with; empty = the first of items."
    )
    number: Count | None = key(
        None, "Of a step that the policy no longer has: its place, from 0.", example="1"
    )
    settled: bool = key(True, "false: it may or may not have gone out.", example="false")


class PaymentGiven(Section):
    """A payment on an invoice: with one that is not open any more it was paid off."""

    id: Text = key(..., "Id of the invoice.", example="OLD-1")
    paid: IsoDate = key(..., "The day on which the money came.", example="2026-05-20")
    amount: Amount = key(..., "How much.", example='"100.00"')
    due: IsoDate | None = key(None, "Due date of the invoice.", example="2026-05-15")
    issued: IsoDate | None = key(None, "The invoice's own day.", example="2026-04-15")
    currency: Currency | None = key(None, "Empty = the file's.", example="EUR")
    credited: Amount | None = key(
        None, "What was closed without money; empty = the ledger does not say.", example='"0.00"'
    )


class ChargedGiven(Section):
    """A charge that an earlier message named."""

    step: Name = key(..., "The step of that message.", example="firm")
    on: IsoDate = key(..., "Its day.", example="2026-06-01")
    item: Text = key(..., "Id of the late invoice.", example="INV-1")
    kind: Annotated[ChargeKind, one_of(ChargeKind)] = key(..., f"{', '.join(ChargeKind)}.")
    amount: Amount | None = key(None, "How much; empty = nobody knows any more.", example='"5.00"')
    currency: Currency | None = key(None, "Empty = the file's.", example="EUR")
    until: IsoDate | None = key(None, "Of interest: its last day.", example="2026-06-01")


class ElsewhereGiven(Section):
    """A message to the same debtor under another account, of another ledger or of this one."""

    ledger: Name = key(..., "Which ledger.", example="north")
    sent: IsoDate = key(..., "Its day.", example="2026-06-08")
    account: OneLine = key("", "Id of the account, where it is one of this ledger.", example='"7"')


class MissedGiven(Section):
    """A stretch of days on which no run was completed."""

    after: IsoDate = key(..., "The last run before it.", example="2026-06-01")
    before: IsoDate = key(..., "The first run behind it.", example="2026-06-08")


class AccountGiven(Section):
    """The customer."""

    id: Text = key("case-account", "Its id.", example='"1001"')
    name: OneLine = key("Customer", "Its name.", example="Harbour Roofing")
    country: Country | None = key(None, "Empty = not known.", example="DE")
    region: OneLine = key("", "State or province.", example="NY")
    language: Language | None = key(None, "Empty = not known.", example="de")
    groups: tuple[Text, ...] = key((), "The ledger's groups or tags.", example="[Partners]")
    roles: tuple[OneLine, ...] = key(
        ("invoice",), "Who has an address; [] = nobody.", example="[invoice, escalation]"
    )
    archived: bool = key(False, "Archived in the ledger.", example="true")
    do_not_chase: bool = key(False, "The ledger says: do not chase.", example="true")
    direct_debit: bool = key(False, "The ledger says: its money is collected.", example="true")
    merged_into: OneLine = key("", "Id of the customer it became.", example='"1002"')
    note: OneLine = key("", "The note that begins with a marker.", example='"#hold"')
    credit_limit: Amount | None = key(None, "The most that may be open.", example='"5000.00"')
    limit_currency: Currency | None = key(None, "Of it; empty = the file's.", example="EUR")
