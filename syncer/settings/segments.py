"""Sections about segments: which accounts share a strategy, told by their facts."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from syncer.settings.countries import Country
from syncer.settings.fields import (
    Amount,
    Currency,
    Days,
    Language,
    Name,
    OneLine,
    Share,
    at_least,
    wrong,
)
from syncer.settings.section import Section, key


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong("expected a text; put numbers such as account ids in quotes")
    return value


_RANGES = (
    ("overdue_at_least", "overdue_below"),
    ("net_at_least", "net_below"),
    ("known_for_at_least", "known_for_below"),
    ("late_share_at_least", "late_share_below"),
    ("usual_days_late_at_least", "usual_days_late_below"),
)
Text = Annotated[str, BeforeValidator(_text)]


class ConditionSettings(Section):
    """Facts that put an account into a segment; all that are given must hold."""

    accounts: tuple[Text, ...] = key((), "Ids or exact names.", example='["1001", "Acme Ltd"]')
    groups: tuple[Text, ...] = key((), "Any of the ledger's groups or tags.", example="[Partners]")
    countries: tuple[Country, ...] = key((), "ISO 3166 codes.", example="[GB, IE]")
    currencies: tuple[Currency, ...] = key((), "ISO 4217 codes.", example="[EUR]")
    overdue_at_least: Amount | None = key(
        None, "Overdue, in the base currency.", unit="amount", example='"5000.00"'
    )
    overdue_below: Amount | None = key(
        None, "Overdue, in the base currency.", unit="amount", example='"50.00"'
    )
    turnover_share_at_least: Share | None = key(
        None, "Part of the ledger's sales of 365 days.", unit="percent", example="5%"
    )
    first_time: bool | None = key(None, "No invoice paid yet.", example="true")
    usual_days_late_at_least: Days | None = key(
        None, "Habit seen in paid invoices.", unit="days", example="14d"
    )
    usual_days_late_below: Days | None = key(
        None, "The same habit, below this.", unit="days", example="3d"
    )
    net_at_least: Amount | None = key(
        None,
        "Net position, due or not, in the base currency.",
        unit="amount",
        example='"1000"',
    )
    net_below: Amount | None = key(
        None, "Net position, in the base currency.", unit="amount", example='"100000.00"'
    )
    known_for_at_least: Days | None = key(
        None, "Since the first invoice that is known.", unit="days", example="365d"
    )
    known_for_below: Days | None = key(
        None, "Since the first invoice that is known.", unit="days", example="90d"
    )
    first_invoice: bool | None = key(
        None, "Only one invoice is known at all, open or paid.", example="true"
    )
    late_share_at_least: Share | None = key(
        None, "Part of the paid invoices that were late.", unit="percent", example="50%"
    )
    late_share_below: Share | None = key(
        None, "The same, below this.", unit="percent", example="10%"
    )
    later_by_at_least: Annotated[Days, at_least(1)] | None = key(
        None, "Newer invoices were paid so much later than older ones.", unit="days", example="5d"
    )
    direct_debit: bool | None = key(
        None, "A mandate to collect is active, or not.", example="false"
    )
    languages: tuple[Language, ...] = key(
        (), "Languages of the customer; de also takes de-CH.", example="[de, fr]"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("the condition is empty and would catch every account; add a fact")
        for low_key, high_key in _RANGES:
            low, high = getattr(self, low_key), getattr(self, high_key)
            if low is not None and high is not None and low >= high:
                raise wrong(f"{low_key} is not below {high_key}, so nobody can match; correct one")
        return self


class SegmentSettings(Section):
    """Accounts that share a strategy; the first segment whose condition holds wins."""

    name: Name = key(..., "Name of the segment.", example="partners")
    when: ConditionSettings = key(..., "Which accounts.")
    ladder: Name | None = key(None, "Ladder to use; empty = default_ladder.", example="gentle")
    exclude: bool = key(False, "Never contact these accounts.", example="true")
    reason: OneLine = key(
        "", "Why they are excluded; required with exclude.", example="Group company"
    )

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.exclude and not self.reason:
            raise wrong("an exclusion needs a reason that a colleague understands; add reason")
        return self
