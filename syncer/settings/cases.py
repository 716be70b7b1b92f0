"""Sections of a file of cases: what is tried, on which day, and what is expected.

What: the keys of the file and of one case. The facts about the account have their own (``given``).
Not here: reading the file, and which policy it tries (``casefile``).
"""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema, WrapValidator, model_validator

from syncer.model.charge import ChargeKind
from syncer.model.decision import Action, Code
from syncer.policy.risk import Sign
from syncer.settings.countries import Country
from syncer.settings.fields import (
    Amount,
    Count,
    Currency,
    IsoDate,
    Name,
    OneLine,
    TimeZone,
    iso_date,
    one_of,
    wrong,
)
from syncer.settings.given import (
    AccountGiven,
    ChargedGiven,
    ContactGiven,
    ElsewhereGiven,
    HoldGiven,
    ItemGiven,
    MissedGiven,
    PaymentGiven,
    ReasonGiven,
)
from syncer.settings.policies import PolicySettings
from syncer.settings.section import Section, group, key
from syncer.settings.segments import Text

NEVER = "never"


def _look(value: Any) -> Any:
    return value if value == NEVER else iso_date(value)


def _as_written(value: Any, _: Any) -> Any:
    """Keys of a policy are read once they lie over the policy that is tried."""
    if not isinstance(value, dict):
        raise wrong("expected keys of a policy below it, such as minimum")
    return value


Look = Annotated[Any, BeforeValidator(_look), WithJsonSchema({"type": "string"})]
Rules = Annotated[PolicySettings, WrapValidator(_as_written)]
ItemCode = Annotated[Code, one_of(Code)]


class ExpectGiven(Section):
    """What is compared; what is left out may be anything."""

    action: Annotated[Action, one_of(Action)] = key(..., f"{', '.join(Action)}.")
    currency: Currency | None = key(
        None, "Of which currency; empty = the one with a contact, else the first.", example="EUR"
    )
    reason: ItemCode | None = key(None, "The code that decided.", example="step_due")
    reasons: tuple[ItemCode, ...] = key((), "Codes that are given too.", example="[passed_over]")
    step: OneLine | None = key(None, "The step to take, or being waited for.", example="friendly")
    segment: OneLine | None = key(None, '"" = none fits.', example="partners")
    ladder: OneLine | None = key(None, "The ladder in use.", example="gentle")
    asked: Amount | None = key(None, "What is asked for.", example='"100.00"')
    held: Amount | None = key(None, "What is held back of open invoices.", example='"40.00"')
    look: Look | None = key(
        None, "The day from which the answer may change by itself, or never.", example="2026-06-15"
    )
    outcomes: dict[Text, ItemCode] = key({}, "Codes by item id.", example="{CN-1: netted}")
    agreements: dict[Text, OneLine] = key(
        {},
        "How promises, plans, disputes stand, by id: open, kept, part_kept, broken, ended, "
        "overdue, settled.",
        example="{P1: broken}",
    )
    charges: dict[Annotated[ChargeKind, one_of(ChargeKind)], Amount] | None = key(
        None, "What the message charges, by kind; {} = nothing.", example='{interest: "1.26"}'
    )
    signs: tuple[Annotated[Sign, one_of(Sign)], ...] | None = key(
        None, f"What `syncer risk` warns of, of {', '.join(Sign)}.", example="[over_limit]"
    )


class CaseGiven(Section):
    """One account on one day, and what the policy is expected to say."""

    name: OneLine = key(..., "What is tried, in words; each name once.")
    items: tuple[ItemGiven, ...] = group(list, "Open items.")
    expect: ExpectGiven = key(..., "What is expected.")
    today: IsoDate | None = key(None, "Its day; empty = the file's.", example="2026-06-13")
    account: AccountGiven = group(dict, "The customer.")
    holds: tuple[HoldGiven, ...] = group(list, "Holds, promises, plans and disputes.")
    reasons: tuple[ReasonGiven, ...] = group(list, "What the customer said.")
    contacts: tuple[ContactGiven, ...] = group(list, "Messages that went out.")
    settled: tuple[PaymentGiven, ...] = group(list, "Payments that came.")
    closed: tuple[ItemGiven, ...] = group(list, "Items as last seen open, of what is gone since.")
    charged: tuple[ChargedGiven, ...] = group(list, "Charges of earlier messages.")
    elsewhere: tuple[ElsewhereGiven, ...] = group(list, "Messages of other ledgers.")
    unread: Count = key(0, "Records of the account that could not be read.", example="1")
    last_run: IsoDate | None = key(None, "Empty = the day before.", example="2026-06-01")
    no_runs: tuple[MissedGiven, ...] = group(list, "Earlier stretches without a run.")
    live_since: IsoDate | None = key(None, "Day of the first live run.", example="2026-06-09")
    books_fresh_on: IsoDate | None = key(None, "Empty = the file's.", example="2026-06-09")
    rules: Rules | None = key(None, "Keys of a policy that lie over the file's.")


class CasesGiven(Section):
    """A file of cases."""

    cases: tuple[CaseGiven, ...] = key(..., "The cases.")
    policy: Name | None = key(
        None, "Which is tried; `--policy` goes first; empty = the first ledger's.", example="gentle"
    )
    rules: Rules | None = key(
        None, "Keys of a policy that lie over it, or that are all of it.", example=""
    )
    today: IsoDate | None = key(None, "The day of all cases.", example="2026-06-10")
    currency: Currency = key("EUR", "The ledger's base currency.", example="GBP")
    country: Country | None = key(None, "The ledger's country.", example="GB")
    time_zone: TimeZone = key("UTC", "The ledger's time zone.", example="Europe/London")
    books_fresh_on: IsoDate | None = key(
        None, "The day up to which the bank is known; empty = not known.", example="2026-06-09"
    )
    turnover: dict[Currency, Amount] = key(
        {}, "What the ledger settled in 365 days.", example='{GBP: "90000.00"}'
    )
    live_since: IsoDate | None = key(None, "Day of the first live run.", example="2026-01-12")
    checked: tuple[OneLine, ...] = key(
        (), "Rows of law packs that count as checked here.", example="[uk.compensation]"
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.cases:
            raise wrong("there is no case; add one, see docs/cases.md")
        return self
