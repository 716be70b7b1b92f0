"""Sections about charges and the law they rest on: interest, fixed sums, fees, checked rows.

What: the keys of ``policies.NAME.charges`` and of ``law``. Nothing is charged by default.
Not here: whether steps and packs that are named exist (``checks``), and the reckoning
(``syncer.policy.charges``).
"""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from syncer.policy.charges.daycount import DayCount
from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.interest import PaymentDay, Rounding, Terms
from syncer.policy.charges.rules import (
    Basis,
    Booking,
    ChargeRules,
    FeeRule,
    InterestRule,
    WhenPaid,
)
from syncer.policy.law.lawbook import Checked
from syncer.policy.law.rows import Debtor, Part
from syncer.settings.fields import (
    Amount,
    Currency,
    IsoDate,
    LocalPath,
    Name,
    OneLine,
    Share,
    one_of,
    wrong,
)
from syncer.settings.lawpacks import SHIPPED
from syncer.settings.section import Section, group, key

_WHOLE = 100  # percent


def _pack(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise wrong(f"not a law pack; use one of: {', '.join(SHIPPED)}, or one of yours")
    return value


LawPack = Annotated[str, BeforeValidator(_pack)]
DebtorKind = Annotated[Debtor, one_of(Debtor)]


class InterestSettings(Section):
    """Interest on late invoices."""

    basis: Annotated[Basis, one_of(Basis)] = key(
        "statutory", "statutory (the law pack's rate) or contract.", example="contract"
    )
    percent: Share | None = key(None, "The contract's rate a year.", unit="percent", example="8%")
    day_count: Annotated[DayCount, one_of(DayCount)] = key(
        "act/365", "act/365, act/act, act/360 or 30/360.", example="act/act"
    )
    rounding: Annotated[Rounding, one_of(Rounding)] = key(
        "at_end", "at_end, or daily_penny: the daily amount first.", example="daily_penny"
    )
    payment_day: Annotated[PaymentDay, one_of(PaymentDay)] = key(
        "counted",
        "Whether the day of a payment still bears interest on what was paid: counted, not_counted.",
        example="not_counted",
    )

    @model_validator(mode="after")
    def _rated(self) -> Self:
        if (self.basis is Basis.CONTRACT) is (self.percent is None):
            raise wrong(
                "percent is the contract's rate: give it with basis: contract, and only there"
            )
        if self.rounding is Rounding.DAILY_PENNY and self.day_count is not DayCount.ACT_365:
            raise wrong("daily_penny goes with day_count: act/365; change one of the two")
        return self


class FeeSettings(Section):
    """What a reminder costs."""

    per: Annotated[FeePer, one_of(FeePer)] = key(
        "letter", "letter: once for each message; invoice: for each in it.", example="invoice"
    )
    amount: dict[Currency, Amount] = key(
        {},
        "An amount per currency; in no other is a fee taken.",
        unit="amount",
        example='{EUR: "5.00"}',
    )
    percent: Share | None = key(
        None, "Or this part of what is asked, never of earlier fees.", unit="percent", example="1%"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.amount) is (self.percent is not None):
            raise wrong("a fee is an amount or a percent; give exactly one of the two")
        return self


class ChargesSettings(Section):
    """What lateness costs; nothing, unless steps are named."""

    debtor: DebtorKind | None = key(
        None,
        "business, sole_trader, consumer or public_body; empty = unknown: nothing is charged.",
        example="business",
    )
    debtor_groups: dict[OneLine, DebtorKind] = key(
        {},
        "The same by groups or tags of the ledger; these go first.",
        example="{Private customers: consumer}",
    )
    steps: tuple[Name, ...] = key((), "Steps of the ladder that charge.", example="[firm, final]")
    agreed: bool = key(
        False, "Interest and fees stand in your contracts with these customers.", example="true"
    )
    interest: InterestSettings | None = key(None, "Interest; empty = none.")
    compensation: bool = key(
        False, "The fixed sum that the law pack grants once per invoice.", example="true"
    )
    collection_costs: bool = key(
        False, "The share of the invoice that the law pack grants once.", example="true"
    )
    fee: FeeSettings | None = key(None, "A fee for each reminder; empty = none.")
    booking: Annotated[Booking, one_of(Booking)] = key(
        "announce",
        "announce: named in the message only; draft: also a draft invoice; book: an invoice.",
        example="draft",
    )
    when_paid: Annotated[WhenPaid, one_of(WhenPaid)] = key(
        "waive_on_principal",
        "When only the invoice is paid: waive_on_principal, or keep asking for what was booked.",
        example="keep",
    )
    allocation: tuple[Annotated[Part, one_of(Part)], ...] = key(
        (),
        "What payments go to first; empty = as the law pack says.",
        example="[costs, interest, principal]",
    )

    @model_validator(mode="after")
    def _grounded(self) -> Self:
        if self.steps and not self.charges_something:
            raise wrong("steps charge nothing; add interest, compensation or fee, or remove steps")
        if self.when_paid is WhenPaid.KEEP and self.booking is Booking.ANNOUNCE:
            raise wrong("what is only announced cannot be kept; write booking: draft or book")
        if self.allocation and set(self.allocation) != set(Part):
            raise wrong("allocation names each of costs, interest and principal once")
        return self

    @property
    def needs_law(self) -> bool:
        """Whether some charge is granted by law alone."""
        statutory = self.interest is not None and self.interest.basis is Basis.STATUTORY
        return statutory or self.compensation or self.collection_costs

    @property
    def charges_something(self) -> bool:
        """Whether any kind of charge is switched on."""
        sums = self.compensation or self.collection_costs
        return sums or self.interest is not None or self.fee is not None


class CheckedRow(Section):
    """A row of a law pack that somebody compared with its primary source."""

    row: OneLine = key(..., "Id of the row.", example="uk.compensation")
    on: IsoDate = key(..., "Day of the check.", unit="date", example="2026-11-20")
    by: OneLine = key(..., "Who checked it.", example="Anna Smith")


class LawSettings(Section):
    """The law packs: files of your own, and rows that were checked."""

    packs: tuple[LocalPath, ...] = key(
        (), "Files with packs of your own, laid over those that ship.", example="[law/uk.yaml]"
    )
    checked: tuple[CheckedRow, ...] = group(
        list, "Rows that somebody compared with their source; no other row carries a claim."
    )

    def checks(self) -> tuple[Checked, ...]:
        """As the law book reads them."""
        return tuple(Checked(row=one.row, on=one.on, by=one.by) for one in self.checked)


def to_charges(written: ChargesSettings, law: str) -> ChargeRules:
    """The rules that the policy reckons with, under the pack ``law`` ("" = none)."""
    return ChargeRules(
        law=law,
        debtor=written.debtor,
        groups=tuple(sorted(written.debtor_groups.items())),
        steps=written.steps,
        agreed=written.agreed,
        interest=_interest(written.interest) if written.interest else None,
        compensation=written.compensation,
        collection_costs=written.collection_costs,
        fee=_fee(written.fee) if written.fee else None,
        booking=written.booking,
        when_paid=written.when_paid,
        allocation=written.allocation,
    )


def _interest(written: InterestSettings) -> InterestRule:
    return InterestRule(
        basis=written.basis,
        percent=None if written.percent is None else written.percent * _WHOLE,
        terms=Terms(
            day_count=written.day_count,
            rounding=written.rounding,
            payment_day=written.payment_day,
        ),
    )


def _fee(written: FeeSettings) -> FeeRule:
    return FeeRule(
        per=written.per,
        amounts=tuple(sorted(written.amount.items())),
        percent=None if written.percent is None else written.percent * _WHOLE,
    )
